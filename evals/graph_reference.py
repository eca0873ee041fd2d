"""The lineage graph against networkx: the same answers on random graphs with cycles, self-loops, parallel edges,
hubs, hidden nodes, edge filters and changes. Owns the comparison; needs networkx (a development dependency).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, pairwise

import networkx as nx
import numpy as np

from catalog.lineage import (
    BASES,
    HOWS,
    Direction,
    Edges,
    Graph,
    Label,
    Lens,
    Page,
    build,
    cycles,
    edge_filter,
    edges,
    edges_among,
    levels,
    pack,
    paths,
    walk,
)

# Networkx lists simple paths one by one; beyond this many in a case the comparison says nothing new.
MOST_PATHS = 3_000


@dataclass(frozen=True)
class Case:
    """One random graph, seen through one random lens, and the same as networkx has it."""

    graph: Graph
    lens: Lens
    reference: nx.MultiDiGraph
    starts: list[int]
    only: np.ndarray
    rng: np.random.Generator


def random_case(seed: int) -> Case:
    """Graphs of 1 to 40 nodes mostly, each tenth of 600 with hubs; numbers spread over up to 100,000."""
    rng = np.random.default_rng(seed)
    large = seed % 10 == 9
    count = 600 if large else int(rng.integers(1, 41))
    nodes = count if rng.random() < 0.5 else int(rng.integers(count, 100_000))
    ids = np.sort(rng.choice(nodes, count, replace=False))
    given = _random_edges(rng, ids, int(rng.integers(0, count * (12 if large else 4))))
    graph = build(nodes, given)
    if rng.random() < 0.5:
        graph, given = _changed(rng, graph, given, ids)
    visible = rng.random(nodes) < rng.choice([0.5, 0.9]) if rng.random() < 0.6 else None
    allow = edge_filter(rng.choice(BASES, 2), rng.choice(HOWS, 4)) if rng.random() < 0.5 else None
    lens = Lens(visible, allow)
    starts = rng.choice(ids, int(rng.integers(1, 4))).tolist()
    return Case(graph, lens, _reference(ids, given, lens), starts, rng.random(nodes) < 0.5, rng)


def _random_edges(rng: np.random.Generator, ids: np.ndarray, count: int) -> Edges:
    # A cube of a uniform number makes a few hubs; low numbers mostly point to high ones, and some back.
    a, b = (ids[(rng.random(count) ** 3 * len(ids)).astype(int)], rng.choice(ids, count))
    forward = rng.random(count) < rng.choice([0.5, 0.9, 1.0])
    labels = [pack(Label(BASES[rng.integers(3)], HOWS[rng.integers(6)])) for _ in range(count)]
    source, target = np.where(forward, np.minimum(a, b), a), np.where(forward, np.maximum(a, b), b)
    return edges(source, target, np.array(labels, np.uint16), rng.integers(0, 3, count))


def _changed(rng: np.random.Generator, graph: Graph, given: Edges, ids: np.ndarray) -> tuple[Graph, Edges]:
    """Two changes in a row, applied to the graph and to the plain list of edges."""
    for _ in range(2):
        less = given.take(rng.random(len(given)) < 0.2)
        more = _random_edges(rng, ids, len(ids) // 2)
        graph = graph.applied(more, less)
        gone = set(zip(less.source.tolist(), less.target.tolist(), strict=True))
        keep = [pair not in gone for pair in zip(given.source.tolist(), given.target.tolist(), strict=True)]
        kept = given.take(np.array(keep, np.bool_))
        columns = zip(_columns(kept), _columns(more), strict=True)
        given = Edges(*(np.concatenate(column) for column in columns))
    return graph, given


def _columns(some: Edges) -> tuple[np.ndarray, ...]:
    return some.source, some.target, some.label, some.key


def _rows(some: Edges) -> list[tuple[int, ...]]:
    return list(zip(*(column.tolist() for column in _columns(some)), strict=True))


def _reference(ids: np.ndarray, given: Edges, lens: Lens) -> nx.MultiDiGraph:
    found = nx.MultiDiGraph()
    found.add_nodes_from(node for node in ids.tolist() if lens.sees(node))
    for a, b, label, key in set(_rows(given)):
        if lens.sees(a) and lens.sees(b) and (lens.allow is None or lens.allow[label]):
            found.add_edge(a, b, (label, key))
    return found


def differences(case: Case) -> list[str]:
    """The names of the comparisons that came out differently: none, if all is well."""
    checks = {"walk": _walks, "edges": _edges, "paths": _paths, "cycles": _cycles, "levels": _levels}
    return [name for name, check in checks.items() if not all(check(case))]


def _walks(case: Case) -> Iterator[bool]:
    starts = [node for node in case.starts if node in case.reference]
    both: tuple[tuple[Direction, nx.MultiDiGraph], ...]
    both = (("down", case.reference), ("up", case.reference.reverse()))
    for direction, plain in both:
        hops = nx.multi_source_dijkstra_path_length(plain, set(starts)) if starts else {}
        every = sorted((distance, node) for node, distance in hops.items() if distance)
        bound = int(case.rng.integers(0, 5))
        whole = walk(case.graph, case.starts, direction, case.lens)
        yield list(zip(whole.hops.tolist(), whole.nodes.tolist(), strict=True)) == every
        yield whole.complete and whole.total == len(every)
        near = [pair for pair in every if pair[0] <= bound]
        bounded = walk(case.graph, case.starts, direction, case.lens, bound)
        yield bounded.nodes.tolist() == [node for _, node in near]
        yield bounded.complete == (len(near) == len(every))
        wanted = [node for _, node in every if case.only[node]]
        yield _paged(case, direction, int(case.rng.integers(1, 9))) == wanted


def _paged(case: Case, direction: Direction, limit: int) -> list[int]:
    found, after = [], None
    while True:
        part = walk(case.graph, case.starts, direction, case.lens, page=Page(case.only, limit, after))
        found += part.nodes.tolist()
        if part.complete:
            return found
        after = part.next


def _edges(case: Case) -> Iterator[bool]:
    some = [node for node in case.reference if case.rng.random() < 0.6] or case.starts
    inside = case.reference.subgraph(some)
    found = edges_among(case.graph, some, case.lens)
    yield _rows(found.edges) == sorted((a, b, *key) for a, b, key in inside.edges(keys=True))
    yield _rows(case.graph.compacted().every_edge()) == _rows(case.graph.every_edge())


def _paths(case: Case) -> Iterator[bool]:
    plain = nx.DiGraph(case.reference)
    a = int(case.starts[0])
    below = sorted(nx.descendants(plain, a)) if a in plain and case.rng.random() < 0.8 else []
    b = int(case.rng.choice(below or case.starts + list(plain)))
    shortest = paths(case.graph, a, b, case.lens).paths
    linked = a in plain and b in plain and nx.has_path(plain, a, b)
    yield linked == bool(shortest) and (not linked or len(shortest[0]) == nx.shortest_path_length(plain, a, b))
    bound, count = int(case.rng.integers(1, 6)), int(case.rng.integers(2, 20))
    if not linked or a == b:
        return
    every = list(islice(nx.all_simple_paths(plain, a, b, cutoff=bound), MOST_PATHS))
    if len(every) == MOST_PATHS:
        return
    expected = sorted((tuple(path) for path in every), key=lambda path: (len(path), path))[:count]
    found = paths(case.graph, a, b, case.lens, bound, count).paths
    yield [path.nodes for path in found] == expected
    yield all(_hops_right(case, path.nodes, path.hops) for path in found)


def _hops_right(case: Case, nodes: tuple[int, ...], hops: tuple[Edges, ...]) -> bool:
    for (a, b), hop in zip(pairwise(nodes), hops, strict=True):
        if _rows(hop) != sorted((a, b, *key) for key in case.reference[a][b]):
            return False
    return True


def _cycles(case: Case) -> Iterator[bool]:
    groups = [sorted(group) for group in nx.strongly_connected_components(case.reference)]
    cyclic = [group for group in groups if len(group) > 1 or case.reference.has_edge(group[0], group[0])]
    found = cycles(case.graph, case.lens)
    yield [group.tolist() for group in found.groups] == sorted(cyclic, key=lambda group: (-len(group), group[0]))


def _levels(case: Case) -> Iterator[bool]:
    condensed = nx.condensation(nx.DiGraph(case.reference))
    depth: dict[int, int] = {}
    for group in nx.topological_sort(condensed):
        depth[group] = max((depth[before] + 1 for before in condensed.predecessors(group)), default=0)
    found = levels(case.graph, case.lens)
    yield all(found[node] == depth[group] for node, group in condensed.graph["mapping"].items())
    yield case.lens.visible is None or bool((found[~case.lens.visible] == -1).all())
