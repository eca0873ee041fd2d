"""Walking the lineage a View shows: from URNs to URNs, each edge with who says so. Joins view and lineage.

The graph is built from edges that the scope may see, so a hidden asset is neither returned nor walked through.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from catalog.change import Evidence
from catalog.lineage import Page, build, edges, edges_among, pack_names, paths, walk
from catalog.view import Edge, View

Direction = Literal["up", "down"]


@dataclass(frozen=True)
class Trail:
    """What a walk reached: (urn, hops) nearest first, the edges among them, and how much there is in all."""

    nodes: tuple[tuple[str, int], ...]
    edges: tuple[Edge, ...]
    total: int
    complete: bool

    def at(self, hops: int) -> tuple[str, ...]:
        """The assets at exactly this distance."""
        return tuple(urn for urn, distance in self.nodes if distance == hops)


class Trails:
    """The lineage graph of one View, built when it is first asked."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._edges: Sequence[Edge] = list(view.edges())
        self._names = pack_names(urn for edge in self._edges for urn in (edge.upstream, edge.urn))
        source = [self._names.node(edge.upstream) for edge in self._edges]
        target = [self._names.node(edge.urn) for edge in self._edges]
        self._graph = build(len(self._names), edges(source, target, 0, range(len(self._edges))), view.version)

    def walk(self, urn: str, direction: Direction, hops: int | None = None, limit: int | None = None) -> Trail:
        """Everything upstream ("up") or downstream ("down") of an asset, itself not included."""
        start = self._names.find(self._view.canonical(urn))
        if start is None:
            return Trail((), (), 0, True)
        found = walk(self._graph, start, direction, max_hops=hops, page=Page(limit=limit))
        reached = tuple(zip(self._names.urns(found.nodes), found.hops.tolist(), strict=True))
        among = edges_among(self._graph, [start, *found.nodes.tolist()])
        return Trail(reached, tuple(self._edges[key] for key in among.edges.key.tolist()), found.total, found.complete)

    def path(self, a: str, b: str) -> tuple[Edge, ...]:
        """The edges of a shortest path from `a` down to `b`; empty when there is none."""
        start, end = (self._names.find(self._view.canonical(urn)) for urn in (a, b))
        if start is None or end is None:
            return ()
        found = paths(self._graph, start, end)
        if not found.paths:
            return ()
        return tuple(self._edges[int(hop.key[0])] for hop in found.paths[0].hops)


def evidence_of(view: View, edges: Iterable[Edge]) -> list[Evidence]:
    """The lineage records that state some edges."""
    return [view.evidence(edge) for edge in edges]
