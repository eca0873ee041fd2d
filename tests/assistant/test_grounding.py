"""The check of claims: each kind of slot proved by what is stored, and each kind of lie found."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from assistant.claims import (
    Claim,
    SearchProof,
    Slot,
    claim,
    count,
    date,
    name,
    number,
    parse_search_ref,
    quote,
    status,
)  # fmt: skip
from assistant.grounding import check
from catalog.change import Evidence, parse_ref
from catalog.errors import BadInput

DIGEST = "a" * 40
TABLE = "urn:li:dataset:(urn:li:dataPlatform:duckdb,shop.raw.orders,PROD)"
PROOF: Evidence = parse_ref(f"{TABLE}#ownership@files:{DIGEST}")
AT = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
STORED = {
    DIGEST: '{"owners":["urn:li:corpuser:ana","urn:li:corpuser:ben"],"status":"fail","rows":1204,'
    '"said":"Say \\"no\\" to café","at":"2026-03-01T08:30:00Z"}'
}


def said(slot: Slot, proof: Evidence | SearchProof = PROOF) -> Claim:
    return claim("It is {it}.", [proof], it=slot)


@pytest.mark.parametrize(
    "slot",
    [
        name(TABLE, "orders"), name("urn:li:corpuser:ana", "Ana"), status("fail", "failing"), number(1204), count(2),
        quote('Say "no" to café'), date(AT),
    ],
)  # fmt: skip
def test_what_the_record_holds_is_proved(slot: Slot) -> None:
    assert check([said(slot)], STORED) == []


@pytest.mark.parametrize(
    "slot",
    [
        name("urn:li:corpuser:eve", "Ana"), status("pass", "failing"), number(99), count(3), quote("Say yes"),
        date(datetime(2026, 3, 2, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_what_the_record_does_not_hold_is_a_fault(slot: Slot) -> None:
    (fault,) = check([said(slot)], STORED)
    assert (fault.slot, fault.shown) == ("it", slot.shown)


def test_a_record_that_is_erased_or_unknown_proves_nothing() -> None:
    assert check([said(name(TABLE, "orders"))], {DIGEST: None})
    assert check([said(name(TABLE, "orders"))], {})


def test_a_sentence_without_evidence_is_a_fault() -> None:
    assert check([Claim("All is well.", (), ())], STORED)[0].shown == "no evidence"


def test_each_slot_may_be_proved_by_another_of_the_records_cited() -> None:
    search = SearchProof("owner of orders", 7, 12, 0)
    both = claim("{a} of {n}", [PROOF, search], a=name(TABLE, "orders"), n=count(12))
    assert check([both], STORED) == []


def test_a_search_proves_its_own_figures_and_words_only() -> None:
    search = SearchProof("churn", 7, 275, 10)
    assert check([said(count(275), search), said(count(10), search), said(quote("churn"), search)], {}) == []
    assert check([said(count(11), search)], {})
    assert check([said(quote("revenue"), search)], {})


def test_a_search_reference_reads_back_as_it_was() -> None:
    search = SearchProof("a & b = “c”", 7, 275, 0, "table", (("domain", "x&y"),))
    assert parse_search_ref(search.ref()) == search
    for bad in ("urn:li:x", "search?at=abc"):
        with pytest.raises(BadInput):
            parse_search_ref(bad)


def test_a_list_of_slots_reads_as_people_write_it() -> None:
    people = [Slot("name", one, one) for one in ("Ana", "Ben", "Cleo")]
    assert claim("By {who}.", [PROOF], who=people).text == "By Ana, Ben and Cleo."
    assert claim("{it}", [PROOF, PROOF], it=quote("{braces} stay")).text == "{braces} stay"
