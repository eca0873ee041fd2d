"""The shared lineage graph: equal to what a View's own edges say, for every scope, after any changes, saved or not."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from catalog_words import day

from catalog import graph_store, graphs
from catalog.aspects import AccessRule, Info, Lineage, Policy, Upstream
from catalog.catalog import Catalog
from catalog.change import Change, Origin, Removed
from catalog.errors import BadInput
from catalog.trail import Filter, Trails
from catalog.urn import dataset
from catalog.view import View

URNS = [dataset("postgres", f"shop.t{number:02d}") for number in range(24)]
ADA, BOB, POLICY = "urn:li:corpuser:ada", "urn:li:corpuser:bob", "urn:li:policy:p"
HIDDEN, NAMED = URNS[3::7], URNS[5::9]
RULES = (
    AccessRule("deny", "discover", assets=tuple(HIDDEN), unless=(BOB,)),
    AccessRule("deny", "read", assets=tuple(NAMED), unless=(BOB,)),
)


def reference(view: View) -> nx.DiGraph:
    graph = nx.DiGraph()
    graph.add_edges_from((edge.upstream, edge.urn) for edge in view.edges())
    return graph


def check(catalog: Catalog) -> None:
    for viewer in (ADA, BOB):
        view = catalog.view(catalog.scope(viewer))
        trails, graph = Trails(view), reference(view)
        for urn in URNS:
            for direction, expected in (("up", nx.ancestors), ("down", nx.descendants)):
                wanted = expected(graph, urn) - {urn} if urn in graph else set()
                found = trails.walk(urn, direction)  # type: ignore[arg-type]
                assert {one for one, _ in found.nodes} == wanted, (viewer, urn, direction)
                inside = wanted | {urn}
                pairs = {(a, b) for a, b in graph.edges if a in inside and b in inside}
                assert {(edge.upstream, edge.urn) for edge in found.edges} == pairs


def change(rng: random.Random, tick: int) -> list[Change]:
    """One asset says anew what it is made from, now and then derived from others, or says nothing any more."""
    urn = rng.choice(URNS)
    at = day(2).replace(microsecond=tick)
    if rng.random() < 0.2:
        return [Change(urn, Removed("lineage"), Origin("dbt", observed_at=at))]
    ups = tuple(Upstream(one) for one in rng.sample([one for one in URNS if one != urn], rng.randint(0, 3)))
    inputs = tuple(rng.sample(URNS, rng.randint(1, 2))) if rng.random() < 0.3 else ()
    source = "inferred" if inputs else "dbt"
    return [
        Change(urn, Info(kind="table"), Origin("dbt", observed_at=day(1))),
        Change(urn, Lineage(ups), Origin(source, observed_at=at, inputs=inputs)),
    ]


def test_the_shared_graph_says_what_each_views_own_edges_say(catalog: Catalog) -> None:
    rng = random.Random(5)
    catalog.apply([Change(POLICY, Policy(access=RULES), Origin("dbt", observed_at=day(1)))])
    for tick in range(40):
        catalog.apply(change(rng, tick))
        if tick % 4 == 3:
            check(catalog)


def test_a_graph_read_anew_and_a_repacked_one_say_the_same(
    local: Callable[..., Catalog], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphs, "LATER_SHARE", 0.0)  # repack at every change
    catalog, rng = local(), random.Random(9)
    catalog.apply([Change(POLICY, Policy(access=RULES), Origin("dbt", observed_at=day(1)))])
    for tick in range(24):
        catalog.apply(change(rng, tick))
        check(catalog)
    monkeypatch.setattr(graphs, "MANY", 0)
    catalog.apply(change(rng, 30))
    check(catalog)


def test_a_saved_graph_is_taken_up_and_brought_up_to_date(
    local: Callable[..., Catalog], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphs, "SAVE_ABOVE", 0)
    first, rng = local(graph_folder=tmp_path / "saved"), random.Random(2)
    for tick in range(12):
        first.apply(change(rng, tick))
    check(first)
    saved = graph_store.read_saved(tmp_path / "saved")
    assert saved is not None
    again = Catalog(first.database.url, graph_folder=tmp_path / "saved")
    again.apply(change(rng, 20))
    check(again)
    (next((tmp_path / "saved").glob("graph-*/down_adj.npy"))).write_bytes(b"damaged")
    check(Catalog(first.database.url, graph_folder=tmp_path / "saved"))
    again.database.close()


def test_a_hidden_asset_in_the_middle_ends_the_walk_and_leaves_no_count(local: Callable[..., Catalog]) -> None:
    catalog = local()
    a, hidden, c = URNS[0], HIDDEN[0], URNS[2]
    catalog.apply([Change(POLICY, Policy(access=RULES), Origin("dbt", observed_at=day(1)))])
    catalog.apply(
        Change(urn, value, Origin("dbt", observed_at=day(1)))
        for urn, value in ((a, Info()), (hidden, Lineage((Upstream(a),))), (c, Lineage((Upstream(hidden),))))
    )
    ada, bob = (Trails(catalog.view(catalog.scope(who))) for who in (ADA, BOB))
    assert bob.walk(a, "down").total == 2
    assert (ada.walk(a, "down").total, ada.walk(a, "down").edges) == (0, ())
    assert ada.walk(hidden, "down").total == 0
    assert ada.ways(a, c) == ((), True)


def test_paging_through_643_downstreams_yields_643(local: Callable[..., Catalog]) -> None:
    catalog, hub = local(), URNS[0]
    leaves = [dataset("postgres", f"shop.leaf{number}") for number in range(643)]
    catalog.apply(Change(urn, Lineage((Upstream(hub),)), Origin("dbt", observed_at=day(1))) for urn in leaves)
    trails = Trails(catalog.view(catalog.scope(ADA)))
    got: list[str] = []
    cursor: str | None = None
    while True:
        page = trails.walk(hub, "down", limit=50, cursor=cursor)
        assert page.total == 643
        got += [urn for urn, _ in page.nodes]
        assert page.complete == (page.cursor is None)
        if page.cursor is None:
            break
        assert page.cut == ("limit",)
        cursor = page.cursor
    assert sorted(got) == sorted(leaves)
    with pytest.raises(BadInput, match="another question"):
        trails.walk(hub, "up", cursor=page.cursor or trails.walk(hub, "down", limit=5).cursor)


def test_kinds_and_platforms_filter_what_is_returned_not_what_is_walked(local: Callable[..., Catalog]) -> None:
    catalog, board = local(), "urn:li:dashboard:(looker,board)"
    catalog.apply(
        Change(urn, Lineage((Upstream(up),)), Origin("dbt", observed_at=day(1)))
        for up, urn in ((URNS[0], URNS[1]), (URNS[1], board))
    )
    trails = Trails(catalog.view(catalog.scope(ADA)))
    found = trails.walk(URNS[0], "down", only=Filter(kinds=("dashboard",)))
    assert (found.nodes, found.total) == (((board, 2),), 1)
    assert trails.walk(URNS[0], "down", only=Filter(platforms=("postgres",))).nodes == ((URNS[1], 1),)


def test_cycles_among_what_was_reached_are_named(local: Callable[..., Catalog]) -> None:
    catalog = local()
    a, b, c = URNS[:3]
    catalog.apply(
        Change(urn, Lineage(tuple(map(Upstream, ups))), Origin("dbt", observed_at=day(1)))
        for ups, urn in (((a, c), b), ((b,), c))
    )
    found = Trails(catalog.view(catalog.scope(ADA))).walk(a, "down", with_cycles=True)
    assert found.cycles == ((b, c),)


def test_a_build_that_forgets_the_scope_would_be_caught(
    local: Callable[..., Catalog], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphs, "_kept", lambda every, levels, seen: np.ones(len(every), np.bool_))
    catalog, rng = local(), random.Random(5)
    catalog.apply([Change(POLICY, Policy(access=RULES), Origin("dbt", observed_at=day(1)))])
    for tick in range(40):
        catalog.apply(change(rng, tick))
    with pytest.raises(AssertionError):
        check(catalog)
