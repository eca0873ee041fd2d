"""No unfiltered read exists for who answers: skills and doors reach the catalog through the View alone."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
ANSWERING = ("assistant/skills", "slackbot", "ui", *(f"assistant/{name}.py" for name in ("desk", "subjects", "caveats",
    "planner", "phrases", "names", "finding", "grounding", "claims", "answer", "door", "router")))  # fmt: skip
UNFILTERED = {
    "sqlalchemy", "sqlite3", "catalog.tables", "catalog.store", "catalog.projection", "catalog.past", "catalog.catalog",
    "catalog.roster", "catalog.sight", "catalog.policies", "catalog.people", "catalog.requests", "catalog.citing",
    "indexer.documents",
}  # fmt: skip
NAMES = {"catalog.reader": {"AssetRow"}, "catalog.database": {"micros", "moment"}}  # all that may be taken from these
OWN_FILE = {"slackbot/deliveries.py": {"sqlite3"}}  # keeps Slack's deliveries in a file of its own


def faults(source: str, path: str = "") -> list[str]:
    """What a file imports, or reaches for, that reads around the View."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if _module(alias.name) or alias.name in NAMES]
        elif isinstance(node, ast.ImportFrom) and node.module:
            full = [f"{node.module}.{alias.name}" for alias in node.names]
            found += [name for name in full if _module(node.module) or _module(name)]
            taken = {alias.name for alias in node.names}
            found += [f"{node.module}.{name}" for name in taken - NAMES.get(node.module, taken)]
        elif isinstance(node, ast.Attribute) and node.attr in ("_database", "_rosters", "_sight", "database"):
            found.append(f".{node.attr}")
    return [name for name in found if name not in OWN_FILE.get(path, ())]


def _module(name: str) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in UNFILTERED)


def test_who_answers_reads_through_the_view_alone() -> None:
    paths = [
        path
        for place in ANSWERING
        for path in ([ROOT / place] if place.endswith(".py") else (ROOT / place).rglob("*.py"))
    ]
    found = {
        name: wrong
        for path in paths
        if (wrong := faults(path.read_text(encoding="utf-8"), name := str(path.relative_to(ROOT))))
    }
    assert len(paths) > 20
    assert found == {}


def test_a_skill_that_reads_around_the_view_is_noticed() -> None:
    for line in (
        "from catalog.reader import read_said",
        "from catalog import tables",
        "import sqlalchemy",
        "from catalog.database import Database",
        "import catalog.reader",
        "rows = desk.view._database.reading()",
    ):
        assert faults(line), line
    assert faults("from catalog.reader import AssetRow") == []
