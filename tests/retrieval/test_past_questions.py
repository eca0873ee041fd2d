"""Past questions: they lift what was right before, and tell nothing of what is hidden."""

from __future__ import annotations

from pathlib import Path

import pytest
from retrieval_catalogs import SHOP, table

from retrieval.document import Document
from retrieval.embedder import HashingEmbedder
from retrieval.generation import build_generation
from retrieval.history import PastQuestion
from retrieval.search import Searcher, SearchResults
from retrieval.visible import Visible

ASKED = tuple(
    PastQuestion(f"who bought our {thing} last month", ("urn:fct_payments",)) for thing in ("tea", "oil", "rye")
)
SECRET = table("secret_buyers", "buyer", path=("shop", "public"), public=False)


def searcher(folder: Path, documents: tuple[Document, ...], history: tuple[PastQuestion, ...] = ()) -> Searcher:
    embedder = HashingEmbedder()
    return Searcher(build_generation(folder, documents, embedder=embedder, history=history), embedder)


def shown(found: SearchResults) -> list[tuple[str, float, str]]:
    return [(one.urn, one.score, one.why) for one in found.results]


def test_what_answered_a_like_question_comes_first_and_says_so(tmp_path: Path) -> None:
    cold = searcher(tmp_path / "cold", SHOP).search("who bought our salt last month")
    warm = searcher(tmp_path / "warm", SHOP, ASKED).search("who bought our salt last month")
    assert warm.results[0].urn == "urn:fct_payments"
    assert "answered questions like this one" in warm.results[0].why
    assert not cold.results or cold.results[0].urn != "urn:fct_payments"


def test_an_unlike_question_is_ranked_as_without_history(tmp_path: Path) -> None:
    cold = searcher(tmp_path / "cold", SHOP).search("shipment carrier")
    warm = searcher(tmp_path / "warm", SHOP, ASKED).search("shipment carrier")
    assert shown(warm) == shown(cold)


def test_history_follows_an_asset_that_changed_and_forgets_one_removed(tmp_path: Path) -> None:
    warm = searcher(tmp_path, SHOP, ASKED)
    changed = warm.with_changes([table("fct_payments", "payment_id", description="Changed.")])
    assert changed.search("who bought our salt last month").results[0].urn == "urn:fct_payments"
    gone = warm.with_changes([], ["urn:fct_payments"]).search("who bought our salt last month")
    assert all(one.urn != "urn:fct_payments" for one in gone.results)


@pytest.mark.parametrize("query", ["who bought our salt last month", "secret buyers", "orders of customers"])
def test_history_about_a_hidden_asset_changes_no_byte_for_others(tmp_path: Path, query: str) -> None:
    told = (*ASKED, PastQuestion("who bought our salt last month", ("urn:secret_buyers", "urn:orders")))
    outsider = Visible.where("outsider", lambda urn: urn != "urn:secret_buyers")
    with_hidden = searcher(tmp_path / "with", (*SHOP, SECRET), told)
    without = searcher(tmp_path / "without", SHOP, told)
    assert shown(with_hidden.search(query, outsider)) == shown(without.search(query))
    everyone = with_hidden.search("who bought our salt last month")
    assert any(one.urn == "urn:secret_buyers" for one in everyone.results), "the control: those who may see it find it"
