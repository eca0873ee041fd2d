"""How A reaches B: the shortest ways first, with the edges of every hop. Pure; no I/O.

A backward sweep from B gives each node its distance to B. A best-first search from A then extends the partial path
that can still become the shortest (A*, Hart, Nilsson and Raphael 1968, with an exact estimate), so it never enters a
branch that does not lead to B, and paths come out by (length, node numbers). In a graph without cycles no step is
wasted; with cycles a branch may end because a simple path may not come back to itself.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

import numpy as np

from catalog.errors import BadInput
from catalog.lineage.graph import Edges, Graph
from catalog.lineage.labels import Ids
from catalog.lineage.sweep import EVERYTHING, FEW_EDGES, Lens, Sweep

# Partial paths looked at before giving up: about half a second. Without cycles a path costs as many as it has nodes.
EFFORT = 50_000

PathsCut = Literal["count", "hops", "time", "effort"]


@dataclass(frozen=True)
class Path:
    """Nodes from A to B, and for each hop all its parallel edges. A node reaches itself in 0 hops."""

    nodes: tuple[int, ...]
    hops: tuple[Edges, ...]

    def __len__(self) -> int:
        return len(self.hops)


@dataclass(frozen=True)
class Paths:
    """Simple paths by (length, node numbers). `cut` says what may be missing: *count*, as many as asked for were found
    and the search ended there; *hops*, B or longer paths may lie beyond max_hops; *time* or *effort*, it was stopped.
    """

    paths: tuple[Path, ...]
    cut: tuple[PathsCut, ...]

    @property
    def complete(self) -> bool:
        """Whether these are all simple paths there are."""
        return not self.cut


def paths(graph: Graph, a: int, b: int, lens: Lens = EVERYTHING, max_hops: int | None = None, count: int = 1) -> Paths:
    """The first `count` simple paths from a down to b, none longer than `max_hops`. Hidden nodes are not there.

    With count=1 the sweep ends as soon as it meets a: the shortest path costs no more than that. Raises BadInput for
    a node out of range or a bound that makes no sense.
    """
    if count < 1 or (max_hops is not None and max_hops < 0):
        raise BadInput("A path search needs a count of 1 or more, and max_hops of 0 or more or none.")
    if not (0 <= a < graph.nodes and 0 <= b < graph.nodes):
        raise BadInput(f"Path from {a} to {b}: the lineage graph has nodes 0 to {graph.nodes - 1}. Give two of them.")
    if not (lens.sees(a) and lens.sees(b)):
        return Paths((), ())
    distance, cut = _distances(graph, a, b, lens, max_hops, stop_at_a=count == 1)
    if not distance[a]:
        return Paths((), cut)
    search = _Search(graph, a, distance, lens, max_hops)
    found = search.first(count)
    reasons = dict.fromkeys((*cut, *search.cut))
    return Paths(tuple(_with_edges(graph, nodes, lens) for nodes in found), tuple(reasons))


def _distances(
    graph: Graph, a: int, b: int, lens: Lens, max_hops: int | None, stop_at_a: bool
) -> tuple[Ids, tuple[PathsCut, ...]]:
    """Hops to b plus 1, by node; 0 where unknown. Zeroed memory costs nothing until it is written to."""
    distance = np.zeros(graph.nodes, np.int32)
    distance[b] = 1
    sweep, hops = Sweep(graph, np.array([b]), "up", lens), 0
    while max_hops is None or hops < max_hops:
        if stop_at_a and distance[a]:
            return distance, ()
        level = sweep.advance()
        if not len(level):
            return distance, (("time",) if sweep.stopped else ())
        hops += 1
        distance[level] = hops + 1
    return distance, (("hops",) if sweep.has_more() else ())


# A partial path on the heap: the length it can still have, its nodes, and where it stands among its siblings.
_Partial = tuple[int, tuple[int, ...], list[tuple[int, int]], int]


@dataclass
class _Search:
    """Best-first search from a. Siblings wait in a sorted list, only the best is on the heap: a hub costs one entry."""

    graph: Graph
    a: int
    distance: Ids
    lens: Lens
    max_hops: int | None
    cut: list[PathsCut] = field(default_factory=list)
    _heap: list[_Partial] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._far = self.distance.data  # single items are read faster from it

    def first(self, count: int) -> list[tuple[int, ...]]:
        """Up to `count` complete paths; notes in `cut` what may be missing."""
        found: list[tuple[int, ...]] = []
        self._push((), [(int(self.distance[self.a]) - 1, self.a)], 0)
        for _ in range(EFFORT):
            # With count 1 the sweep ended at a, so an empty heap does not mean that no longer path exists.
            if len(found) == count and (self._heap or count == 1):
                self.cut.append("count")
                return found
            if not self._heap:
                return found
            if self.lens.stop():
                self.cut.append("time")
                return found
            bound, nodes, siblings, at = heapq.heappop(self._heap)
            self._push(nodes[:-1], siblings, at + 1)
            if bound == len(nodes) - 1:
                found.append(nodes)
            else:
                self._extend(nodes)
        self.cut.append("effort")
        return found

    def _extend(self, nodes: tuple[int, ...]) -> None:
        """Put the ways on from the last node on the heap: those that lead to b within the bound, best first."""
        far, length = self._far, len(nodes)
        siblings = sorted((far[node] - 1 + length, node) for node in self._ways_on(nodes[-1]))
        if self.max_hops is not None and siblings and siblings[-1][0] > self.max_hops:
            self.cut.append("hops")
            siblings = [way for way in siblings if way[0] <= self.max_hops]
        self._push(nodes, siblings, 0)

    def _ways_on(self, node: int) -> set[int]:
        """The neighbours of a node from which b can be reached."""
        down, far = self.graph.down, self._far
        if down.degree(node) <= FEW_EDGES:
            allow = None if self.lens.allow is None else self.lens.allow.data
            return {way for way in down.few_targets([node], allow) if far[way]}
        row = down.targets(np.array([node], np.int32), self.lens.allow)
        return set(row[self.distance[row] > 0].tolist())

    def _push(self, stem: tuple[int, ...], siblings: list[tuple[int, int]], at: int) -> None:
        """Put the next sibling that does not close a circle on the heap."""
        while at < len(siblings) and siblings[at][1] in stem:
            at += 1
        if at < len(siblings):
            bound, node = siblings[at]
            heapq.heappush(self._heap, (bound, (*stem, node), siblings, at))


def _with_edges(graph: Graph, nodes: tuple[int, ...], lens: Lens) -> Path:
    return Path(nodes, tuple(graph.between(u, v, lens.allow) for u, v in pairwise(nodes)))
