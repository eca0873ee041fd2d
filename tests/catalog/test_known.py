"""The catalog as far as was known then: rows, values and edges by recorded time, on both engines."""

from __future__ import annotations

from catalog_words import Clock, day, said

from catalog.aspects import AccessRule, Documentation, Info, Lineage, Policy, Tags, Upstream
from catalog.catalog import Catalog
from catalog.change import Removed
from catalog.database import micros
from catalog.known import Known
from catalog.urn import dataset
from catalog.view import View

ORDERS, USERS = dataset("postgres", "shop.orders"), dataset("postgres", "shop.users")
ANA = "urn:li:corpuser:ana"


def seen(view: View) -> object:
    """Everything a view shows."""
    values = {row.urn: view.read_all(row.urn) for row in view.assets()}
    return view.assets(), values, list(view.edges())


def moment_of(catalog: Catalog, clock: Clock) -> Known:
    return Known(catalog.version(), micros(clock()))


def test_every_earlier_state_of_knowledge_can_be_seen_again(catalog: Catalog, clock: Clock) -> None:
    steps = [
        [said(ORDERS, Info("table", "orders")), said(ORDERS, Documentation("One."), on=3), said(USERS, Tags(("a",)))],
        [said(ORDERS, Lineage((Upstream(USERS),)), on=1), said(ORDERS, Documentation("One."), on=5)],
        [said(ORDERS, Documentation("Late."), on=4), said(ORDERS, Documentation("Early."), on=1)],
        [said(USERS, Removed(), on=6), said(ORDERS, Info("view", "orders_v"), on=6)],
        [said(USERS, Tags(("a", "b")), on=7), said(ORDERS, Removed("lineage"), on=8)],
        [said(USERS, Tags(("a", "b")), on=9), said(ORDERS, Info("view", "orders_v"), "datahub", on=2)],
    ]
    moments, shown = [], []
    scope = catalog.scope(ANA)
    for step in steps:
        catalog.apply(step)
        moments.append(moment_of(catalog, clock))
        shown.append([seen(catalog.view(scope, as_of)) for as_of in (None, day(4.5), day(2))])
        clock.move(1)
    catalog.settle()
    for known, before in zip(moments, shown, strict=True):
        assert [seen(catalog.view(scope, as_of, known)) for as_of in (None, day(4.5), day(2))] == before


def test_the_version_of_such_a_view_is_that_of_then(catalog: Catalog, clock: Clock) -> None:
    catalog.apply([said(ORDERS, Documentation("One."))])
    known = moment_of(catalog, clock)
    catalog.apply([said(ORDERS, Documentation("Two."), on=1)])
    assert catalog.view(catalog.scope(ANA), known=known).version == known.version == 1


def test_scopes_are_those_of_then(catalog: Catalog, clock: Clock) -> None:
    catalog.apply([said(ORDERS, Documentation("One."))])
    known = moment_of(catalog, clock)
    clock.move(1)
    rule = AccessRule("deny", "discover", assets=(ORDERS,))
    catalog.apply([said("urn:li:policy:all", Policy(access=(rule,)), on=1)])
    assert catalog.view(catalog.scope(ANA)).asset(ORDERS) is None
    assert catalog.view(catalog.scope(ANA, known=known), known=known).asset(ORDERS) is not None
    assert catalog.scope(ANA, known=known).rules == ()
