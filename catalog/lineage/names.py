"""Which URN is which node. Owns the numbering: nodes are numbered in URN order, later ones after those.

The names are one block of UTF-8 with the end of each name beside it, so that a million of them can be a memory-mapped
file and cost no Python object each. Byte order of UTF-8 is code point order, so ties break as Python sorts strings.
A Names never changes; `with_more` returns the next one. Pure; no I/O.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from catalog.errors import NotFound
from catalog.lineage.graph import Edges, Graph, build
from catalog.lineage.labels import Ids


@dataclass(frozen=True)
class Names:
    """`text[ends[i - 1]:ends[i]]` is the name of node i, rising. `later` are names of the nodes after these."""

    text: npt.NDArray[np.uint8]
    ends: npt.NDArray[np.int64]
    later: tuple[str, ...] = ()
    _later_ids: dict[str, int] = field(default_factory=dict, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.ends) + len(self.later)

    @property
    def nbytes(self) -> int:
        """Bytes of the packed names."""
        return self.text.nbytes + self.ends.nbytes

    def urn(self, node: int) -> str:
        """The name of a node. Raises IndexError for one that does not exist."""
        if node < 0:
            raise IndexError(f"Node {node}: nodes are numbered from 0.")
        if node >= len(self.ends):
            return self.later[node - len(self.ends)]
        return self._packed(node).decode(errors="surrogatepass")

    def urns(self, nodes: Ids) -> list[str]:
        """The names of many nodes."""
        return [self.urn(node) for node in nodes.tolist()]

    def find(self, urn: str) -> int | None:
        """The node of this name, or None."""
        late = self._later_ids.get(urn)
        if late is not None:
            return late
        at = self._place(urn)
        return at if at < len(self.ends) and self._packed(at) == _bytes(urn) else None

    def node(self, urn: str) -> int:
        """The node of this name. Raises NotFound."""
        found = self.find(urn)
        if found is None:
            raise NotFound(f"No lineage is known for '{urn}'. Search for the name, or index the source it comes from.")
        return found

    def rank(self) -> npt.NDArray[np.int32] | None:
        """By node, where its name stands among all names; None while that is its number. Packed node i stands at i
        plus the number of later names before it.
        """
        if not self.later:
            return None
        order = sorted(range(len(self.later)), key=self.later.__getitem__)
        places = np.array([self._place(self.later[at]) for at in order], np.int64)
        rank = np.empty(len(self), np.int32)
        rank[: len(self.ends)] = np.arange(len(self.ends)) + np.searchsorted(places, np.arange(len(self.ends)), "right")
        rank[len(self.ends) + np.array(order)] = places + np.arange(len(order))
        return rank

    def rank_of(self, urn: str) -> int:
        """The rank of the last name that does not sort after this text, known or not; -1 if all do."""
        known = self.find(urn) is not None
        before = self._place(urn) + sum(name < urn for name in self.later)
        return before if known else before - 1

    def with_more(self, urns: Iterable[str]) -> Names:
        """These names and the new ones among `urns`, numbered on in sorted order."""
        fresh = sorted({urn for urn in urns if self.find(urn) is None})
        if not fresh:
            return self
        start = len(self)
        numbers = {urn: start + at for at, urn in enumerate(fresh)}
        return Names(self.text, self.ends, (*self.later, *fresh), self._later_ids | numbers)

    def _packed(self, node: int) -> bytes:
        start = int(self.ends[node - 1]) if node else 0
        return self.text[start : int(self.ends[node])].tobytes()

    def _place(self, urn: str) -> int:
        """How many packed names sort before this text."""
        wanted, low, high = _bytes(urn), 0, len(self.ends)
        while low < high:
            middle = (low + high) // 2
            if self._packed(middle) < wanted:
                low = middle + 1
            else:
                high = middle
        return low


def _bytes(urn: str) -> bytes:
    # A lone surrogate is no text, but a name or cursor from outside may hold one, and must not stop the work.
    return urn.encode(errors="surrogatepass")


def pack_names(urns: Iterable[str]) -> Names:
    """Names for these URNs, each once, numbered in sorted order."""
    encoded = sorted({_bytes(urn) for urn in urns})
    ends = np.cumsum(np.fromiter(map(len, encoded), np.int64, len(encoded)))
    return Names(np.frombuffer(b"".join(encoded), np.uint8), ends)


def repacked(graph: Graph, names: Names) -> tuple[Graph, Names]:
    """The same lineage with all changes packed in and all nodes numbered in URN order again. Node numbers change."""
    rank = names.rank()
    if rank is None:
        return graph.compacted(), names
    every = graph.every_edge()
    moved = Edges(rank[every.source], rank[every.target], every.label, every.key)
    return build(graph.nodes, moved, graph.stamp), pack_names(map(names.urn, range(len(names))))
