"""Who may see what: deny wins, the lowest level of an audience counts, what no rule speaks of has the default."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.access import AccessSettings, Facts, Level, Scope, Viewer, scope_of
from catalog.aspects import AccessRule

ADA, BOB = Viewer("ada", frozenset({"finance"})), Viewer("bob", roles=frozenset({"steward"}))
HIDDEN, DISCOVER, READ = Level.HIDDEN, Level.DISCOVER, Level.READ
ORDERS = Facts(
    "urn:li:dataset:(urn:li:dataPlatform:postgres,shop.public.orders,PROD)",
    "table", "postgres", "sales", "shop.public.orders", frozenset({"core"}), frozenset({"personal data"}),
)  # fmt: skip
CLOSED = AccessSettings(default=HIDDEN)


def rule(effect: Literal["allow", "deny"], action: Any = "read", **selectors: Any) -> AccessRule:
    given = {name: (value,) if isinstance(value, str) else tuple(value) for name, value in selectors.items()}
    return AccessRule(effect, action, **given)


def level(*rules: AccessRule, viewers: tuple[Viewer, ...] = (ADA,), facts: Facts = ORDERS, **settings: Any) -> Level:
    return scope_of(viewers, rules, AccessSettings(**settings)).level(facts)


def test_what_no_rule_speaks_of_has_the_default() -> None:
    assert [level(default=default) for default in Level] == [HIDDEN, DISCOVER, READ]


def test_deny_wins_over_allow_in_any_order() -> None:
    rules = (rule("allow", who="ada"), rule("deny", "discover", who="finance"))
    assert level(*rules) == level(*reversed(rules)) == HIDDEN


def test_who_may_not_read_may_still_discover() -> None:
    assert level(rule("deny")) == DISCOVER
    assert level(rule("deny"), rule("deny", "discover")) == HIDDEN
    assert level(rule("allow", "discover"), default=HIDDEN) == DISCOVER
    assert level(rule("allow"), default=HIDDEN) == READ
    assert level(rule("deny"), default=HIDDEN) == HIDDEN


@pytest.mark.parametrize("name", ["ada", "finance", "everyone"])
def test_a_rule_concerns_people_by_name_team_or_all(name: str) -> None:
    assert level(rule("deny", who=name)) == DISCOVER
    assert level(rule("deny", unless=name)) == READ
    assert level(rule("deny", who=name), viewers=(BOB,)) == (DISCOVER if name == "everyone" else READ)


def test_a_rule_concerns_people_by_role() -> None:
    assert level(rule("deny", unless="role:steward"), viewers=(BOB,)) == READ
    assert level(rule("deny", unless="role:steward"), viewers=(ADA,)) == DISCOVER


def test_unless_spares_also_whom_the_rule_names() -> None:
    assert level(rule("deny", who="finance", unless="ada")) == READ


@pytest.mark.parametrize(
    ("selector", "hit", "miss"),
    [
        ("kinds", "table", "dashboard"),
        ("platforms", "postgres", "snowflake"),
        ("domains", "sales", "people"),
        ("tags", "core", "old"),
        ("classes", "personal data", "secret"),
        ("assets", "SHOP.public.*", "shop.private.*"),
        ("assets", "*postgres,shop*", "orders"),
        ("assets", ORDERS.urn, ORDERS.urn + "x"),
    ],
)
def test_each_selector_chooses_assets(selector: str, hit: str, miss: str) -> None:
    assert level(rule("deny", **{selector: hit})) == DISCOVER
    assert level(rule("deny", **{selector: miss})) == READ
    assert level(rule("deny", **{selector: (miss, hit)})) == DISCOVER
    assert level(rule("deny", **{selector: hit}, who="bob")) == READ


def test_all_selectors_of_a_rule_must_hold() -> None:
    assert level(rule("deny", kinds="table", domains="sales")) == DISCOVER
    assert level(rule("deny", kinds="table", domains="people")) == READ


def test_an_audience_sees_what_all_of_it_may_see() -> None:
    rules = (rule("allow", who="ada"), rule("allow", "discover", who="bob"))
    assert level(*rules, viewers=(ADA, BOB), default=HIDDEN) == DISCOVER
    assert level(*rules, viewers=(ADA, BOB, Viewer("eve")), default=HIDDEN) == HIDDEN


def test_an_audience_has_a_digest_of_its_own() -> None:
    """A cache keyed by it must not serve to both what one of them may see."""
    rules = (rule("allow", who="ada"),)
    alone, both = (scope_of(viewers, rules, CLOSED) for viewers in ((ADA,), (ADA, BOB)))
    assert alone.level(ORDERS) != both.level(ORDERS)
    assert alone.digest != both.digest
    assert both.digest == scope_of((BOB, ADA, ADA), rules, CLOSED).digest
    assert scope_of((ADA,), (), CLOSED).digest == scope_of((BOB,), rules, CLOSED).digest


def test_columns_are_kept_by_name_class_and_tag() -> None:
    by_name = scope_of((ADA,), [rule("deny", columns=("e*mail", "ssn"))], AccessSettings())
    assert [by_name.hides_column(ORDERS, name) for name in ("Email", "SSN", "id")] == [True, True, False]
    assert (by_name.level(ORDERS), by_name.hides_columns) == (READ, True)
    by_class = scope_of((ADA,), [rule("deny", columns="*", classes="secret")], AccessSettings())
    assert by_class.hides_column(ORDERS, "id", ["secret"])
    assert not by_class.hides_column(ORDERS, "id", ["personal data"])
    spared = scope_of((ADA,), [rule("deny", columns="*", unless="finance")], AccessSettings())
    assert not spared.hides_column(ORDERS, "id")
    together = scope_of((ADA, BOB), [rule("deny", columns="id", who="bob")], AccessSettings())
    assert together.hides_column(ORDERS, "id")


def test_who_may_not_change_a_column_may_still_read_it() -> None:
    scope = scope_of((ADA,), [rule("deny", "change", columns="id")], AccessSettings())
    assert not scope.hides_column(ORDERS, "id")


def test_new_assets_are_hidden_until_classified() -> None:
    plain = replace(ORDERS, classes=frozenset())
    assert level(facts=plain, hidden_until_classified=True) == HIDDEN
    assert level(facts=ORDERS, hidden_until_classified=True) == READ
    assert level(rule("allow", who="ada"), facts=plain, hidden_until_classified=True) == READ


def test_changing_needs_a_rule_for_everyone_in_the_audience() -> None:
    may = rule("allow", "change", who="role:steward")
    assert not scope_of((BOB,), [], AccessSettings()).may_change(ORDERS)
    assert scope_of((BOB,), [may], AccessSettings()).may_change(ORDERS)
    assert not scope_of((ADA, BOB), [may], AccessSettings()).may_change(ORDERS)
    assert not scope_of((BOB,), [may, rule("deny", "change")], AccessSettings()).may_change(ORDERS)
    assert not Scope((), (may,)).may_change(ORDERS)


RULES = st.lists(
    st.builds(
        AccessRule,
        st.sampled_from(["allow", "deny"]),
        st.sampled_from(["discover", "read"]),
        who=st.sampled_from([(), ("ada",), ("finance",), ("bob",)]),
        unless=st.sampled_from([(), ("ada",), ("role:steward",)]),
        kinds=st.sampled_from([(), ("table",), ("chart",)]),
    ),
    max_size=6,
)


@given(RULES, st.sampled_from(Level), st.booleans())
def test_more_people_and_more_denials_never_show_more(rules: list[AccessRule], default: Level, shut: bool) -> None:
    settings = AccessSettings(default, shut)
    one, other = (scope_of((viewer,), rules, settings).level(ORDERS) for viewer in (ADA, BOB))
    both = scope_of((ADA, BOB), rules, settings)
    assert both.level(ORDERS) == min(one, other)
    assert scope_of((ADA,), [*rules, rule("deny")], settings).level(ORDERS) <= one
    assert both.level(ORDERS) is READ or not both.sees_all
