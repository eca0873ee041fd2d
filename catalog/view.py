"""The catalog through a Scope: the only way a skill reads. Owns filtering, merging at read and time travel.

Whatever the scope may not discover is as if it did not exist; of what it may discover and not read, only the name and
the owners come out. `as_of` shows the catalog as it was observed at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, select

from catalog import past, tables
from catalog.access import Facts, Level, Scope
from catalog.aspects import Aspect, Classification, Lineage, Schema
from catalog.change import Evidence
from catalog.changes import Changed, Window, read_changes
from catalog.cleaning import Cleaner, Marks, marks_of
from catalog.codec import decode_inputs
from catalog.database import Database, micros
from catalog.differences import differences
from catalog.edges import (
    ColumnKey,
    ColumnStep,
    Direction,
    Edge,
    column_steps,
    column_steps_at,
    downstream_at,
    edges_into,
)
from catalog.graphs import Graphs, ScopedGraph
from catalog.history import REMOVED
from catalog.identity import lookup
from catalog.known import Known, Then
from catalog.merge import Held, Said, merge
from catalog.past import FOREVER
from catalog.reader import AssetRow, read_inputs, read_points, read_values
from catalog.roster import Rosters, Stamp, read_stamp
from catalog.sight import NowRows, Sight, ThenRows, past_sight, shared_sight
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
        known: Known | None = None,
        graphs: Graphs | None = None,
    ) -> None:
        self._database = database
        self.scope = scope
        self.as_of = as_of
        self._as_of_us = micros(as_of) if as_of else None
        self.known = known
        self._deep = deep or as_of is not None or known is not None
        self._rosters = rosters or Rosters(database)
        self._graphs = graphs or Graphs(database)
        self._said: dict[str, dict[str, list[Said[Aspect]]]] = {}
        self._seen: dict[str, dict[str, list[Said[Aspect]]]] = {}
        self._marks: dict[str, Marks] = {}
        with database.reading() as connection:
            stamp = read_stamp(connection)
            self._then = Then(connection, known, self._as_of_us) if known else None
        self.version = known.version if known else stamp.version
        self._authorities = dict(stamp.authorities)
        self._use(self._sight_of(stamp))

    def _sight_of(self, stamp: Stamp) -> Sight:
        if self._then is not None:
            return Sight(self.scope, ThenRows(self._database, self._then, self._authorities))
        if self._as_of_us is not None:
            at, held = self._as_of_us, self._authorities
            return past_sight(self._rosters, self._database, stamp, self.scope, at, held)
        ready = self._rosters.ready(stamp)
        return shared_sight(ready, self.scope) if ready is not None else Sight(self.scope, NowRows(self._database))

    @property
    def _is_now(self) -> bool:
        return self._as_of_us is None and self._then is None

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
        if self._is_now and not self._sight.shared:
            roster = self._rosters.newest()
            self.version = roster.stamp.version
            self._use(shared_sight(roster, self.scope))
        rows = self._sight.listing()
        return [row for row in rows if (not kind or row.kind == kind) and (where is None or where(row))]

    def canonical(self, urn: str) -> str:
        """The URN of the asset that a URN belongs to; itself when it is alone, unknown or not the scope's to see."""
        row = self.asset(urn)
        return row.urn if row else urn

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
        missing = sorted({row.urn for row in self.rows(urns).values()} - self._said.keys())
        if missing:
            with self._database.reading() as connection:
                found = lookup.said_of(connection, missing, self._as_of_us)
                found = self._then.said(connection, missing, found, None) if self._then else found
            for urn in missing:
                self._said[urn] = found.get(urn, {})

    def read(self, urn: str, aspect: type[A]) -> Held[A] | None:
        """The merged value of an aspect, or None when nobody said it or the scope may not read it."""
        said = self._seen_of(urn, aspect.NAME)
        return cast(Held[A], merge(said, self._authorities)) if said else None

    def read_all(self, urn: str) -> dict[str, Held[Any]]:
        """Every aspect of an asset, merged, by name."""
        self.load([urn])
        names = sorted(self._said.get(self.canonical(urn), ()))
        return {name: merge(said, self._authorities) for name in names if (said := self._seen_of(urn, name))}

    def cited(self, evidence: Evidence) -> Said[Aspect] | None:
        """The value that evidence names, as the scope may see it: as it stands in this view, else of any time."""
        said = self._seen_of(evidence.urn, evidence.aspect)
        return next((one for one in said if one.evidence == evidence), None) or self._earlier(evidence)

    def _earlier(self, evidence: Evidence) -> Said[Aspect] | None:
        view = self._of_any_time
        if view.hides(evidence.urn):
            return None
        with self._database.reading() as connection:
            points = [one for one in read_points(connection, [evidence.urn]) if one.digest != REMOVED]
            points = [one for one in points if (one.aspect, one.source) == (evidence.aspect, evidence.source)]
            values = read_values(connection, points)
            inputs = read_inputs(connection, sorted({one.digest for one in points}))
        for point in sorted(points, key=lambda one: (one.digest != evidence.version, -one.observed_at)):
            value = values.get((point.aspect, point.digest))
            if value is not None:
                seen = view.seen(Said(value, point, decode_inputs(inputs.get(point.digest, ""))))
                if seen is not None and seen.evidence == evidence:
                    return seen
        return None

    @cached_property
    def _of_any_time(self) -> View:
        """This view, judging columns by all that was ever said of them."""
        return self if self._deep else View(self._database, self.scope, rosters=self._rosters, deep=True)

    def hides(self, urn: str) -> bool:
        """Whether the scope may not know of a URN; of one that no source describes, what its form tells decides."""
        return self._sight.hides(urn)

    def seen(self, said: Said[A]) -> Said[A] | None:
        """What the scope may see of a value of any time."""
        return self._cleaner.clean(said)

    def may_see(self, inputs: Iterable[str]) -> bool:
        """Whether the scope may see what was derived from these URNs (assets or columns): only if it may read all."""
        return self._cleaner.may_see(inputs)

    def _seen_of(self, urn: str, name: str) -> list[Said[Aspect]]:
        """What each source says in one aspect, less what the scope may not see."""
        row = self.asset(urn)
        if row is None:
            return []
        urn = row.urn
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
        urn = self.canonical(urn)
        if urn not in self._marks:
            self.load([urn])
            held = self._said.get(urn, {})
            values = [one.value for name in (Classification.NAME, Schema.NAME) for one in held.get(name, ())]
            if self._deep:
                with self._database.reading() as connection:
                    every = read_points(connection, lookup.members(connection, [urn])[urn])
                    points = [p for p in every if p.aspect in _MARKING and p.digest != REMOVED]
                    values += read_values(connection, points).values()
            self._marks[urn] = marks_of(values)
        return self._marks[urn]

    # Edges -------------------------------------------------------------------------------------------------------

    def edges(self) -> Iterator[Edge]:
        """Every asset-level edge whose downstream asset the scope may read, and whose upstream is not hidden."""
        with self._database.reading() as connection:
            found = [Edge(*row) for row in self._all_edges(connection)]
        yield from self._seen_edges(found)

    def edges_into(self, urns: Iterable[str]) -> list[Edge]:
        """The edges into these assets that the scope may see, as they are now; for views that stand on the graph."""
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
        if self._is_now and len(urns) > _MANY:
            self.assets()  # all at once is far quicker than one by one
        return self._sight.levels(urns)

    def _all_edges(self, connection: Connection) -> list[tuple[Any, ...]]:
        raw: list[tuple[Any, ...]]
        raw = _edges_now(connection) if self._as_of_us is None else past.edges_at(connection, self._as_of_us)
        if self._then is not None:
            raw = self._then.edges(connection, raw)
        if self._is_now:
            unknown = lookup.unknown_ends(connection)
        else:
            unknown = lookup.unknown_among(connection, (edge[0] for edge in raw))
        return lookup.joined_edges(connection, raw, unknown)

    def at(self, as_of: datetime) -> View:
        """The same scope's view as of another time."""
        return View(self._database, self.scope, as_of, self._rosters, known=self.known, graphs=self._graphs)

    # Changes -----------------------------------------------------------------------------------------------------

    def changes(
        self, since: datetime | None = None, until: datetime | None = None, urns: Iterable[str] | None = None
    ) -> list[Changed]:
        """What changed after `since`, up to `until`, of what the scope may read: oldest first, with the differences.

        An asset that is gone is judged as it last stood. A change of nothing that the scope may see is no change.
        """
        ends = [micros(one) for one in (until, self.as_of) if one is not None]
        window = Window(micros(since) if since else 0, min(ends, default=FOREVER), self.known)
        with self._database.reading() as connection:
            wanted = None
            if urns is not None:
                wanted = sorted({one for held in lookup.members(connection, urns).values() for one in held})
            found = read_changes(connection, window, wanted, self._authorities)
            digests = {point.digest for one in found for point in (one.was, one.now) if point is not None}
            inputs = read_inputs(connection, sorted(digests))
        levels = self._sight.levels(dict.fromkeys(one.urn for one in found))
        readable = [one for one in found if levels[one.urn] is Level.READ]
        shown = (self._shown_change(one, inputs) for one in readable)
        return [one for one in shown if one is not None]

    def _shown_change(self, one: Changed, inputs: dict[str, str]) -> Changed | None:
        """A change as the scope may see it; None when nothing of it is left."""
        view = self._of_any_time
        seen: list[Said[Any] | None] = []
        for point, value in ((one.was, one.before), (one.now, one.after)):
            made_from = decode_inputs(inputs.get(point.digest, "")) if point is not None else ()
            if point is not None and value is None:  # of the asset as a whole: the record that shows it was there
                with self._database.reading() as connection:
                    value = read_values(connection, [point]).get((point.aspect, point.digest))
            held = view.seen(Said(value, point, made_from)) if point is not None and value is not None else None
            if held is None and point is not None and point.digest != REMOVED:
                return None
            seen.append(held)
        was, now = seen
        shown = replace(one, was=was.point if was else one.was, now=now.point if now else one.now)
        if one.differences:
            return shown
        before, after = was.value if was else None, now.value if now else None
        found = tuple(differences(before, after))
        return replace(shown, before=before, after=after, differences=found) if found else None

    def evidence(self, edge: Edge | ColumnStep) -> Evidence:
        """The lineage record that states an edge, as the scope may see it."""
        key = (edge.stated_of or edge.urn, edge.source)
        said = self._seen_of(edge.urn, Lineage.NAME)
        return next((one.evidence for one in said if (one.point.urn, one.point.source) == key), Evidence(
            key[0], Lineage.NAME, edge.source, edge.digest
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
            stated = sorted({one for held in lookup.members(connection, urns).values() for one in held})
            if self._as_of_us is None:
                found = column_steps(connection, stated, direction, columns)
            else:
                ends = stated if direction == "up" else downstream_at(connection, stated, self._as_of_us)
                found = column_steps_at(connection, ends, self._as_of_us)
            home = lookup.canonicals(connection, {urn for step in found for urn in (step.upstream, step.urn)})
        steps = [
            replace(
                step, upstream=home[step.upstream], urn=home[step.urn],
                stated_of="" if home[step.urn] == step.urn else step.urn,
            )
            for step in found
        ]  # fmt: skip
        return [step for step in steps if step.start(direction)[0] in urns]

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

    @cached_property
    def stands_on_graph(self) -> bool:
        """Whether the shared graph shows this view: it is of now, and every asset goes by one URN."""
        return self._is_now and self._graphs.one_name_each()


def _edges_now(connection: Connection) -> list[tuple[Any, ...]]:
    e = tables.edges.c
    query = select(e.upstream, e.urn, e.how, e.basis, e.source, e.digest, e.inputs)
    rows = connection.execute(query.order_by(e.urn, e.upstream, e.how, e.source))
    return [(*row[:-1], decode_inputs(row[-1]) if row[-1] else ()) for row in rows]
