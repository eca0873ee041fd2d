"""The schema: the migrations make what the code expects, on both engines, and a newer one is not touched."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from catalog_words import said
from sqlalchemy import delete, inspect, text, update

from catalog import tables
from catalog.aspects import Documentation
from catalog.catalog import Catalog
from catalog.database import Database
from catalog.errors import ConfigInvalid, WorkspaceTooNew


def described(database: Database) -> dict[str, Any]:
    """Every table of a database as it stands there: columns, keys and indexes."""
    found = {}
    with database.reading() as connection:
        seen = inspect(connection)
        for name in sorted(set(seen.get_table_names()) - {"alembic_version"}):
            found[name] = (
                [(c["name"], str(c["type"]), c["nullable"], str(c["default"])) for c in seen.get_columns(name)],
                seen.get_pk_constraint(name)["constrained_columns"],
                sorted((str(i["name"]), i["column_names"], i["unique"]) for i in seen.get_indexes(name)),
                sorted((str(u["name"]), u["column_names"]) for u in seen.get_unique_constraints(name)),
            )
    return found


def test_the_migrated_schema_equals_the_declared_one(catalog_url: str) -> None:
    database = Database(catalog_url)
    database.migrate()
    migrated = described(database)
    with database.writing() as connection:
        tables.metadata.drop_all(connection)
        tables.metadata.create_all(connection)
    declared = described(database)
    database.close()
    assert set(declared) == set(tables.metadata.tables)
    assert migrated == declared


def test_the_first_migration_leans_on_nothing_that_may_change() -> None:
    path = Path(tables.__file__).parent / "migrations" / "versions" / "v0001_first.py"
    assert not re.search(r"^\s*(from|import) catalog", path.read_text(), re.MULTILINE)


def test_opening_again_changes_nothing(catalog_url: str) -> None:
    for _ in range(2):
        opened = Catalog(catalog_url)
        assert opened.database.schema_version() == tables.SCHEMA_VERSION
        opened.database.close()


def test_projections_of_an_older_version_are_made_anew_on_opening(catalog_url: str) -> None:
    opened = Catalog(catalog_url)
    opened.apply([said("urn:li:tag:a", Documentation("What it is."))])
    with opened.database.writing() as connection:
        connection.execute(delete(tables.labels))
        connection.execute(update(tables.meta).where(tables.meta.c.key == "projection").values(value="1"))
    opened.database.close()
    again = Catalog(catalog_url)
    row = again.view(again.scope("urn:li:corpuser:ada")).asset("urn:li:tag:a")
    assert row is not None
    assert row.marks == {"documented"}
    again.database.close()


def test_a_newer_schema_is_refused_and_left_alone(catalog_url: str) -> None:
    database = Database(catalog_url)
    database.migrate()
    with database.writing() as connection:
        connection.execute(update(tables.meta).where(tables.meta.c.key == "schema").values(value="99"))
    with pytest.raises(WorkspaceTooNew, match=r"schema 99; this one knows \d+.*Upgrade Docent"):
        Catalog(catalog_url)
    assert database.schema_version() == 99
    database.close()


def test_the_file_is_its_owners_alone_and_survives_a_power_cut(tmp_path: Path) -> None:
    path = tmp_path / "new 100%" / "catalog.db"
    opened = Catalog(f"sqlite:///{path}")
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with opened.database.reading() as connection:
        held = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout")
        }
    opened.database.close()
    assert held == {
        "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1, "busy_timeout": 15_000,
    }  # fmt: skip


def test_a_folder_may_have_a_percent_sign_in_its_name(tmp_path: Path) -> None:
    """Alembic reads its settings as a template; the folder of the package is such a setting."""
    folder = tmp_path / "100%(here)s"
    folder.mkdir()
    (folder / "catalog").symlink_to(Path(tables.__file__).parent)
    code = f"from catalog.catalog import Catalog; print(Catalog('sqlite:///{tmp_path}/c.db').version())"
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "0", done.stderr


def test_readers_keep_one_snapshot_while_others_write(catalog_url: str) -> None:
    database = Database(catalog_url)
    database.migrate()
    count = text("SELECT count(*) FROM events")
    with database.reading() as reader:
        assert reader.execute(count).scalar() == 0
        with database.writing() as writer:
            writer.execute(tables.events.insert().values(event_id="e", recorded_at=1))
        assert reader.execute(count).scalar() == 0
    with database.reading() as reader:
        assert reader.execute(count).scalar() == 1
    database.close()


@pytest.mark.parametrize("url", ["nonsense", "mongo://user:secret@host/db"])
def test_a_url_that_cannot_be_used_says_so_without_its_password(url: str) -> None:
    with pytest.raises(ConfigInvalid) as error:
        Database(url)
    assert "secret" not in str(error.value)
    assert "sqlite:///path/to/catalog.db" in str(error.value)
