"""The catalog through a Scope: the only way a skill reads. Owns filtering, merging at read and time travel.

Whatever the scope may not discover is as if it did not exist; of what it may discover and not read, only the name and
the owners come out. `as_of` shows the catalog as it was observed at a time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, select

from catalog import past, tables
from catalog.access import Level, Scope
from catalog.aspects import (
    Aspect,
    Classification,
    Info,
    Schema,
)  # fmt: skip
from catalog.codec import decode_inputs
from catalog.database import Database, micros
from catalog.merge import Authority, Held, Said, merge
from catalog.projection import read_authorities
from catalog.reader import AssetRow, read_rows, read_said
from catalog.redaction import upstreams_of, without_columns, without_upstreams
from catalog.store import version as read_version
from catalog.urn import column_parts, name_of, parse

A = TypeVar("A", bound=Aspect)
_DISCOVERABLE = ("info", "ownership", "person", "team")  # what may be said of an asset that is not yours to read


@dataclass(frozen=True)
class Edge:
    """One upstream edge between two assets the scope may see."""

    upstream: str
    urn: str
    how: str
    basis: str
    source: str
    digest: str
    inputs: tuple[str, ...] = ()  # of a derived edge


@dataclass
class _Cache:
    rows: dict[str, AssetRow | None] = field(default_factory=dict)
    said: dict[str, dict[str, list[Said[Aspect]]]] = field(default_factory=dict)
    marks: dict[str, dict[str, set[str]]] = field(default_factory=dict)  # per asset and column: tags and classes
    listing: list[AssetRow] | None = None


class View:
    """The catalog as a scope sees it, now or as of a time. One per request: what it has read, it keeps."""

    def __init__(self, database: Database, scope: Scope, as_of: datetime | None = None) -> None:
        self._database = database
        self.scope = scope
        self.as_of = as_of
        self._as_of_us = micros(as_of) if as_of else None
        self._cache = _Cache()
        with database.reading() as connection:
            self.version = read_version(connection)
            self._authorities: dict[str, Authority] = read_authorities(connection)

    # Assets ------------------------------------------------------------------------------------------------------

    def asset(self, urn: str) -> AssetRow | None:
        """The asset's row, or None when the scope may not discover it or it does not exist."""
        return self.rows([urn]).get(urn)

    def rows(self, urns: Iterable[str]) -> dict[str, AssetRow]:
        """The rows of those `urns` that the scope may discover, in the given order."""
        wanted = list(dict.fromkeys(urns))
        missing = [urn for urn in wanted if urn not in self._cache.rows]
        if missing:
            self._cache.rows.update(dict.fromkeys(missing))
            self._cache.rows.update({found.urn: self._judged(found) for found in self._read_rows(missing)})
        return {urn: row for urn in wanted if (row := self._cache.rows[urn]) is not None}

    def assets(self, kind: str = "", where: Callable[[AssetRow], bool] | None = None) -> list[AssetRow]:
        """All assets that the scope may discover, by URN; those it may not read have only name and level."""
        if self._cache.listing is None:
            with self._database.reading() as connection:
                rows = read_rows(connection) if self._as_of_us is None else self._rows_at(connection, None)
            self._cache.listing = [row for found in rows if (row := self._judged(found)) is not None]
        rows = self._cache.listing
        return [row for row in rows if (not kind or row.kind == kind) and (where is None or where(row))]

    def readable(self, urn: str) -> bool:
        """Whether the scope may read the asset."""
        row = self.asset(urn)
        return row is not None and row.level is Level.READ

    def name(self, urn: str) -> str:
        """What people call the thing; for a URN that is not in the catalog, what its own form says."""
        row = self.asset(urn)
        return row.name if row else name_of(urn)

    def _judged(self, row: AssetRow) -> AssetRow | None:
        level = self.scope.level(row.facts())
        if level is Level.HIDDEN:
            return None
        if level is Level.DISCOVER:
            return AssetRow(row.urn, row.kind, row.name, row.qualified_name, row.platform, row.env, level=level)
        return row

    def _read_rows(self, urns: list[str]) -> list[AssetRow]:
        with self._database.reading() as connection:
            return read_rows(connection, urns) if self._as_of_us is None else self._rows_at(connection, urns)

    def _rows_at(self, connection: Connection, urns: list[str] | None) -> list[AssetRow]:
        return past.rows_at(connection, urns, self._as_of_us or 0, self._authorities)

    # Aspects -----------------------------------------------------------------------------------------------------

    def load(self, urns: Iterable[str]) -> None:
        """Read what all sources say of `urns` in one go, ahead of the single questions."""
        missing = [urn for urn in dict.fromkeys(urns) if urn not in self._cache.said and self.asset(urn) is not None]
        if missing:
            with self._database.reading() as connection:
                found = read_said(connection, missing, self._as_of_us)
            for urn in missing:
                self._cache.said[urn] = found.get(urn, {})

    def read(self, urn: str, aspect: type[A]) -> Held[A] | None:
        """The merged value of an aspect, or None when nobody said it or the scope may not read it."""
        said = self._visible_said(urn).get(aspect.NAME)
        if not said:
            return None
        held = merge(said, self._authorities)
        return cast(Held[A], self._filtered(urn, held))

    def read_all(self, urn: str) -> dict[str, Held[Any]]:
        """Every aspect of an asset, merged, by name."""
        held = {name: merge(said, self._authorities) for name, said in sorted(self._visible_said(urn).items())}
        return {name: self._filtered(urn, one) for name, one in held.items()}

    def _visible_said(self, urn: str) -> dict[str, list[Said[Aspect]]]:
        row = self.asset(urn)
        if row is None:
            return {}
        self.load([urn])
        said = self._cache.said[urn]
        if row.level is not Level.READ:
            said = {name: held for name, held in said.items() if name in _DISCOVERABLE}
        self.rows(_asset_of(one) for held in said.values() for said_ in held for one in said_.inputs)
        return {
            name: seen for name, held in said.items() if (seen := [one for one in held if self.may_see(one.inputs)])
        }

    def may_see(self, inputs: Iterable[str]) -> bool:
        """Whether the scope may see what was derived from these URNs (assets or columns): only if it may read all."""
        return all(self._may_see_input(urn) for urn in inputs)

    def _may_see_input(self, urn: str) -> bool:
        if parse(urn).entity != "schemaField":
            return self.readable(urn)
        asset, column = column_parts(urn)
        return self.readable(asset) and not (self.scope.hides_columns and self._hides(asset, column))

    def shown(self, urn: str, value: A) -> A:
        """One source's value of a readable asset, less the columns and upstreams that the scope may not see."""
        return cast(A, self._cleaned(urn, value, self._hidden_of(upstreams_of(value))))

    def _filtered(self, urn: str, held: Held[Any]) -> Held[Any]:
        """A merged value and what each source says, all less what the scope may not see."""
        if not self.readable(urn):
            return _only_name(held)
        if self.scope.sees_all and not self.scope.hides_columns:
            return held
        every = (held.value, *(one.value for one in held.said), *(one.value for one in held.disputes))
        hidden = self._hidden_of({upstream for value in every for upstream in upstreams_of(value)})

        def clean(said: tuple[Said[Any], ...]) -> tuple[Said[Any], ...]:
            return tuple(replace(one, value=self._cleaned(urn, one.value, hidden)) for one in said)

        return Held(self._cleaned(urn, held.value, hidden), clean(held.said), clean(held.disputes))

    def _cleaned(self, urn: str, value: Aspect, hidden: set[str]) -> Aspect:
        if hidden:
            value = without_upstreams(value, hidden)
        return without_columns(value, urn, self._hides) if self.scope.hides_columns else value

    def _hides(self, urn: str, column: str) -> bool:
        row = self.asset(urn)
        if row is None:
            return False
        if urn not in self._cache.marks:
            self.load([urn])
            self._cache.marks[urn] = _marks_of(self._cache.said[urn])
        return self.scope.hides_column(row.facts(), column, self._cache.marks[urn].get(column.casefold(), ()))

    def _hidden_of(self, urns: Iterable[str]) -> set[str]:
        """Which of `urns` this scope may not discover. What exists nowhere is not hidden: it stays, as not loaded."""
        wanted = list(dict.fromkeys(urns))
        if self.scope.sees_all or not wanted:
            return set()
        visible = self.rows(wanted)
        unseen = [urn for urn in wanted if urn not in visible]
        with self._database.reading() as connection:
            existing = {row.urn for row in read_rows(connection, unseen)}
            if self._as_of_us is not None:
                existing |= {row.urn for row in self._rows_at(connection, unseen)}
        return {urn for urn in unseen if urn in existing}

    # Edges -------------------------------------------------------------------------------------------------------

    def edges(self) -> Iterator[Edge]:
        """Every asset-level edge whose downstream asset the scope may read, and whose upstream is not hidden."""
        with self._database.reading() as connection:
            found = _edges_now(connection) if self._as_of_us is None else _edges_then(connection, self._as_of_us)
        derived = [edge for edge in found if edge.inputs]
        if derived:
            self.rows(_asset_of(urn) for edge in derived for urn in edge.inputs)
            found = [edge for edge in found if self.may_see(edge.inputs)]
        if self.scope.sees_all:
            yield from found
            return
        hidden = self._hidden_of([urn for edge in found for urn in (edge.upstream, edge.urn)])
        for edge in found:
            if edge.upstream not in hidden and self.readable(edge.urn):
                yield edge


def _edges_now(connection: Connection) -> list[Edge]:
    e = tables.edges.c
    query = select(e.upstream, e.urn, e.how, e.basis, e.source, e.digest, e.inputs)
    rows = connection.execute(query.order_by(e.urn, e.upstream, e.how, e.source))
    return [Edge(*row[:-1], inputs=decode_inputs(row[-1])) for row in rows]


def _asset_of(urn: str) -> str:
    """The asset of an input: itself, or what a column belongs to."""
    return column_parts(urn)[0] if parse(urn).entity == "schemaField" else urn


def _edges_then(connection: Connection, at: int) -> list[Edge]:
    return [Edge(*edge) for edge in past.edges_at(connection, at)]


def _only_name(held: Held[Any]) -> Held[Any]:
    """Of an asset that is not the scope's to read, Info shrinks to what the thing is called."""

    def shrink(value: Any) -> Any:
        if not isinstance(value, Info):
            return value
        return Info(value.kind, value.name, value.platform, value.qualified_name, value.env)

    def each(said: tuple[Said[Any], ...]) -> tuple[Said[Any], ...]:
        return tuple(replace(one, value=shrink(one.value)) for one in said)

    return Held(shrink(held.value), each(held.said), each(held.disputes))


def _marks_of(said: dict[str, list[Said[Aspect]]]) -> dict[str, set[str]]:
    """What rules of access may look at in columns: by column name in small letters, its classes and tags."""
    marks: dict[str, set[str]] = defaultdict(set)
    for one in (*said.get(Classification.NAME, ()), *said.get(Schema.NAME, ())):
        if isinstance(one.value, Classification):
            for column, name in one.value.classes:
                marks[column.casefold()].add(name)
        elif isinstance(one.value, Schema):
            for held in one.value.columns:
                marks[held.name.casefold()].update(held.tags)
    return marks
