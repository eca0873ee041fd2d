"""The edges of the catalog as stored, of assets and of columns, now or as of a time. Unfiltered: read through a View.

Owns the two records and the queries. Pure reading; who may see an edge is the View's business.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, func, select

from catalog import past, tables
from catalog.aspects import Lineage
from catalog.codec import decode_inputs
from catalog.lineage import INFLUENCE
from catalog.reader import chunks, read_said

Direction = Literal["up", "down"]
ColumnKey = tuple[str, str]  # (URN of the asset, column); "" as column stands for the asset as a whole


@dataclass(frozen=True)
class Edge:
    """One upstream edge between two assets the scope may see. `inputs`: of a derived edge, what it was made from."""

    upstream: str
    urn: str
    how: str
    basis: str
    source: str
    digest: str
    stated_of: str = ""  # the URN under which the source states it, where that is another of the asset's
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True)
class ColumnStep:
    """One column edge: `upstream_column` of `upstream` flows into `column` of `urn`, or chooses its rows (`how`)."""

    upstream: str
    upstream_column: str
    urn: str
    column: str
    how: str
    basis: str
    source: str
    digest: str
    inputs: tuple[str, ...] = ()
    stated_of: str = ""  # as of an Edge

    @property
    def flows(self) -> bool:
        """Whether values travel along it; else it only decides which rows or pairs come out."""
        return self.how not in INFLUENCE

    def key(self, direction: Direction) -> ColumnKey:
        """The column it leads to in this direction."""
        return (self.upstream, self.upstream_column) if direction == "up" else (self.urn, self.column)

    def start(self, direction: Direction) -> ColumnKey:
        """The column it leaves in this direction."""
        return (self.urn, self.column) if direction == "up" else (self.upstream, self.upstream_column)


def every_edge(connection: Connection, at: int | None = None) -> list[Edge]:
    """All asset-level edges, by (urn, upstream, how, source)."""
    if at is not None:
        return [Edge(*row[:-1], inputs=row[-1]) for row in past.edges_at(connection, at)]
    e = tables.edges.c
    query = select(e.upstream, e.urn, e.how, e.basis, e.source, e.digest, e.inputs)
    rows = connection.execute(query.order_by(e.urn, e.upstream, e.how, e.source))
    return [Edge(*row[:-1], inputs=decode_inputs(row[-1])) for row in rows]


def edges_into(connection: Connection, urns: Collection[str]) -> list[Edge]:
    """The asset-level edges into these assets as they are now, by (urn, upstream, how, source)."""
    e = tables.edges.c
    found: list[Edge] = []
    for some in chunks(sorted(set(urns))):
        query = select(e.upstream, e.urn, e.how, e.basis, e.source, e.digest, e.inputs).where(e.urn.in_(some))
        found += [Edge(*row[:-1], inputs=decode_inputs(row[-1])) for row in connection.execute(query)]
    return sorted(found, key=lambda edge: (edge.urn, edge.upstream, edge.how, edge.source))


def column_steps(
    connection: Connection, urns: Iterable[str], direction: Direction, columns: Collection[str] | None = None
) -> list[ColumnStep]:
    """The column edges that lead on from columns of these assets, as they are now; `columns` narrows the query."""
    e = tables.column_edges.c
    of, column = (e.urn, e.column) if direction == "up" else (e.upstream, e.upstream_column)
    spelled = sorted({form for name in columns or () for form in (name, name.lower(), _ascii_lower(name))})
    found: list[ColumnStep] = []
    for some in chunks(sorted(set(urns))):
        query = select(e.upstream, e.upstream_column, e.urn, e.column, e.how, e.basis, e.source, e.digest, e.inputs)
        query = query.where(of.in_(some))
        if columns is not None and len(spelled) <= len(some) + 400:
            query = query.where(func.lower(column).in_(spelled))
        found += [ColumnStep(*row[:-1], decode_inputs(row[-1])) for row in connection.execute(query)]
    return found


def downstream_at(connection: Connection, urns: Iterable[str], at: int) -> list[str]:
    """The assets made directly from these at a time."""
    wanted = set(urns)
    return sorted({edge.urn for edge in every_edge(connection, at) if edge.upstream in wanted})


def column_steps_at(connection: Connection, urns: Sequence[str], at: int) -> list[ColumnStep]:
    """The column edges into these assets as they were observed at a time."""
    return [
        ColumnStep(
            edge.source_urn,
            edge.source_column,
            urn,
            edge.column,
            edge.how,
            edge.basis,
            one.point.source,
            one.point.digest,
            one.inputs,
        )
        for urn, held in read_said(connection, urns, at, names=(Lineage.NAME,)).items()
        for one in held[Lineage.NAME]
        if isinstance(one.value, Lineage)
        for edge in one.value.columns
    ]


def by_start(steps: Iterable[ColumnStep], direction: Direction) -> dict[ColumnKey, list[ColumnStep]]:
    """Steps by the column they leave, letter case apart."""
    held: dict[ColumnKey, list[ColumnStep]] = defaultdict(list)
    for step in steps:
        urn, column = step.start(direction)
        held[urn, column.casefold()].append(step)
    return held


def _ascii_lower(name: str) -> str:
    """As SQLite's lower() writes it: other letters than a to z keep their case."""
    return "".join(char.lower() if char.isascii() else char for char in name)
