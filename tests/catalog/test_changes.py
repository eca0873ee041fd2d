"""What changed: differences field by field, in windows of observed time, of what the scope may see."""

from __future__ import annotations

from collections.abc import Callable

from catalog_words import Clock, day, said

from catalog.aspects import (
    AccessRule,
    Aspect,
    Check,
    Checks,
    Column,
    Deprecation,
    Documentation,
    Info,
    Lineage,
    Owner,
    Ownership,
    Policy,
    Schema,
    Tags,
    Upstream,
    Usage,
)  # fmt: skip
from catalog.catalog import Catalog
from catalog.change import Removed
from catalog.changes import Changed
from catalog.differences import differences
from catalog.known import Known
from catalog.urn import dataset

ORDERS, PAY, USERS = (dataset("postgres", f"shop.{name}") for name in ("orders", "pay", "users"))
ANA, BEN = "urn:li:corpuser:ana", "urn:li:corpuser:ben"


def whats(before: Aspect | None, after: Aspect | None) -> list[tuple[str, str, str, str]]:
    return [(one.what, one.on, one.before, one.after) for one in differences(before, after)]


def told(found: list[Changed]) -> list[tuple[str, str, str]]:
    return [(one.urn, one.source, each.what) for one in found for each in one.differences]


def changes(catalog: Catalog, *window: float | None, viewer: str = ANA, urns: list[str] | None = None) -> list[Changed]:
    times = [None if one is None else day(one) for one in window]
    return catalog.view(catalog.scope(viewer)).changes(*times, urns=urns)


def test_columns_are_added_removed_and_retyped() -> None:
    before = Schema((Column("id", "int"), Column("mail", "text"), Column("at", "date", "When.")))
    after = Schema((Column("ID", "bigint"), Column("at", "date", "When it came."), Column("email", "text")))
    assert whats(before, after) == [
        ("column added", "email", "", "text"),
        ("column removed", "mail", "text", ""),
        ("column retyped", "ID", "int", "bigint"),
        ("column description changed", "at", "When.", "When it came."),
    ]


def test_owners_change_come_and_go() -> None:
    one, two = Ownership((Owner(ANA),)), Ownership((Owner(BEN),))
    assert whats(one, two) == [("owner changed", "", ANA, BEN)]
    assert whats(one, Ownership((Owner(ANA), Owner(BEN)))) == [("owner added", "", "", BEN)]
    assert whats(two, None) == [("owner removed", "", BEN, "")]


def test_a_check_begins_to_fail_and_passes_again() -> None:
    good, bad = Checks((Check("unique", "pass"),)), Checks((Check("unique", "fail"),))
    assert whats(good, bad) == [("check began failing", "unique", "pass", "fail")]
    assert whats(bad, good) == [("check passes again", "unique", "fail", "pass")]
    assert [one[0] for one in whats(None, Checks((Check("a", "pass"), Check("b", "fail"))))] == [
        "first given",
        "check began failing",
    ]


def test_what_is_measured_at_every_run_is_no_change() -> None:
    assert whats(Usage(queries=3), Usage(queries=4)) == []
    assert whats(Deprecation(), Deprecation(True, "Old.")) == [("deprecated", "", "", "Old.")]
    assert whats(Tags(("a",)), Tags(("a",))) == []


def test_changes_are_those_observed_in_the_window(catalog: Catalog) -> None:
    catalog.apply([said(ORDERS, Info("table", "orders")), said(ORDERS, Documentation("One."))])
    catalog.apply([said(ORDERS, Documentation("Two."), on=2), said(ORDERS, Documentation("Three."), on=4)])
    catalog.apply([said(ORDERS, Removed(), on=6), said(PAY, Info("table", "pay"), on=3)])
    assert told(changes(catalog)) == [
        (ORDERS, "dbt", "added"),
        (ORDERS, "dbt", "description changed"),
        (PAY, "dbt", "added"),
        (ORDERS, "dbt", "description changed"),
        (ORDERS, "dbt", "removed"),
    ]
    assert [one.differences[0].after for one in changes(catalog, 1, 3.5, urns=[ORDERS])] == ["Two."]
    assert told(changes(catalog, 6)) == []
    assert told(changes(catalog, 2, 4)) == [(PAY, "dbt", "added"), (ORDERS, "dbt", "description changed")]


def test_a_late_arrival_counts_where_it_was_observed(catalog: Catalog) -> None:
    catalog.apply([said(ORDERS, Documentation("One.")), said(ORDERS, Documentation("Three."), on=4)])
    catalog.apply([said(ORDERS, Documentation("Two."), on=2)])
    assert [one.differences[0].after for one in changes(catalog, 1)] == ["Two.", "Three."]


def test_a_source_that_repeats_itself_changed_nothing(catalog: Catalog) -> None:
    for on in (0, 1, 2):
        catalog.apply([said(ORDERS, Documentation("One."), on=on)])
    assert told(changes(catalog, 0.5)) == []


def test_as_of_and_what_was_known_bound_the_changes(catalog: Catalog, clock: Clock) -> None:
    catalog.apply([said(ORDERS, Documentation("One.")), said(ORDERS, Documentation("Two."), on=2)])
    version = catalog.version()
    clock.move(10)
    catalog.apply([said(ORDERS, Documentation("Three."), on=4)])
    scope = catalog.scope(ANA)
    assert len(catalog.view(scope, day(3)).changes(day(1))) == 1
    assert len(catalog.view(scope, known=Known(version, 2**62)).changes(day(1))) == 1
    assert len(catalog.view(scope).changes(day(1))) == 2


def policy(**rule: object) -> Policy:
    return Policy(access=(AccessRule("deny", "discover", unless=(BEN,), **rule),))  # type: ignore[arg-type]


def test_changes_of_what_is_hidden_are_not_there_even_when_it_is_gone(local: Callable[..., Catalog]) -> None:
    catalog = local()
    catalog.apply([said("urn:li:policy:pay", policy(assets=(PAY,)))])
    catalog.apply([said(PAY, Documentation("Pay.")), said(ORDERS, Lineage((Upstream(USERS),)))])
    catalog.apply([said(PAY, Documentation("Pay, all."), on=2)])
    catalog.apply([said(ORDERS, Lineage((Upstream(USERS), Upstream(PAY))), on=2)])
    assert {one.urn for one in changes(catalog, 0.5)} == set()
    assert {one.urn for one in changes(catalog, 0.5, viewer=BEN)} == {PAY, ORDERS}
    catalog.apply([said(PAY, Removed(), on=3)])
    assert told(changes(catalog, 2.5)) == []
    assert told(changes(catalog, 2.5, viewer=BEN)) == [(PAY, "dbt", "removed")]


def test_a_change_of_nothing_but_hidden_columns_is_no_change(local: Callable[..., Catalog]) -> None:
    catalog = local()
    rule = AccessRule("deny", "read", unless=(BEN,), columns=("salary",))
    catalog.apply([said("urn:li:policy:pay", Policy(access=(rule,)))])
    catalog.apply([said(PAY, Schema((Column("id", "int"),)))])
    catalog.apply([said(PAY, Schema((Column("id", "int"), Column("salary", "int"))), on=2)])
    assert told(changes(catalog, 1)) == []
    assert told(changes(catalog, 1, viewer=BEN)) == [(PAY, "dbt", "column added")]


def test_what_was_only_to_be_discovered_when_it_went_says_nothing(local: Callable[..., Catalog]) -> None:
    catalog = local()
    rule = AccessRule("deny", "read", unless=(BEN,), assets=(PAY,))
    catalog.apply([said("urn:li:policy:pay", Policy(access=(rule,))), said(PAY, Documentation("Pay."))])
    catalog.apply([said(PAY, Removed(), on=2)])
    assert told(changes(catalog, 1)) == []
    assert told(changes(catalog, 1, viewer=BEN)) == [(PAY, "dbt", "removed")]
