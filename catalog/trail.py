"""Walking the lineage a View shows: from URNs to URNs, each edge with who says so. Joins view and lineage.

Hidden assets are neither returned nor walked through nor counted. The present is read from the one graph of the
catalog (catalog/graphs.py), a past moment from a graph built for the View.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np

from catalog.change import Evidence
from catalog.edges import Direction, Edge
from catalog.graphs import ScopedGraph
from catalog.kinds import kind_of
from catalog.lineage import (
    BASES,
    EVERYTHING,
    Label,
    Question,
    build,
    cycles,
    edges,
    edges_among,
    pack,
    pack_names,
    paths,
    walk,
    walk_page,
)
from catalog.lineage.labels import Mask
from catalog.urn import platform_of
from catalog.view import View

__all__ = ["Direction", "Filter", "Trail", "Trails", "Way", "evidence_of"]

CYCLES_WITHIN = 50_000  # nodes of a walk among which cycles are looked for; about a tenth of a second


@dataclass(frozen=True)
class Filter:
    """Which of the reached assets are returned. What is not returned is walked through all the same."""

    kinds: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.kinds or self.platforms)


@dataclass(frozen=True)
class Trail:
    """What a walk reached: (urn, hops) nearest first, the edges among them, and how much there is in all.

    `total` counts all pages; `cut` says why something is missing (catalog.lineage.WalkPage); `cycles`: groups of
    assets among those reached, the start included, that feed each other in a circle.
    """

    nodes: tuple[tuple[str, int], ...]
    edges: tuple[Edge, ...]
    total: int
    complete: bool
    cut: tuple[str, ...] = ()
    cursor: str | None = None
    moved: bool = False
    cycles: tuple[tuple[str, ...], ...] = ()

    @property
    def returned(self) -> int:
        """How many assets this page has."""
        return len(self.nodes)

    def at(self, hops: int) -> tuple[str, ...]:
        """The assets at exactly this distance."""
        return tuple(urn for urn, distance in self.nodes if distance == hops)


@dataclass(frozen=True)
class Way:
    """One way from A to B: the assets in order, and for each hop the edges that make it."""

    urns: tuple[str, ...]
    hops: tuple[tuple[Edge, ...], ...]


class Trails:
    """The lineage of one View."""

    def __init__(self, view: View) -> None:
        self._view = view

    @cached_property
    def _past(self) -> tuple[Edge, ...] | None:
        return None if self._view.stands_on_graph else tuple(self._view.edges())

    @cached_property
    def _sight(self) -> ScopedGraph:
        if self._past is None:
            return self._view.graph()
        names = pack_names(urn for edge in self._past for urn in (edge.upstream, edge.urn))
        source = [names.node(edge.upstream) for edge in self._past]
        target = [names.node(edge.urn) for edge in self._past]
        labels = [pack(Label(edge.basis if edge.basis in BASES else BASES[0])) for edge in self._past]
        given = edges(source, target, np.array(labels, np.uint16)) if source else edges([], [])
        return ScopedGraph(build(len(names), given, self._view.version), names, EVERYTHING)

    def walk(
        self,
        urn: str,
        direction: Direction,
        hops: int | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        only: Filter = Filter(),
        with_cycles: bool = False,
    ) -> Trail:
        """Everything upstream ("up") or downstream ("down") of an asset, itself not included, a page at a time.

        Raises BadInput for a cursor that is damaged or of another question.
        """
        sight, urn = self._sight, self._view.canonical(urn)
        start = sight.names.find(urn)
        if start is None or not sight.lens.sees(start):
            return Trail((), (), 0, True)
        about = repr((sorted(only.kinds), sorted(only.platforms))) if only else ""
        question = Question((urn,), direction, hops, about)
        mask = self._mask(start, direction, hops, only) if only else None
        page = walk_page(sight.graph, sight.names, question, sight.lens, mask, limit, cursor)
        listed = np.append(page.found.nodes, np.int32(start))
        whole = len(page.found.nodes) == page.found.reached
        # A page's nodes may hang on nodes of earlier pages, or on ones that the filter leaves out.
        members = listed if whole else np.append(walk(sight.graph, start, direction, sight.lens, hops).nodes, listed)
        among = edges_among(sight.graph, members, sight.lens).edges
        if not whole:
            among = among.take(np.isin(among.target if direction == "down" else among.source, listed))
        pairs = zip(among.source.tolist(), among.target.tolist(), strict=True)
        return Trail(
            tuple((one.urn, one.hops) for one in page.items),
            self.edges_of((sight.names.urn(a), sight.names.urn(b)) for a, b in pairs),
            page.total,
            page.complete,
            page.cut,
            page.cursor,
            page.moved,
            self._cycles(np.unique(members)) if with_cycles else (),
        )

    def size(self, urn: str, direction: Direction) -> int:
        """How many assets a walk reaches."""
        sight = self._sight
        start = sight.names.find(self._view.canonical(urn))
        return 0 if start is None else walk(sight.graph, start, direction, sight.lens).reached

    def path(self, a: str, b: str) -> tuple[Edge, ...]:
        """The edges of a shortest path from `a` down to `b`; empty when there is none."""
        ways, _ = self.ways(a, b)
        return tuple(hop[0] for hop in ways[0].hops) if ways else ()

    def ways(self, a: str, b: str, count: int = 1, max_hops: int | None = None) -> tuple[tuple[Way, ...], bool]:
        """The shortest ways from `a` down to `b`, and whether these are all there are."""
        sight = self._sight
        start, end = (sight.names.find(self._view.canonical(urn)) for urn in (a, b))
        if start is None or end is None or a == b:
            return (), True
        found = paths(sight.graph, start, end, sight.lens, max_hops, count)
        ways = []
        for one in found.paths:
            urns = tuple(sight.names.urn(node) for node in one.nodes)
            hops = self.edges_of(pairwise(urns))
            ways.append(Way(urns, tuple(_between(hops, pair) for pair in pairwise(urns))))
        return tuple(ways), found.complete

    def edges_of(self, pairs: Iterable[tuple[str, str]]) -> tuple[Edge, ...]:
        """The edges between these pairs of (upstream, downstream), with who says so."""
        wanted = set(pairs)
        held = self._view.edges_into({b for _, b in wanted}) if self._past is None else self._past
        return tuple(edge for edge in held if (edge.upstream, edge.urn) in wanted)

    def _mask(self, start: int, direction: Direction, hops: int | None, only: Filter) -> Mask:
        """The reached nodes of these kinds and platforms."""
        sight = self._sight
        reached = walk(sight.graph, start, direction, sight.lens, hops).nodes
        urns = sight.names.urns(reached)
        rows = self._view.rows(urns)
        keep = []
        for urn in urns:
            row = rows.get(urn)
            kind, platform = (row.kind, row.platform) if row else (kind_of(urn), platform_of(urn))
            keep.append((not only.kinds or kind in only.kinds) and (not only.platforms or platform in only.platforms))
        mask = np.zeros(sight.graph.nodes, np.bool_)
        mask[reached[np.array(keep, np.bool_)]] = True
        return mask

    def _cycles(self, members: np.ndarray[tuple[int], np.dtype[np.int32]]) -> tuple[tuple[str, ...], ...]:
        sight = self._sight
        if len(members) > CYCLES_WITHIN:
            return ()
        inside = np.zeros(sight.graph.nodes, np.bool_)
        inside[members] = True
        found = cycles(sight.graph, replace(sight.lens, visible=inside))
        return tuple(tuple(sight.names.urns(group)) for group in found.groups)


def _between(edges_: Iterable[Edge], pair: tuple[str, str]) -> tuple[Edge, ...]:
    return tuple(edge for edge in edges_ if (edge.upstream, edge.urn) == pair)


def evidence_of(view: View, edges_: Iterable[Edge]) -> list[Evidence]:
    """The lineage records that state some edges, as the scope may see them."""
    return [view.evidence(edge) for edge in edges_]
