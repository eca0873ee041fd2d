"""From what a script does to the lineage of the assets it concerns. Pure: an extraction and a way to name tables in,
aspects out.

Owns which statement speaks of which asset: a bare query speaks of the asset whose SQL it is; a statement that writes
speaks of the table it writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from catalog.aspects import Basis, ColumnEdge, Lineage, Upstream
from indexer.enrich.sql import ScriptLineage, TableName, lasting
from indexer.enrich.sql.jinja import UNKNOWN
from indexer.enrich.sql.records import ColumnEdge as Edge
from indexer.enrich.sql.records import StatementLineage

WHOLE_ROWS = "*"
EXPRESSION_SHOWN = 500  # characters of an expression that are kept; the whole statement stands in the Logic aspect
_PASSING = ("__dbt_tmp", "__dbt_backup", "__dbt_new", "__dbt_tmp_not_partitioned")
_READ_ONLY = ("drop ", "truncate")

Namer = Callable[[TableName], str | None]
Speller = Callable[[str], tuple[str, ...]]  # the columns of an asset, as the catalog spells them


@dataclass
class Piece:
    """The lineage that a script gives to one asset. `complete`: every statement of it was followed to the end."""

    upstreams: dict[str, Basis] = field(default_factory=dict)
    edges: dict[tuple[str, str, str, str], ColumnEdge] = field(default_factory=dict)
    columns: dict[str, None] = field(default_factory=dict)
    complete: bool = True

    def add(self, other: Piece) -> None:
        """Take in what another script gives to the same asset."""
        for urn, basis in other.upstreams.items():
            self.upstreams.setdefault(urn, basis)
        for key, edge in other.edges.items():
            held = self.edges.get(key)
            if held is None or held.confidence < edge.confidence:
                self.edges[key] = edge

    def lineage(self, own: str) -> Lineage | None:
        """As an aspect of the asset `own`; None when nothing is known."""
        upstreams = tuple(Upstream(urn, "reads", basis) for urn, basis in self.upstreams.items() if urn != own)
        edges = tuple(sorted(self.edges.values(), key=lambda e: (e.column, e.source_urn, e.source_column, e.how)))
        return Lineage(upstreams, edges) if upstreams or edges else None


def pieces_of(script: ScriptLineage, own: str, is_table: bool, name: Namer, spelled: Speller) -> dict[str, Piece]:
    """What a script says of each asset, by URN. `own`: whose SQL it is; `is_table`: its queries make that very table.

    A table's script speaks only of the table. Any other script (a task, a file) reads what it reads and gives lineage
    to the tables it writes.
    """
    maker = _Maker(script, own, is_table, name, spelled)
    for statement in script.statements:
        maker.statement(statement)
    for edge in lasting(script):
        maker.edge(edge)
    return maker.pieces


class _Maker:
    def __init__(self, script: ScriptLineage, own: str, is_table: bool, name: Namer, spelled: Speller) -> None:
        self.own = own
        self.is_table = is_table
        self.pieces: dict[str, Piece] = {own: Piece()}
        self._name = name
        self._spelled = spelled
        read = {table for statement in script.statements for table in statement.in_tables}
        self._temporary = script.temporary & read if len(script.statements) > 1 else frozenset()
        written = {table for s in script.statements for table in s.out_tables if not s.kind.startswith(_READ_ONLY)}
        self._only_target = len(written - self._temporary) == 1
        self._spelling: dict[str, dict[str, str]] = {}
        self._urns: dict[TableName, str | None] = {}

    def statement(self, statement: StatementLineage) -> None:
        """The tables that a statement reads, the conditions on them, and the columns that come out."""
        if statement.kind.startswith(_READ_ONLY):
            return
        reads = [urn for table in statement.in_tables if (urn := self._outer(table)) is not None]
        targets = {urn for urn in (self._target(table) for table in statement.out_tables or (None,)) if urn}
        for urn in targets if self.is_table else targets | {self.own}:
            piece = self.pieces.setdefault(urn, Piece())
            piece.complete &= statement.complete
            for read in reads:
                piece.upstreams.setdefault(read, statement.basis)
            for edge in statement.influences:
                if urn in targets and self._target(edge.to_table) == urn:
                    self._put(piece, urn, edge, statement.basis)
        for column in statement.columns:
            target = self._target(column.table)
            if target is not None:
                self.pieces.setdefault(target, Piece()).columns[column.name] = None

    def edge(self, edge: Edge) -> None:
        """A column that flows into an asset's."""
        target = self._target(edge.to_table)
        if target is not None and (self.is_table or edge.to_table is not None):
            self._put(self.pieces.setdefault(target, Piece()), target, edge, "parsed")

    def _put(self, piece: Piece, target: str, edge: Edge, basis: Basis) -> None:
        source = self._outer(edge.from_table)
        if source is None or edge.from_column == UNKNOWN or (source == target and edge.to_column == WHOLE_ROWS):
            return
        column = self._column(target, edge.to_column)
        origin = self._column(source, edge.from_column)
        place = f"line {edge.place.line}, column {edge.place.column}" if edge.place else ""
        text = edge.expression if len(edge.expression) <= EXPRESSION_SHOWN else edge.expression[:EXPRESSION_SHOWN] + "…"
        made = ColumnEdge(source, origin, column, edge.how, basis, text, edge.confidence, place)
        key = (source, origin, column, edge.how)
        held = piece.edges.get(key)
        if held is None or held.confidence < made.confidence:
            piece.edges[key] = made
        piece.upstreams.setdefault(source, basis)

    def _target(self, table: TableName | None) -> str | None:
        """The asset that a written table is; for a bare query, and for a table's only target, the asset itself."""
        if table is None:
            return self.own if self.is_table else None
        if table in self._temporary:
            return None
        urn = self._urn(table)
        if not self.is_table or urn == self.own or urn is None:
            return urn
        return self.own if self._only_target else None

    def _outer(self, table: TableName) -> str | None:
        return None if table in self._temporary or table.parts[-1] == UNKNOWN else self._urn(table)

    def _urn(self, table: TableName) -> str | None:
        if table not in self._urns:
            self._urns[table] = self._name(lasting_name(table))
        return self._urns[table]

    def _column(self, urn: str, column: str) -> str:
        """The column as the asset's own schema spells it."""
        if urn not in self._spelling:
            self._spelling[urn] = {name.lower(): name for name in reversed(self._spelled(urn))}
        held = self._spelling[urn]
        return column if column in held.values() else held.get(column.lower(), column)


def lasting_name(table: TableName) -> TableName:
    """The table that one of dbt's passing tables becomes."""
    for suffix in _PASSING:
        if table.parts[-1].lower().endswith(suffix) and not table.is_file:
            return TableName((*table.parts[:-1], table.parts[-1][: -len(suffix)]))
    return table


def shortfalls(script: ScriptLineage) -> Iterator[tuple[str, str]]:
    """What could not be followed: (what, why), at most one for each statement."""
    for statement in script.statements:
        if statement.complete:
            continue
        at_tables = statement.basis == "inferred"
        why = _first(statement.problems)
        yield ("statement read at table level only" if at_tables else "statement followed in part"), why
    if script.problems:
        yield "template filled in part", _first(script.problems)


def _first(problems: Iterable[str]) -> str:
    return next(iter(problems), "")
