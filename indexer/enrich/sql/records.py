"""The records that SQL lineage extraction hands out, and the one thing it asks for: a schema lookup.

Owns the shapes only. Nothing here parses, resolves or reads anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

How = Literal["identity", "expression", "aggregate", "filter", "join"]
"""How a column takes part: copied, computed with, aggregated; or only choosing rows (filter, join)."""

Basis = Literal["parsed", "inferred"]
"""*parsed*: a whole grammar read it. *inferred*: names were picked out of text that no grammar covers."""


@dataclass(frozen=True, slots=True)
class TableName:
    """A table as its platform names it: outermost part first, names folded as the platform folds them.

    A file, stage or URL that a statement reads or writes is a TableName of one part with `is_file` set.
    """

    parts: tuple[str, ...]
    is_file: bool = False

    def __str__(self) -> str:
        return ".".join(self.parts)

    @property
    def key(self) -> str:
        """The dotted name in lower case: what names are compared by where case does not count."""
        return ".".join(self.parts).lower()


@dataclass(frozen=True, slots=True)
class KnownTable:
    """A table that the catalog knows: its name as catalogued and its columns in order. `b.c` is field c of struct b."""

    name: TableName
    columns: tuple[str, ...]


class SchemaLookup(Protocol):
    """What extraction asks of a catalog."""

    def find(self, name: TableName, exact_case: bool) -> KnownTable | None:
        """The table of that full name, or None. `exact_case`: the platform tells `T` and `t` apart."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text stands: 1-based line and column of its start, and character offsets [start, end) in the script."""

    line: int
    column: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ColumnEdge:
    """One column that reaches, or decides about, another.

    `to_table` is None for the result of a query. For influences (`how` filter or join) `to_column` is "*": they decide
    about whole rows. `confidence` is in [0, 1]: see `confidence` in edges.py for its few values and their reasons.
    """

    from_table: TableName
    from_column: str
    to_table: TableName | None
    to_column: str
    how: How
    expression: str
    place: Place | None
    confidence: float


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """A column that a statement produces, with or without sources."""

    table: TableName | None
    name: str


@dataclass(frozen=True, slots=True)
class JoinKey:
    """Columns of two tables that one condition sets equal, pair by pair; the two sides in order of their names."""

    left: TableName
    right: TableName
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class StatementLineage:
    """What one statement reads and writes.

    `edges` flow; `influences` only choose rows. `complete` is False when some column or table could not be followed;
    `problems` then says which, in plain sentences. `text` is the statement itself, as evidence.
    """

    kind: str
    text: str
    place: Place
    in_tables: tuple[TableName, ...]
    out_tables: tuple[TableName, ...]
    columns: tuple[OutputColumn, ...] = ()
    edges: tuple[ColumnEdge, ...] = ()
    influences: tuple[ColumnEdge, ...] = ()
    temporary: tuple[TableName, ...] = ()
    complete: bool = True
    problems: tuple[str, ...] = ()
    basis: Basis = "parsed"
    joins: tuple[JoinKey, ...] = ()


@dataclass(frozen=True, slots=True)
class ScriptLineage:
    """The statements of a script in order. Tables a script makes and drops are in `temporary` of their statements."""

    statements: tuple[StatementLineage, ...]
    problems: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """True when every statement was followed to the end."""
        return not self.problems and all(statement.complete for statement in self.statements)

    @property
    def temporary(self) -> frozenset[TableName]:
        """Tables that live no longer than the script's session."""
        return frozenset(name for statement in self.statements for name in statement.temporary)

    def edges(self) -> Iterator[ColumnEdge]:
        """Every flowing edge, statement by statement, temporary tables included as they stand."""
        for statement in self.statements:
            yield from statement.edges


class DictSchema:
    """A SchemaLookup over a mapping from dotted table name to its columns in order."""

    def __init__(self, tables: Mapping[str, tuple[str, ...]]) -> None:
        self._exact = {
            name: KnownTable(TableName(tuple(name.split("."))), tuple(cols)) for name, cols in tables.items()
        }
        self._folded: dict[str, KnownTable] = {}
        for name, table in self._exact.items():
            self._folded.setdefault(name.lower(), table)

    def find(self, name: TableName, exact_case: bool) -> KnownTable | None:
        """The table of that name; where case does not count, the like-spelled one is preferred to another."""
        dotted = ".".join(name.parts)
        found = self._exact.get(dotted)
        return found if found is not None or exact_case else self._folded.get(dotted.lower())
