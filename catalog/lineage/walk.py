"""Walks: what is reached from some nodes, how far away, a page at a time, and whether that is all. Pure; no I/O.

Order is by (hops, node), or (hops, rank[node]) where the caller gives ranks; the catalog numbers or ranks nodes by
URN, so that ties break by URN. A page begins after a Position, not at a count, so it needs no memory of earlier ones.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from catalog.errors import BadInput
from catalog.lineage.graph import Direction, Edges, Graph, edges
from catalog.lineage.labels import Ids, Mask
from catalog.lineage.sweep import EVERYTHING, Lens, Sweep, check_lens

Cut = Literal["hops", "limit", "time"]


@dataclass(frozen=True)
class Position:
    """A place in a walk's order: just after the node of this rank (its number, without ranks) at this distance."""

    hops: int
    rank: int


@dataclass(frozen=True)
class Page:
    """Which of the reached nodes to return. `only`: by node, applied to what is returned, not to what is walked.
    `limit`: at most so many, None for all. `after`: where the page before ended. `rank`: by node, the order within
    one distance.
    """

    only: Mask | None = None
    limit: int | None = None
    after: Position | None = None
    rank: npt.NDArray[np.integer] | None = None


@dataclass(frozen=True)
class Walk:
    """What a walk found; starts are not part of it. `nodes` and `hops` are this page's, `total` counts all pages, and
    `reached` also what `only` left out. `levels`: reached by hop, from hop 1. `cut` says what is missing and why:
    *hops*, there is more beyond max_hops; *limit*, further pages follow at `next`; *time*, the search was stopped,
    and the counts are lower bounds. `shape` is equal for walks that reach equally many nodes at each distance.
    """

    nodes: Ids
    hops: Ids
    total: int
    reached: int
    levels: tuple[int, ...]
    cut: tuple[Cut, ...]
    next: Position | None
    shape: int

    @property
    def returned(self) -> int:
        """How many nodes this page has."""
        return len(self.nodes)

    @property
    def complete(self) -> bool:
        """Whether nothing is missing after this page."""
        return not self.cut


def walk(
    graph: Graph,
    starts: npt.ArrayLike,
    direction: Direction,
    lens: Lens = EVERYTHING,
    max_hops: int | None = None,
    page: Page = Page(),
) -> Walk:
    """Everything reached from `starts` (one node or several; a hidden start is not there) in one direction.

    Memory: 1 byte a node of the graph, 8 a node reached, and a few MB. Raises BadInput for a start out of range, a
    mask of the wrong size, or a negative bound.
    """
    if (max_hops is not None and max_hops < 0) or (page.limit is not None and page.limit < 1):
        raise BadInput("A lineage walk needs max_hops of 0 or more and a limit of 1 or more, or neither.")
    for name, given in (("only", page.only), ("rank", page.rank)):
        if given is not None and given.shape != (graph.nodes,):
            raise BadInput(f"`{name}` has {given.size} entries, the lineage graph {graph.nodes} nodes. Give one each.")
    sweep = Sweep(graph, np.atleast_1d(np.asarray(starts, np.int64)), direction, lens)
    levels: list[Ids] = []
    while max_hops is None or len(levels) < max_hops:
        level = sweep.advance()
        if not len(level):
            break
        levels.append(level)
    cut: list[Cut] = ["time"] if sweep.stopped else []
    if max_hops is not None and len(levels) == max_hops and sweep.has_more():
        cut.append("hops")
    return _paged(levels, cut, page)


def _paged(levels: list[Ids], cut: list[Cut], page: Page) -> Walk:
    sizes = tuple(map(len, levels))
    wanted = levels if page.only is None else [level[page.only[level]] for level in levels]
    if page.rank is not None:
        wanted = [level[np.argsort(page.rank[level])] for level in wanted]
    counts = np.array([len(level) for level in wanted], np.int64)
    total = int(counts.sum())
    start = 0 if page.after is None else _offset(wanted, counts, page.after, page.rank)
    end = total if page.limit is None else min(total, start + page.limit)
    nodes = _slice(wanted, counts, start, end)
    ends = np.cumsum(counts)
    hops = np.searchsorted(ends, np.arange(start, end), side="right").astype(np.int32) + np.int32(1)
    following = None
    if end < total:
        cut.append("limit")
        following = page.after if end == start else _position(nodes, hops, page.rank)
    shape = zlib.crc32(np.array(sizes, "<i8").tobytes())
    return Walk(nodes, hops, total, sum(sizes), sizes, tuple(cut), following, shape)


def _slice(levels: list[Ids], counts: npt.NDArray[np.int64], start: int, end: int) -> Ids:
    """Entries start..end of the levels laid end to end; only the levels touched are copied."""
    ends = np.cumsum(counts)
    first, last = (int(np.searchsorted(ends, at, side="right")) for at in (start, max(start, end - 1)))
    if start >= end:
        return np.empty(0, np.int32)
    base = int(ends[first] - counts[first])
    return np.concatenate(levels[first : last + 1])[start - base : end - base]


def _offset(
    levels: list[Ids], counts: npt.NDArray[np.int64], after: Position, rank: npt.NDArray[np.integer] | None
) -> int:
    """How many entries stand at or before a position."""
    before = int(counts[: max(0, after.hops - 1)].sum())
    if not 1 <= after.hops <= len(levels):
        return before
    level = levels[after.hops - 1]
    order = level if rank is None else rank[level]
    return before + int(np.searchsorted(order, after.rank, side="right"))


def _position(nodes: Ids, hops: Ids, rank: npt.NDArray[np.integer] | None) -> Position:
    last = int(nodes[-1])
    return Position(int(hops[-1]), last if rank is None else int(rank[last]))


@dataclass(frozen=True)
class EdgePage:
    """Some of `total` edges, by (source, target, label, key)."""

    edges: Edges
    total: int

    @property
    def complete(self) -> bool:
        """Whether these are all."""
        return len(self.edges) == self.total


def edges_among(graph: Graph, nodes: npt.ArrayLike, lens: Lens = EVERYTHING, limit: int | None = None) -> EdgePage:
    """The edges whose two ends are both among `nodes` (and visible): the picture of a walk; give its starts too."""
    check_lens(graph, lens)
    members = np.unique(np.atleast_1d(np.asarray(nodes, np.int32)))
    if lens.visible is not None:
        members = members[lens.visible[members]]
    if not len(members):
        return EdgePage(edges([], []), 0)
    inside = np.zeros(graph.nodes, np.bool_)
    inside[members] = True
    found = graph.edges_of(members, lens.allow)
    found = found.take(inside[found.target])
    return EdgePage(found if limit is None else found.take(slice(limit)), len(found))


def tally(nodes: Ids, codes: npt.NDArray[np.integer]) -> dict[int, int]:
    """How many of these nodes have each code (a kind, a platform): `codes` has one small number for every node."""
    counts = np.bincount(codes[nodes])
    return {code: int(counts[code]) for code in np.flatnonzero(counts).tolist()}
