"""A company that dbt, its database and DataHub describe, each in its own spelling, comes out as one set of assets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalog.aspects import Column, Documentation, Info, Lineage, Schema
from catalog.catalog import Catalog
from catalog.change import Change, Origin, Record
from catalog.identity import IdentityRules, urn_of
from catalog.trail import Trails
from catalog.urn import dataset
from indexer.documents import documents
from indexer.run import run_source
from indexer.sources import datahub, dbt

COMPANY = Path(__file__).parents[1] / "fixtures" / "company"
TABLES = ("PUBLIC.ORDERS", "PUBLIC.CUSTOMERS", "MARTS.DAILY_REVENUE")
ORDERS, CUSTOMERS, REVENUE = (dataset("snowflake", f"shop.{name.lower()}") for name in TABLES)
SOURCES = ("dbt", "database", "datahub")


def database() -> Iterator[Record]:
    """What reading Snowflake's own catalog says: names as they are stored, columns with their types."""
    origin = Origin("database", "snowflake://acme", observed_at=datetime(2026, 3, 2, tzinfo=UTC))
    for name in TABLES:
        urn = dataset("snowflake", f"SHOP.{name}")
        yield Change(urn, Info("table", name.split(".")[1], "snowflake", f"SHOP.{name}", "PROD"), origin)
        yield Change(urn, Schema((Column("ID", "NUMBER(38,0)", nullable=False, position=1),)), origin)


def read(source: str) -> Iterator[Record]:
    if source == "dbt":
        return dbt.read(COMPANY / "manifest.json")
    return database() if source == "database" else datahub.read(COMPANY / "datahub.json")


def filled(path: Path, order: tuple[str, ...] = SOURCES) -> Catalog:
    catalog = Catalog(f"sqlite:///{path}")
    for source in order:
        catalog.register(source, source)
        run_source(catalog, source, read(source))
    return catalog


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Catalog]:
    catalog = filled(tmp_path / "catalog.db")
    yield catalog
    catalog.database.close()


def test_every_table_is_there_once(company: Catalog) -> None:
    view = company.view(company.scope("urn:li:corpuser:ines"))
    tables = [row.urn for row in view.assets() if row.kind in ("table", "view")]
    assert tables == sorted([ORDERS, CUSTOMERS, REVENUE])
    assert company.counts()["table"] == 3
    assert [document.urn for document in documents(company) if document.kind == "table"] == tables


def test_what_all_sources_say_is_said_of_the_one_asset(company: Catalog) -> None:
    view = company.view(company.scope("urn:li:corpuser:ines"))
    row = view.asset(REVENUE)
    assert row is not None
    assert row.owners == {"urn:li:corpuser:ines"}
    assert view.asset(ORDERS).tags == {"core"}  # type: ignore[union-attr]
    schema, words = view.read(REVENUE, Schema), view.read(REVENUE, Documentation)
    assert schema is not None and words is not None  # noqa: PT018
    assert [(c.type, c.description, c.nullable) for c in schema.value.columns] == [("NUMBER(38,0)", "The key.", False)]
    assert words.value.text == "daily_revenue as dbt describes it."
    assert [one.point.source for one in words.disputes] == ["datahub"]


def test_lineage_runs_between_assets_and_not_within_one(company: Catalog) -> None:
    view = company.view(company.scope("urn:li:corpuser:ines"))
    pairs = {(edge.upstream, edge.urn) for edge in view.edges() if edge.urn.startswith("urn:li:dataset")}
    assert pairs == {(ORDERS, CUSTOMERS), (ORDERS, REVENUE), (CUSTOMERS, REVENUE)}
    upper = dataset("snowflake", "SHOP.MARTS.DAILY_REVENUE")
    assert Trails(view).walk(upper, "up") == Trails(view).walk(REVENUE, "up")


def test_a_citation_names_the_record_as_its_source_wrote_it(company: Catalog) -> None:
    scope = company.scope("urn:li:corpuser:ines")
    held = company.view(scope).read(REVENUE, Lineage)
    assert held is not None
    assert len({one.point.urn for one in held.said}) > 1
    for one in held.said:
        assert company.cite(one.evidence, scope).evidence.urn == one.point.urn


def test_the_order_in_which_sources_come_makes_no_difference(tmp_path: Path, company: Catalog) -> None:
    other = filled(tmp_path / "other.db", ("datahub", "database", "dbt"))
    scope = company.scope("urn:li:corpuser:ines")
    assert other.view(scope).assets() == company.view(scope).assets()
    assert other.state_hash() == company.state_hash()
    assert other.identity(ORDERS) == company.identity(ORDERS)
    other.database.close()


def test_each_source_may_be_read_again_and_taken_away(company: Catalog) -> None:
    for source in SOURCES:
        report = run_source(company, source, read(source))
        assert (report.applied.added, report.applied.changed, report.applied.removed) == (0, 0, 0)
    assert company.counts()["table"] == 3


def test_an_openlineage_job_on_a_configured_server_meets_the_same_table(tmp_path: Path) -> None:
    rules = IdentityRules(hosts={"acme-prod": "PROD"}, text='{"hosts": {"acme-prod": "PROD"}}')
    catalog = filled(tmp_path / "catalog.db")
    catalog.database.close()
    again = Catalog(f"sqlite:///{tmp_path / 'catalog.db'}", identity=rules)
    view = again.view(again.scope("urn:li:corpuser:ines"))
    assert view.canonical(urn_of("snowflake://acme-prod", "SHOP.PUBLIC.ORDERS")) == ORDERS
    assert view.asset(urn_of("snowflake://acme-dev", "SHOP.PUBLIC.ORDERS")) is None
    again.database.close()
