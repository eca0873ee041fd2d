"""Identity in the catalog: one asset out of many URNs in every read, corrected by people, in any order, over time."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from catalog_words import Clock, day, said
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from catalog import projection, store, tables
from catalog.access import AccessSettings, Level
from catalog.aspects import (
    AccessRule,
    Aspect,
    Column,
    ColumnEdge,
    Documentation,
    Identity,
    Info,
    Lineage,
    Membership,
    Owner,
    Ownership,
    Policy,
    Schema,
    Siblings,
    Tags,
    Upstream,
)
from catalog.catalog import Catalog
from catalog.change import Change, Evidence, Removed
from catalog.codec import digest, encode
from catalog.errors import ConfigInvalid, NotFound
from catalog.identity import rules_of
from catalog.trail import Trails, evidence_of
from catalog.urn import column, dataset
from indexer.documents import changed_since

LOWER, UPPER, NODE = (
    dataset("snowflake", "shop.public.orders"), dataset("snowflake", "SHOP.PUBLIC.ORDERS"),
    dataset("dbt", "shop.public.orders"),
)  # fmt: skip
MART, ADA = dataset("snowflake", "shop.public.mart"), "urn:li:corpuser:ada"
MEMBERS = (LOWER, UPPER, NODE)


def fill(catalog: Catalog, *more: Change) -> Catalog:
    catalog.apply([
        said(UPPER, Info("table", "ORDERS"), "database"),
        said(UPPER, Schema((Column("ID", "int"), Column("SALARY", "int"))), "database"),
        said(LOWER, Documentation("Orders."), "dbt"),
        said(NODE, Siblings((LOWER,)), "datahub"),
        said(NODE, Tags(("pii",)), "datahub"),
        said(MART, Lineage((Upstream(UPPER),), (ColumnEdge(UPPER, "SALARY", "pay"),)), "sql"),
        said(MART, Lineage((Upstream(NODE),)), "datahub"),
        *more,
    ])  # fmt: skip
    return catalog


def placed(catalog: Catalog) -> dict[str, tuple[str, str]]:
    """By URN its canonical URN and rule, of the identities that hold now."""
    c = tables.identities.c
    with catalog.database.reading() as connection:
        query = select(c.urn, c.canonical, c.rule).where(c.live)
        return {urn: (canonical, rule) for urn, canonical, rule in connection.execute(query)}


def test_every_member_leads_to_the_one_asset(catalog: Catalog) -> None:
    view = fill(catalog).view(catalog.scope(ADA))
    assert [row.urn for row in view.assets()] == sorted([LOWER, MART])
    for urn in MEMBERS:
        row = view.asset(urn)
        assert row is not None
        assert (row.urn, row.kind, row.tags) == (LOWER, "table", {"pii"})
        assert view.read(urn, Documentation) == view.read(LOWER, Documentation)
        assert set(view.read_all(urn)) == {"info", "schema", "documentation", "siblings", "tags"}
    assert view.canonical(column(UPPER, "ID")) == column(UPPER, "ID")  # nobody described the column as an asset
    assert catalog.counts() == {"table": 2}


def test_edges_land_on_the_asset_and_cite_the_urn_their_source_wrote(catalog: Catalog) -> None:
    guest = dataset("snowflake", "Shop.PUBLIC.ORDERS".upper(), "prod")
    fill(
        catalog,
        said(UPPER, Lineage((Upstream(NODE), Upstream(guest))), "datahub"),
        said(NODE, Lineage((Upstream(MART),)), "dbt"),
    )
    scope = catalog.scope(ADA)
    view = catalog.view(scope)
    edges = list(view.edges())
    assert {(edge.upstream, edge.urn, edge.source) for edge in edges} == {
        (LOWER, MART, "datahub"), (LOWER, MART, "sql"), (MART, LOWER, "dbt"),
    }  # fmt: skip
    cited = evidence_of(view, edges)
    assert {one.urn for one in cited} == {MART, NODE}
    for one in cited:
        assert catalog.cite(one, scope).is_current
    assert [Trails(view).walk(urn, "down").nodes for urn in MEMBERS] == [((MART, 1),)] * 3


def test_the_past_is_read_by_identity_too(catalog: Catalog) -> None:
    fill(catalog, said(UPPER, Removed(), "database", on=5))
    scope = catalog.scope(ADA)
    for settle in (False, True):
        if settle:
            catalog.settle()
        then = catalog.view(scope, day(1))
        assert [row.urn for row in then.assets()] == sorted([LOWER, MART])
        assert then.rows(MEMBERS)[NODE].tags == {"pii"}
        assert {edge.upstream for edge in then.edges()} == {LOWER}
        assert then.read(UPPER, Schema) is not None
    now = catalog.view(scope)
    assert now.read(LOWER, Schema) is None
    assert {edge.upstream for edge in now.edges()} == {LOWER}
    assert now.asset(UPPER) == now.asset(LOWER)


def test_today_by_date_equals_the_present(catalog: Catalog) -> None:
    scope = fill(catalog).scope(ADA)
    now, dated = catalog.view(scope), catalog.view(scope, day(9))
    assert dated.assets() == now.assets()
    assert list(dated.edges()) == list(now.edges())
    assert dated.read_all(LOWER) == now.read_all(LOWER)


RULES = [
    *(AccessRule("deny", "discover", assets=(urn,)) for urn in MEMBERS),
    AccessRule("deny", "discover", assets=("SHOP.PUBLIC.ORDERS",)),
    AccessRule("deny", "discover", platforms=("dbt",)),
    AccessRule("deny", "discover", tags=("pii",)),
    AccessRule("deny", "discover", kinds=("table",), tags=("pii",), platforms=("snowflake",)),
]


@pytest.mark.parametrize("rule", RULES, ids=range(len(RULES)))
def test_no_alias_is_a_way_around_a_rule(local: Callable[..., Catalog], rule: AccessRule) -> None:
    guest = dataset("snowflake", "shop.public.ORDERS", "Production")
    policy = said("urn:li:policy:p", Policy(access=(rule,)))
    catalog = fill(local(), policy, said(MART, Lineage((Upstream(guest),)), "files"))
    scope = catalog.scope(ADA)
    for view in (catalog.view(scope), catalog.view(scope, day(3))):
        for urn in (*MEMBERS, guest):
            assert view.asset(urn) is None
            assert view.read_all(urn) == {}
            assert view.canonical(urn) == urn
        assert list(view.edges()) == []
        assert not [urn for urn in (*MEMBERS, guest) if urn in repr(view.read_all(MART)) + repr(view.assets())]
    evidence = Evidence(NODE, "tags", "datahub", digest(encode(Tags(("pii",)))))
    with pytest.raises(NotFound):
        catalog.cite(evidence, scope)
    assert fill(local()).cite(evidence, local().scope(ADA)).evidence == evidence


def test_what_a_rule_allows_of_one_member_it_allows_of_all(local: Callable[..., Catalog]) -> None:
    allow = said("urn:li:policy:p", Policy(access=(AccessRule("allow", assets=(UPPER,)),)))
    catalog = fill(local(settings=AccessSettings(Level.HIDDEN)), allow)
    assert [row.urn for row in catalog.view(catalog.scope(ADA)).assets()] == [LOWER]


def test_kept_columns_are_kept_under_every_spelling(catalog: Catalog) -> None:
    rule = AccessRule("deny", columns=("salary",), assets=("shop.public.orders",))
    fill(catalog, said("urn:li:policy:p", Policy(access=(rule,))))
    view = catalog.view(catalog.scope(ADA))
    assert "SALARY" not in repr(view.read_all(LOWER)) + repr(view.read_all(MART))


def test_people_join_split_and_undo_and_history_keeps_its_urns(catalog: Catalog, clock: Clock) -> None:
    other = dataset("snowflake", "shop.archive.orders")
    fill(catalog, said(other, Documentation("Old."), "dbt"))
    before = placed(catalog)
    catalog.apply([said(other, Identity(same_as=(LOWER,)), "person", on=1)])
    assert placed(catalog)[other] == (min(LOWER, other), "canonical") or placed(catalog)[other] == (LOWER, "person")
    catalog.apply([said(UPPER, Identity(not_same_as=(LOWER,)), "person", on=2)])
    found = placed(catalog)
    assert found.get(UPPER, (UPPER,))[0] != found[LOWER][0]
    catalog.apply([said(UPPER, Removed("identity"), "person", on=3), said(other, Removed("identity"), "person", on=3)])
    assert placed(catalog) == before
    h = tables.history.c
    with catalog.database.reading() as connection:
        assert set(connection.execute(select(h.urn)).scalars()) == {*MEMBERS, MART, other}
    assert catalog.state_hash() == fill(emptied(catalog), said(other, Documentation("Old."), "dbt")).state_hash()


def emptied(catalog: Catalog) -> Catalog:
    with catalog.database.writing() as connection:
        for table in tables.metadata.sorted_tables:
            if table.name not in ("sources", "meta"):
                connection.execute(delete(table))
        connection.execute(delete(tables.meta).where(tables.meta.c.key == "state"))
    return catalog


def test_the_index_is_told_of_assets_that_moved(catalog: Catalog) -> None:
    fill(catalog)
    other = dataset("snowflake", "shop.archive.orders")
    catalog.apply([said(other, Documentation("Old."), "dbt")])
    at = catalog.version()
    catalog.apply([said(other, Identity(same_as=(LOWER,)), "person", on=1)])
    moved = changed_since(catalog, at)
    home = placed(catalog)[LOWER][0]
    assert [document.urn for document in moved.documents] == [home]
    assert {LOWER, other} - {home} <= set(moved.removed)
    at = catalog.version()
    catalog.apply([said(other, Removed("identity"), "person", on=2)])
    assert {document.urn for document in changed_since(catalog, at).documents} == {LOWER, other}


def test_other_rules_identify_anew(local: Callable[..., Catalog]) -> None:
    catalog = fill(local(), said(dataset("snowflake", "public.orders"), Tags(("short",)), "files"))
    scope = catalog.scope(ADA)
    short = dataset("snowflake", "public.orders")
    assert catalog.view(scope).canonical(short) == short
    for config, home in (({"databases": {"snowflake": "SHOP"}}, LOWER), ({}, short)):
        again = Catalog(catalog.database.url, identity=rules_of(config))
        assert again.view(scope).canonical(short) == home
        again.database.close()
        kept = Catalog(catalog.database.url)
        assert kept.view(scope).canonical(short) == home
        kept.database.close()


URNS = [
    LOWER, UPPER, NODE, dataset("snowflake", "public.orders"), dataset("snowflake", "shop.public.orders", "DEV"),
    dataset("postgres", "shop.public.orders"), dataset("snowflake", "Shop.Public.Orders"),
]  # fmt: skip
VALUES: list[Aspect | Removed] = [
    Documentation("A"), Tags(("x",)), Info("view", "o"), Membership("urn:li:domain:d"), Ownership((Owner(ADA),)),
    Siblings((LOWER,)), Siblings((UPPER,)), Identity(same_as=(URNS[3],)), Identity(not_same_as=(LOWER,)),
    Lineage((Upstream(URNS[4]), Upstream(NODE))), Removed(), Removed("identity"), Removed("siblings"),
]  # fmt: skip
CHANGES = st.builds(
    said,
    st.sampled_from(URNS),
    st.sampled_from(VALUES),
    st.sampled_from(["dbt", "database", "datahub"]),
    st.integers(0, 3),
)


def projected(catalog: Catalog) -> dict[str, list[tuple[object, ...]]]:
    with catalog.database.reading() as connection:
        found = {
            table.name: sorted(
                tuple(value for name, value in row._asdict().items() if name != "seq")
                for row in connection.execute(select(table))
            )
            for table in (tables.assets, tables.labels, tables.edges, tables.identity_links)
        }
        c = tables.identities.c
        query = select(c.urn, c.canonical, c.rule, c.evidence, c.facts).where(c.live).order_by(c.urn)
        return found | {"identities": [tuple(row) for row in connection.execute(query)]}


def check_any_order(catalog: Catalog, changes: list[Change], shuffled: list[Change], size: int) -> None:
    emptied(catalog).apply(changes)
    expected = projected(catalog)
    emptied(catalog)
    for start in range(0, len(shuffled), size):
        catalog.apply(shuffled[start : start + size])
    assert projected(catalog) == expected
    with catalog.database.writing() as connection:
        projection.rebuild_all(connection, store.version(connection))
    assert projected(catalog) == expected


@pytest.fixture
def local_one(local: Callable[..., Catalog]) -> Catalog:
    return registered(local())


def registered(catalog: Catalog) -> Catalog:
    for source in ("dbt", "database", "datahub"):
        catalog.register(source, source)
    return catalog


# No shrinking: each example fills a database several times, and a failing one is small enough as it is.
@given(data=st.data())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], phases=[Phase.generate]
)
def test_any_order_ends_in_the_same_identities(local_one: Catalog, data: st.DataObject) -> None:
    changes = data.draw(st.lists(CHANGES, max_size=12))
    check_any_order(local_one, changes, data.draw(st.permutations(changes)), data.draw(st.integers(1, 5)))


@pytest.mark.postgres
def test_the_engines_agree_on_any_order(catalog: Catalog) -> None:
    random = Random(3)
    registered(catalog)
    for _ in range(6):
        changes = [
            said(random.choice(URNS), random.choice(VALUES), random.choice(["dbt", "database"]), random.randint(0, 3))
            for _ in range(14)
        ]
        shuffled = random.sample(changes, len(changes))
        check_any_order(catalog, changes, shuffled, 4)


def test_precedence_by_aspect_beats_the_rank(local: Callable[..., Catalog]) -> None:
    catalog = registered(local())
    catalog.apply([said(LOWER, Documentation("dbt"), "dbt"), said(LOWER, Documentation("hub"), "datahub")])
    scope = catalog.scope(ADA)
    again = Catalog(catalog.database.url, precedence={"documentation": ("datahub", "dbt")})
    held = again.view(scope).read(LOWER, Documentation)
    assert held is not None
    assert (held.value.text, [one.point.source for one in held.disputes]) == ("hub", ["dbt"])
    again.database.close()


def test_bad_rules_are_refused() -> None:
    with pytest.raises(ConfigInvalid, match="instances, hosts"):
        rules_of({"host": {}})
