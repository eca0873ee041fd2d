"""What the demo company's people wrote is read whole by the files connector, and speaks of tables that exist."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from catalog.change import Change, Record, Removed, Skipped
from catalog.kinds import kind_of
from catalog.urn import name_of
from demo import warehouse
from indexer.sources.files import read

COMPANY = Path(warehouse.__file__).parent / "company"
AUTUMN = datetime(2026, 10, 1, tzinfo=UTC)  # later than all history, earlier than any checkout of these files
DROPPED = "veldrad.ml.workshop_notes_clean"


def records() -> list[Record]:
    return list(read(COMPANY))


def tables() -> dict[str, set[str]]:
    """The columns of every relation in dbt's artifacts, by database.schema.table."""
    found: dict[str, Any] = json.loads((COMPANY / "dbt" / "target" / "catalog.json").read_text(encoding="utf-8"))
    return {
        f"veldrad.{table['metadata']['schema']}.{table['metadata']['name']}": set(table["columns"])
        for table in (found["nodes"] | found["sources"]).values()
    }


def in_history(change: Change) -> bool:
    return change.origin.observed_at is not None and change.origin.observed_at < AUTUMN


def test_every_entry_is_read() -> None:
    assert [f"{one.locator} {one.pointer}: {one.why}" for one in records() if isinstance(one, Skipped)] == []


def test_what_history_says_is_said_again_today_or_was_removed() -> None:
    changes = [one for one in records() if isinstance(one, Change)]
    today = {(one.urn, type(one.value)) for one in changes if not in_history(one)}
    removed = {one.urn for one in changes if isinstance(one.value, Removed)}

    lingering = {(one.urn, type(one.value)) for one in changes if one.urn not in removed} - today
    assert lingering == set()
    assert len({one.origin.observed_at for one in changes if in_history(one)}) == 3  # March, June, September


def test_tables_and_columns_that_people_speak_of_exist() -> None:
    known = tables()
    texts = [path.read_text(encoding="utf-8") for path in COMPANY.rglob("*") if path.suffix in (".yaml", ".md")]
    spoken = {pair for text in texts for pair in re.findall(r"duckdb:(veldrad\.\w+\.\w+)\b(?![\w*])(?:#(\w+))?", text)}

    missing = {
        (table, column) for table, column in spoken if table not in known or (column and column not in known[table])
    }
    assert {table for table, _ in missing} == {DROPPED}


def test_only_the_dropped_table_is_known_from_files_alone() -> None:
    described = {name_of(one.urn) for one in records() if isinstance(one, Change) and kind_of(one.urn) == "table"}

    assert described - set(tables()) == {DROPPED}
