"""URNs: taken apart and put together, and what their form tells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import urn
from catalog.errors import UrnInvalid
from catalog.kinds import kind_of

ORDERS = "urn:li:dataset:(urn:li:dataPlatform:postgres,shop.public.orders,PROD)"
PART = st.text(st.characters(blacklist_characters="(),", blacklist_categories=("Cs",)), min_size=1, max_size=20)


@given(st.text("abcXYZ", min_size=1, max_size=8), st.lists(PART, min_size=2, max_size=4))
def test_what_was_joined_is_split_the_same_way(entity: str, parts: list[str]) -> None:
    inner = urn.make(entity, *parts)
    assert urn.parse(inner).parts == tuple(parts)
    assert str(urn.parse(urn.column(inner, "id"))) == urn.column(inner, "id")
    assert urn.column_parts(urn.column(inner, "id")) == (inner, "id")


def test_a_data_set_tells_its_platform_name_and_environment() -> None:
    assert urn.dataset("postgres", "shop.public.orders") == ORDERS
    assert (urn.platform_of(ORDERS), urn.name_of(ORDERS), urn.env_of(ORDERS)) == (
        "postgres", "shop.public.orders", "PROD",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "platform", "name", "kind"),
    [
        ("urn:li:corpuser:ada", "", "ada", "person"),
        ("urn:li:dashboard:(looker,sales.7)", "looker", "sales.7", "dashboard"),
        ("urn:li:dataJob:(urn:li:dataFlow:(airflow,nightly,PROD),load)", "airflow", "load", "task"),
        (f"urn:li:schemaField:({ORDERS},customer.id)", "postgres", "customer.id", "column"),
        ("urn:li:spaceship:enterprise", "", "enterprise", "spaceship"),
    ],
)
def test_other_forms_tell_what_they_can(text: str, platform: str, name: str, kind: str) -> None:
    assert (urn.platform_of(text), urn.name_of(text), kind_of(text)) == (platform, name, kind)


@pytest.mark.parametrize(
    "text",
    ["", "orders", "urn:li:", "urn:li:dataset", "urn:li:dataset:", "urn:li::x", "urn:li:dataset:(a,b",
     "urn:li:dataset:(a),b)", "urn:li:dataset:((a,b)", "urn:li:tag:" + "x" * 2000],
)  # fmt: skip
def test_what_is_no_urn_is_refused(text: str) -> None:
    with pytest.raises(UrnInvalid):
        urn.parse(text)


def test_a_slug_has_no_character_that_means_something() -> None:
    assert urn.slug("  Net  Revenue (EUR), 2026 ") == "net-revenue-%28eur%29%2C-2026"
    assert urn.parse(urn.make("dataset", urn.slug("a,b"), urn.slug("(c")))
