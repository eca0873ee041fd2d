"""Strongly connected components of a few edges, by Tarjan's algorithm (1972) in plain Python. Pure; no I/O."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from catalog.lineage.labels import Ids


def components(source: Ids, target: Ids, stop: Callable[[], bool]) -> tuple[list[Ids], bool]:
    """The components of two nodes or more, each rising, and whether these are all; `stop` is asked at every root."""
    nodes = np.unique(np.concatenate([source, target]))
    order = np.argsort(source, kind="stable")
    ptr = [*np.searchsorted(source[order], nodes).tolist(), len(source)]
    adj = np.searchsorted(nodes, target[order]).tolist()
    search = _Tarjan(ptr, adj)
    for root in range(len(nodes)):
        if stop():
            return [np.sort(nodes[group]) for group in search.groups], False
        if not search.number[root]:
            search.run(root)
    return [np.sort(nodes[group]) for group in search.groups], True


class _Tarjan:
    """The walk without recursion: lineage may be deeper than Python's stack."""

    def __init__(self, ptr: list[int], adj: list[int]) -> None:
        self.ptr, self.adj = ptr, adj
        self.number = [0] * (len(ptr) - 1)  # order of discovery from 1; 0 is undiscovered
        self.low = [0] * (len(ptr) - 1)
        self.open = [False] * (len(ptr) - 1)
        self.stack: list[int] = []
        self.groups: list[list[int]] = []
        self._found = 0

    def run(self, root: int) -> None:
        """Everything reachable from an undiscovered root."""
        ptr, adj, number, low = self.ptr, self.adj, self.number, self.low
        self._discover(root)
        trail, at = [root], {root: ptr[root]}
        while trail:
            node = trail[-1]
            if at[node] == ptr[node + 1]:
                trail.pop()
                if trail:
                    low[trail[-1]] = min(low[trail[-1]], low[node])
                if low[node] == number[node]:
                    self._close(node)
                continue
            neighbour = adj[at[node]]
            at[node] += 1
            if not number[neighbour]:
                self._discover(neighbour)
                trail.append(neighbour)
                at[neighbour] = ptr[neighbour]
            elif self.open[neighbour]:
                low[node] = min(low[node], number[neighbour])

    def _discover(self, node: int) -> None:
        self._found += 1
        self.number[node] = self.low[node] = self._found
        self.open[node] = True
        self.stack.append(node)

    def _close(self, node: int) -> None:
        """`node` is the first discovered of its component: everything above it on the stack belongs to it."""
        at = len(self.stack) - 1
        while self.stack[at] != node:
            at -= 1
        group = self.stack[at:]
        del self.stack[at:]
        for member in group:
            self.open[member] = False
        if len(group) > 1:
            self.groups.append(group)
