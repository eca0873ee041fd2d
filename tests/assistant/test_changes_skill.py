"""Asking what changed: sentences proved by both records and the history, in words people use."""

from __future__ import annotations

from datetime import timedelta

import pytest

from catalog.aspects import Documentation, Owner, Ownership
from catalog.change import Change, Origin
from catalog.database import now
from docent.app import Docent

ORDERS = "urn:li:dataset:(urn:li:dataPlatform:duckdb,shop.raw.orders,PROD)"
PAYSLIPS = "urn:li:dataset:(urn:li:dataPlatform:duckdb,shop.hr.payslips,PROD)"
SEVERANCE = "urn:li:dataset:(urn:li:dataPlatform:duckdb,shop.hr.severance,PROD)"


@pytest.fixture
def changed(own: Docent) -> Docent:
    """The company, in which the owner and the description of orders and of two hidden tables have changed since."""
    origin = Origin("facts", observed_at=now() + timedelta(minutes=1))
    for urn in (ORDERS, PAYSLIPS, SEVERANCE):
        own.catalog.apply([Change(urn, Ownership((Owner("urn:li:corpuser:jonas"),)), origin)])
        own.catalog.apply([Change(urn, Documentation("Orders, all of them."), origin)])
    return own


def whats(answer: object) -> list[str]:
    facts = answer.draft.facts  # type: ignore[attr-defined]
    return [one["what"] for one in facts["changes"]]


def test_the_owner_of_an_asset_changed(changed: Docent) -> None:
    answer = changed.ask("who changed the owner of orders?", "ana")
    assert answer.skill == "changes"
    assert answer.verdict == "answered"
    change = answer.draft.facts["changes"][0]  # type: ignore[index]
    assert change["what"] == "owner changed"
    assert (change["before"], change["after"]) == ("urn:li:corpuser:ana", "urn:li:corpuser:jonas")
    assert "changed from Ana Souza to Jonas Weber" in answer.text
    assert {one.source for one in answer.citations} >= {"facts", "search"}


@pytest.mark.parametrize(
    "question", ["what changed in orders since yesterday", "has orders changed?", "what happened to orders this week"]
)
def test_what_changed_in_an_asset(changed: Docent, question: str) -> None:
    answer = changed.ask(question, "ana")
    assert answer.skill == "changes"
    assert {"owner changed", "description changed"} <= set(whats(answer))


def test_what_it_said_then(changed: Docent) -> None:
    answer = changed.ask("what did the description of orders say in march 2020?", "ana")
    assert answer.verdict == "no"
    answer = changed.ask("what did the description of orders say today?", "ana")
    assert "Orders, all of them." in answer.text


def test_only_what_the_viewer_may_read_changed(changed: Docent) -> None:
    for viewer, sees in (("ana", False), ("ben", True)):
        urns = {one["urn"] for one in changed.changes("", viewer).draft.facts["changes"]}  # type: ignore[attr-defined]
        assert ORDERS in urns
        assert ({PAYSLIPS, SEVERANCE} <= urns) is sees
        assert (not {PAYSLIPS, SEVERANCE} & urns) is not sees
    assert changed.ask("what changed in payslips?", "ana").verdict == "forbidden"
    assert changed.ask("what changed in severance?", "ana").verdict == "no"


def test_a_window_without_changes_is_an_answer(changed: Docent) -> None:
    answer = changed.changes("orders", "ana", until=now() - timedelta(days=4000))
    assert answer.verdict == "no"
    assert "I know of no change in orders until" in answer.text


def test_a_name_that_means_nothing_is_not_everything(changed: Docent) -> None:
    assert changed.ask("what changed in zebrafish?", "ana").verdict == "no"
    assert changed.ask("what changed in raw.nothing?", "ana").draft.facts == {"matches": []}
