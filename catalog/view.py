"""The catalog through a Scope: the only way a skill reads. Owns filtering, merging at read and time travel.

Whatever the scope may not discover is as if it did not exist; of what it may discover and not read, only the name and
the owners come out. `as_of` shows the catalog as it was observed at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar, cast

from catalog.access import Facts, Level, Scope
from catalog.aspects import Aspect, Classification, Lineage, Schema
from catalog.change import Evidence
from catalog.cleaning import Cleaner, Marks, marks_of
from catalog.database import Database, micros
from catalog.edges import (
    ColumnKey,
    ColumnStep,
    Direction,
    Edge,
    column_steps,
    column_steps_at,
    downstream_at,
    edges_into,
    every_edge,
)
from catalog.graphs import Graphs, ScopedGraph
from catalog.history import REMOVED
from catalog.merge import Held, Said, merge
from catalog.reader import AssetRow, read_points, read_said, read_values
from catalog.roster import Rosters, Stamp, read_stamp
from catalog.sight import NowRows, PastRows, Sight, shared_sight
from catalog.urn import name_of

A = TypeVar("A", bound=Aspect)
_MANY = 2000  # assets from which on reading all rows at once is quicker
_MARKING = (Classification.NAME, Schema.NAME)


class View:
    """The catalog as a scope sees it, now or as of a time. One per request: what it has read, it keeps.

    `deep`: values of any time will be looked at, so columns are judged by all that was ever said of them.
    """

    def __init__(
        self,
        database: Database,
        scope: Scope,
        as_of: datetime | None = None,
        rosters: Rosters | None = None,
        deep: bool = False,
        graphs: Graphs | None = None,
    ) -> None:
        self._database = database
        self.scope = scope
        self.as_of = as_of
        self._as_of_us = micros(as_of) if as_of else None
        self._deep = deep or as_of is not None
        self._rosters = rosters or Rosters(database)
        self._graphs = graphs or Graphs(database)
        self._said: dict[str, dict[str, list[Said[Aspect]]]] = {}
        self._seen: dict[str, dict[str, list[Said[Aspect]]]] = {}
        self._marks: dict[str, Marks] = {}
        with database.reading() as connection:
            stamp = read_stamp(connection)
        self.version = stamp.version
        self._authorities = dict(stamp.authorities)
        self._use(self._sight_of(stamp))

    def _sight_of(self, stamp: Stamp) -> Sight:
        if self._as_of_us is not None:
            return Sight(self.scope, PastRows(self._database, self._as_of_us, self._authorities))
        ready = self._rosters.ready(stamp)
        return shared_sight(ready, self.scope) if ready is not None else Sight(self.scope, NowRows(self._database))

    def _use(self, sight: Sight) -> None:
        self._sight = sight
        self._cleaner = Cleaner(sight, self._marks_of, self._facts_of)

    # Assets ------------------------------------------------------------------------------------------------------

    def asset(self, urn: str) -> AssetRow | None:
        """The asset's row, or None when the scope may not discover it or it does not exist."""
        return self._sight.row(urn)

    def rows(self, urns: Iterable[str]) -> dict[str, AssetRow]:
        """The rows of those `urns` that the scope may discover, in the given order."""
        return self._sight.rows(urns)

    def assets(self, kind: str = "", where: Callable[[AssetRow], bool] | None = None) -> list[AssetRow]:
        """All assets that the scope may discover, by URN; those it may not read have only name and level."""
        if self._as_of_us is None and not self._sight.shared:
            roster = self._rosters.newest()
            self.version = roster.stamp.version
            self._use(shared_sight(roster, self.scope))
        rows = self._sight.listing()
        return [row for row in rows if (not kind or row.kind == kind) and (where is None or where(row))]

    def readable(self, urn: str) -> bool:
        """Whether the scope may read the asset."""
        row = self.asset(urn)
        return row is not None and row.level is Level.READ

    def name(self, urn: str) -> str:
        """What people call the thing; for a URN that is not in the catalog, what its own form says."""
        row = self.asset(urn)
        return row.name if row else name_of(urn)

    # Aspects -----------------------------------------------------------------------------------------------------

    def load(self, urns: Iterable[str]) -> None:
        """Read what all sources say of `urns` in one go, ahead of the single questions."""
        missing = [urn for urn in self.rows(urns) if urn not in self._said]
        if missing:
            with self._database.reading() as connection:
                found = read_said(connection, missing, self._as_of_us)
            for urn in missing:
                self._said[urn] = found.get(urn, {})

    def read(self, urn: str, aspect: type[A]) -> Held[A] | None:
        """The merged value of an aspect, or None when nobody said it or the scope may not read it."""
        said = self._seen_of(urn, aspect.NAME)
        return cast(Held[A], merge(said, self._authorities)) if said else None

    def read_all(self, urn: str) -> dict[str, Held[Any]]:
        """Every aspect of an asset, merged, by name."""
        self.load([urn])
        names = sorted(self._said.get(urn, ()))
        return {name: merge(said, self._authorities) for name in names if (said := self._seen_of(urn, name))}

    def cited(self, evidence: Evidence) -> Said[Aspect] | None:
        """The value that evidence names, as the scope may see it, if it stands in this view."""
        said = self._seen_of(evidence.urn, evidence.aspect)
        return next((one for one in said if one.evidence == evidence), None)

    def seen(self, said: Said[A]) -> Said[A] | None:
        """What the scope may see of a value of any time."""
        return self._cleaner.clean(said)

    def may_see(self, inputs: Iterable[str]) -> bool:
        """Whether the scope may see what was derived from these URNs (assets or columns): only if it may read all."""
        return self._cleaner.may_see(inputs)

    def _seen_of(self, urn: str, name: str) -> list[Said[Aspect]]:
        """What each source says in one aspect, less what the scope may not see."""
        if self.asset(urn) is None:
            return []
        if urn not in self._said:
            self.load([urn])
        seen = self._seen.setdefault(urn, {})
        if name not in seen:
            seen[name] = [one for said in self._said[urn].get(name, ()) if (one := self._cleaner.clean(said))]
        return seen[name]

    def _facts_of(self, urn: str) -> tuple[Facts, ...]:
        return self._sight.facts(urn)

    def _marks_of(self, urn: str) -> Marks:
        """Classes and tags of an asset's columns; for other times than now, all they ever had."""
        if urn not in self._marks:
            self.load([urn])
            held = self._said.get(urn, {})
            values = [one.value for name in (Classification.NAME, Schema.NAME) for one in held.get(name, ())]
            if self._deep:
                with self._database.reading() as connection:
                    points = [p for p in read_points(connection, [urn]) if p.aspect in _MARKING and p.digest != REMOVED]
                    values += read_values(connection, points).values()
            self._marks[urn] = marks_of(values)
        return self._marks[urn]

    # Edges -------------------------------------------------------------------------------------------------------

    def edges(self) -> Iterator[Edge]:
        """Every asset-level edge whose downstream asset the scope may read, and whose upstream is not hidden."""
        with self._database.reading() as connection:
            found = every_edge(connection, self._as_of_us)
        yield from self._seen_edges(found)

    def edges_into(self, urns: Iterable[str]) -> list[Edge]:
        """The edges into these assets that the scope may see, as they are now."""
        with self._database.reading() as connection:
            found = edges_into(connection, list(urns))
        return list(self._seen_edges(found))

    def _seen_edges(self, found: list[Edge]) -> Iterator[Edge]:
        if not self.scope.sees_all:
            levels = self._levels_of({urn for edge in found for urn in (edge.upstream, edge.urn)})
            read, hidden = Level.READ, Level.HIDDEN
            found = [one for one in found if levels[one.urn] is read and levels[one.upstream] is not hidden]
        yield from (edge for edge in found if not edge.inputs or self.may_see(edge.inputs))

    def _levels_of(self, urns: Collection[str]) -> Mapping[str, Level]:
        if self._as_of_us is None and len(urns) > _MANY:
            self.assets()  # all at once is far quicker than one by one
        return self._sight.levels(urns)

    def evidence(self, edge: Edge | ColumnStep) -> Evidence:
        """The lineage record that states an edge, as the scope may see it."""
        said = self._seen_of(edge.urn, Lineage.NAME)
        return next((one.evidence for one in said if one.point.source == edge.source), Evidence(
            edge.urn, Lineage.NAME, edge.source, edge.digest
        ))  # fmt: skip

    def column_steps(self, columns: Iterable[ColumnKey], direction: Direction) -> list[ColumnStep]:
        """The column edges that lead on from these columns and that the scope may see; letter case does not count."""
        wanted = {(urn, column.casefold()) for urn, column in columns}
        urns = list(dict.fromkeys(urn for urn, _ in wanted))
        found = self._steps(urns, direction, {column for _, column in columns})
        leaving = ((step, step.start(direction)) for step in found)
        return self._seen_steps([step for step, (urn, column) in leaving if (urn, column.casefold()) in wanted])

    def steps_of(self, urns: Collection[str], direction: Direction) -> list[ColumnStep]:
        """All column edges into (up) or out of (down) these assets that the scope may see."""
        return self._seen_steps(self._steps(list(urns), direction, None))

    def _steps(self, urns: list[str], direction: Direction, columns: Collection[str] | None) -> list[ColumnStep]:
        with self._database.reading() as connection:
            if self._as_of_us is None:
                return column_steps(connection, urns, direction, columns)
            ends = urns if direction == "up" else downstream_at(connection, urns, self._as_of_us)
            found = column_steps_at(connection, ends, self._as_of_us)
        return [step for step in found if step.start(direction)[0] in urns]

    def _seen_steps(self, found: list[ColumnStep]) -> list[ColumnStep]:
        found = [step for step in found if not step.inputs or self.may_see(step.inputs)]
        if self.scope.sees_all and not self.scope.hides_columns:
            return found
        self._levels_of({urn for step in found for urn in (step.upstream, step.urn)})
        hides = self._cleaner.hides_column
        return [s for s in found if not hides(s.urn, s.column) and not hides(s.upstream, s.upstream_column)]

    def graph(self) -> ScopedGraph:
        """The lineage graph of the present as the scope sees it; for the past, edges() gives what was."""
        return self._graphs.seen(self.scope, self._levels_of, self.may_see)
