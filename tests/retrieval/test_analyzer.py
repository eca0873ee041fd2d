"""Names, texts and questions become terms in the same way."""

import pytest

from retrieval.analyzer import Analyzer, split


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("customer_orders", ["customer", "orders"]),
        ("CustomerOrders", ["customer", "orders"]),
        ("HTTPServerLog2024", ["http", "server", "log", "2024"]),
        ("dim-Café.niño", ["dim", "cafe", "nino"]),
        ("ga_sessions_20170801", ["ga", "sessions", "20170801"]),
        ("", []),
    ],
)
def test_names_split_at_separators_case_and_digits(name: str, words: list[str]) -> None:
    assert split(name) == words


def test_abbreviations_glued_and_shortened_words_are_spelled_out() -> None:
    analyzer = Analyzer()
    assert analyzer.spellings("cust") == ("customer",)
    assert analyzer.spellings("countrycode") == ("country", "code")
    assert "shipment" in analyzer.spellings("shpmnt")
    assert "inventory" in analyzer.spellings("invent")
    assert analyzer.spellings("customer") == ()


def test_a_question_and_a_cryptic_column_share_terms() -> None:
    analyzer = Analyzer()
    asked = {term for word in analyzer.query("customer account balance") for term, _ in word.terms}
    assert asked <= set(analyzer.terms("cust_acct_bal")[0])
    written = {term for word in analyzer.query("cust acct bal") for term, _ in word.terms}
    assert written & set(analyzer.terms("customer account balance")[0])


def test_only_written_words_count_towards_length() -> None:
    terms, written = Analyzer().terms("cust_acct")
    assert written == 2
    assert len(terms) == 5  # what was written, what it stands for, and the pair


def test_glossary_phrases_add_their_words() -> None:
    analyzer = Analyzer(synonyms={"lifetime value": ("CLV score",), "arr": ("annual recurring revenue",)})
    asked = dict(pair for word in analyzer.query("customers by lifetime value") for pair in word.terms)
    assert asked[analyzer.stem("clv")] < 1.0
    assert analyzer.stem("recurring") in analyzer.terms("arr_total")[0]


def test_the_companys_own_words_help_to_read_glued_names() -> None:
    assert Analyzer().spellings("frobnitzorders") == ()
    assert Analyzer(vocabulary=["frobnitz", "orders"]).spellings("frobnitzorders") == ("frobnitz", "orders")


def test_settings_rebuild_an_equal_analyzer() -> None:
    first = Analyzer(["frobnitz"], {"arr": ("annual", "revenue")})
    settings = first.settings()
    second = Analyzer(settings["vocabulary"], settings["synonyms"])  # type: ignore[arg-type]
    assert second.terms("frobnitzcustomer arr") == first.terms("frobnitzcustomer arr")


def test_stop_words_alone_leave_nothing_to_look_for() -> None:
    assert Analyzer().query("what is the of") == ()
