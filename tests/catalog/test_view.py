"""Reading through a scope: what is hidden is nowhere, what may only be discovered has a name and owners, time travels."""

from __future__ import annotations

from collections.abc import Callable

from catalog_words import day, said

from catalog.access import AccessSettings, Level
from catalog.aspects import (
    AccessRule,
    Check,
    Checks,
    Classification,
    Column,
    ColumnEdge,
    Documentation,
    ForeignKey,
    Info,
    Lineage,
    Owner,
    Ownership,
    Policy,
    Profile,
    Schema,
    Tags,
    Upstream,
    Usage,
)
from catalog.aspects import ColumnProfile as Measured
from catalog.catalog import Catalog
from catalog.change import Removed
from catalog.trail import Trails
from catalog.urn import dataset
from catalog.view import View

RAW, SECRET, CLEAN, MART, GONE = (
    dataset("postgres", f"shop.{name}") for name in ("raw", "secret", "clean", "mart", "x")
)
ADA, POLICY = "urn:li:corpuser:ada", "urn:li:policy:p"


def fill(catalog: Catalog, *rules: AccessRule) -> View:
    """raw -> secret -> clean -> mart, where clean also reads something nobody loaded; seen as Ada."""
    edge = ColumnEdge(SECRET, "salary", "pay")
    catalog.apply([
        said(RAW, Info(kind="table", name="raw")),
        said(SECRET, Info(kind="table", name="secret", url="https://x", properties=(("k", "v"),)), on=0),
        said(SECRET, Documentation("Salaries.")),
        said(SECRET, Ownership((Owner("urn:li:corpuser:bob"),))),
        said(SECRET, Lineage((Upstream(RAW),))),
        said(CLEAN, Lineage((Upstream(SECRET), Upstream(GONE)), (edge,)), "dbt"),
        said(CLEAN, Lineage((Upstream(SECRET, "uses"), Upstream(RAW))), "sql"),
        said(MART, Lineage((Upstream(CLEAN),))),
        said(POLICY, Policy(access=rules)),
    ])  # fmt: skip
    return catalog.view(catalog.scope(ADA))


HIDE = AccessRule("deny", "discover", assets=("shop.secret",))
LOCK = AccessRule("deny", "read", assets=("shop.secret",))


def test_with_no_rules_all_is_there(catalog: Catalog) -> None:
    view = fill(catalog)
    assert {row.urn for row in view.assets("table")} == {RAW, SECRET, CLEAN, MART}
    assert {urn for urn, _ in Trails(view).walk(MART, "up").nodes} == {RAW, SECRET, CLEAN, GONE}


def test_a_hidden_asset_is_nowhere(catalog: Catalog) -> None:
    view = fill(catalog, HIDE)
    assert view.asset(SECRET) is None
    assert view.rows([RAW, SECRET, GONE]).keys() == {RAW}
    assert {row.urn for row in view.assets()} == {RAW, CLEAN, MART, POLICY}
    assert not view.readable(SECRET)
    assert view.read(SECRET, Documentation) is None
    assert view.read_all(SECRET) == {}
    assert {(edge.upstream, edge.urn) for edge in view.edges()} == {(GONE, CLEAN), (RAW, CLEAN), (CLEAN, MART)}
    assert SECRET not in repr(view.read_all(CLEAN))
    held = view.read(CLEAN, Lineage)
    assert held is not None
    assert {up.urn for up in held.value.upstreams} == {GONE, RAW}
    trails = Trails(view)
    assert trails.walk(SECRET, "up").nodes == ()
    assert SECRET not in {urn for urn, _ in trails.walk(MART, "up").nodes}


def test_a_hidden_name_reads_as_one_that_is_not_there(catalog: Catalog) -> None:
    view = fill(catalog, HIDE)
    missing = dataset("postgres", "shop.nothing")
    assert view.asset(SECRET) == view.asset(missing)
    assert view.name(SECRET) == "shop.secret"
    assert view.name(missing) == "shop.nothing"
    assert view.read_all(SECRET) == view.read_all(missing)


def test_what_may_only_be_discovered_has_name_and_owners(catalog: Catalog) -> None:
    view = fill(catalog, LOCK)
    row = view.asset(SECRET)
    assert row is not None
    assert (row.level, row.name, row.owners, row.tags, row.domain) == (
        Level.DISCOVER, "secret", frozenset(), frozenset(), "",
    )  # fmt: skip
    assert not view.readable(SECRET)
    assert set(view.read_all(SECRET)) == {"info", "ownership"}
    info = view.read(SECRET, Info)
    assert info is not None
    assert info.value == Info(kind="table", name="secret")
    assert "https://x" not in repr(info)
    assert view.read(SECRET, Documentation) is None
    assert (RAW, SECRET) not in {(edge.upstream, edge.urn) for edge in view.edges()}
    assert (SECRET, CLEAN) in {(edge.upstream, edge.urn) for edge in view.edges()}


def test_kept_columns_are_in_no_aspect_of_any_source(catalog: Catalog) -> None:
    columns = (Column("id"), Column("salary"), Column("bonus", tags=("pay",)), Column("mail"))
    catalog.apply([
        said(SECRET, Classification((("mail", "personal data"), ("", "internal")))),
        said(SECRET, Schema(columns, (ForeignKey(("salary",), RAW),))),
        said(SECRET, Schema((Column("SALARY", "numeric"),)), "datahub"),
        said(SECRET, Profile(rows=3, columns=(Measured("salary"), Measured("id")))),
        said(SECRET, Usage(columns=(("salary", 3), ("id", 1)))),
        said(SECRET, Checks((Check("not_null", column="bonus"), Check("fresh")))),
    ])  # fmt: skip
    view = fill(
        catalog,
        AccessRule("deny", columns=("sal*",), assets=("shop.secret",)),
        AccessRule("deny", columns=("*",), classes=("personal data", "pay")),
    )
    held = view.read(SECRET, Schema)
    assert held is not None
    assert [column.name for column in held.value.columns] == ["id"]
    shown = repr(view.read_all(SECRET)) + repr(view.read_all(CLEAN))
    assert not [word for word in ("salary", "SALARY", "bonus", "'mail'") if word in shown]
    assert "fresh" in shown
    for one in held.said:
        assert "salary" not in catalog.cite(one.evidence, view.scope).json.casefold()


def test_what_is_not_classified_is_hidden_where_that_is_configured(local: Callable[..., Catalog]) -> None:
    catalog = local(settings=AccessSettings(hidden_until_classified=True))
    catalog.apply([said(RAW, Tags(("x",))), said(MART, Classification((("", "open"),)))])
    assert [row.urn for row in catalog.view(catalog.scope(ADA)).assets()] == [MART]


def test_a_view_of_the_past_shows_assets_values_and_edges_of_then(catalog: Catalog) -> None:
    fill(catalog)
    catalog.apply([
        said(MART, Lineage((Upstream(RAW),)), on=2),
        said(RAW, Info(kind="view", name="renamed"), on=2),
        said(SECRET, Removed(), on=2),
    ])  # fmt: skip
    scope = catalog.scope(ADA)
    then, now = catalog.view(scope, day(1)), catalog.view(scope)
    assert [(view.name(RAW), view.asset(SECRET) is None) for view in (then, now)] == [("raw", False), ("renamed", True)]
    assert {row.urn for row in then.assets("table")} == {RAW, SECRET, CLEAN, MART}
    assert {row.urn for row in now.assets("table")} == {CLEAN, MART}
    assert [{edge.upstream for edge in view.edges() if edge.urn == MART} for view in (then, now)] == [{CLEAN}, {RAW}]
    assert catalog.view(scope, day(-1)).assets() == []
    assert list(catalog.view(scope, day(-1)).edges()) == []


def test_a_view_of_today_by_date_equals_the_present_one(catalog: Catalog) -> None:
    fill(catalog, LOCK)
    scope = catalog.scope(ADA)
    now, dated = catalog.view(scope), catalog.view(scope, day(5))
    assert dated.assets() == now.assets()
    assert list(dated.edges()) == list(now.edges())
    assert [dated.read_all(row.urn) for row in now.assets()] == [now.read_all(row.urn) for row in now.assets()]


def test_an_asset_that_is_gone_stays_hidden_in_the_past(catalog: Catalog) -> None:
    fill(catalog, HIDE)
    catalog.apply([said(SECRET, Removed(), on=2)])
    then = catalog.view(catalog.scope(ADA), day(1))
    assert SECRET not in repr(then.read_all(CLEAN)) + repr(list(then.edges())) + repr(then.assets())


def test_a_long_lineage_is_read_in_pieces(catalog: Catalog) -> None:
    """Longer than one statement's parameters; the hidden one is in the last piece."""
    urns = [dataset("postgres", f"t{n:04}") for n in range(1200)]
    catalog.apply([
        said(MART, Lineage(tuple(Upstream(urn) for urn in urns))),
        said(urns[-1], Tags(("x",))),
        said(POLICY, Policy(access=(AccessRule("deny", "discover", assets=("t1199",)),))),
    ])  # fmt: skip
    view = catalog.view(catalog.scope(ADA))
    assert [edge.upstream for edge in view.edges()] == urns[:-1]
