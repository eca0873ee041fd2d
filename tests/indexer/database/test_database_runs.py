"""The connector in a workspace: indexed by URL, again without changes, after a drop; and no trace of a password."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner, Result
from database_words import Place
from sqlalchemy.engine import make_url

from catalog.aspects import Classification, Documentation, Profile, Schema
from catalog.change import Change, Origin
from catalog.errors import SourceUnreadable
from docent import Docent
from docent.cli import main
from indexer.connectors import SourceConfig
from indexer.sources.database import read
from indexer.sources.dbt import read as read_dbt

PASSWORD = "Tr0ub4dor&3-geheim"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    CliRunner().invoke(main, ["init", str(folder)])
    return folder


def run(workspace: Path, *arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(main, [arguments[0], "--workspace", str(workspace), *arguments[1:]])
    assert result.exit_code == code, (result.stdout, result.stderr, result.exception)
    return result


def index(workspace: Path, *arguments: str, code: int = 0) -> dict[str, Any]:
    sources = json.loads(run(workspace, "index", "--no-model", "--json", *arguments, code=code).stdout)["sources"]
    return dict(sources[0])  # behind it what Docent adds itself


def configure(workspace: Path, url: str, more: str = "") -> None:
    text = (workspace / "docent.toml").read_text(encoding="utf-8")
    (workspace / "docent.toml").write_text(
        f'{text}\n[[source]]\nname = "shop"\ntype = "database"\nurl = "{url}"\n{more}\n'
    )


def test_a_database_is_indexed_by_its_url_and_answers(place: Place, workspace: Path) -> None:
    place.run(
        "CREATE TABLE parcels (id integer PRIMARY KEY, grams integer)", "CREATE VIEW heavy AS SELECT id FROM parcels"
    )
    configure(workspace, place.url, f'schemas = ["{place.schema}"]')
    first = index(workspace)
    assert (first["name"], first["errors"]) == ("shop", 0)
    assert first["added"] >= 5
    assert "grams" in run(workspace, "show", "parcels").stdout
    assert "parcels" in run(workspace, "lineage", "heavy").stdout
    again = index(workspace)
    assert (again["added"], again["changed"], again["removed"]) == (0, 0, 0)


def test_one_argument_that_is_a_url(sqlite: Place, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sqlite.run("CREATE TABLE parcels (id integer)")
    assert sqlite.path is not None
    monkeypatch.chdir(sqlite.path.parent)
    first = index(workspace, "sqlite:///shop.db")
    assert (first["name"], first["errors"]) == ("shop", 0)
    assert index(workspace, "database", sqlite.url, "--name", "other")["name"] == "other"
    unknown = run(workspace, "index", "parcels", code=2)
    assert "postgresql://user@host/shop" in unknown.stderr


def test_a_dropped_table_goes_and_a_broken_view_takes_nothing_else_away(sqlite: Place, workspace: Path) -> None:
    sqlite.run(
        "CREATE TABLE parcels (id integer)",
        "CREATE TABLE boxes (id integer)",
        "CREATE VIEW heavy AS SELECT id FROM parcels",
    )
    configure(workspace, sqlite.url)
    index(workspace)
    sqlite.run("DROP TABLE parcels")
    report = index(workspace, code=3)
    assert report["skipped_by_name"] == {"broken view": 1}
    with Docent.open(workspace) as docent:
        view = docent.catalog.view(docent.catalog.scope(docent.settings.default_viewer))
        assert sorted(row.name for row in view.assets() if row.kind != "container") == ["boxes", "heavy"]


def test_a_database_that_is_away_takes_nothing_away(sqlite: Place, workspace: Path) -> None:
    sqlite.run("CREATE TABLE parcels (id integer)")
    configure(workspace, sqlite.url)
    index(workspace)
    assert sqlite.path is not None
    sqlite.path.rename(sqlite.path.with_suffix(".away"))
    gone = json.loads(run(workspace, "index", "--no-model", "--json", code=3).stdout)
    assert "cannot be opened" in gone["failed"][0]["why"]
    assert "parcels" in run(workspace, "show", "parcels").stdout


def test_what_other_sources_classed_is_not_shown(sqlite: Place, workspace: Path) -> None:
    """Under another spelling of the URN too."""
    sqlite.run("CREATE TABLE parcels (grams integer, metres integer)", "INSERT INTO parcels VALUES (7, 8)")
    configure(workspace, sqlite.url, "profile = true")
    index(workspace)
    urn = sqlite.urn("parcels")
    with Docent.open(workspace) as docent:
        scope = docent.catalog.scope(docent.settings.default_viewer)

        def ranges() -> list[str]:
            held = docent.catalog.view(scope).read(urn, Profile)
            assert held is not None
            return [column.low for column in held.value.columns]

        assert ranges() == ["7", "8"]
        upper = urn.replace("parcels", "PARCELS")
        origin = Origin("people")
        docent.catalog.apply(
            [Change(upper, Classification((("GRAMS", "trade secret"),)), origin), Change(upper, Schema(), origin)]
        )
        index(workspace)
        assert ranges() == ["", "8"]


def test_the_tables_of_dbt_and_of_the_database_are_the_same(duckdb: Place, workspace: Path) -> None:
    duckdb.run("CREATE TABLE parcels (id integer)")
    node = {
        "unique_id": "model.shop.parcels", "resource_type": "model", "name": "parcels", "alias": "parcels",
        "database": "shop", "schema": "main", "package_name": "shop", "columns": {}, "description": "What we send.",
    }  # fmt: skip
    metadata = {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json", "adapter_type": "duckdb"}
    manifest = workspace / "manifest.json"
    manifest.write_text(json.dumps({"metadata": metadata, "nodes": {node["unique_id"]: node}, "sources": {}}))
    told = [one for one in read_dbt(manifest) if isinstance(one, Change) and isinstance(one.value, Documentation)]
    assert [change.urn for change in told] == [duckdb.urn("parcels")]
    assert duckdb.tell().has(duckdb.urn("parcels"), Schema)


# Passwords ---------------------------------------------------------------------------------------------------------


@pytest.fixture(
    params=[pytest.param("postgresql", marks=pytest.mark.postgres), pytest.param("mariadb", marks=pytest.mark.mariadb)]
)
def guarded(request: pytest.FixtureRequest) -> Iterator[tuple[Place, str]]:
    """A place on a server, and the URL of a user who reads it with a password."""
    place: Place = request.getfixturevalue("postgres" if request.param == "postgresql" else "mariadb")
    user = f"u_{uuid4().hex[:10]}"
    url = make_url(place.url)
    if place.engine == "postgresql":
        place.run(
            f"CREATE ROLE {user} LOGIN PASSWORD '{PASSWORD}'",
            f"GRANT USAGE ON SCHEMA {place.schema} TO {user}",
        )
        url = url.set(username=user, password=PASSWORD, host="127.0.0.1", query={})
        end = (f"DROP OWNED BY {user}", f"DROP ROLE {user}")
    else:
        place.run(
            f"CREATE USER '{user}'@'%' IDENTIFIED BY '{PASSWORD}'",
            f"GRANT SELECT, SHOW VIEW ON {place.schema}.* TO '{user}'@'%'",
        )
        url = url.set(username=user, password=PASSWORD)
        end = (f"DROP USER '{user}'@'%'",)
    yield place, url.render_as_string(hide_password=False)
    place.run(*end)


def traces(folder: Path, secrets: list[str]) -> list[str]:
    """Files that hold a secret in any spelling, SQLite's own included."""
    spelled = {
        form
        for secret in secrets
        for form in (
            secret,
            make_url("a://b@c").set(password=secret).render_as_string(False).split(":")[2].split("@")[0],
        )
    }
    found = []
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "docent.toml":
            data = path.read_bytes()
            found += [str(path) for form in spelled if form.encode() in data]
    return found


def test_a_password_in_a_url_is_used_and_leaves_no_trace(
    guarded: tuple[Place, str], workspace: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place, url = guarded
    place.run("CREATE TABLE parcels (id integer)")
    configure(workspace, url, f'schemas = ["{place.schema}"]')
    first = run(workspace, "index", "--no-model")
    assert "parcels" in run(workspace, "show", "parcels").stdout
    status = run(workspace, "status", "--json")
    assert traces(workspace, [PASSWORD]) == []
    for shown in (first.stdout, first.stderr, status.stdout, caplog.text):
        assert PASSWORD not in shown
        assert "geheim" not in shown
    with sqlite3.connect(workspace / ".docent" / "catalog.db") as catalog:
        (config,) = catalog.execute("SELECT config FROM sources").fetchone()
    assert ":***@" in config


def test_a_password_from_the_environment_is_used_and_leaves_no_trace(
    guarded: tuple[Place, str], workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, url = guarded
    place.run("CREATE TABLE parcels (id integer)")
    written = make_url(url).set(password="SECRET_GOES_HERE").render_as_string(hide_password=False)
    configure(workspace, written.replace("SECRET_GOES_HERE", "${SHOP_PASSWORD}"), f'schemas = ["{place.schema}"]')
    monkeypatch.delenv("SHOP_PASSWORD", raising=False)
    unset = json.loads(run(workspace, "index", "--no-model", "--json", code=3).stdout)
    assert "environment variable SHOP_PASSWORD is not set" in unset["failed"][0]["why"]
    monkeypatch.setenv("SHOP_PASSWORD", PASSWORD)
    assert index(workspace)["errors"] == 0
    assert traces(workspace, [PASSWORD]) == []


def test_a_wrong_password_is_not_told_either(mariadb: Place, workspace: Path) -> None:
    mariadb.run(f"CREATE USER 'u_{mariadb.schema}'@'%' IDENTIFIED BY '{PASSWORD}'")
    try:
        wrong = make_url(mariadb.url).set(username=f"u_{mariadb.schema}", password="falsch-geheim")
        result = run(workspace, "index", "--no-model", wrong.render_as_string(hide_password=False), code=3)
    finally:
        mariadb.run(f"DROP USER 'u_{mariadb.schema}'@'%'")
    assert "cannot be opened" in result.stdout
    assert "geheim" not in result.stdout + result.stderr
    assert traces(workspace, ["falsch-geheim"]) == []


def test_an_error_of_a_driver_carries_no_secret() -> None:
    url = f"postgresql://ana:{PASSWORD}@127.0.0.1:1/shop?sslpassword={PASSWORD}"
    assert PASSWORD not in repr(SourceConfig("shop", "database", "shown", {}, None, url))
    with pytest.raises(SourceUnreadable) as raised:
        list(read(url))
    assert PASSWORD not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


def test_the_search_for_traces_finds_one(workspace: Path) -> None:
    """The control: a password that was stored is found."""
    with Docent.open(workspace) as docent:
        docent.catalog.register("shop", "database", None, json.dumps({"path": f"postgresql://ana:{PASSWORD}@db/shop"}))
    assert traces(workspace, [PASSWORD]) != []
