"""Cases for the lineage bench: statements with the tables and column edges that they mean, from two kinds of file.

Owns the reading of both formats and the comparing of edges. Reads the file it is given; writes nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexer.enrich.sql import DictSchema, ScriptLineage

_URN = re.compile(r"urn:li:dataset:\(urn:li:dataPlatform:([\w-]+),(.*),\w+\)")

Edge = tuple[str | None, str, str, str]
"""(written table or None for a query's result, its column, read table, its column)."""


@dataclass(frozen=True, slots=True)
class Case:
    """A statement or script and what it means. `None` for tables or edges: the file does not say."""

    test: str
    sql: str
    dialect: str
    default_db: str | None
    default_schema: str | None
    schemas: dict[str, tuple[str, ...]]
    in_tables: frozenset[str] | None
    out_tables: frozenset[str] | None
    edges: frozenset[Edge]

    def lookup(self) -> DictSchema:
        """The schemas as the extractor asks for them."""
        return DictSchema(self.schemas)


@dataclass(frozen=True, slots=True)
class Found:
    """What a tool answered for a case; `error` when it answered nothing."""

    in_tables: frozenset[str]
    out_tables: frozenset[str]
    edges: frozenset[Edge]
    error: str = ""


NOTHING = Found(frozenset(), frozenset(), frozenset(), "no answer")


def read_cases(path: Path) -> list[Case]:
    """The cases of a file in DataHub's golden form. Raises ValueError naming the file for any other form."""
    content = json.loads(path.read_text("utf-8"))
    listed = content.get("cases") if isinstance(content, dict) else content
    if not isinstance(listed, list) or not listed or not isinstance(listed[0], dict) or "sql" not in listed[0]:
        raise ValueError(f"{path} holds no lineage cases. Give a JSON list of objects with 'sql' and 'dialect'.")
    return [_golden(case) for case in listed]


def _golden(case: dict[str, Any]) -> Case:
    instance = case.get("platform_instance")
    expected = case["expected"]

    def name(urn: str | None) -> str | None:
        found = _URN.match(urn or "")
        if found is None:
            return None
        prefix = f"{instance}."
        return found[2].removeprefix(prefix) if instance else found[2]

    edges = {
        (name(line["downstream"]["table"]), line["downstream"]["column"], str(name(source["table"])), source["column"])
        for line in expected["column_lineage"] or ()
        for source in line["upstreams"]
    }
    return Case(
        test=case["test"],
        sql=case["sql"],
        dialect=case["dialect"],
        default_db=case.get("default_db"),
        default_schema=case.get("default_schema"),
        schemas={str(name(urn)): tuple(columns) for urn, columns in (case.get("schemas") or {}).items()},
        in_tables=frozenset(str(name(urn)) for urn in expected["in_tables"]),
        out_tables=frozenset(str(name(urn)) for urn in expected["out_tables"]),
        edges=frozenset(edges),
    )


def found_by_docent(script: ScriptLineage) -> Found:
    """An extraction in the terms of a case: flowing edges only."""
    statements = script.statements
    return Found(
        frozenset(str(name) for statement in statements for name in statement.in_tables),
        frozenset(str(name) for statement in statements for name in statement.out_tables),
        frozenset(
            (str(e.to_table) if e.to_table else None, e.to_column, str(e.from_table), e.from_column)
            for e in script.edges()
        ),
    )


@dataclass(frozen=True, slots=True)
class Score:
    """How one case came out."""

    test: str
    tables_ok: bool
    edges_ok: bool
    missing: tuple[Edge, ...]
    extra: tuple[Edge, ...]
    right: int
    error: str = ""


def score(case: Case, found: Found, any_case: bool = False) -> Score:
    """Compare exactly, spelling and all; or with upper and lower case taken as one."""
    fold = _folded if any_case else _as_is
    tables_ok = (case.in_tables is None or fold(case.in_tables) == fold(found.in_tables)) and (
        case.out_tables is None or fold(case.out_tables) == fold(found.out_tables)
    )
    expected, answered = frozenset(map(_lower, case.edges)), frozenset(map(_lower, found.edges))
    if not any_case:
        expected, answered = case.edges, found.edges
    missing, extra = expected - answered, answered - expected
    right = len(expected & answered)
    error = found.error
    return Score(case.test, tables_ok, not missing and not extra, _sorted(missing), _sorted(extra), right, error)


def _as_is(names: frozenset[str]) -> frozenset[str]:
    return names


def _folded(names: frozenset[str]) -> frozenset[str]:
    return frozenset(name.lower() for name in names)


def _lower(edge: Edge) -> Edge:
    to, column, source, read = edge
    return to.lower() if to else None, column.lower(), source.lower(), read.lower()


def _sorted(edges: Iterable[Edge]) -> tuple[Edge, ...]:
    return tuple(sorted(edges, key=lambda edge: tuple(part or "" for part in edge)))


def totals(scores: list[Score]) -> dict[str, Any]:
    """Counts and micro-averaged precision, recall and F1 of edges over all cases."""
    right = sum(each.right for each in scores)
    missing = sum(len(each.missing) for each in scores)
    extra = sum(len(each.extra) for each in scores)
    precision = right / (right + extra) if right + extra else 1.0
    recall = right / (right + missing) if right + missing else 1.0
    return {
        "cases": len(scores),
        "tables_exact": sum(each.tables_ok for each in scores),
        "edges_exact": sum(each.edges_ok for each in scores),
        "both_exact": sum(each.edges_ok and each.tables_ok for each in scores),
        "edge_precision": round(precision, 4),
        "edge_recall": round(recall, 4),
        "edge_f1": round(2 * precision * recall / (precision + recall), 4) if right else 0.0,
        "errors": sum(bool(each.error) for each in scores),
    }
