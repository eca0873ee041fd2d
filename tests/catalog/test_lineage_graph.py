"""The lineage graph and its walks: against networkx on random graphs, then each promise by name.

DOCENT_TEST_GRAPHS=1000 compares that many random graphs instead of the quick subset.
"""

from __future__ import annotations

import os

import numpy as np
import pytest

from catalog.errors import BadInput
from catalog.lineage import (
    FLOW,
    Edges,
    Graph,
    Label,
    Lens,
    Page,
    Position,
    build,
    edge_filter,
    edges,
    edges_among,
    pack,
    tally,
    unpack,
    walk,
    within,
)
from evals.graph_reference import differences, random_case

GRAPHS = int(os.environ.get("DOCENT_TEST_GRAPHS", "60"))


def chain(length: int) -> Graph:
    return build(length, edges(range(length - 1), range(1, length)))


def rows(some: Edges) -> list[tuple[int, ...]]:
    columns = (some.source, some.target, some.label, some.key)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def hidden(nodes: int, *which: int) -> Lens:
    visible = np.ones(nodes, np.bool_)
    visible[list(which)] = False
    return Lens(visible)


@pytest.mark.parametrize("seeds", [range(at, min(at + 20, GRAPHS)) for at in range(0, GRAPHS, 20)], ids=str)
def test_random_graphs_answer_as_networkx_does(seeds: range) -> None:
    assert {seed: found for seed in seeds if (found := differences(random_case(seed)))} == {}


def test_a_walk_orders_by_hops_then_node_and_leaves_out_its_start() -> None:
    graph = build(6, edges([0, 0, 3, 1, 5], [3, 1, 5, 5, 0]))
    found = walk(graph, 0, "down")
    assert found.nodes.tolist() == [1, 3, 5]
    assert found.hops.tolist() == [1, 1, 2]
    assert (found.total, found.returned, found.complete, found.levels) == (3, 3, True, (2, 1))


def test_643_downstreams_come_in_pages_exactly_once() -> None:
    graph = build(700, edges([0] * 600 + [1] * 43, [*range(1, 601), *range(601, 644)]))
    found, after, pages = [], None, 0
    while True:
        part = walk(graph, 0, "down", page=Page(limit=100, after=after))
        assert part.total == 643
        found += part.nodes.tolist()
        pages += 1
        if part.complete:
            break
        assert part.cut == ("limit",)
        after = part.next
    assert pages == 7
    assert sorted(found) == list(range(1, 644))


def test_a_walk_bounded_by_hops_says_whether_there_is_more() -> None:
    graph = chain(5)
    near = walk(graph, 0, "down", max_hops=2)
    assert (near.nodes.tolist(), near.cut, near.complete) == ([1, 2], ("hops",), False)
    assert walk(graph, 0, "down", max_hops=4).complete
    assert walk(graph, 0, "down", hidden(5, 3), max_hops=2).complete


def test_more_beyond_the_bound_is_seen_past_a_long_row_of_known_nodes() -> None:
    # 0 feeds 1..40; 1 feeds them again, and last of all one that is new.
    graph = build(42, edges([0] * 40 + [1] * 40, [*range(1, 41), *range(2, 42)]))
    assert walk(graph, 0, "down", max_hops=1).cut == ("hops",)
    assert walk(graph, 0, "down", hidden(42, 41), max_hops=1).complete


def test_a_stopped_walk_returns_whole_levels_and_says_time() -> None:
    ticks = iter([0.0, 1.0, 2.0, 3.0, 4.0])
    found = walk(chain(9), 0, "down", Lens(stop=within(2.5, lambda: next(ticks))))
    assert (found.nodes.tolist(), found.cut) == ([1, 2], ("time",))


def test_a_stop_within_a_large_level_drops_the_half_found_level() -> None:
    # 300 nodes of 1,000 edges are more than one chunk of a step.
    wide = edges(np.repeat(np.arange(1, 301), 1000), np.tile(np.arange(301, 1301), 300))
    graph = build(1301, Edges(*(np.concatenate(pair) for pair in zip(columns(star(300)), columns(wide), strict=True))))
    answers = iter([False, False, True])
    found = walk(graph, 0, "down", Lens(stop=lambda: next(answers)))
    assert (found.levels, found.cut) == ((300,), ("time",))
    assert walk(graph, 0, "down").levels == (300, 1000)


def columns(some: Edges) -> tuple[np.ndarray, ...]:
    return some.source, some.target, some.label, some.key


def star(leaves: int) -> Edges:
    return edges([0] * leaves, range(1, leaves + 1))


def test_hidden_nodes_are_neither_returned_nor_walked_through() -> None:
    graph = build(4, edges([0, 1, 0, 3], [1, 2, 3, 0]))
    assert walk(graph, 0, "down", hidden(4, 1)).nodes.tolist() == [3]
    assert walk(graph, 1, "down", hidden(4, 1)).total == 0


def test_a_world_with_a_hidden_node_answers_like_one_without() -> None:
    with_it = build(5, edges([0, 0, 4, 1], [1, 4, 2, 2]))
    without = build(4, edges([0, 1], [1, 2]))
    seen, plain = walk(with_it, 0, "down", hidden(5, 4)), walk(without, 0, "down")
    assert seen.nodes.tolist() == plain.nodes.tolist()
    assert (seen.total, seen.cut, seen.shape) == (plain.total, (), plain.shape)


def test_a_node_filter_applies_to_what_is_returned_not_to_what_is_walked() -> None:
    only = np.array([False, False, True])
    found = walk(chain(3), 0, "down", page=Page(only=only))
    assert (found.nodes.tolist(), found.hops.tolist(), found.total, found.reached) == ([2], [2], 1, 2)


def test_edges_that_only_influence_can_be_left_out() -> None:
    flow, condition = pack(Label("parsed", "identity")), pack(Label("parsed", "filter"))
    graph = build(3, edges([0, 0], [1, 2], [flow, condition]))
    assert walk(graph, 0, "down", Lens(allow=edge_filter(hows=FLOW))).nodes.tolist() == [1]
    assert walk(graph, 2, "up", Lens(allow=edge_filter(hows=FLOW))).total == 0
    assert walk(graph, 0, "down", Lens(allow=edge_filter(bases=["declared"]))).total == 0


def test_flags_of_the_caller_can_be_left_out() -> None:
    graph = build(3, edges([0, 0], [1, 2], [pack(Label(flags=5)), pack(Label(flags=2))]))
    assert walk(graph, 0, "down", Lens(allow=edge_filter(without_flags=4))).nodes.tolist() == [2]


def test_labels_survive_packing_and_unknown_words_are_refused() -> None:
    label = Label("inferred", "aggregate", 200)
    assert unpack(pack(label)) == label
    for wrong in (Label("guessed"), Label(how="magic"), Label(flags=256)):
        with pytest.raises(BadInput, match="No such edge label"):
            pack(wrong)
    with pytest.raises(BadInput, match="Rebuild"):
        unpack(0xF)
    with pytest.raises(BadInput):
        edge_filter(hows=["magic"])


def test_ranks_decide_the_order_within_a_distance() -> None:
    rank = np.array([0, 3, 1, 2])
    graph = build(4, star(3))
    first = walk(graph, 0, "down", page=Page(limit=2, rank=rank))
    assert first.nodes.tolist() == [2, 3]
    assert walk(graph, 0, "down", page=Page(limit=2, rank=rank, after=first.next)).nodes.tolist() == [1]


def test_a_page_as_large_as_the_rest_is_the_last_and_what_comes_after_it_is_empty() -> None:
    first = walk(chain(3), 0, "down", page=Page(limit=2))
    assert (first.complete, first.next) == (True, None)
    after = walk(chain(3), 0, "down", page=Page(limit=2, after=Position(2, 2)))
    assert (after.returned, after.total, after.complete) == (0, 2, True)


def test_the_graph_is_a_set_of_edges() -> None:
    once = edges([2, 0, 0], [1, 2, 2], [0, 1, 1], [7, 5, 6])
    twice = edges([0, 2, 0, 0, 2], [2, 1, 2, 2, 1], [1, 0, 1, 1, 0], [6, 7, 5, 6, 7])
    assert rows(build(3, once).every_edge()) == rows(build(3, twice).every_edge())
    assert build(3, twice).size == 3


def test_a_change_removes_all_edges_of_a_pair_and_may_be_applied_twice() -> None:
    graph = build(4, edges([0, 0, 1], [1, 1, 2], [0, 16, 0]))
    change = edges([0], [3], 0, 9), edges([0, 3], [1, 2])
    once = graph.applied(*change, stamp=2)
    assert rows(once.every_edge()) == [(0, 3, 0, 9), (1, 2, 0, 0)]
    assert rows(once.applied(*change).every_edge()) == rows(once.every_edge())
    assert (once.size, once.stamp, graph.size) == (2, 2, 3)
    assert walk(once, 0, "down").nodes.tolist() == [3]
    assert walk(once, 1, "up").total == 0
    assert walk(graph, 0, "down").nodes.tolist() == [1, 2]


def test_an_edge_can_go_and_come_back() -> None:
    graph = chain(3).applied(removed=edges([0], [1])).applied(added=edges([0], [1]))
    assert walk(graph, 0, "down").nodes.tolist() == [1, 2]
    assert rows(graph.between(0, 1)) == [(0, 1, 0, 0)]
    assert graph.compacted().drift == 0 < graph.drift


def test_new_nodes_come_with_a_change() -> None:
    graph = chain(2).applied(added=edges([1, 4], [4, 0]), nodes=5)
    assert walk(graph, 0, "down").nodes.tolist() == [1, 4]
    assert walk(graph, 3, "up").total == 0
    assert walk(build(0, edges([], [])).applied(edges([0], [1]), nodes=2), 0, "down").nodes.tolist() == [1]
    with pytest.raises(BadInput, match="cannot shrink"):
        graph.applied(nodes=1)


def test_edges_among_reached_nodes_are_those_with_both_ends_visible() -> None:
    graph = build(4, edges([0, 0, 1, 2, 2], [1, 2, 2, 3, 2], 0, [1, 2, 3, 4, 5]))
    assert edges_among(graph, [0, 1, 2]).edges.key.tolist() == [1, 2, 3, 5]
    assert edges_among(graph, [0, 1, 2], hidden(4, 1)).edges.key.tolist() == [2, 5]
    cut = edges_among(graph, [0, 1, 2], limit=2)
    assert (cut.total, len(cut.edges), cut.complete) == (4, 2, False)
    assert edges_among(graph, []).complete


def test_impact_is_counted_by_kind() -> None:
    kinds = np.array([0, 2, 2, 5], np.uint8)
    assert tally(walk(build(4, star(3)), 0, "down").nodes, kinds) == {2: 2, 5: 1}


def test_a_hub_above_a_long_chain_is_walked_to_the_end() -> None:
    length, leaves = 3_000, 400
    tail = edges(range(leaves, leaves + length), range(leaves + 1, leaves + length + 1))
    pair = zip(columns(star(leaves)), columns(tail), strict=True)
    graph = build(leaves + length + 1, Edges(*(np.concatenate(column) for column in pair)))
    found = walk(graph, 0, "down")
    assert (found.total, int(found.hops[-1])) == (leaves + length, length + 1)


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (lambda: build(2, edges([0], [2])), "Edge target 2"),
        (lambda: build(2, edges([-1], [1])), "Edge source -1"),
        (lambda: build(-1, edges([], [])), "not -1"),
        (lambda: edges([0, 1], [1]), "2 edge sources but 1 targets"),
        (lambda: edges([0], [2**31]), "outside"),
        (lambda: edges([0.5], [1]), "not a whole number"),
        (lambda: edges([0], [1], 70_000), "outside"),
        (lambda: walk(chain(2), 5, "down"), "not one of the 2 nodes"),
        (lambda: walk(chain(2), 2**40, "down"), "not one of the 2 nodes"),
        (lambda: walk(chain(2), 0, "down", max_hops=-1), "max_hops"),
        (lambda: walk(chain(2), 0, "down", page=Page(limit=0)), "limit"),
        (lambda: walk(chain(2), 0, "down", page=Page(only=np.ones(3, np.bool_))), "`only` has 3"),
        (lambda: walk(chain(2), 0, "down", Lens(np.ones(3, np.bool_))), "visibility mask has 3"),
        (lambda: walk(chain(2), 0, "down", Lens(allow=np.ones(3, np.bool_))), "edge_filter"),
    ],
)
def test_what_cannot_be_a_graph_or_a_walk_is_refused(attempt, message) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(BadInput, match=message):
        attempt()
