"""Column walks: equal to networkx on random graphs with cycles and hidden columns; filters and joins kept apart."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable

import networkx as nx
import pytest
from catalog_words import day

from catalog.aspects import AccessRule, ColumnEdge, Info, Lineage, Policy
from catalog.catalog import Catalog
from catalog.change import Change, Origin
from catalog.column_trail import ColumnTrails
from catalog.errors import BadInput
from catalog.urn import dataset

T = [dataset("postgres", f"shop.t{number}") for number in range(8)]
ADA, POLICY = "urn:li:corpuser:ada", "urn:li:policy:p"
RULES = (
    AccessRule("deny", "discover", assets=(T[3],)),
    AccessRule("deny", "read", assets=(T[4],), columns=("b",)),
    AccessRule("deny", "read", assets=(T[5],)),
)
Key = tuple[str, str]


def declare(catalog: Catalog, edges: set[tuple[Key, Key, str]], rules: tuple[AccessRule, ...] = ()) -> None:
    into: dict[str, list[ColumnEdge]] = defaultdict(list)
    for (up, up_column), (urn, column), how in sorted(edges):
        into[urn].append(ColumnEdge(up, up_column, column, how))
    catalog.apply([Change(POLICY, Policy(access=rules), Origin("dbt", observed_at=day(1)))])
    catalog.apply(Change(urn, Info(kind="table"), Origin("dbt", observed_at=day(1))) for urn in T)
    catalog.apply(
        Change(urn, Lineage((), tuple(held)), Origin("dbt", observed_at=day(1))) for urn, held in into.items()
    )


def trails(catalog: Catalog) -> ColumnTrails:
    return ColumnTrails(catalog.view(catalog.scope(ADA)))


@pytest.mark.parametrize("seed", range(12))
def test_walks_equal_a_reference_on_what_the_scope_may_see(local: Callable[..., Catalog], seed: int) -> None:
    rng, catalog = random.Random(seed), local()
    keys = [(urn, column) for urn in T for column in "abc"]
    pairs = {(rng.choice(keys), rng.choice(keys)) for _ in range(40)}
    edges = {(a, b, rng.choice(["identity", "expression", "filter"])) for a, b in pairs if a[0] != b[0]}
    declare(catalog, edges, RULES)
    graph = nx.DiGraph()
    for a, b, how in edges:
        shown = {a[0], b[0]}.isdisjoint({T[3], T[5]}) and (T[4], "b") not in (a, b)
        if shown and how != "filter":
            graph.add_edge(a, b)
    for key in keys:
        for direction, expected in (("up", nx.ancestors), ("down", nx.descendants)):
            wanted = expected(graph, key) - {key} if key in graph else set()
            found = trails(catalog).walk([key], direction)  # type: ignore[arg-type]
            assert {one for one, _ in found.nodes} == wanted, (key, direction)
            assert found.complete
            assert found.total == len(wanted)


def chain() -> set[tuple[Key, Key, str]]:
    return {
        ((T[0], "Email"), (T[1], "email"), "identity"),
        ((T[1], "EMAIL"), (T[2], "email_hash"), "expression"),
        ((T[1], "email"), (T[2], "*"), "filter"),
        ((T[2], "email_hash"), (T[6], "people"), "aggregate"),
    }


def test_letter_case_does_not_break_a_trail_and_influence_is_not_flow(local: Callable[..., Catalog]) -> None:
    catalog = local()
    declare(catalog, chain())
    found = trails(catalog).walk([(T[0], "email")], "down")
    assert [(key[1], hops) for key, hops in found.nodes] == [("email", 1), ("email_hash", 2), ("people", 3)]
    assert [(step.column, step.how) for step in found.influences] == [("*", "filter")]
    assert [step.how for step in trails(catalog).path((T[0], "email"), (T[6], "people"))] == [
        "identity", "expression", "aggregate",
    ]  # fmt: skip
    assert trails(catalog).path((T[6], "people"), (T[0], "email")) == ()


def test_a_walk_that_was_cut_says_so(local: Callable[..., Catalog]) -> None:
    catalog = local()
    declare(catalog, chain())
    assert trails(catalog).walk([(T[0], "email")], "down", max_hops=2).cut == ("hops",)
    assert trails(catalog).walk([(T[0], "email")], "down", max_hops=3).complete
    assert "budget" in trails(catalog).walk([(T[0], "email")], "down", budget=1).cut


def test_pages_join_to_the_whole_and_a_foreign_cursor_is_refused(local: Callable[..., Catalog]) -> None:
    catalog = local()
    edges = {((T[0], "id"), (T[number % 6 + 1], f"c{number:03d}"), "identity") for number in range(150)}
    declare(catalog, edges)
    got: list[Key] = []
    cursor: str | None = None
    while cursor or not got:
        page = trails(catalog).walk([(T[0], "id")], "down", limit=40, cursor=cursor)
        assert page.total == 150
        got += [key for key, _ in page.nodes]
        cursor = page.cursor
    assert sorted(got) == sorted({b for _, b, _ in edges})
    other = trails(catalog).walk([(T[0], "id")], "down", limit=40).cursor
    for bad in (other, "nonsense!"):
        with pytest.raises(BadInput):
            trails(catalog).walk([(T[1], "c000")], "up", cursor=bad)


def test_the_past_has_its_own_column_lineage(local: Callable[..., Catalog]) -> None:
    catalog = local()
    declare(catalog, chain())
    catalog.apply([Change(T[1], Lineage(), Origin("dbt", observed_at=day(5)))])
    then = ColumnTrails(catalog.view(catalog.scope(ADA), day(2)))
    assert trails(catalog).walk([(T[0], "email")], "down").total == 0
    assert [key[1] for key, _ in then.walk([(T[0], "email")], "down").nodes] == ["email", "email_hash", "people"]
    assert [key[1] for key, _ in then.walk([(T[6], "people")], "up").nodes] == ["email_hash", "EMAIL", "Email"]
