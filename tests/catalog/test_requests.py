"""Access asked for and granted: only by who may, denials win, what ends by itself ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from catalog_words import Clock, said

from catalog.access import AccessSettings, Level
from catalog.aspects import AccessRule, Info, Owner, Ownership, Person, Policy
from catalog.catalog import Catalog
from catalog.errors import BadInput, ConfigInvalid, NotFound
from catalog.requests import AccessDesk
from catalog.urn import dataset

PAY, PLANS = dataset("postgres", "hr.pay"), dataset("postgres", "hr.plans")
ANA, BEN, EVE = (f"urn:li:corpuser:{name}" for name in ("ana", "ben", "eve"))


@pytest.fixture
def company(local: Callable[..., Catalog]) -> Catalog:
    """Everything may be known and nothing read; Ben owns the pay table, Eve may change policies, plans are hidden."""
    made = local(settings=AccessSettings(default=Level.DISCOVER))
    rules = (
        AccessRule("allow", "change", who=(EVE,), kinds=("policy",)),
        AccessRule("deny", "discover", assets=("hr.plans",)),
    )
    made.apply([said(urn, Person(full_name=urn[-3:])) for urn in (ANA, BEN, EVE)])
    made.apply([said(PAY, Info("table")), said(PLANS, Info("table")), said(PAY, Ownership((Owner(BEN),)))])
    made.apply([said("urn:li:policy:base", Policy(access=rules))])
    return made


def reads(catalog: Catalog, viewer: str, urn: str = PAY) -> bool:
    return catalog.view(catalog.scope(viewer)).readable(urn)


def test_an_owner_grants_for_a_time(company: Catalog, clock: Clock) -> None:
    desk = AccessDesk(company, clock)
    asked = desk.request(ANA, PAY, "the report")
    assert [one.ident for one in desk.requests(BEN)] == [one.ident for one in desk.requests(ANA)] == [asked.ident]
    assert desk.requests("urn:li:corpuser:other") == []
    with pytest.raises(NotFound, match="for you to decide"):
        desk.approve(ANA, asked.ident)
    assert desk.approve(BEN, asked.ident, clock() + timedelta(days=2)).status == "approved"
    assert (reads(company, ANA), reads(company, EVE)) == (True, False)
    assert desk.requests(BEN) == []
    with pytest.raises(BadInput, match="already"):
        desk.request(ANA, PAY, "again")
    clock.move(3)
    assert not reads(company, ANA)


def test_what_is_hidden_is_asked_for_like_what_is_not_there(company: Catalog, clock: Clock) -> None:
    desk = AccessDesk(company, clock)
    absent = PLANS.replace("plans", "nones")
    texts = []
    for urn in (PLANS, absent):
        with pytest.raises(NotFound) as caught:
            desk.request(ANA, urn, "curious")
        texts.append(str(caught.value).replace(urn, "X"))
    assert texts[0] == texts[1]


def test_a_denial_stands_against_a_grant(company: Catalog, clock: Clock) -> None:
    desk = AccessDesk(company, clock)
    asked = desk.request(ANA, PAY, "the report")
    desk.add(EVE, "pay", AccessRule("deny", "read", assets=("hr.pay",)))
    with pytest.raises(BadInput, match=r"policy pay denies it.*unless"):
        desk.approve(BEN, asked.ident)
    assert not reads(company, ANA)
    assert desk.decline(BEN, asked.ident, "ask HR").status == "declined"


def test_only_who_may_change_policies_sees_and_changes_them(company: Catalog, clock: Clock) -> None:
    desk = AccessDesk(company, clock)
    rule = AccessRule("allow", "read", who=(ANA,), assets=("hr.pay",))
    for attempt in (
        lambda: desk.add(ANA, "mine", rule),
        lambda: desk.remove(ANA, "mine"),
        lambda: desk.test(ANA, ANA, PAY),
    ):
        with pytest.raises(BadInput, match="may not change policies"):
            attempt()
    assert desk.policies(ANA) == []
    desk.add(EVE, "mine", rule)
    assert reads(company, ANA)
    assert {one.name for one in desk.policies(EVE)} == {"base", "mine"}
    clock.move()
    assert desk.remove(EVE, "mine", 1) == 1
    assert not reads(company, ANA)


def test_the_deciding_rule_is_named(company: Catalog, clock: Clock) -> None:
    desk = AccessDesk(company, clock)
    assert [(one.level, one.deciding) for one in desk.test(EVE, ANA, PAY)] == [(Level.DISCOVER, ())]
    (made,) = desk.test(EVE, ANA, PLANS)
    assert made.level is Level.HIDDEN
    assert [(policy.name, rule.assets) for policy, rule in made.deciding] == [("base", ("hr.plans",))]


def test_policies_that_would_not_count_are_not_taken(company: Catalog, clock: Clock) -> None:
    company.policy_sources = ("dbt",)
    with pytest.raises(ConfigInvalid, match="policy_sources"):
        AccessDesk(company, clock).add(EVE, "mine", AccessRule("allow", "read"))
