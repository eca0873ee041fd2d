"""One direction of the graph: for every node its neighbours, packed, plus what changed since packing.

`Rows` is compressed sparse rows (ptr, adj, label); it is never written to, so it may be a memory-mapped file. `Patch`
holds what changed: packed places that no longer count, and rows of added edges. `Side` reads the two as one. Edges
have *places*: 0 .. len(adj)-1 in the packed part, and from len(adj) on in the added part. Pure; no I/O.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import compress
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from catalog.lineage.labels import Ids, LabelArray, Mask

S = TypeVar("S", bound=np.generic)
Places = npt.NDArray[np.int64]
# Row starts: 32 bits while they suffice, which halves them for every graph below two thousand million edges.
Starts = npt.NDArray[np.int32] | npt.NDArray[np.int64]


@dataclass(frozen=True)
class Rows:
    """The neighbours of node u are adj[ptr[u]:ptr[u + 1]], rising; `label` runs beside `adj`."""

    ptr: Starts
    adj: Ids
    label: LabelArray

    @property
    def nodes(self) -> int:
        return len(self.ptr) - 1

    @property
    def nbytes(self) -> int:
        return self.ptr.nbytes + self.adj.nbytes + self.label.nbytes


def packed(nodes: int, origin: Ids, adj: Ids, label: LabelArray) -> Rows:
    """Rows from edges already sorted by (origin, adj)."""
    ptr = np.zeros(nodes + 1, np.int64)
    np.cumsum(np.bincount(origin, minlength=nodes), out=ptr[1:])
    return Rows(ptr.astype(np.int32) if len(adj) < 2**31 else ptr, adj, label)


@dataclass(frozen=True)
class Patch:
    """`touched[u]`: row u is not as packed. `gone`: packed places, rising, that no longer count.
    Row `nodes[i]` (rising) gained the added places first + ptr[i] .. first + ptr[i + 1] - 1.
    """

    touched: Mask
    gone: Places
    nodes: Ids
    ptr: Places
    adj: Ids
    label: LabelArray


def patch(touched: Mask, gone: Places, origin: Ids, adj: Ids, label: LabelArray) -> Patch:
    """A patch from added edges already sorted by (origin, adj). Marks `touched` for them."""
    nodes, first = np.unique(origin, return_index=True)
    touched[nodes] = True
    return Patch(touched, gone, nodes, np.append(first, len(origin)).astype(np.int64), adj, label)


def _spans(start: Places, count: Places) -> Places:
    """start[0], start[0]+1, .. (count[0] of them), then start[1], .. : the places of several rows in a row."""
    ends = np.cumsum(count)
    total = int(ends[-1]) if len(ends) else 0
    places = np.repeat(start - (ends - count), count)
    places += np.arange(total)
    return places


def living(places: Places, gone: Places) -> Mask:
    """Which packed places still count. A search in `gone`: one short row must not cost a pass over all of it."""
    if not len(gone):
        return np.ones(len(places), np.bool_)
    lives: Mask = gone[np.minimum(np.searchsorted(gone, places), len(gone) - 1)] != places
    return lives


@dataclass(frozen=True)
class Side:
    """Rows and Patch read as one, for `nodes` nodes (a patch may bring nodes that were not packed)."""

    rows: Rows
    nodes: int
    patch: Patch | None = None
    # Python reads single items of a memoryview three times as fast as those of an array.
    _ptr: memoryview = field(init=False, repr=False, compare=False)
    _adj: memoryview = field(init=False, repr=False, compare=False)
    _label: memoryview = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_ptr", self.rows.ptr.data)
        object.__setattr__(self, "_adj", self.rows.adj.data)
        object.__setattr__(self, "_label", self.rows.label.data)

    def degree(self, node: int) -> int:
        """How many edges the packed row of this node has: a hint for planning, as the patch is left out."""
        return int(self._ptr[node + 1] - self._ptr[node]) if node < self.rows.nodes else 0

    def degrees(self, nodes: Ids) -> Places:
        """`degree` of many nodes."""
        inside = np.minimum(nodes, self.rows.nodes - 1) if self.nodes > self.rows.nodes else nodes
        count = self.rows.ptr[inside + 1].astype(np.int64) - self.rows.ptr[inside]
        if self.nodes > self.rows.nodes:
            count[nodes >= self.rows.nodes] = 0
        return count

    def targets(self, nodes: Ids, allow: Mask | None = None, at_most: int | None = None) -> Ids:
        """The neighbours of all these nodes (rising, each once), over edges whose label is allowed; repeats are kept.

        `at_most` reads only that many packed edges of each row: for a first glance at rows that may be huge.
        """
        if self.patch is None:
            return self._packed_targets(nodes, allow, at_most)
        touched = self.patch.touched[nodes]
        if not touched.any():
            return self._packed_targets(nodes, allow, at_most)
        places, _ = self.places(nodes[touched])
        if allow is not None:
            places = places[allow[self.labels_at(places)]]
        return np.concatenate([self._packed_targets(nodes[~touched], allow, at_most), self.targets_at(places)])

    def _packed_targets(self, nodes: Ids, allow: Mask | None, at_most: int | None) -> Ids:
        start = self.rows.ptr[nodes].astype(np.int64)
        count = self.rows.ptr[nodes + 1] - start
        if at_most is not None:
            np.minimum(count, at_most, out=count)
        if len(nodes) == 1:  # one row, perhaps a hub: a view, nothing copied
            a, b = int(start[0]), int(start[0] + count[0])
            return self.rows.adj[a:b] if allow is None else self.rows.adj[a:b][allow[self.rows.label[a:b]]]
        places = _spans(start, count)
        if allow is not None:
            places = places[allow[self.rows.label[places]]]
        return self.rows.adj[places]

    def few_targets(self, nodes: list[int], allow: memoryview | None = None) -> list[int]:
        """`targets` for a handful of nodes with short rows, in plain Python: no array calls to pay for."""
        found: list[int] = []
        touched = None if self.patch is None else self.patch.touched
        for node in nodes:
            if touched is not None and touched[node]:
                table = None if allow is None else np.asarray(allow)
                found += self.targets(np.array([node], np.int32), table).tolist()
                continue
            start, end = self._ptr[node], self._ptr[node + 1]
            row = self._adj[start:end].tolist()
            if allow is None:
                found += row
            else:
                found += compress(row, map(allow.__getitem__, self._label[start:end].tolist()))
        return found

    def places(self, nodes: Ids) -> tuple[Places, Ids]:
        """The places of all edges of these nodes (rising, each once), and beside each the node it belongs to.
        Packed places first, then added ones.
        """
        inside = nodes if self.nodes == self.rows.nodes else nodes[nodes < self.rows.nodes]
        start = self.rows.ptr[inside].astype(np.int64)
        count = self.rows.ptr[inside + 1] - start
        places, origin = _spans(start, count), np.repeat(inside, count)
        if self.patch is None:
            return places, origin
        counts = living(places, self.patch.gone)
        places, origin = places[counts], origin[counts]
        added, owner = self._added(nodes, self.patch)
        return np.concatenate([places, added + len(self.rows.adj)]), np.concatenate([origin, owner])

    @staticmethod
    def _added(nodes: Ids, change: Patch) -> tuple[Places, Ids]:
        """Indices into the added edges that belong to these nodes, and their nodes."""
        _, _, hit = np.intersect1d(nodes, change.nodes, assume_unique=True, return_indices=True)
        count = change.ptr[hit + 1] - change.ptr[hit]
        return _spans(change.ptr[hit], count), np.repeat(change.nodes[hit], count)

    def targets_at(self, places: Places) -> Ids:
        """The neighbour at each place."""
        return self._read(places, self.rows.adj, None if self.patch is None else self.patch.adj)

    def labels_at(self, places: Places) -> LabelArray:
        """The label at each place."""
        return self._read(places, self.rows.label, None if self.patch is None else self.patch.label)

    @staticmethod
    def _read(places: Places, base: npt.NDArray[S], added: npt.NDArray[S] | None) -> npt.NDArray[S]:
        late = places >= len(base)
        if added is None or not late.any():
            return base[places]
        values = np.empty(len(places), base.dtype)
        values[late] = added[places[late] - len(base)]
        values[~late] = base[places[~late]]
        return values
