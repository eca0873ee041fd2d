"""Two assets in one question: which to use, how they differ, how they join."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from docent.app import Docent

SHOP = "urn:li:dataset:(urn:li:dataPlatform:duckdb,shop."
FACTS = """
people: [{id: ana, name: Ana Souza}]
tables:
  - id: duckdb:shop.old.customers_v1
    description: As they were.
    columns: [{name: customer_id, type: int}, {name: email, type: text}]
    deprecated: {replacement: "duckdb:shop.marts.customers_v2"}
  - id: duckdb:shop.marts.customers_v2
    description: As they are.
    owners: [ana]
    certified: true
    columns: [{name: customer_id, type: int}, {name: email_hash, type: text}]
  - id: duckdb:shop.marts.invoices
    columns: [{name: invoice_id, type: int}, {name: customer_id, type: int}, {name: amount, type: int}]
  - id: duckdb:shop.marts.rates
    columns: [{name: rate, type: int}, {name: month, type: date}]
  - id: duckdb:shop.hr.pay
    columns: [{name: customer_id, type: int}]
policies:
  - id: hr
    access: [{effect: deny, action: discover, assets: ["duckdb:shop.hr.pay"], unless: [ana]}]
"""


@pytest.fixture(scope="module")
def shop(indexed: Callable[[str], Docent]) -> Docent:
    return indexed(FACTS)


@pytest.mark.parametrize(
    "question", ["customers_v1 or customers_v2?", "which should I use, customers_v2 or customers_v1"]
)
def test_the_certified_one_is_chosen_over_the_deprecated(shop: Docent, question: str) -> None:
    answer = shop.ask(question)
    assert (answer.skill, answer.draft.facts["choice"]) == ("choose", f"{SHOP}marts.customers_v2,PROD)")
    assert "deprecated" in answer.text


def test_a_comparison_names_the_columns_only_one_has(shop: Docent) -> None:
    answer = shop.ask("what is the difference between customers_v1 and customers_v2")
    assert answer.skill == "compare"
    assert answer.draft.facts["only_in"] == {
        f"{SHOP}old.customers_v1,PROD)": ["email"],
        f"{SHOP}marts.customers_v2,PROD)": ["email_hash"],
    }


def test_tables_join_on_the_column_that_names_one_of_them(shop: Docent) -> None:
    answer = shop.ask("how do I join marts.invoices to customers_v2?")
    assert (answer.skill, answer.verdict) == ("join", "answered")
    assert answer.draft.facts["keys"] == [{"left": ["customer_id"], "right": ["customer_id"], "declared": False}]


def test_no_shared_key_is_said(shop: Docent) -> None:
    assert shop.ask("how do I join marts.invoices to marts.rates?").verdict == "no"


def test_a_hidden_table_joins_nothing(shop: Docent) -> None:
    hidden = shop.ask("how do I join marts.invoices to hr.pay?", "ben")
    absent = shop.ask("how do I join marts.invoices to hr.not?", "ben")
    assert hidden.text.replace("hr.pay", "X") == absent.text.replace("hr.not", "X")
    assert shop.ask("how do I join marts.invoices to hr.pay?", "ana").verdict == "answered"
