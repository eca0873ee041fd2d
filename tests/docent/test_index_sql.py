"""Indexing SQL from the command line: files and logs beside what is known, column lineage by itself, the demo."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from catalog.aspects import Lineage, Queries, Usage
from catalog.errors import ConfigInvalid
from demo import warehouse
from docent.app import Docent
from docent.cli import main
from docent.settings import read_settings

ORDERS = "urn:li:dataset:(urn:li:dataPlatform:duckdb,shop.raw.orders,PROD)"
REVENUE = "urn:li:dataset:(urn:li:dataPlatform:duckdb,shop.marts.revenue,PROD)"


@pytest.fixture
def history(tmp_path: Path) -> Path:
    folder = tmp_path / "history"
    folder.mkdir()
    queries = ("select order_id from raw.orders", "select count(*) from shop.raw.orders where order_id = 4711")
    lines = [{"query": q, "user": "ana@shop.example", "started_at": "2026-10-01T09:00:00Z"} for q in queries]
    (folder / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    (folder / "fill.sql").write_text(
        "-- Fills revenue.\ninsert into marts.revenue (amount) select sum(order_id) from raw.orders;", encoding="utf-8"
    )
    return folder


def run(shop: Path, *words: str) -> dict[str, object]:
    done = CliRunner().invoke(main, ["index", *words, "--workspace", str(shop), "--no-model", "--json"])
    assert done.exit_code == 0, done.output
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_logs_and_files_meet_the_tables_that_are_known(shop: Path, history: Path) -> None:
    run(shop, "sql", str(history), "--dialect", "duckdb")
    with Docent.open(shop) as docent:
        view = docent.catalog.view(docent.catalog.scope("urn:li:corpuser:ana"))
        usage, queries = view.read(ORDERS, Usage), view.read(ORDERS, Queries)
        lineage = view.read(REVENUE, Lineage)
    assert usage is not None
    assert usage.value.top_users == (("urn:li:corpuser:ana", 2),)
    assert queries is not None
    assert "4711" not in repr(queries)
    assert lineage is not None
    assert [(e.source_urn, e.source_column, e.column, e.how) for e in lineage.value.columns] == [
        (ORDERS, "order_id", "amount", "aggregate")
    ]


def test_indexing_again_makes_no_lineage_again(shop: Path, history: Path) -> None:
    first = run(shop, "sql", str(history), "--dialect", "duckdb")
    again = run(shop, "sql", str(history), "--dialect", "duckdb")
    assert [source["name"] for source in first["sources"]] == ["sql", "lineage", "propagation"]  # type: ignore[attr-defined]
    assert [source["name"] for source in again["sources"]] == ["sql"]  # type: ignore[attr-defined]


def test_no_source_may_take_the_name_of_what_docent_adds(shop: Path) -> None:
    with (shop / "docent.toml").open("a", encoding="utf-8") as file:
        file.write('[[source]]\nname = "lineage"\ntype = "files"\npath = "knowledge"\n')
    with pytest.raises(ConfigInvalid, match="no source may be called 'lineage'"):
        read_settings(shop)


def test_nearly_every_model_of_the_demo_gets_column_lineage(tmp_path: Path) -> None:
    demo = Path(warehouse.__file__).parent
    shutil.copytree(demo / "company", tmp_path / "demo" / "company")
    shutil.copyfile(demo / "docent.toml", tmp_path / "demo" / "docent.toml")
    with Docent.open(tmp_path / "demo") as docent:
        docent.index(prepare_model=False)
        view = docent.catalog.view(docent.catalog.scope("urn:li:corpuser:bram.kuipers"))
        held = {row.urn: view.read(row.urn, Lineage) for row in view.assets() if row.kind in ("table", "view")}
        made = {
            urn: one.value for urn, said in held.items() if said for one in said.said if one.point.source == "lineage"
        }
        edges = {
            (urn.split(",")[1], e.column, e.source_urn.split(",")[1], e.source_column, e.how)
            for urn, value in made.items()
            for e in value.columns
        }
        parsed = {(urn, up.urn) for urn, value in made.items() for up in value.upstreams}
        declared = {
            (urn, up.urn)
            for urn in made
            for one in (held[urn].said if held[urn] else ())  # type: ignore[union-attr]
            if one.point.source == "dbt"
            for up in one.value.upstreams
        }
    assert sum(bool(value.columns) for value in made.values()) >= 75  # of the 78 that he may see
    assert parsed == declared
    finance, riders = "veldrad.finance.fct_invoices", "veldrad.riders"
    invoices, months = "veldrad.intermediate.int_invoices_enriched", "veldrad.intermediate.int_subscription_months"
    assert {
        (finance, "net_after_credit_eur", invoices, "net_amount_eur", "expression"),
        (finance, "net_after_credit_eur", invoices, "credited_net_eur", "expression"),
        (finance, "issued_on", invoices, "issued_at", "expression"),
        (f"{riders}.fct_churn_monthly", "month", months, "month", "identity"),
        (f"{riders}.fct_churn_monthly", "*", months, "rider_id", "join"),
        (f"{riders}.customer_v2", "email", "veldrad.staging.stg_app__riders", "email", "identity"),
    } <= edges
