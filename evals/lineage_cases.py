"""Cases for the lineage bench: statements with the tables and column edges that they mean, from two kinds of file.

Owns the reading of both formats and the comparing of edges. Reads the file it is given; writes nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from indexer.enrich.sql import DictSchema, ScriptLineage, TableName, lasting, outer_tables

_URN = re.compile(r"urn:li:dataset:\(urn:li:dataPlatform:([\w-]+),(.*),\w+\)")

Edge = tuple[str | None, str, str, str]
"""(written table or None for a query's result, its column, read table, its column)."""


@dataclass(frozen=True, slots=True)
class Case:
    """A statement or script and what it means.

    `own`: in the form of our corpus, whose conventions (evals/data/README.md) differ from DataHub's: case does not
    count, fields of structs belong to their column, temporary tables are resolved through, files are no tables.
    """

    test: str
    sql: str
    dialect: str
    default_db: str | None
    default_schema: str | None
    schemas: dict[str, tuple[str, ...]]
    in_tables: frozenset[str]
    out_tables: frozenset[str]
    edges: frozenset[Edge]
    own: bool = False

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
    """The cases of a file, in DataHub's golden form or in our corpus's. Raises ValueError for any other form."""
    content = json.loads(path.read_text("utf-8"))
    listed = content.get("cases") if isinstance(content, dict) else content
    if not isinstance(listed, list) or not listed or not isinstance(listed[0], dict) or "sql" not in listed[0]:
        raise ValueError(f"{path} holds no lineage cases. Give a JSON list of objects with 'sql' and 'dialect'.")
    return [_golden(case) if "test" in case else _written(case) for case in listed]


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


def _written(case: dict[str, Any]) -> Case:
    expected = case["expected"]
    edges = {
        (line["to"][0], line["to"][1], source[0], source[1]) for line in expected["columns"] for source in line["from"]
    }
    return Case(
        test=case["id"],
        sql=case["sql"],
        dialect=case["dialect"],
        default_db=case.get("default_db"),
        default_schema=case.get("default_schema"),
        schemas={name: tuple(columns) for name, columns in case["schemas"].items()},
        in_tables=frozenset(expected["in_tables"]),
        out_tables=frozenset(expected["out_tables"]),
        edges=frozenset(edges),
        own=True,
    )


def found_by_docent(script: ScriptLineage, own: bool) -> Found:
    """An extraction in the terms of a case: flowing edges only."""
    reads, writes = outer_tables(script)
    edges = lasting(script)
    if own:
        reads, writes = _no_files(reads), _no_files(writes)
        edges = tuple(replace(e, to_table=_no_file(e.to_table)) for e in edges if not e.from_table.is_file)
    return Found(
        frozenset(map(str, reads)),
        frozenset(map(str, writes)),
        frozenset(
            (str(e.to_table) if e.to_table else None, e.to_column, str(e.from_table), e.from_column) for e in edges
        ),
    )


def _no_files(names: frozenset[TableName]) -> frozenset[TableName]:
    return frozenset(name for name in names if not name.is_file)


def _no_file(name: TableName | None) -> TableName | None:
    return None if name is None or name.is_file else name


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
    """Compare exactly, spelling and all; for our corpus, or on demand, with upper and lower case taken as one."""
    fold = any_case or case.own
    tables_ok = all(
        _names(expected, fold) == _names(answered, fold)
        for expected, answered in ((case.in_tables, found.in_tables), (case.out_tables, found.out_tables))
    )
    expected = frozenset(_edge(edge, case, fold) for edge in case.edges)
    answered = frozenset(_edge(edge, case, fold) for edge in found.edges)
    missing, extra = expected - answered, answered - expected
    right = len(expected & answered)
    error = found.error
    return Score(case.test, tables_ok, not missing and not extra, _sorted(missing), _sorted(extra), right, error)


def _names(names: frozenset[str], fold: bool) -> frozenset[str]:
    return frozenset(name.lower() for name in names) if fold else names


def _edge(edge: Edge, case: Case, fold: bool) -> Edge:
    to, column, source, read = edge
    if case.own:
        read = read.split(".", 1)[0]
        column = column.split(".", 1)[0] if to is not None else column
    if not fold:
        return to, column, source, read
    return to.lower() if to else None, _column(to, column, case), source.lower(), _column(source, read, case)


def _column(table: str | None, column: str, case: Case) -> str:
    """Folded, unless the table's schema lists two columns that differ in case only."""
    listed = case.schemas.get(table or "", ())
    same = sum(each.lower() == column.lower() for each in listed)
    return column if same > 1 else column.lower()


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
