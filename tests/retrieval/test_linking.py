"""Words of a question are linked to what they name, and every doubt is shown."""

from pathlib import Path

import pytest
from retrieval_catalogs import SHOP, table

from retrieval.document import Signals
from retrieval.generation import build_generation
from retrieval.linking import Linker
from retrieval.snapshot import Snapshot
from retrieval.visible import Visible

EVERYTHING = Visible.everything()


@pytest.fixture
def linker(tmp_path: Path) -> Linker:
    return Linker(Snapshot(build_generation(tmp_path, SHOP)))


@pytest.mark.parametrize(
    ("text", "urn", "column"),
    [
        ("who owns the orders table?", "urn:orders", None),
        ("who owns Orders?", "urn:orders", None),
        ("what feeds shop.public.orders", "urn:orders", None),
        ("is public.orders fresh", "urn:orders", None),
        ("what is customers.email", "urn:customers", "email"),
        ("what does email in customers mean", "urn:customers", "email"),
        ("describe the bal_amt column of cust_acct_bal", "urn:cust_acct_bal", "bal_amt"),
        ("who broke payments", "urn:fct_payments", None),
        ("what does Ana own", "urn:ana", None),
        ("tables of ana@shop.example", "urn:ana", None),
        ("open the sales overview dashboard", "urn:sales", None),
        ("what is carrier", "urn:shipments", "carrier"),
    ],
)
def test_names_columns_and_people_are_linked(linker: Linker, text: str, urn: str, column: str | None) -> None:
    best = max(linker.link(text, EVERYTHING), key=lambda m: m.score)
    assert (best.urn, best.column) == (urn, column)
    assert text[best.start : best.end] == best.text


def test_misspelled_names_are_suggested(linker: Linker) -> None:
    (mention, *_) = linker.link("who owns custmers", EVERYTHING)
    assert (mention.urn, mention.how) == ("urn:customers", "spelled like customers")
    assert mention.score < 0.8
    assert linker.suggest("shipmnets", EVERYTHING)[0].urn == "urn:shipments"


def test_ordinary_questions_name_nothing(linker: Linker) -> None:
    assert linker.link("what is the best thing to do today?", EVERYTHING) == ()
    assert linker.link("", EVERYTHING) == ()


def test_doubt_is_shown_and_the_better_asset_comes_first(tmp_path: Path) -> None:
    twins = [
        table("orders", urn="urn:old", signals=Signals(deprecated=True)),
        table("orders", urn="urn:quiet", path=("crm", "public")),
        table("orders", urn="urn:busy", path=("erp", "public"), signals=Signals(popularity=9)),
    ]
    linker = Linker(Snapshot(build_generation(tmp_path, twins)))
    mentions = linker.link("who owns orders", EVERYTHING)
    assert [m.urn for m in mentions] == ["urn:busy", "urn:quiet", "urn:old"]
    assert len({(m.start, m.end) for m in mentions}) == 1
    assert [m.urn for m in linker.link("who owns crm.public.orders", EVERYTHING)] == ["urn:quiet"]


def test_hidden_assets_are_neither_linked_nor_suggested(linker: Linker) -> None:
    seen = Visible.only("others", [d.urn for d in SHOP if d.urn != "urn:customers"])
    for text in ("customers", "custmers", "customers.email", "email in customers"):
        assert "urn:customers" not in {m.urn for m in linker.link(text, seen)}
    assert "urn:customers" not in {m.urn for m in linker.suggest("customers", seen)}


def test_a_kind_beside_a_name_prefers_that_kind(tmp_path: Path) -> None:
    both = [table("revenue", urn="urn:table"), table("Revenue", urn="urn:metric", kind="metric")]
    linker = Linker(Snapshot(build_generation(tmp_path, both)))
    assert linker.link("the revenue metric", EVERYTHING)[0].urn == "urn:metric"
    assert linker.link("the revenue table", EVERYTHING)[0].urn == "urn:table"
