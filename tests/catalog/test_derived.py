"""Derived values are visible only to who may read everything they were made from, in every way of reading."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from catalog_words import Clock

from catalog.access import Level
from catalog.aspects import AccessRule, Classification, Documentation, Info, Lineage, Policy, Schema, Upstream
from catalog.aspects import Column as SchemaColumn
from catalog.catalog import Catalog
from catalog.change import Change, Origin
from catalog.errors import NotFound
from catalog.urn import column, dataset
from catalog.view import View

OPEN, SECRET, TARGET = (dataset("duckdb", name) for name in ("shop.open", "shop.secret", "shop.target"))
ANA, BEN = "urn:li:corpuser:ana", "urn:li:corpuser:ben"
POLICY = "urn:li:policy:secret"


def said(urn: str, value: object, *inputs: str, source: str = "") -> Change:
    return Change(urn, value, Origin(source or ("inferred" if inputs else "files"), inputs=inputs))  # type: ignore[arg-type]


def deny(**selectors: object) -> Policy:
    return Policy(access=(AccessRule("deny", "discover", unless=(BEN,), **selectors),))  # type: ignore[arg-type]


@pytest.fixture
def filled(catalog: Catalog) -> Catalog:
    catalog.register("inferred", "inferred")
    catalog.register("files", "files")
    columns = Schema((SchemaColumn("id"), SchemaColumn("email")))
    catalog.apply([said(urn, Info("table")) for urn in (OPEN, SECRET, TARGET)])
    catalog.apply([said(OPEN, columns), said(POLICY, deny(assets=(SECRET,)))])
    return catalog


def seen(catalog: Catalog, viewer: str, urn: str = TARGET) -> str:
    held = catalog.view(catalog.scope(viewer)).read(urn, Documentation)
    return held.value.text if held else ""


def test_a_derived_value_is_seen_by_who_may_read_all_inputs(filled: Catalog, clock: Clock) -> None:
    filled.apply([said(TARGET, Documentation("Told elsewhere."), OPEN, SECRET)])
    assert (seen(filled, ANA), seen(filled, BEN)) == ("", "Told elsewhere.")
    clock.move()
    filled.apply([said(TARGET, Documentation("Told elsewhere."), OPEN)])
    assert seen(filled, ANA) == "Told elsewhere."


def test_a_column_that_is_kept_keeps_what_was_made_from_it(filled: Catalog) -> None:
    filled.apply([said(POLICY, deny(columns=("email",)), source="rules")])
    filled.apply([said(TARGET, Documentation("An address."), column(OPEN, "email"))])
    assert (seen(filled, ANA), seen(filled, BEN)) == ("", "An address.")


def test_other_inputs_are_another_value_with_another_digest(filled: Catalog, clock: Clock) -> None:
    filled.apply([said(TARGET, Documentation("Same words."), OPEN)])
    before = filled.state_hash()
    clock.move()
    assert filled.apply([said(TARGET, Documentation("Same words."), OPEN, TARGET)]).changed == 0
    clock.move()
    assert filled.apply([said(TARGET, Documentation("Same words."), SECRET)]).changed == 1
    assert filled.state_hash() != before


def test_who_may_not_see_the_inputs_cannot_cite_the_value(filled: Catalog) -> None:
    filled.apply([said(TARGET, Documentation("Told elsewhere."), SECRET)])
    held = filled.view(filled.scope(BEN)).read(TARGET, Documentation)
    assert held is not None
    proof = held.said[0].evidence
    assert "Told elsewhere." in filled.cite(proof, filled.scope(BEN)).json
    with pytest.raises(NotFound):
        filled.cite(proof, filled.scope(ANA))


def test_an_inferred_edge_needs_its_inputs(filled: Catalog) -> None:
    filled.apply([said(TARGET, Lineage((Upstream(OPEN, basis="inferred"),)), SECRET)])

    def edges(viewer: str) -> list[str]:
        return [edge.upstream for edge in filled.view(filled.scope(viewer)).edges()]

    assert (edges(ANA), edges(BEN)) == ([], [OPEN])


def test_a_derived_value_makes_no_asset(filled: Catalog) -> None:
    ghost = dataset("duckdb", "shop.ghost")
    filled.apply([said(ghost, Documentation("Nobody said so."), SECRET)])
    view = filled.view(filled.scope(BEN))
    assert view.asset(ghost) is None
    assert ghost not in {row.urn for row in view.assets()}


def test_a_derived_class_closes_an_asset_and_never_opens_one(filled: Catalog) -> None:
    filled.apply(
        [said(TARGET, Classification((("", "secret"),)), OPEN), said(POLICY, deny(classes=("secret",)), source="b")]
    )
    assert filled.view(filled.scope(ANA)).asset(TARGET) is None
    view = filled.view(filled.scope(BEN))
    assert view.rows([TARGET])[TARGET].classes == frozenset()
    assert view.rows([TARGET])[TARGET].level is Level.READ


def test_it_is_so_at_an_earlier_time_too(filled: Catalog, clock: Clock) -> None:
    filled.apply([said(TARGET, Documentation("Told elsewhere."), SECRET)])
    at = datetime(2100, 1, 1, tzinfo=UTC)

    def then(viewer: str) -> View:
        return filled.view(filled.scope(viewer), at)

    assert then(ANA).read(TARGET, Documentation) is None
    assert then(BEN).read(TARGET, Documentation) is not None
