"""Paste SQL, get governance: what a script uses of the catalog, and what is wrong with that for this viewer.

Owns the rules and their severity. Reads through a View only: a hidden table reads exactly like an unknown one, and
suggestions are made from what the viewer may see. SQL is read in the worker process of indexer/enrich/sql.
"""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from rapidfuzz import fuzz, process
from sqlglot.errors import SqlglotError
from sqlglot.tokens import Tokenizer, TokenType

from catalog.access import Level
from catalog.aspects import Certification, Classification, Deprecation, Ownership, Schema
from catalog.reader import AssetRow
from catalog.view import View
from indexer.enrich.sql import KnownTable, ScriptLineage, StatementLineage, TableName
from indexer.enrich.sql.bounded import Extractor

Severity = Literal["error", "warning", "note"]
ORDER: tuple[Severity, ...] = ("error", "warning", "note")
_TABLES = ("table", "view", "topic")
_HARMLESS = frozenset({"public", "internal", "open", "not sensitive"})  # classes that ask for no care
_DEFAULT_SCHEMAS = frozenset({"public", "dbo", "main", "default"})
_LIKE = 75.0  # of 100: below this a name is no misspelling of another
_SUGGESTED = 3
_BEFORE_STAR = (TokenType.SELECT, TokenType.DISTINCT, TokenType.ALL, TokenType.COMMA, TokenType.DOT)


@dataclass(frozen=True)
class Finding:
    """One thing to mend or to know. `line`: of the statement, 1-based. `suggestions`: names to use instead."""

    severity: Severity
    rule: str
    text: str
    line: int
    urn: str = ""
    column: str = ""
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Used:
    """A table of the catalog that the SQL reads, the columns it takes, and who owns it."""

    urn: str
    name: str
    columns: tuple[str, ...]
    owners: tuple[str, ...]


@dataclass(frozen=True)
class Linted:
    """The result: findings, most serious first, and what is used."""

    findings: tuple[Finding, ...]
    used: tuple[Used, ...]
    complete: bool

    def fails(self, severity: Severity) -> bool:
        """Whether anything is as serious as this, or more."""
        return any(ORDER.index(one.severity) <= ORDER.index(severity) for one in self.findings)

    def to_json(self) -> dict[str, object]:
        """For programs."""
        return {
            "findings": [vars(one) | {"suggestions": list(one.suggestions)} for one in self.findings],
            "tables": [
                {"urn": one.urn, "name": one.name, "columns": list(one.columns), "owners": list(one.owners)}
                for one in self.used
            ],
            "complete": self.complete,
        }


class VisibleTables:
    """The tables a View shows, found by any ending of their dotted name. A SchemaLookup for the extractor."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._by_ending: dict[str, list[AssetRow]] = defaultdict(list)
        for row in view.assets():
            if row.kind in _TABLES and row.qualified_name:
                parts = row.qualified_name.casefold().split(".")
                for at in range(len(parts)):
                    self._by_ending[".".join(parts[at:])].append(row)

    def row(self, name: TableName) -> AssetRow | None:
        """The table of this name; of several with the same ending, the first by URN that may be read."""
        parts = [part.casefold() for part in name.parts]
        found = self._by_ending.get(".".join(parts), [])
        if not found and len(parts) == 2 and parts[0] in _DEFAULT_SCHEMAS:
            found = self._by_ending.get(parts[1], [])
        return min(found, key=lambda row: (row.level is not Level.READ, row.urn), default=None)

    def find(self, name: TableName, exact_case: bool) -> KnownTable | None:
        """As the extractor asks: the table and its columns."""
        row = self.row(name)
        held = self._view.read(row.urn, Schema) if row is not None and row.level is Level.READ else None
        if row is None or held is None:
            return None
        return KnownTable(TableName(tuple(row.qualified_name.split("."))), tuple(c.name for c in held.value.columns))

    def like(self, name: TableName) -> tuple[str, ...]:
        """Names of visible tables that are spelled like this one."""
        short = name.parts[-1].casefold()
        known = {key: rows[0].qualified_name for key, rows in self._by_ending.items() if "." not in key}
        found = process.extract(short, list(known), scorer=fuzz.ratio, score_cutoff=_LIKE, limit=_SUGGESTED)
        return tuple(known[key] for key, _, _ in found)


def lint(view: View, sql: str, dialect: str) -> Linted:
    """Check a script. Raises WorkerNotStarted when no worker process can be had."""
    tables = VisibleTables(view)
    with Extractor() as extractor:
        script = extractor.extract(sql, dialect, tables)
    work = _Lint(view, tables, script, _stars(sql, dialect))
    findings = [one for statement in script.statements for one in work.statement(statement)]
    findings += [Finding("warning", "not followed", problem, 1) for problem in script.problems]
    ordered = sorted(dict.fromkeys(findings), key=lambda one: (ORDER.index(one.severity), one.line))
    return Linted(tuple(ordered), work.used(), script.complete)


class _Lint:
    """The rules over one script. Tables that the script itself makes are not asked of the catalog."""

    def __init__(self, view: View, tables: VisibleTables, script: ScriptLineage, stars: Sequence[int]) -> None:
        self._view = view
        self._tables = tables
        self._stars = stars
        self._made: set[str] = {name.key for name in script.temporary}
        self._used: dict[str, dict[str, None]] = {}

    def statement(self, statement: StatementLineage) -> Iterator[Finding]:
        """What is to be said of one statement."""
        line = statement.place.line
        rows = {}
        for name in statement.in_tables:
            if name.is_file or name.key in self._made:
                continue
            row = self._tables.row(name)
            if row is None:
                yield _unknown_table(name, line, self._tables.like(name))
            elif row.level is not Level.READ:
                yield self._closed(row, line)
            else:
                rows[name.key] = row
                self._used.setdefault(row.urn, {})
                yield from self._deprecated(row, line)
        yield from self._columns(statement, rows, line)
        yield from self._star(statement, rows.values(), line)
        for problem in statement.problems:
            if "is not in the known schema of" in problem and rows:
                continue  # told as an unknown column
            yield Finding("note", "not followed", problem, line)
        self._made.update(name.key for name in statement.out_tables)

    def _columns(self, statement: StatementLineage, rows: dict[str, AssetRow], line: int) -> Iterator[Finding]:
        for edge in (*statement.edges, *statement.influences):
            row = rows.get(edge.from_table.key)
            if row is None or edge.from_column in ("*", ""):
                continue
            where = edge.place.line if edge.place else line
            schema = self._view.read(row.urn, Schema)
            names = {c.name.casefold(): c.name for c in schema.value.columns} if schema else {}
            name = names.get(edge.from_column.casefold())
            if name is None and names:
                top = edge.from_column.split(".", 1)[0].casefold()  # a field of a struct
                if top not in names:
                    yield _unknown_column(row, edge.from_column, where, list(names.values()))
                    continue
                name = names[top]
            self._used[row.urn][name or edge.from_column] = None
            yield from self._sensitive(row, name or edge.from_column, edge.how == "join", where)

    def _sensitive(self, row: AssetRow, column: str, joins: bool, line: int) -> Iterator[Finding]:
        classes = self._classes(row.urn, column)
        if not classes:
            return
        said = f"{_short(row)}.{column} holds {', '.join(classes)}"
        if joins:
            yield Finding("warning", "join on sensitive column", f"{said}, and it is joined on.", line, row.urn, column)
        else:
            yield Finding("note", "sensitive column", f"{said}.", line, row.urn, column)

    def _classes(self, urn: str, column: str | None = None) -> list[str]:
        held = self._view.read(urn, Classification)
        pairs = held.value.classes if held else ()
        wanted = {name for of, name in pairs if column is None or of.casefold() == column.casefold()}
        return sorted(name for name in wanted if name.casefold() not in _HARMLESS)

    def _star(self, statement: StatementLineage, rows: Iterable[AssetRow], line: int) -> Iterator[Finding]:
        at = bisect.bisect_left(self._stars, statement.place.start)
        if at >= len(self._stars) or self._stars[at] >= statement.place.end:
            return
        for row in rows:
            if classes := self._classes(row.urn):
                text = (
                    f"SELECT * takes every column of {_short(row)}, which holds {', '.join(classes)}. Name the columns."
                )
                yield Finding("warning", "star over sensitive table", text, line, row.urn)

    def _deprecated(self, row: AssetRow, line: int) -> Iterator[Finding]:
        held = self._view.read(row.urn, Deprecation)
        if held is None or not held.value.deprecated:
            return
        other = self._view.asset(held.value.replacement) if held.value.replacement else None
        text = f"{_short(row)} is deprecated."
        if held.value.note:
            text = f"{_short(row)} is deprecated: {held.value.note.strip().rstrip('.')}."
        if other is not None:
            certified = self._view.read(other.urn, Certification)
            text += f" Use {_short(other)}" + (" (certified)." if certified and certified.value.certified else ".")
        names = (other.qualified_name or other.name,) if other is not None else ()
        yield Finding("error", "deprecated table", text, line, row.urn, "", names)

    def _closed(self, row: AssetRow, line: int) -> Finding:
        owners = self._owners(row.urn)
        ask = f" Ask {', '.join(owners)}." if owners else ""
        return Finding("error", "not yours to read", f"You may not read {_short(row)}.{ask}", line, row.urn)

    def _owners(self, urn: str) -> list[str]:
        held = self._view.read(urn, Ownership)
        return (
            [self._view.name(owner.urn) for owner in held.value.owners if self._view.asset(owner.urn)] if held else []
        )

    def used(self) -> tuple[Used, ...]:
        """The tables of the catalog that the script reads."""
        return tuple(
            Used(urn, _short(row), tuple(columns), tuple(self._owners(urn)))
            for urn, columns in self._used.items()
            if (row := self._view.asset(urn)) is not None
        )


def _unknown_table(name: TableName, line: int, like: tuple[str, ...]) -> Finding:
    parts = name.parts[1:] if len(name.parts) == 2 and name.parts[0] in _DEFAULT_SCHEMAS else name.parts
    text = f"No table {'.'.join(parts)} is known." + (f" Did you mean {' or '.join(like)}?" if like else "")
    return Finding("error", "unknown table", text, line, "", "", like)


def _unknown_column(row: AssetRow, column: str, line: int, names: list[str]) -> Finding:
    folded = {name.casefold(): name for name in names}
    found = process.extract(column.casefold(), list(folded), scorer=fuzz.ratio, score_cutoff=_LIKE, limit=_SUGGESTED)
    like = tuple(folded[key] for key, _, _ in found)
    text = f"{_short(row)} has no column {column}." + (f" Did you mean {' or '.join(like)}?" if like else "")
    return Finding("error", "unknown column", text, line, row.urn, column, like)


def _short(row: AssetRow) -> str:
    return row.qualified_name or row.name


def _stars(sql: str, dialect: str) -> list[int]:
    """Where a star stands for columns, as offsets: after SELECT, a comma or a dot; not in count(*) or a product."""
    try:
        tokens = Tokenizer(dialect=dialect or None).tokenize(sql)
    except (SqlglotError, ValueError, RecursionError):
        return []
    return [
        token.start
        for before, token in pairwise(tokens)
        if token.token_type is TokenType.STAR and before.token_type in _BEFORE_STAR
    ]
