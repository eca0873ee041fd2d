"""The lineage graph: a set of directed edges between numbered nodes, readable both ways, with a small patch of changes.

A Graph never changes. `applied` returns the next one in time proportional to what changed, sharing the packed part,
so any number of walks may go on over the old one. An edge is (source, target, label, key): the value flows from
source to target, the label says how (labels.py), the key is whatever number the caller keeps its evidence under.
The graph is a *set* of edges: the same edges in any order, or twice, make the same graph. Pure; no I/O.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from catalog.errors import BadInput
from catalog.lineage.labels import Ids, LabelArray, Mask
from catalog.lineage.rows import Patch, Places, Rows, Side, living, packed, patch

Direction = Literal["up", "down"]
NO_EDGES = np.empty(0, np.int32)
MAX_NODES = 2**31 - 1


@dataclass(frozen=True)
class Edges:
    """Edges as four arrays of one length. Where the caller keeps no keys they are all 0."""

    source: Ids
    target: Ids
    label: LabelArray
    key: Ids

    def __len__(self) -> int:
        return len(self.source)

    def take(self, at: npt.NDArray[np.integer] | Mask | slice) -> Edges:
        """The edges at these indices."""
        return Edges(self.source[at], self.target[at], self.label[at], self.key[at])


def edges(
    source: npt.ArrayLike, target: npt.ArrayLike, label: npt.ArrayLike | int = 0, key: npt.ArrayLike | int = 0
) -> Edges:
    """Edges from anything like arrays; a single label or key counts for all. Raises BadInput if lengths differ or a
    number does not fit (nodes and keys: 32 bits, labels: 16).
    """
    try:
        a, b = np.atleast_1d(_whole(source, np.int32)), np.atleast_1d(_whole(target, np.int32))
        shaped = np.broadcast_to(_whole(label, np.uint16), a.shape), np.broadcast_to(_whole(key, np.int32), a.shape)
    except (ValueError, TypeError, OverflowError) as error:
        raise BadInput(f"These are not lineage edges: {error}. Give four arrays of whole numbers.") from error
    if a.shape != b.shape or a.ndim != 1:
        raise BadInput(f"{len(a)} edge sources but {len(b)} targets. Give one target for each source.")
    return Edges(a, b, *shaped)


def _whole(values: npt.ArrayLike, dtype: type) -> npt.NDArray[np.integer]:
    """As whole numbers of this width; OverflowError rather than a silent wrap."""
    given = np.asarray(values)
    if given.dtype == dtype:
        return given
    if given.size and given.dtype.kind not in "iu":
        raise TypeError(f"{given.dtype} is not a whole number")
    bounds = np.iinfo(dtype)
    if given.size and (given.min() < bounds.min or given.max() > bounds.max):
        raise OverflowError(f"a number outside {bounds.min} to {bounds.max}")
    return given.astype(dtype)


@dataclass(frozen=True)
class Graph:
    """`down`: from a node to what is made from it; `up`: to what it is made from. `keys` run beside the places of
    `down` (packed) and `added` (in its patch). `stamp` is the caller's: the catalog version this graph reflects.
    """

    nodes: int
    down: Side
    up: Side
    keys: Ids | None
    added: Edges
    stamp: int = 0

    def side(self, direction: Direction) -> Side:
        """The rows to read for a walk in this direction."""
        return self.down if direction == "down" else self.up

    @property
    def size(self) -> int:
        """How many edges there are."""
        gone = 0 if self.down.patch is None else len(self.down.patch.gone)
        return len(self.down.rows.adj) - gone + len(self.added)

    @property
    def drift(self) -> float:
        """Changed edges since packing over packed edges. Above about .02, `compacted()` pays for itself."""
        gone = 0 if self.down.patch is None else len(self.down.patch.gone)
        return (gone + len(self.added)) / max(1, len(self.down.rows.adj))

    @property
    def nbytes(self) -> int:
        """Bytes held by the packed part: both directions, labels and keys."""
        return self.down.rows.nbytes + self.up.rows.nbytes + (0 if self.keys is None else self.keys.nbytes)

    def edges_of(self, nodes: Ids, allow: Mask | None = None) -> Edges:
        """The edges that leave these nodes (rising, each once), by (source, target, label, key)."""
        places, origin = self.down.places(nodes)
        found = Edges(origin, self.down.targets_at(places), self.down.labels_at(places), self._keys_at(places))
        if allow is not None:
            found = found.take(allow[found.label])
        # Without a patch the places come in order already.
        return found if self.down.patch is None else found.take(_order(found))

    def between(self, source: int, target: int, allow: Mask | None = None) -> Edges:
        """All edges from one node to another, by (label, key)."""
        packed_part = [] if source >= self.down.rows.nodes else range(*_span(self.down.rows, source, target))
        places = np.array(packed_part, np.int64)
        if self.down.patch is not None:
            places = places[living(places, self.down.patch.gone)]
        kept = Edges(*_pair(source, target, len(places)), self.down.labels_at(places), self._keys_at(places))
        late = self.added.take((self.added.source == source) & (self.added.target == target))
        found = kept if not len(late) else joined(kept, late)
        found = found if allow is None else found.take(allow[found.label])
        return found.take(_order(found))

    def every_edge(self) -> Edges:
        """All edges, by (source, target, label, key). About 14 bytes an edge are made."""
        return self.edges_of(np.arange(self.nodes, dtype=np.int32))

    def applied(
        self,
        added: Edges | None = None,
        removed: Edges | None = None,
        nodes: int | None = None,
        stamp: int | None = None,
    ) -> Graph:
        """The graph after a change: every edge between each `removed` (source, target) pair goes, whatever its label
        and key, then `added` come. To change a label, remove the pair and add it anew; doing either twice does no
        harm. `nodes` may grow. Raises BadInput for a node out of range.
        """
        more, less = added or edges([], []), removed or edges([], [])
        count = self.nodes if nodes is None else nodes
        if count < self.nodes:
            raise BadInput(f"A lineage graph cannot shrink from {self.nodes} to {count} nodes. Build a new one.")
        _check(count, more)
        pairs = set(zip(less.source.tolist(), less.target.tolist(), strict=True))
        gone_down = _merged(self.down, _places_of(self.down.rows, pairs))
        gone_up = _merged(self.up, _places_of(self.up.rows, {(b, a) for a, b in pairs}))
        late = self.added
        if pairs and len(late):
            kept = [pair not in pairs for pair in zip(late.source.tolist(), late.target.tolist(), strict=True)]
            late = late.take(np.array(kept, np.bool_))
        late = distinct(joined(late, self._unknown(more, gone_down)))
        return Graph(
            count,
            Side(self.down.rows, count, _patched(self.down.rows, count, gone_down, late)),
            Side(self.up.rows, count, _patched(self.up.rows, count, gone_up, _turned(late))),
            self.keys,
            late,
            self.stamp if stamp is None else stamp,
        )

    def compacted(self) -> Graph:
        """The same graph with its changes packed in."""
        return self if self.down.patch is None else build(self.nodes, self.every_edge(), self.stamp)

    def _unknown(self, more: Edges, gone: Places) -> Edges:
        """Those of `more` that are not among the packed edges still counting."""
        fresh = []
        for at, (a, b) in enumerate(zip(more.source.tolist(), more.target.tolist(), strict=True)):
            start, end = _span(self.down.rows, a, b) if a < self.down.rows.nodes else (0, 0)
            alive = np.arange(start, end)
            alive = alive[living(alive, gone)]
            same = (self.down.rows.label[alive] == more.label[at]) & (self._keys_at(alive) == more.key[at])
            if not same.any():
                fresh.append(at)
        return more.take(np.array(fresh, np.int64))

    def _keys_at(self, places: Places) -> Ids:
        if self.keys is None and not len(self.added):
            return np.zeros(len(places), np.int32)
        values = np.zeros(len(places), np.int32)
        late = places >= len(self.down.rows.adj)
        values[late] = self.added.key[places[late] - len(self.down.rows.adj)]
        if self.keys is not None:
            values[~late] = self.keys[places[~late]]
        return values


def build(nodes: int, given: Edges, stamp: int = 0) -> Graph:
    """The graph of these edges over nodes 0 .. nodes-1. Repeated edges count once, self-loops are kept.
    Raises BadInput for a node out of range. Needs about 100 bytes an edge while it runs.
    """
    if not 0 <= nodes <= MAX_NODES:
        raise BadInput(f"A lineage graph holds 0 to {MAX_NODES} nodes, not {nodes}.")
    _check(nodes, given)
    down = distinct(given)
    up = _turned(down)
    return Graph(
        nodes,
        Side(packed(nodes, down.source, down.target, down.label), nodes),
        Side(packed(nodes, up.source, up.target, up.label), nodes),
        down.key if down.key.any() else None,
        edges([], []),
        stamp,
    )


def joined(first: Edges, then: Edges) -> Edges:
    """Both, one after the other."""
    return Edges(
        np.concatenate([first.source, then.source]),
        np.concatenate([first.target, then.target]),
        np.concatenate([first.label, then.label]),
        np.concatenate([first.key, then.key]),
    )


def distinct(given: Edges) -> Edges:
    """Each edge once, by (source, target, label, key)."""
    found = given.take(_order(given))
    if len(found) < 2:
        return found
    same = (found.source[1:] == found.source[:-1]) & (found.target[1:] == found.target[:-1])
    same &= (found.label[1:] == found.label[:-1]) & (found.key[1:] == found.key[:-1])
    return found.take(np.append(True, ~same)) if same.any() else found


def _order(given: Edges) -> npt.NDArray[np.int64]:
    """The order by (source, target, label, key). One sort by pair, then only parallel edges are sorted further:
    a sort by all four would take ten times as long.
    """
    pair = given.source.astype(np.int64) << 32 | given.target
    order = np.argsort(pair)
    pair = pair[order]
    equal = pair[1:] == pair[:-1]
    parallel = np.flatnonzero(np.append(equal, False) | np.append(False, equal))
    if len(parallel):
        some = order[parallel]
        order[parallel] = some[np.lexsort((given.key[some], given.label[some], pair[parallel]))]
    return order


def _turned(given: Edges) -> Edges:
    """The same edges seen from the other end, in that end's order."""
    turned = Edges(given.target, given.source, given.label, given.key)
    return turned.take(_order(turned))


def _check(nodes: int, given: Edges) -> None:
    for name, ids in (("source", given.source), ("target", given.target)):
        if len(ids) and (ids.min() < 0 or ids.max() >= nodes):
            worst = int(ids.min() if ids.min() < 0 else ids.max())
            raise BadInput(f"Edge {name} {worst} is not one of the {nodes} nodes. Number nodes from 0.")


def _span(rows: Rows, node: int, neighbour: int) -> tuple[int, int]:
    """The packed places of the edges from node to neighbour: [start, end)."""
    low, high = int(rows.ptr[node]), int(rows.ptr[node + 1])
    start = bisect_left(rows.adj, neighbour, low, high)
    return start, bisect_right(rows.adj, neighbour, start, high)


def _places_of(rows: Rows, pairs: set[tuple[int, int]]) -> Places:
    spans = [range(*_span(rows, a, b)) for a, b in pairs if 0 <= a < rows.nodes]
    return np.array(sorted(place for span in spans for place in span), np.int64)


def _merged(side: Side, gone: Places) -> Places:
    return gone if side.patch is None else np.union1d(side.patch.gone, gone)


def _patched(rows: Rows, nodes: int, gone: Places, late: Edges) -> Patch:
    touched = np.zeros(nodes, np.bool_)
    touched[rows.nodes :] = True
    touched[np.searchsorted(rows.ptr, gone, side="right") - 1] = True
    return patch(touched, gone, late.source, late.target, late.label)


def _pair(source: int, target: int, count: int) -> tuple[Ids, Ids]:
    return np.full(count, source, np.int32), np.full(count, target, np.int32)
