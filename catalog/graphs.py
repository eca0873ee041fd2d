"""The lineage graph of the catalog as it is now: one for all requests, kept up with changes, seen through scopes.

Owns which catalog version the graph in memory reflects, its saved form, and for each scope which nodes and edges it
may see. A small change is patched in; a large one, or a catalog that changed without a new version, is read anew.
Looks into the past do not come here. Threads may share it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, select

from catalog import tables
from catalog.access import Level, Scope
from catalog.database import Database
from catalog.graph_rows import read_whole, row_of_edges
from catalog.graph_store import SAVE_ABOVE, read_saved, write_saved
from catalog.identity import lookup
from catalog.lineage import EVERYTHING, Edges, Graph, Lens, Names, build, edges, repacked
from catalog.projection import read_authorities
from catalog.store import read_state, version

MANY = 20_000  # changed assets from which on reading everything anew is quicker than patching
LATER_SHARE = 0.02  # of names or edges that came since packing; more makes walks slower (docs/lineage-graph.md)
SCOPES = 16  # sights kept; each is a byte a node, or a graph of its own where edges are kept from the scope
_UNJUDGED = -1

Levels = npt.NDArray[np.int8]
LevelsOf = Callable[[Collection[str]], Mapping[str, Level]]
MaySee = Callable[[Sequence[str]], bool]


@dataclass(frozen=True)
class ScopedGraph:
    """The graph as a scope sees it. `graph` has only edges that the scope may see; `lens` hides nodes."""

    graph: Graph
    names: Names
    lens: Lens


@dataclass(frozen=True)
class _Held:
    """A graph in memory with the version and state of the catalog it reflects."""

    version: int
    state: int
    graph: Graph
    names: Names
    inputs: tuple[tuple[str, ...], ...]  # by key of an edge, less 2: see graph_rows


@dataclass
class _Judged:
    """What a scope may do with each node, and what it therefore sees."""

    version: int
    state: int
    ranks: object  # how far sources are believed: when that changes, rows change without a new version
    levels: Levels
    seen: ScopedGraph


class Graphs:
    """The graph of one catalog. `folder`: where a large one is saved, so that the next process need not read it all."""

    def __init__(self, database: Database, folder: Path | None = None) -> None:
        self._database = database
        self._folder = folder
        self._lock = threading.RLock()
        self._held: _Held | None = None
        self._judged: OrderedDict[str, _Judged] = OrderedDict()
        self._one_name: tuple[int, bool] | None = None

    def one_name_each(self) -> bool:
        """Whether no asset goes by several URNs: the graph is of the URNs as sources write them."""
        with self._database.reading() as connection:
            at = version(connection)
            if self._one_name is None or self._one_name[0] != at:
                i = tables.identities.c
                several = connection.execute(select(i.urn).where(i.urn != i.canonical).limit(1)).first()
                unknown = [] if several else lookup.unknown_ends(connection)
                alone = several is None and all(a == b for a, b in lookup.canonicals(connection, unknown).items())
                self._one_name = (at, alone)
            return self._one_name[1]

    def seen(self, scope: Scope, levels_of: LevelsOf, may_see: MaySee) -> ScopedGraph:
        """The present graph through a scope. `levels_of`: what it may do with each of some assets; `may_see`: whether
        it may read all of some inputs (both the View's).
        """
        with self._lock, self._database.reading() as connection:
            held = self._current(connection)
            if scope.sees_all and not held.inputs and held.graph.keys is None and not held.graph.added.key.any():
                return ScopedGraph(held.graph, held.names, EVERYTHING)
            known = self._judged.get(scope.digest)
            ranks = read_authorities(connection)
            if known is not None and known.ranks != ranks:
                known = None
            if known is None or (known.version, known.state) != (held.version, held.state):
                known = _judge(held, known, levels_of, may_see, ranks)
            self._judged[scope.digest] = known
            self._judged.move_to_end(scope.digest)
            while len(self._judged) > SCOPES:
                self._judged.popitem(last=False)
            return known.seen

    # Keeping up --------------------------------------------------------------------------------------------------

    def _current(self, connection: Connection) -> _Held:
        now, state = version(connection), read_state(connection)
        held = self._held or self._saved(connection)
        if held is None or held.version > now or (held.version == now and held.state != state):
            held = self._whole(connection, now, state)
        elif held.version < now:
            changed = _changed(connection, held.version)
            if len(changed) > MANY:
                held = self._whole(connection, now, state)
            else:
                held = self._patched(connection, held, changed, now, state)
        self._held = held
        return held

    def _whole(self, connection: Connection, now: int, state: int) -> _Held:
        graph, names, inputs = read_whole(connection, now)
        self._judged.clear()
        held = _Held(now, state, graph, names, inputs)
        if self._folder is not None and graph.nodes > SAVE_ABOVE:
            write_saved(self._folder, graph, names, inputs, now, state)
        return held

    def _saved(self, connection: Connection) -> _Held | None:
        found = None if self._folder is None else read_saved(self._folder)
        if found is None or not _is_of_this_catalog(connection, found.version, found.state):
            return None
        return _Held(found.version, found.state, found.graph, found.names, found.inputs)

    def _patched(self, connection: Connection, held: _Held, changed: list[str], now: int, state: int) -> _Held:
        """The next graph: all edges into the changed assets go, those they have now come."""
        rows, inputs = row_of_edges(connection, changed, held.inputs)
        names = held.names.with_more(urn for row in rows for urn in row[:2])
        nodes = [node for urn in changed if (node := held.names.find(urn)) is not None]
        gone = [(int(up), node) for node in nodes for up in held.graph.up.targets(np.array([node], np.int32))]
        more = edges(
            [names.node(row[0]) for row in rows], [names.node(row[1]) for row in rows],
            np.array([row[2] for row in rows], np.uint16), [row[3] for row in rows],
        ) if rows else None  # fmt: skip
        less = edges([a for a, _ in gone], [b for _, b in gone]) if gone else None
        graph = held.graph.applied(more, less, len(names), now)
        self._judged_nodes(names, changed)
        if graph.drift > LATER_SHARE or len(names.later) > LATER_SHARE * len(names):
            rank = names.rank()
            graph, names = repacked(graph, names)
            for one in self._judged.values():
                if rank is not None:
                    moved = np.empty_like(one.levels)
                    moved[rank] = one.levels
                    one.levels = moved
        return _Held(now, state, graph, names, inputs)

    def _judged_nodes(self, names: Names, changed: list[str]) -> None:
        """Let what scopes know of nodes keep up: new nodes, and assets that changed, are judged when next asked."""
        touched = [node for urn in changed if (node := names.find(urn)) is not None]
        for one in self._judged.values():
            grown = np.full(len(names), _UNJUDGED, np.int8)
            grown[: len(one.levels)] = one.levels
            grown[touched] = _UNJUDGED
            one.levels = grown


# Seeing ----------------------------------------------------------------------------------------------------------


def _judge(held: _Held, known: _Judged | None, levels_of: LevelsOf, may_see: MaySee, ranks: object) -> _Judged:
    """What a scope may do with each node; only those that are new or changed are asked about."""
    levels = known.levels if known else np.full(held.graph.nodes, _UNJUDGED, np.int8)
    open_ = np.flatnonzero(levels == _UNJUDGED)
    urns = held.names.urns(open_.astype(np.int32))
    found = levels_of(urns)
    levels[open_] = [int(found[urn]) for urn in urns]
    return _Judged(held.version, held.state, ranks, levels, _seen(held, levels, may_see))


def _seen(held: _Held, levels: Levels, may_see: MaySee) -> ScopedGraph:
    visible = levels != int(Level.HIDDEN)
    every = held.graph.every_edge()
    # Edges at hidden nodes are kept out by the lens; only others need a graph of their own.
    keep = _kept(every, levels, [may_see(inputs) for inputs in held.inputs])
    keep &= ~_closed_upstream(held.names, every, may_see)
    inside = visible[every.source] & visible[every.target]
    graph = held.graph
    if not keep[inside].all():
        graph = build(graph.nodes, every.take(keep), graph.stamp)
    return ScopedGraph(graph, held.names, EVERYTHING if visible.all() else Lens(visible))


def _closed_upstream(names: Names, every: Edges, may_see: MaySee) -> npt.NDArray[np.bool_]:
    """Edges that were derived from their upstream too, where that is not the scope's to read."""
    at = every.key == 1
    nodes = np.unique(every.source[at])
    closed = [node for node in nodes.tolist() if not may_see((names.urn(node),))]
    found: npt.NDArray[np.bool_] = at & np.isin(every.source, closed)
    return found


def _kept(every: Edges, levels: Levels, seen: Sequence[bool]) -> npt.NDArray[np.bool_]:
    """Which edges the scope may see: the record they stand in is the downstream asset's, so that must be readable."""
    readable = levels == int(Level.READ)
    keep: npt.NDArray[np.bool_] = readable[every.target]
    if seen:
        derived = every.key >= 2
        keep[derived] &= np.array(seen, np.bool_)[every.key[derived] - 2]
    return keep


def _changed(connection: Connection, since: int) -> list[str]:
    h = tables.history.c
    query = select(h.urn).where(h.seq > since).distinct().order_by(h.urn).limit(MANY + 1)
    return list(connection.execute(query).scalars())


def _is_of_this_catalog(connection: Connection, at: int, state: int) -> bool:
    """Whether a saved graph can be brought up to date: it stands at this very state, or at an earlier version."""
    now = version(connection)
    return at < now or (at == now and state == read_state(connection))
