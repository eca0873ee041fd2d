"""Paths between two nodes, cycles and levels, each promise by name; test_lineage_graph compares them with networkx."""

from __future__ import annotations

import numpy as np
import pytest

from catalog.errors import BadInput
from catalog.lineage import Lens, build, cycles, edge_filter, edges, levels, paths, walk, within

DIAMOND = edges([0, 0, 1, 2, 3, 0], [1, 2, 3, 3, 4, 4], [0, 0, 0, 0, 0, 64], range(1, 7))


def complete_graph(nodes: int) -> tuple[np.ndarray, np.ndarray]:
    a, b = np.divmod(np.arange(nodes * nodes), nodes)
    return a[a != b], b[a != b]


def test_paths_come_shortest_first_then_by_node() -> None:
    found = paths(build(5, DIAMOND), 0, 4, count=10)
    assert [path.nodes for path in found.paths] == [(0, 4), (0, 1, 3, 4), (0, 2, 3, 4)]
    assert found.complete


def test_a_path_carries_all_parallel_edges_of_each_hop() -> None:
    graph = build(3, edges([0, 0, 1], [1, 1, 2], [0, 16, 0], [5, 6, 7]))
    (path,) = paths(graph, 0, 2).paths
    assert [hop.key.tolist() for hop in path.hops] == [[5, 6], [7]]
    assert len(path) == 2


def test_a_path_through_a_hidden_node_or_edge_is_not_there() -> None:
    graph = build(5, DIAMOND)
    visible = np.array([True, False, True, True, True])
    stated = edge_filter(hows=["unstated"])
    assert [path.nodes for path in paths(graph, 0, 4, Lens(visible, stated), count=9).paths] == [(0, 2, 3, 4)]
    assert paths(graph, 0, 1, Lens(visible)).paths == ()
    assert paths(graph, 1, 4, Lens(visible)).complete


def test_a_path_search_says_why_it_ended() -> None:
    graph = build(5, DIAMOND)
    assert paths(graph, 0, 4).cut == ("count",)
    assert paths(graph, 0, 4, count=2).cut == ("count",)
    assert paths(graph, 1, 4, max_hops=1).cut == ("hops",)
    assert [len(path) for path in paths(graph, 0, 4, max_hops=1, count=5).paths] == [1]
    assert paths(graph, 0, 4, max_hops=1, count=5).cut == ("hops",)
    assert [len(path) for path in paths(graph, 0, 4, max_hops=2, count=5).paths] == [1]
    assert paths(graph, 4, 0).complete
    assert paths(graph, 0, 4, Lens(stop=lambda: True), count=3).cut == ("time",)


def test_a_tangle_that_holds_no_further_path_is_given_up_and_said() -> None:
    # Every way on leads into a full tangle of 12, whose only way out passes the node already used.
    a, b = complete_graph(12)
    graph = build(15, edges([*a, 12, 13, 13, *range(12)], [*b, 13, 0, 14, *[13] * 12]))
    found = paths(graph, 12, 14, count=2)
    assert [path.nodes for path in found.paths] == [(12, 13, 14)]
    assert found.cut == ("effort",)


def test_a_node_reaches_itself_in_no_hops() -> None:
    (path,) = paths(build(2, edges([0], [0])), 0, 0, count=3).paths
    assert (path.nodes, path.hops) == ((0,), ())


def test_cycles_are_groups_and_self_loops_count() -> None:
    graph = build(8, edges([0, 1, 2, 3, 4, 5, 6, 6], [1, 2, 0, 4, 3, 5, 6, 7]))
    assert [group.tolist() for group in cycles(graph).groups] == [[0, 1, 2], [3, 4], [5], [6]]
    visible = np.ones(8, np.bool_)
    visible[[1, 5]] = False
    assert [group.tolist() for group in cycles(graph, Lens(visible)).groups] == [[3, 4], [6]]


def test_a_giant_cycle_with_small_ones_beside_it_is_found_whole() -> None:
    # One ring of 60,000 with two edges a node is more than the small core; 50 pairs hang behind it.
    ring = np.arange(60_000)
    pairs = np.arange(60_000, 60_100)
    source = np.concatenate([ring, ring, pairs, [5]])
    target = np.concatenate([(ring + 1) % 60_000, (ring + 7) % 60_000, pairs ^ 1, [60_000]])
    found = cycles(build(60_100, edges(source, target)))
    assert [len(group) for group in found.groups] == [60_000, *[2] * 50]
    assert found.complete


def test_a_stopped_search_for_cycles_says_so() -> None:
    assert not cycles(build(2, edges([0, 1], [1, 0])), Lens(stop=lambda: True)).complete


def test_a_cycle_deeper_than_the_call_stack_is_found() -> None:
    ring = np.arange(20_000)
    (group,) = cycles(build(20_000, edges(ring, (ring + 1) % 20_000))).groups
    assert len(group) == 20_000


def test_levels_are_longest_ways_and_a_cycle_stands_at_one() -> None:
    graph = build(7, edges([0, 0, 1, 2, 3, 4, 3], [1, 2, 2, 3, 4, 3, 5]))
    assert levels(graph).tolist() == [0, 1, 2, 3, 3, 4, 0]
    visible = np.array([True, False, True, True, True, True, True])
    assert levels(graph, Lens(visible)).tolist() == [0, -1, 1, 2, 2, 3, 0]


def test_a_time_budget_is_measured_on_the_given_clock() -> None:
    now = [10.0]
    stop = within(5.0, lambda: now[0])
    assert not stop()
    now[0] = 15.0
    assert stop()


@pytest.mark.parametrize(
    ("a", "b", "bounds"), [(0, 9, {}), (-1, 0, {}), (0, 1, {"count": 0}), (0, 1, {"max_hops": -1})]
)
def test_a_path_search_that_makes_no_sense_is_refused(a: int, b: int, bounds: dict[str, int]) -> None:
    with pytest.raises(BadInput):
        paths(build(2, edges([0], [1])), a, b, **bounds)  # type: ignore[arg-type]


def test_a_walk_and_a_path_agree_after_changes() -> None:
    graph = build(5, DIAMOND).applied(removed=edges([0], [4]), added=edges([4], [5]), nodes=6)
    assert walk(graph, 0, "down").hops.tolist() == [1, 1, 2, 3, 4]
    assert paths(graph, 0, 5).paths[0].nodes == (0, 1, 3, 4, 5)
