"""How the values of several sources become one: each rule, who is believed, and what stays in dispute."""

from __future__ import annotations

from itertools import permutations
from typing import TypeVar

import pytest

from catalog.aspects import (
    REGISTRY,
    Aspect,
    Check,
    Checks,
    Classification,
    Column,
    Deprecation,
    Documentation,
    ForeignKey,
    Info,
    Lineage,
    Schema,
    Siblings,
    Tags,
    Upstream,
)
from catalog.history import Point
from catalog.merge import RANKS, Authority, Held, Said, merge

URN = "urn:li:tag:a"
T = TypeVar("T", bound=Aspect)
AUTHORITIES = {name: Authority(name, rank) for name, rank in RANKS.items()}


def merged(**values: T) -> Held[T]:
    """Merge one value for each named source; every order of them must give the same."""
    said = [Said(value, Point(URN, value.NAME, source, 1, source)) for source, value in values.items()]
    found = [merge(list(order), AUTHORITIES) for order in permutations(said)]
    assert all(one == found[0] for one in found)
    return found[0]


def test_first_takes_the_most_trusted_and_keeps_who_differs() -> None:
    held = merged(datahub=Documentation("old"), dbt=Documentation("new"), person=Documentation("new"))
    assert held.value.text == "new"
    assert [one.point.source for one in held.said] == ["person"]
    assert [one.point.source for one in held.disputes] == ["datahub"]


def test_first_passes_over_a_source_that_says_nothing() -> None:
    held = merged(person=Documentation(""), datahub=Documentation("Orders."))
    assert (held.value.text, held.disputes) == ("Orders.", ())
    assert merged(person=Deprecation()).value == Deprecation()


def test_of_equally_trusted_sources_the_name_decides() -> None:
    assert merged(zeta=Documentation("z"), alpha=Documentation("a")).value.text == "a"


def test_a_configured_rank_beats_that_of_the_type() -> None:
    said = [Said(Documentation(name), Point(URN, "documentation", name, 1, name)) for name in ("dbt", "datahub")]
    ranks = {"dbt": Authority("dbt", 30), "datahub": Authority("datahub", 5)}
    assert merge(said, ranks).value.text == "datahub"


def test_union_joins_the_items_each_once() -> None:
    held = merged(datahub=Tags(("pii", "core")), dbt=Tags(("finance", "pii")))
    assert held.value.tags == ("finance", "pii", "core")
    assert [one.point.source for one in held.said] == ["dbt", "datahub"]
    assert held.proof(lambda value: "core" in value.tags).point.source == "datahub"


def test_union_takes_the_more_trusted_word_on_the_same_item() -> None:
    checks = merged(dbt=Checks((Check("unique", "pass", column="id"),)), datahub=Checks((
        Check("unique", "fail", column="id"), Check("unique", "warn", column="no"),
    )))  # fmt: skip
    assert [(c.column, c.status) for c in checks.value.checks] == [("id", "pass"), ("no", "warn")]
    lineage = merged(sql=Lineage((Upstream(URN, basis="parsed"),)), dbt=Lineage((Upstream(URN),)))
    assert [up.basis for up in lineage.value.upstreams] == ["declared"]
    assert merged(dbt=Classification((("a", "x"),)), sql=Classification((("a", "y"),))).value.classes == (
        ("a", "x"), ("a", "y"),
    )  # fmt: skip
    assert merged(dbt=Siblings(("u",)), datahub=Siblings(("v",), primary=True)).value == Siblings(("u", "v"), True)


def test_info_is_decided_field_by_field() -> None:
    held = merged(
        dbt=Info(kind="table", name="orders", properties=(("a", "dbt"),)),
        datahub=Info(kind="view", name="ORDERS", url="https://x", properties=(("a", "datahub"), ("b", "1"))),
    )
    assert (held.value.kind, held.value.name, held.value.url) == ("table", "orders", "https://x")
    assert dict(held.value.properties) == {"a": "dbt", "b": "1"}
    assert [one.point.source for one in held.disputes] == ["datahub"]
    assert merged(dbt=Info(kind="table"), datahub=Info(name="x")).disputes == ()


def test_columns_take_types_from_the_warehouse_and_words_from_people() -> None:
    held = merged(
        person=Schema((Column("id", "text", "The order's number.", tags=("key",), position=9),)),
        dbt=Schema((Column("ID", "int", "from dbt", tags=("core",)), Column("NOTE", description="free text"))),
        database=Schema(
            (Column("Id", "bigint", nullable=False, position=1), Column("total", "numeric", position=2)),
            (ForeignKey(("id",), URN),),
        ),
    )
    columns = {column.name: column for column in held.value.columns}
    assert set(columns) == {"Id", "NOTE", "total"}
    first = columns["Id"]
    assert (first.type, first.nullable, first.position) == ("bigint", False, 1)
    assert (first.description, first.tags) == ("The order's number.", ("key", "core"))
    assert columns["NOTE"].description == "free text"
    assert held.value.foreign_keys == (ForeignKey(("id",), URN),)


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_one_source_alone_is_taken_at_its_word(name: str) -> None:
    value = REGISTRY[name](extra='{"new":1}')
    assert merged(dbt=value) == Held(value, (Said(value, Point(URN, name, "dbt", 1, "dbt")),))
