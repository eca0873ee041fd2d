"""The shape of the whole graph: its cycles, and how many steps each node stands from the sources. Pure; no I/O.

Cycles are strongly connected components. Lineage is nearly acyclic, so first everything that cannot be on a cycle is
peeled off by arrays, from both ends (trimming, McLendon et al. 2005). Of what remains a large component is the nodes
both above and below one of its nodes (Fleischer, Hendrickson and Pinar 2000); the rest goes through Tarjan's
algorithm (components.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from catalog.lineage.components import components
from catalog.lineage.graph import Direction, Graph, build, edges
from catalog.lineage.labels import Ids, Mask
from catalog.lineage.rows import Side
from catalog.lineage.sweep import EVERYTHING, FEW_EDGES, Lens, Sweep, check_lens

# What is left below this many edges goes to plain Python at once: about a tenth of a second.
SMALL_CORE = 100_000
# Large components looked for one by one. More than a few only exist in graphs that are not lineage.
GIANTS = 4

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Cycles:
    """Groups of nodes that each reach all others of their group, the largest first, then by lowest node; a node with
    an edge to itself is a group of one. `complete` is False if the lens said stop: then there may be more groups.
    """

    groups: tuple[Ids, ...]
    complete: bool


@dataclass(frozen=True)
class _Ends:
    """Edges by their two ends alone."""

    source: Ids
    target: Ids

    def where(self, keep: Mask) -> _Ends:
        return _Ends(self.source[keep], self.target[keep])

    def among(self, alive: Mask) -> _Ends:
        return self.where(alive[self.source] & alive[self.target])


def cycles(graph: Graph, lens: Lens = EVERYTHING) -> Cycles:
    """Every cycle among what the lens shows, as groups. Takes about a second on 5,000,000 edges."""
    check_lens(graph, lens)
    alive = _alive(graph, lens)
    seen = _ends(graph, lens).among(alive)
    looping = seen.source == seen.target
    loops = np.unique(seen.source[looping])
    groups, complete = _groups(graph, alive, replace(lens, visible=alive), seen.where(~looping))
    if groups:
        loops = np.setdiff1d(loops, np.concatenate(groups))
    every = [*groups, *np.split(loops, len(loops))] if len(loops) else groups
    return Cycles(tuple(sorted(every, key=lambda group: (-len(group), int(group[0])))), complete)


def levels(graph: Graph, lens: Lens = EVERYTHING) -> Ids:
    """For every node the length of the longest way to it from a source (0: made from nothing); hidden nodes -1.
    Nodes on one cycle count as one. The lens's `stop` is not asked: half a ranking is worth nothing.
    """
    groups = cycles(graph, replace(lens, stop=EVERYTHING.stop)).groups
    alive = _alive(graph, lens)
    seen = _ends(graph, lens).among(alive)
    stands_for = np.arange(graph.nodes, dtype=np.int32)
    for group in groups:
        stands_for[group] = group[0]
    down = graph.down
    if any(len(group) > 1 for group in groups):
        seen = _Ends(stands_for[seen.source], stands_for[seen.target])
        seen = seen.where(seen.source != seen.target)
        down, lens = build(graph.nodes, edges(seen.source, seen.target)).down, Lens(lens.visible)
        seen = _Ends(np.repeat(np.arange(graph.nodes, dtype=np.int32), np.diff(down.rows.ptr)), down.rows.adj)
    seen = seen.where(seen.source != seen.target)
    level = np.full(graph.nodes, -1, np.int32)
    for depth, nodes in enumerate(_peel(down, _counts(seen.target, alive), lens)):
        level[nodes] = depth
    return level[stands_for]


def _groups(graph: Graph, alive: Mask, lens: Lens, left: _Ends) -> tuple[list[Ids], bool]:
    """Components of two nodes or more, and whether these are all. `alive` is the lens's mask, and shrinks."""
    groups: list[Ids] = []
    for _ in range(GIANTS):
        _trim(graph, alive, left, lens)
        left = left.among(alive)
        if len(left.source) <= SMALL_CORE:
            break
        # The busiest node is most likely in the largest component.
        pivot = int(np.bincount(left.source).argmax())
        below, above = _closure(graph, pivot, "down", lens), _closure(graph, pivot, "up", lens)
        if below is None or above is None:
            return groups, False
        group = np.intersect1d(below, above, assume_unique=True)
        alive[group] = False
        left = left.among(alive)
        if len(group) > 1:
            groups.append(group)
    rest, complete = components(left.source, left.target, lens.stop)
    return groups + rest, complete


def _trim(graph: Graph, alive: Mask, left: _Ends, lens: Lens) -> None:
    """Take from `alive` what nothing alive leads to, then what leads to nothing alive, until neither is left."""
    for nodes in _peel(graph.down, _counts(left.target, alive), lens):
        alive[nodes] = False
    for nodes in _peel(graph.up, _counts(left.among(alive).source, alive), lens):
        alive[nodes] = False


def _peel(side: Side, count: Counts, lens: Lens) -> Iterator[Ids]:
    """Nodes whose `count` of edges still to come is 0, then those whose is 0 without the former, and so on."""
    counts = count.data
    allow = None if lens.allow is None else lens.allow.data
    front = np.flatnonzero(count == 0).astype(np.int32)
    while len(front):
        yield front
        if int(side.degrees(front).sum()) > FEW_EDGES:
            targets = side.targets(front, lens.allow)
            np.subtract.at(count, targets, 1)
            front = np.unique(targets[count[targets] == 0])
            continue
        ready = set()
        for node in side.few_targets(front.tolist(), allow):
            counts[node] -= 1
            if not counts[node]:
                ready.add(node)
        front = np.array(sorted(ready), np.int32)


def _counts(ends: Ids, alive: Mask) -> Counts:
    """How often each node is among `ends`; for nodes not alive a number that no peeling brings to 0."""
    count = np.bincount(ends, minlength=len(alive)).astype(np.int64)
    count[~alive] = -1
    return count


def _closure(graph: Graph, node: int, direction: Direction, lens: Lens) -> Ids | None:
    """The node and all it reaches; None if the lens said stop."""
    sweep = Sweep(graph, np.array([node]), direction, lens)
    parts = [sweep.frontier]
    while len(sweep.advance()):
        parts.append(sweep.frontier)
    return None if sweep.stopped else np.concatenate(parts)


def _ends(graph: Graph, lens: Lens) -> _Ends:
    """All edges that the lens's filter allows."""
    places, origin = graph.down.places(np.arange(graph.nodes, dtype=np.int32))
    ends = _Ends(origin, graph.down.targets_at(places))
    return ends if lens.allow is None else ends.where(lens.allow[graph.down.labels_at(places)])


def _alive(graph: Graph, lens: Lens) -> Mask:
    return np.ones(graph.nodes, np.bool_) if lens.visible is None else lens.visible.copy()
