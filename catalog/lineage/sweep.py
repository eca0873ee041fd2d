"""Breadth-first search, one level a step: the engine under walks, paths and cycles. Pure; no I/O, no clock.

Two ways to take a step, chosen anew at each: a handful of nodes with short rows is done in plain Python (an array call
costs as much as thirty edges); anything larger by array operations over an array of marks. New nodes of a large level
are collected by marking, not sorting, which also yields them in rising order. Measured on 1,000,000 nodes and
5,000,000 edges: .07 microseconds a node reached (docs/lineage-graph.md), so no compiler is needed.

What a viewer may not see is marked as seen before the search begins. It is therefore never reached nor passed
through, at no cost per edge.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from catalog.errors import BadInput
from catalog.lineage.graph import NO_EDGES, Direction, Graph
from catalog.lineage.labels import Ids, Mask
from catalog.lineage.rows import Side

# Up to this many nodes and edges a step is done in plain Python (measured break-even about 250 edges).
FEW_NODES, FEW_EDGES = 64, 256
# Edges handled at once: the arrays of a chunk then stay in the processor's cache, and `stop` is asked in between.
CHUNK = 1 << 18
# A level larger than nodes / 256 is collected by marking, a smaller one by sorting.
SPARSE = 256


def never() -> bool:
    """The `stop` of a search that may run to its end."""
    return False


def within(seconds: float, clock: Callable[[], float] = time.monotonic) -> Callable[[], bool]:
    """A `stop` that ends a search this many seconds from now."""
    end = clock() + seconds
    return lambda: clock() >= end


@dataclass(frozen=True)
class Lens:
    """Through what the graph is seen. `visible`: by node; the others are simply not there, nor are their edges.
    `allow`: by label (`edge_filter`); other edges are not there. `stop` is asked between steps: True ends the work.
    """

    visible: Mask | None = None
    allow: Mask | None = None
    stop: Callable[[], bool] = never

    def sees(self, node: int) -> bool:
        """Whether this node is there at all."""
        return self.visible is None or bool(self.visible[node])


EVERYTHING = Lens()


def check_lens(graph: Graph, lens: Lens) -> None:
    """Raises BadInput for a mask of another size than the graph: a scope of another catalog version must not pass."""
    if lens.visible is not None and (lens.visible.shape != (graph.nodes,) or lens.visible.dtype != np.bool_):
        raise BadInput(
            f"The visibility mask has {lens.visible.size} entries of {lens.visible.dtype}, the lineage graph "
            f"{graph.nodes} nodes. Make one boolean for each node of this graph."
        )
    if lens.allow is not None and (lens.allow.shape != (0x10000,) or lens.allow.dtype != np.bool_):
        raise BadInput("The edge filter is not a table of 65,536 booleans. Make it with edge_filter().")


class Sweep:
    """A search in progress. `frontier` is the last level found, rising; level 0 is the visible starts."""

    def __init__(self, graph: Graph, starts: npt.NDArray[np.integer], direction: Direction, lens: Lens) -> None:
        check_lens(graph, lens)
        if len(starts) and (starts.min() < 0 or starts.max() >= graph.nodes):
            raise BadInput(f"A start is not one of the {graph.nodes} nodes of the lineage graph. Number them from 0.")
        self._side: Side = graph.side(direction)
        self._lens = lens
        self._nodes = graph.nodes
        unique = np.unique(starts).astype(np.int32)
        self.frontier: Ids = unique if lens.visible is None else unique[lens.visible[unique]]
        self.stopped = False
        self._seen: set[int] | Mask = set(self.frontier.tolist())
        self._visible = None if lens.visible is None else np.ascontiguousarray(lens.visible).data
        self._allow = None if lens.allow is None else lens.allow.data

    def advance(self) -> Ids:
        """Find the next level: what one more hop reaches for the first time, rising. Empty at the end, or when the
        lens said stop; then `stopped` is True and the half-found level is dropped.
        """
        if not len(self.frontier):
            return self.frontier
        if self._lens.stop():
            self.stopped, self.frontier = True, NO_EDGES
        elif self._is_small():
            self.frontier = self._few()
        else:
            self.frontier = self._many()
        return self.frontier

    def has_more(self) -> bool:
        """Whether one more hop would reach anything new. Looks no further than the first such node."""
        if self.stopped or not len(self.frontier):
            return False
        # Nearly always the first few edges tell; a hub among the nodes must not be read whole for it.
        glance = self._side.targets(self.frontier[:FEW_EDGES], self._lens.allow, at_most=16)
        if any(map(self._is_new, glance.tolist())):
            return True
        seen = self._marks()
        return any(not seen[self._side.targets(part, self._lens.allow)].all() for part in self._chunks())

    def _is_new(self, node: int) -> bool:
        if isinstance(self._seen, set):
            return node not in self._seen and (self._visible is None or bool(self._visible[node]))
        return not self._seen[node]

    def _is_small(self) -> bool:
        if len(self.frontier) > FEW_NODES:
            return False
        return sum(map(self._side.degree, self.frontier.tolist())) <= FEW_EDGES

    def _few(self) -> Ids:
        found = set(self._side.few_targets(self.frontier.tolist(), self._allow))
        if isinstance(self._seen, set):
            found -= self._seen
            if self._visible is not None:
                found = set(filter(self._visible.__getitem__, found))
            self._seen |= found
            return np.array(sorted(found), np.int32)
        marks = self._seen.data
        fresh = sorted(node for node in found if not marks[node])
        for node in fresh:
            marks[node] = True
        return np.array(fresh, np.int32)

    def _many(self) -> Ids:
        seen = self._marks()
        parts = []
        for part in self._chunks():
            targets = self._side.targets(part, self._lens.allow)
            fresh = targets[~seen[targets]]
            seen[fresh] = True
            parts.append(fresh)
            if len(parts) > 1 and self._lens.stop():
                self.stopped = True
                return NO_EDGES
        return self._sorted_once(np.concatenate(parts))

    def _sorted_once(self, nodes: Ids) -> Ids:
        """Each of these nodes once, rising."""
        if len(nodes) * SPARSE > self._nodes:
            mark = np.zeros(self._nodes, np.bool_)
            mark[nodes] = True
            return np.flatnonzero(mark).astype(np.int32)
        nodes.sort()
        return nodes[np.append(True, nodes[1:] != nodes[:-1])] if len(nodes) else nodes

    def _marks(self) -> Mask:
        """Seen nodes as an array; the hidden ones count as seen."""
        if isinstance(self._seen, set):
            visible = self._lens.visible
            marks = np.zeros(self._nodes, np.bool_) if visible is None else ~visible
            marks[np.fromiter(self._seen, np.int32, len(self._seen))] = True
            self._seen = marks
        return self._seen

    def _chunks(self) -> list[Ids]:
        """The frontier in parts of about CHUNK edges."""
        ends = np.cumsum(self._side.degrees(self.frontier))
        total = int(ends[-1])
        if total <= CHUNK:
            return [self.frontier]
        cuts = np.searchsorted(ends, np.arange(CHUNK, total, CHUNK))
        return [part for part in np.split(self.frontier, np.unique(cuts)) if len(part)]
