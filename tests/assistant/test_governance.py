"""What data holds and what it may be used for: classes, policies, and the difference between no and not recorded."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from docent.app import Docent

FACTS = """
people: [{id: ana, name: Ana Souza}]
tables:
  - id: duckdb:shop.raw.riders
    description: Everyone who rides.
    owners: [ana]
    classification: [personal data]
    columns: [{name: rider_id, type: int}, {name: email, type: text}]
  - id: duckdb:shop.raw.bikes
    description: Every bike.
  - id: duckdb:shop.ml.train
    description: What the model saw.
    reads: ["duckdb:shop.raw.riders"]
models:
  - {id: churn-model, name: churn model, platform: mlflow, reads: ["duckdb:shop.ml.train"]}
policies:
  - id: riders
    name: What rider data is for
    applies_to: ["duckdb:shop.raw.riders"]
    allowed_purposes: [billing, theft recovery]
    forbidden_purposes: [marketing]
    retention_days: 90
    contact: ana
"""


@pytest.fixture(scope="module")
def shop(indexed: Callable[[str], Docent]) -> Docent:
    return indexed(FACTS)


@pytest.mark.parametrize(
    ("question", "verdict", "sensitive"),
    [("does raw.riders hold personal data?", "answered", True), ("is there pii in raw.bikes?", "unknown", None)],
)
def test_sensitive_unknown_is_not_no(shop: Docent, question: str, verdict: str, sensitive: bool | None) -> None:
    answer = shop.ask(question)
    assert (answer.skill, answer.verdict, answer.draft.facts["sensitive"]) == ("sensitive", verdict, sensitive)


def test_who_receives_it_is_said(shop: Docent) -> None:
    answer = shop.ask("where does the personal data in raw.riders end up?")
    assert "churn model" in answer.text


@pytest.mark.parametrize(
    ("question", "allowed"),
    [
        ("may I use raw.riders for a marketing campaign?", False),
        ("am I allowed to use raw.riders for billing?", True),
        ("can we use raw.riders for pricing?", None),
        ("may I use raw.bikes for pricing?", None),
    ],
)
def test_purposes_are_judged_by_policies(shop: Docent, question: str, allowed: bool | None) -> None:
    answer = shop.ask(question)
    assert (answer.skill, answer.draft.facts["allowed"]) == ("may_use", allowed)


def test_retention_is_told(shop: Docent) -> None:
    assert "90 days" in shop.ask("how long may we keep raw.riders?").text
