"""Search finds what was meant, says why, and keeps to filters and scopes."""

from pathlib import Path

import pytest
from retrieval_catalogs import SHOP, table

from retrieval.document import Signals
from retrieval.embedder import HashingEmbedder
from retrieval.generation import build_generation
from retrieval.search import Filters, Searcher
from retrieval.visible import Visible

EVERYTHING = Visible.everything()


@pytest.fixture(params=["words", "vectors"])
def searcher(request: pytest.FixtureRequest, tmp_path: Path) -> Searcher:
    embedder = HashingEmbedder() if request.param == "vectors" else None
    return Searcher(build_generation(tmp_path, SHOP, embedder=embedder), embedder)


def first(searcher: Searcher, query: str) -> str:
    return searcher.search(query, EVERYTHING).results[0].urn


@pytest.mark.parametrize(
    ("query", "urn"),
    [
        ("orders", "urn:orders"),
        ("Orders table", "urn:orders"),
        ("shop.public.orders", "urn:orders"),
        ("payments", "urn:fct_payments"),
        ("FctPayments", "urn:fct_payments"),
        ("customer account balance", "urn:cust_acct_bal"),
        ("cust acct bal", "urn:cust_acct_bal"),
        ("which carrier took the parcel", "urn:shipments"),
        ("custmers", "urn:customers"),
        ("shipm", "urn:shipments"),
        ("ana", "urn:ana"),
    ],
)
def test_names_abbreviations_typos_and_beginnings_are_found(searcher: Searcher, query: str, urn: str) -> None:
    assert first(searcher, query) == urn


def test_a_result_says_why_in_words(searcher: Searcher) -> None:
    (result, *_) = searcher.search("account balance", EVERYTHING).results
    assert "'balance'" in result.why
    assert all(reason.contribution > 0 for reason in result.reasons)
    assert searcher.search("account balance", EVERYTHING, explain=False).results[0].why == ""


def test_filters_hold_all_together_and_ignore_case(searcher: Searcher) -> None:
    def urns(filters: Filters) -> set[str]:
        return {r.urn for r in searcher.search("", EVERYTHING, filters, limit=50).results}

    assert urns(Filters(domains=("finance",))) == {"urn:fct_payments", "urn:cust_acct_bal"}
    assert urns(Filters(domains=("Finance",), paths=("shop",))) == {"urn:fct_payments"}
    assert urns(Filters(tags=("logistics",), kinds=("table", "view"))) == {"urn:shipments"}
    assert urns(Filters(kinds=("person",))) == {"urn:ana"}
    assert urns(Filters(kinds=("nothing",))) == set()


def test_totals_count_what_matched_and_may_be_seen(searcher: Searcher) -> None:
    seen = Visible.only("two", ["urn:orders", "urn:customers"])
    found = searcher.search("order customer", seen, limit=1)
    assert (found.total, found.searched, found.complete, len(found.results)) == (2, 2, False, 1)
    assert searcher.search("order customer", Visible.only("none", [])).results == ()


def test_nonsense_finds_nothing_by_words(tmp_path: Path) -> None:
    found = Searcher(build_generation(tmp_path, SHOP)).search("xyzzyplugh quux", EVERYTHING)
    assert (found.results, found.total, found.complete) == ((), 0, True)


def test_standing_orders_equals_and_never_beats_words(tmp_path: Path) -> None:
    twins = [
        table("orders_x", "order_id", signals=Signals(deprecated=True, popularity=100)),
        table("orders_y", "order_id"),
        table("orders_z", "order_id", signals=Signals(certified=True)),
        table("refunds", "refund_id", signals=Signals(certified=True, popularity=100_000)),
    ]
    found = Searcher(build_generation(tmp_path, twins)).search("all of our orders", EVERYTHING)
    assert [r.urn for r in found.results] == ["urn:orders_z", "urn:orders_y", "urn:orders_x"]
    assert [r.badges for r in found.results] == [("certified",), (), ("deprecated",)]


def test_ties_are_broken_by_urn(tmp_path: Path) -> None:
    twins = [table("orders", "order_id", urn=f"urn:{letter}") for letter in "cabd"]
    searcher = Searcher(build_generation(tmp_path, twins[:3])).with_changes(twins[3:])
    found = searcher.search("orders", EVERYTHING, limit=3)
    assert [r.urn for r in found.results] == ["urn:a", "urn:b", "urn:c"]


def test_changes_replace_add_and_remove(searcher: Searcher) -> None:
    fresher = searcher.with_changes([table("orders", "parcel_weight"), table("invoices")], removed=["urn:customers"])
    assert first(fresher, "parcel weight") == "urn:orders"
    assert first(fresher, "invoices") == "urn:invoices"
    assert "urn:customers" not in {r.urn for r in fresher.search("customers email", EVERYTHING).results}
    assert first(searcher, "customers") == "urn:customers"


def test_a_schema_that_fits_lifts_its_tables(tmp_path: Path) -> None:
    farms = [table("name", "name_id", urn=f"urn:{n}", path=(f"db{n}",)) for n in range(6)]
    zoo = [table("name", "name_id", urn="urn:zoo", path=("zoo",)), table("animal", "species", path=("zoo",))]
    found = Searcher(build_generation(tmp_path, [*farms, *zoo])).search("names of species", EVERYTHING)
    names = [r.urn for r in found.results if r.name == "name"]
    assert names[0] == "urn:zoo"
