"""Counting and listing: exact, within what the viewer may read, proved by a search that can be run again."""

from __future__ import annotations

import pytest

from assistant.claims import parse_search_ref
from assistant.conditions import meets
from docent.app import Docent

SHOP = "urn:li:dataset:(urn:li:dataPlatform:duckdb,shop."


@pytest.mark.parametrize(
    ("question", "count", "of"),
    [
        ("how many tables have no owner?", 2, 5),  # payslips may be found, not read; severance not even found
        ("list the tables without an owner", 2, 5),
        ("which tables are deprecated", 1, 5),
        ("any tables with failing checks?", 1, 5),
        ("how many tables do we have", 5, 5),
        ("which tables have no description", 0, 5),
        ("number of tables in snowflake", 0, 0),
    ],
)
def test_counts_are_exact_over_what_may_be_read(docent: Docent, question: str, count: int, of: int) -> None:
    answer = docent.ask(question)
    assert answer.skill == "count"
    assert (answer.draft.facts["count"], answer.draft.facts["of"]) == (count, of)
    assert answer.verdict == ("answered" if count else "no")


def test_a_count_cites_the_search_that_proves_it(docent: Docent) -> None:
    answer = docent.ask("how many tables have no owner?")
    proof = parse_search_ref(answer.citations[0].ref)
    rows = [row for row in docent.assistant.view(docent.viewers()).assets() if row.level == 2]
    assert proof.matched == len([row for row in rows if meets(row, proof.filters)]) == 2


def test_conditions_narrow_a_search(docent: Docent) -> None:
    found = docent.ask("which deprecated table has sales")
    assert found.skill == "find"
    assert [one.urn for one in found.draft.assets] == [f"{SHOP}old.sales_v1,PROD)"]


def test_groups_add_up(docent: Docent) -> None:
    answer = docent.ask("how many tables per owner?")
    groups = answer.draft.facts["groups"]
    assert isinstance(groups, list)
    assert sum(group["count"] for group in groups) >= answer.draft.facts["count"]


def test_asking_about_one_asset_is_no_list(docent: Docent) -> None:
    assert docent.ask("who owns orders?").skill == "owner"
    assert docent.ask("is revenue deprecated?").skill != "count"


def test_no_lack_found_is_said_of_all(docent: Docent) -> None:
    assert docent.ask("which tables have no description").text.startswith("All 5 tables and views have a description.")
