"""SQL against the catalog: unknown, deprecated, sensitive; and a hidden table reads exactly like an unknown one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assistant.linting import Linted, lint
from catalog.aspects import (
    AccessRule,
    Aspect,
    Certification,
    Classification,
    Column,
    Deprecation,
    Info,
    Owner,
    Ownership,
    Policy,
    Schema,
)  # fmt: skip
from catalog.catalog import Catalog
from catalog.change import Change, Origin

AT = datetime(2026, 3, 1, tzinfo=UTC)
ANA, BEN = "urn:li:corpuser:ana", "urn:li:corpuser:ben"


def urn(name: str) -> str:
    return f"urn:li:dataset:(urn:li:dataPlatform:postgres,{name},PROD)"


def table(name: str, columns: str, *values: Aspect) -> Iterator[Change]:
    info = Info(kind="table", name=name.rsplit(".", 1)[-1], qualified_name=name)
    for value in (info, Schema(tuple(map(Column, columns.split()))), *values):
        yield Change(urn(name), value, Origin("dbt", observed_at=AT))


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    path: Path = tmp_path_factory.mktemp("lint")
    made = Catalog(f"sqlite:///{path}/catalog.db")
    personal = Classification((("email", "personal data"), ("id", "internal")))
    made.apply(table("shop.raw.customers", "id email country", personal, Ownership((Owner(ANA),))))
    made.apply(table("shop.raw.orders", "id customer_id amount"))
    made.apply(table("shop.hr.payroll", "id salary"))
    made.apply(table("shop.marts.revenue", "day amount", Certification(True)))
    old = Deprecation(True, "Counts guests twice.", urn("shop.marts.revenue"))
    made.apply(table("shop.old.revenue_v1", "day amount", old))
    made.apply(table("shop.fin.ledger", "id"))
    rules = (
        AccessRule("deny", "discover", assets=("shop.hr.*",), unless=(ANA,)),
        AccessRule("deny", "read", assets=("shop.fin.*",), unless=(ANA,)),
        AccessRule("deny", "read", assets=("shop.raw.orders",), columns=("amount",), unless=(ANA,)),
    )
    made.apply([Change("urn:li:policy:p", Policy(access=rules), Origin("dbt", observed_at=AT))])
    made.apply([Change(ANA, Info(kind="person", name="Ana Souza"), Origin("dbt", observed_at=AT))])
    yield made
    made.database.close()


def linted(catalog: Catalog, sql: str, viewer: str = ANA, dialect: str = "postgres") -> Linted:
    return lint(catalog.view(catalog.scope(viewer)), sql, dialect)


def rules(found: Linted) -> list[tuple[str, int]]:
    return [(one.rule, one.line) for one in found.findings]


def test_good_sql_has_no_findings_and_says_what_it_reads(catalog: Catalog) -> None:
    found = linted(
        catalog, "select c.country, count(*) from raw.customers c join raw.orders o on o.customer_id = c.id group by 1"
    )
    assert found.findings == ()
    assert [(one.name, set(one.columns), one.owners) for one in found.used] == [
        ("shop.raw.customers", {"country", "id"}, ("Ana Souza",)), ("shop.raw.orders", {"customer_id"}, ()),
    ]  # fmt: skip
    assert not found.fails("note")


def test_unknown_tables_and_columns_come_with_what_was_meant(catalog: Catalog) -> None:
    found = linted(catalog, "select 1;\nselect customer_idd from raw.orders;\nselect id from raw.ordrs")
    assert rules(found) == [("unknown column", 2), ("unknown table", 3)]
    assert [one.suggestions for one in found.findings] == [("customer_id",), ("shop.raw.orders",)]
    assert found.fails("error")


def test_a_deprecated_table_names_its_certified_replacement(catalog: Catalog) -> None:
    (one,) = linted(catalog, "select day from old.revenue_v1").findings
    assert one.text == "shop.old.revenue_v1 is deprecated: Counts guests twice. Use shop.marts.revenue (certified)."
    assert one.suggestions == ("shop.marts.revenue",)


def test_sensitive_columns_joins_on_them_and_stars_over_them(catalog: Catalog) -> None:
    found = linted(
        catalog, "select c.email from raw.customers c join raw.orders o on o.id = c.email;\nselect * from raw.customers"
    )
    assert ("join on sensitive column", 1) in rules(found)
    assert ("star over sensitive table", 2) in rules(found)
    assert not found.fails("error")
    assert found.fails("warning")
    assert "star over sensitive table" not in {
        rule for rule, _ in rules(linted(catalog, "select count(*) from raw.customers"))
    }


def test_what_the_script_makes_itself_is_not_asked_of_the_catalog(catalog: Catalog) -> None:
    sql = "create temp table t as select id from raw.orders; with w as (select id from t) select id from w"
    assert linted(catalog, sql).findings == ()


def test_a_hidden_table_or_column_reads_exactly_like_one_that_does_not_exist(catalog: Catalog) -> None:
    for hidden, missing in (("hr.payroll", "hr.payrolx"), ("payroll", "payrolx")):
        texts = [
            json.dumps(linted(catalog, f"select id from {name}", BEN).to_json()).replace(name, "X")
            for name in (hidden, missing)
        ]
        assert texts[0] == texts[1]
        assert "unknown table" not in json.dumps(linted(catalog, f"select id from {hidden}", ANA).to_json())
    texts = [
        json.dumps(linted(catalog, f"select {name} from raw.orders", BEN).to_json()).replace(name, "X")
        for name in ("amount", "amounx")
    ]
    assert texts[0] == texts[1]
    assert "payroll" not in json.dumps(linted(catalog, "select id from payrol", BEN).to_json())


def test_a_table_that_may_only_be_found_says_so(catalog: Catalog) -> None:
    (one,) = linted(catalog, "select id from fin.ledger", BEN).findings
    assert one.rule == "not yours to read"


@pytest.mark.parametrize("sql", ["", ";", "select (((", "garbage in", "select '", "-- nothing", "\x00"])
def test_broken_sql_is_no_error_of_ours(catalog: Catalog, sql: str) -> None:
    linted(catalog, sql)
