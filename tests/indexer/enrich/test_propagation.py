"""Propagation along identity edges: what travels, how far, what it needs to be seen, and that it is taken back."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalog.aspects import AccessRule, Classification, Column, ColumnEdge, Info, Lineage, Policy, Schema
from catalog.catalog import Catalog
from catalog.change import Change, Origin, Removed
from catalog.urn import dataset
from catalog.view import View
from indexer.enrich.propagation import NAME, Copy, propagate, spread
from indexer.run import RunReport, run_source

RAW, MID, MART, SIDE = (dataset("postgres", f"shop.{name}") for name in ("raw", "mid", "mart", "side"))
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)


def said(urn: str, value: object, minute: int = 0) -> Change:
    return Change(urn, value, Origin("dbt", observed_at=BEGIN.replace(minute=minute)))  # type: ignore[arg-type]


def table(urn: str, *columns: Column) -> list[Change]:
    return [said(urn, Info(kind="table")), said(urn, Schema(columns))]


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """raw.Email -> mid.email -> mart.mail, copied; mart.n counts it."""
    made = Catalog(f"sqlite:///{tmp_path}/catalog.db")
    made.register("dbt", "dbt")
    made.register(NAME, "inferred")
    made.apply([
        *table(RAW, Column("Email", description="Address people sign in with.", terms=("urn:li:glossaryTerm:contact",))),
        *table(MID, Column("email")),
        *table(MART, Column("mail"), Column("n", description="How many.")),
        said(RAW, Classification((("Email", "personal data"),))),
        said(MID, Lineage((), (ColumnEdge(RAW, "Email", "email", "identity"),))),
        said(MART, Lineage((), (
            ColumnEdge(MID, "EMAIL", "mail", "identity"), ColumnEdge(MID, "email", "n", "aggregate"),
        ))),
    ])  # fmt: skip
    yield made
    made.database.close()


def run(catalog: Catalog, *kinds: str) -> RunReport:
    return run_source(
        catalog, NAME, propagate(catalog, kinds or ("classes", "descriptions", "terms")), allow_removal=True
    )


def view(catalog: Catalog, *rules: AccessRule) -> View:
    if rules:
        catalog.apply([said("urn:li:policy:p", Policy(access=rules))])
    return catalog.view(catalog.scope("urn:li:corpuser:ana"))


def classes(seen: View, urn: str) -> set[tuple[str, str]]:
    held = seen.read(urn, Classification)
    return set(held.value.classes) if held else set()


def column(seen: View, urn: str, name: str) -> Column:
    held = seen.read(urn, Schema)
    assert held is not None
    return next(one for one in held.value.columns if one.name == name)


def test_what_is_said_of_a_column_holds_where_it_is_copied_and_says_from_where(catalog: Catalog) -> None:
    run(catalog)
    seen = view(catalog)
    assert classes(seen, MART) == {("mail", "personal data")}
    mail = column(seen, MART, "mail")
    assert mail.description == "Address people sign in with. (inferred from shop.raw.Email)"
    assert mail.terms == ("urn:li:glossaryTerm:contact",)
    assert column(seen, MART, "n").description == "How many."
    assert column(seen, MART, "n").terms == ()


def test_each_kind_can_be_switched_off_and_what_was_made_goes(catalog: Catalog) -> None:
    run(catalog)
    run(catalog, "classes")
    assert column(view(catalog), MART, "mail").description == ""
    run_source(catalog, NAME, propagate(catalog, ()), allow_removal=True)
    assert classes(view(catalog), MART) == set()


def test_a_second_run_writes_nothing_and_a_gone_input_takes_its_values_along(catalog: Catalog) -> None:
    run(catalog)
    version = catalog.version()
    assert run(catalog).applied.added == 0
    assert catalog.version() == version
    catalog.apply([said(MID, Removed("lineage"), 1)])
    run(catalog)
    assert classes(view(catalog), MART) == set()
    assert classes(view(catalog), RAW) == {("Email", "personal data")}


def test_a_derived_value_is_seen_only_by_who_may_read_every_column_on_its_way(catalog: Catalog) -> None:
    run(catalog)
    seen = view(catalog, AccessRule("deny", "discover", assets=(RAW,)))
    assert classes(seen, MART) == set()
    assert column(seen, MART, "mail").description == ""
    middle = view(catalog, AccessRule("deny", "read", assets=(MID,), columns=("email",)))
    assert classes(middle, MART) == set()


def test_a_column_that_somebody_called_harmless_stops_the_class(catalog: Catalog) -> None:
    catalog.apply([said(MID, Classification((("email", "not sensitive"),)))])
    run(catalog)
    assert classes(view(catalog), MART) == set()


def test_two_different_descriptions_give_none(catalog: Catalog) -> None:
    edges = (ColumnEdge(MID, "EMAIL", "mail", "identity"), ColumnEdge(SIDE, "email", "mail", "identity"))
    catalog.apply([
        *table(SIDE, Column("email", description="Address of the shop.")),
        said(MID, Schema((Column("email", description="Address of the customer."),)), 1),
        said(MART, Lineage((), edges), 1),
    ])  # fmt: skip
    run(catalog)
    assert column(view(catalog), MART, "mail").description == ""


def test_cycles_end(catalog: Catalog) -> None:
    catalog.apply([said(RAW, Lineage((), (ColumnEdge(MART, "mail", "Email", "identity"),)))])
    run(catalog)
    assert classes(view(catalog), MART) == {("mail", "personal data")}
    assert classes(view(catalog), RAW) == {("Email", "personal data")}


def test_labels_spread_to_all_that_can_be_reached_in_any_graph() -> None:
    import networkx as nx

    for seed in range(50):
        rng = random.Random(seed)
        nodes = [(f"urn:li:dataset:{number}", "c") for number in range(15)]
        copies = [Copy(a, b) for a, b in ((rng.choice(nodes), rng.choice(nodes)) for _ in range(25)) if a != b]
        given = {nodes[0]: {"personal data"}, nodes[1]: {"restricted"}}
        graph = nx.DiGraph([(copy.source, copy.target) for copy in copies])
        graph.add_nodes_from(nodes)
        wanted = {(n, "personal data") for n in nx.descendants(graph, nodes[0]) - {nodes[0]}}
        wanted |= {(n, "restricted") for n in nx.descendants(graph, nodes[1]) - {nodes[1]}}
        assert {(one.node, one.value) for one in spread(copies, given)} == wanted
