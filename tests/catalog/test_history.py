"""State is a function of the set of observations: no order, repetition or batching of them changes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from catalog_words import BEGIN, day, said
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select

from catalog import projection, store, tables
from catalog.aspects import Documentation, Lineage, Tags, Upstream
from catalog.catalog import Catalog
from catalog.change import Change, Origin, Removed
from catalog.database import Database, micros
from catalog.history import Point, add, live
from catalog.reader import read_points
from catalog.view import View

URNS = ["urn:li:tag:a", "urn:li:tag:b"]
A, B = Documentation("A"), Documentation("B")
VALUES = st.one_of(
    st.sampled_from([A, B, Tags(("x",)), Tags(("y", "z")), Lineage((Upstream(URNS[0]),))]),
    st.sampled_from([Removed("documentation"), Removed("tags"), Removed()]),
)
CHANGES = st.builds(
    lambda urn, value, source, tick: Change(urn, value, Origin(source, observed_at=BEGIN + timedelta(seconds=tick))),
    st.sampled_from(URNS), VALUES, st.sampled_from(["dbt", "datahub"]), st.integers(0, 5),
)  # fmt: skip
_TRUTH_AND_PROJECTIONS = [table for table in tables.metadata.sorted_tables if table.name not in ("sources", "meta")]


def emptied(catalog: Catalog) -> Catalog:
    """The same catalog with nothing in it: quicker than a new one."""
    with catalog.database.writing() as connection:
        for table in _TRUTH_AND_PROJECTIONS:
            connection.execute(delete(table))
        connection.execute(delete(tables.meta).where(tables.meta.c.key == "state"))
    return catalog


def stored(database: Database) -> tuple[set[tuple[str, ...]], dict[str, list[tuple[object, ...]]]]:
    """The live values, and every projected row less its number."""
    c = tables.current.c
    with database.reading() as connection:
        alive = {tuple(row) for row in connection.execute(select(c.urn, c.aspect, c.source, c.digest).where(c.live))}
        rows = {
            table.name: sorted(
                tuple(value for name, value in row._asdict().items() if name != "seq")
                for row in connection.execute(select(table))
            )
            for table in (tables.assets, tables.labels, tables.edges)
        }
    return alive, rows


def points_of(changes: list[Change]) -> list[Point]:
    return [store._encode(change, micros(BEGIN)).point for change in changes]


def keys(points: list[Point]) -> set[tuple[str, ...]]:
    return {(point.urn, point.aspect, point.source, point.digest) for point in points}


def check_any_order(catalog: Catalog, changes: list[Change], shuffled: list[Change], sizes: list[int]) -> None:
    emptied(catalog).apply(changes)
    expected, first = catalog.state_hash(), stored(catalog.database)
    emptied(catalog)
    rest = shuffled
    for size in sizes:
        catalog.apply(rest[:size])
        rest = rest[size:]
    catalog.apply(rest)
    alive = live(points_of(changes))
    assert first[0] == keys(alive)
    assert stored(catalog.database) == first
    assert catalog.state_hash() == expected == f"{add(0, alive):032x}"
    with catalog.database.reading() as connection:
        assert keys(live(read_points(connection, None))) == keys(alive)
        assert {point.key + point.order for point in read_points(connection, None)} == {
            point.key + point.order for point in points_of(changes)
        }


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_repetition_and_batching_ends_in_the_same_state(
    local_one: Catalog, data: st.DataObject
) -> None:  # fmt: skip
    changes = data.draw(st.lists(CHANGES, max_size=14))
    again = data.draw(st.lists(st.sampled_from(changes), max_size=6)) if changes else []
    shuffled = data.draw(st.permutations(changes + again))
    check_any_order(local_one, changes, shuffled, data.draw(st.lists(st.integers(1, 5), max_size=6)))


@pytest.mark.postgres
def test_the_engines_agree_on_any_order(catalog: Catalog) -> None:
    random = Random(7)
    values = [A, B, Tags(("x",)), Removed("documentation"), Removed("tags"), Removed(), Lineage((Upstream(URNS[1]),))]
    for _ in range(8):
        changes = [
            said(random.choice(URNS), random.choice(values), random.choice(["dbt", "datahub"]), random.randint(0, 5))
            for _ in range(14)
        ]
        shuffled = changes + changes[:5]
        random.shuffle(shuffled)
        check_any_order(catalog, changes, shuffled, [3, 1, 6])


def past_of(catalog: Catalog) -> list[object]:
    """Rows and edges as of every moment there was."""
    scope = catalog.scope("urn:li:corpuser:ada")
    views = [View(catalog.database, scope, BEGIN + timedelta(seconds=tick)) for tick in range(7)]
    return [(view.assets(), list(view.edges()), [view.read_all(urn) for urn in URNS]) for view in views]


@given(changes=st.lists(CHANGES, max_size=14), later=st.lists(CHANGES, max_size=4))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_settled_past_is_the_one_computed_from_points(
    local_one: Catalog, changes: list[Change], later: list[Change]
) -> None:  # fmt: skip
    emptied(local_one).apply(changes)
    computed = past_of(local_one)
    local_one.settle()
    assert past_of(local_one) == computed
    local_one.apply(later)
    partly = past_of(local_one)
    emptied(local_one).apply(changes + later)
    assert past_of(local_one) == partly
    assert local_one.settle() == len({change.urn for change in changes + later})
    assert past_of(local_one) == partly


@pytest.fixture
def local_one(local: Callable[..., Catalog]) -> Catalog:
    return local()


def test_a_value_said_before_another_one_and_again_after_it_stands(catalog: Catalog) -> None:
    catalog.apply([said(URNS[0], A, on=1)])
    catalog.apply([said(URNS[0], A, on=3)])
    catalog.apply([said(URNS[0], B, on=2)])
    scope = catalog.scope("urn:li:corpuser:ada")
    texts = [(on, catalog.view(scope, day(on)).read(URNS[0], Documentation)) for on in (0, 1, 2, 3)]
    assert [(on, held.value.text if held else None) for on, held in texts] == [(0, None), (1, "A"), (2, "B"), (3, "A")]
    held = catalog.view(scope).read(URNS[0], Documentation)
    assert held is not None
    assert held.value == A


def test_the_hash_forgets_times_and_keeps_values(local: Callable[..., Catalog]) -> None:
    one, other = local(), local()
    one.apply([said(URNS[0], A, on=1)])
    other.apply([said(URNS[0], B, on=1), said(URNS[0], A, on=2), said(URNS[0], A, on=9)])
    assert one.state_hash() == other.state_hash() != local().state_hash()


def test_projections_can_be_made_anew(catalog: Catalog) -> None:
    catalog.apply([said(URNS[0], Tags(("x",))), said(URNS[1], Lineage((Upstream(URNS[0]),))), said(URNS[1], A)])
    before = stored(catalog.database)
    with catalog.database.writing() as connection:
        for table in (tables.assets, tables.labels, tables.edges, tables.column_edges):
            connection.execute(delete(table))
        connection.execute(insert(tables.labels).values(urn=URNS[0], type="tag", value="stray"))
        projection.rebuild_all(connection, store.version(connection))
    assert stored(catalog.database) == before


def test_at_one_moment_a_value_beats_its_removal_and_the_greater_digest_wins() -> None:
    point = Point(URNS[0], "tags", "dbt", 5, "aa")
    assert live([point, replace(point, digest="-")]) == [point]
    assert live([point, replace(point, digest="ab")]) == [replace(point, digest="ab")]
    assert live([point, Point(URNS[0], "*", "dbt", 5, "-")]) == [point]
    assert live([point, Point(URNS[0], "*", "dbt", 6, "-")]) == []
    assert live([point, Point(URNS[0], "*", "datahub", 6, "-")]) == [point]
