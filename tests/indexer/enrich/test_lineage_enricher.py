"""Column lineage made from the catalog's own SQL: names, what is read again, scripts, fallbacks, what is shown."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from catalog.aspects import Aspect, Column, ColumnEdge, Info, Lineage, Logic, Schema, Siblings, Upstream
from catalog.catalog import Catalog
from catalog.change import Change, Origin, Removed
from catalog.redaction import without_columns, without_upstreams
from catalog.urn import dataset
from catalog.view import View
from evals.fuzz_lineage import texts
from indexer.enrichers import TYPE, is_due, run_enricher
from indexer.run import RunReport
from indexer.safe_load import storable


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    opened = Catalog(f"sqlite:///{tmp_path}/catalog.db")
    opened.register("warehouse", "database")
    opened.register("lineage", TYPE)
    yield opened
    opened.database.close()


def said(catalog: Catalog, urn: str, *values: Aspect, source: str = "warehouse") -> str:
    catalog.apply(Change(urn, value, Origin(source)) for value in values)
    return urn


def table(
    catalog: Catalog, name: str, *columns: str, platform: str = "postgres", sql: str = "", **logic: object
) -> str:
    urn = dataset(platform, name)
    values: list[Aspect] = [Info(kind="table", qualified_name=name, platform=platform)]
    if columns:
        values.append(Schema(tuple(Column(column) for column in columns)))
    if sql:
        values.append(Logic(sql, **logic))  # type: ignore[arg-type]
    return said(catalog, urn, *values)


def enrich(catalog: Catalog) -> RunReport:
    return run_enricher(catalog, "lineage", lambda seen: None)


def everything(catalog: Catalog) -> View:
    return catalog.view(catalog.scope("urn:li:corpuser:someone"))


def lineage(catalog: Catalog, urn: str, source: str = "lineage") -> Lineage:
    held = everything(catalog).read(urn, Lineage)
    own = [one.value for one in held.said if one.point.source == source] if held else []
    return own[0] if own else Lineage()


def flows(catalog: Catalog, urn: str) -> set[str]:
    def short(of: str) -> str:
        return of.split(",")[1]

    return {
        f"{short(e.source_urn)}.{e.source_column} > {e.column} {e.how}"
        for e in lineage(catalog, urn).columns
        if e.how not in ("filter", "join")
    }


def test_view_gets_column_edges_with_expression_place_and_evidence(catalog: Catalog) -> None:
    table(catalog, "shop.public.orders", "ID", "Amount", "note")
    view = table(
        catalog,
        "shop.public.sales",
        "Total",
        "day",
        sql="select\n  sum(amount) as total, day\nfrom orders join days using (id) where note is null",
    )
    table(catalog, "shop.public.days", "id", "day")
    report = enrich(catalog)
    assert report.counts()["added"] == 1
    made = lineage(catalog, view)
    assert made.upstreams == (
        Upstream(dataset("postgres", "shop.public.orders"), "reads", "parsed"),
        Upstream(dataset("postgres", "shop.public.days"), "reads", "parsed"),
    )
    total = ColumnEdge(
        dataset("postgres", "shop.public.orders"),
        "Amount",
        "Total",
        "aggregate",
        "parsed",
        "sum(amount)",
        0.95,
        "line 2, column 3",
    )
    assert total in made.columns
    assert {(e.column, e.source_column, e.how) for e in made.columns if e.column == "*"} == {
        ("*", "note", "filter"),
        ("*", "ID", "join"),
        ("*", "id", "join"),
    }
    held = everything(catalog).read(view, Lineage)
    assert held is not None
    assert held.said[0].point.pointer.startswith(f"{view}#logic@warehouse:")


def test_what_a_source_declares_stays_beside_what_the_sql_says(catalog: Catalog) -> None:
    table(catalog, "d.s.a", "x")
    view = table(catalog, "d.s.v", "x", sql="select x from a")
    said(catalog, view, Lineage((Upstream(dataset("postgres", "d.s.other")),)), source="warehouse")
    enrich(catalog)
    held = everything(catalog).read(view, Lineage)
    assert held is not None
    assert {(up.urn.split(",")[1], up.basis) for up in held.value.upstreams} == {
        ("d.s.other", "declared"),
        ("d.s.a", "parsed"),
    }


def test_nothing_is_due_until_the_catalog_changes(catalog: Catalog) -> None:
    table(catalog, "d.s.a", "x")
    table(catalog, "d.s.v", "x", sql="select x from a")
    assert is_due(catalog, "lineage")
    enrich(catalog)
    assert not is_due(catalog, "lineage")
    table(catalog, "d.s.unrelated", "y")
    assert is_due(catalog, "lineage")
    again = enrich(catalog)
    assert (again.unchanged, again.applied.added, again.applied.changed, again.applied.seen_again) == (1, 0, 0, 0)


def test_only_what_depends_on_a_changed_schema_is_read_again(catalog: Catalog) -> None:
    table(catalog, "d.s.a", "x")
    table(catalog, "d.s.b", "y")
    star = table(catalog, "d.s.of_a", sql="select * from a")
    table(catalog, "d.s.of_b", sql="select * from b")
    enrich(catalog)
    table(catalog, "d.s.a", "x", "z")
    report = enrich(catalog)
    assert flows(catalog, star) == {"d.s.a.x > x identity", "d.s.a.z > z identity"}
    assert (report.unchanged, report.applied.changed) == (1, 1)


def test_table_that_arrives_later_is_found_then(catalog: Catalog) -> None:
    view = table(catalog, "d.s.v", platform="snowflake", sql="select a.x from RAW.LANDING.A a")
    enrich(catalog)
    assert flows(catalog, view) == {"raw.landing.a.x > x identity"}  # not loaded: named as the platform folds it
    table(catalog, "RAW.LANDING.A", "X", platform="snowflake")
    enrich(catalog)
    assert flows(catalog, view) == {"RAW.LANDING.A.X > x identity"}


def test_columns_pass_through_models_whose_columns_no_source_lists(catalog: Catalog) -> None:
    table(catalog, "d.s.raw", "id", "email")
    middle = table(catalog, "d.s.stg", sql="select id as user_id, lower(email) as email from raw")
    last = table(catalog, "d.s.mart", sql="select * from stg")
    said(catalog, last, Lineage((Upstream(middle),)))
    enrich(catalog)
    assert flows(catalog, last) == {"d.s.stg.user_id > user_id identity", "d.s.stg.email > email identity"}
    said(catalog, middle, Logic("select id as user_id, lower(email) as mail from raw"))
    enrich(catalog)
    assert flows(catalog, last) == {"d.s.stg.user_id > user_id identity", "d.s.stg.mail > mail identity"}


def test_bomb_is_left_at_table_level_and_counted(catalog: Catalog) -> None:
    view = table(catalog, "d.s.v", sql="insert into d.s.v select " + "(" * 50_000 + "a from d.s.bomb_source")
    report = enrich(catalog)
    assert report.skipped == {"statement read at table level only": 1}
    assert lineage(catalog, view).upstreams == (Upstream(dataset("postgres", "d.s.bomb_source"), "reads", "inferred"),)


@pytest.mark.parametrize(
    ("platform", "catalogued", "owner", "written", "found"),
    [
        ("snowflake", "DB.PUBLIC.ORDERS", "DB.PUBLIC.V", "orders", True),
        ("snowflake", "db.public.orders", "db.public.v", "ORDERS", True),
        ("postgres", "db.public.Orders", "db.public.v", '"Orders"', True),
        ("postgres", "db.other.orders", "db.public.v", "orders", False),
        ("bigquery", "p.d.Events", "p.d.v", "events", False),
        ("bigquery", "p.d.Events", "p.d.v", "Events", True),
        ("bigquery", "p.d.events_yyyymmdd", "p.d.v", "p.d.events_20260131", True),
        ("bigquery", "p.d.events_yyyymmdd", "p.d.v", "`p.d.events_*`", True),
        ("postgres", "d.s.events_yyyymmdd", "d.s.v", "events_20260131", True),
        ("mysql", "shop.Orders", "shop.v", "Orders", True),
        ("mysql", "shop.orders", "shop.v", "other.orders", False),
        ("mssql", "db.dbo.Orders", "db.dbo.v", "db..orders", True),
        ("oracle", "sales.orders", "sales.v", "ORDERS", True),
        ("postgres", "inst.db.public.orders", "inst.db.public.v", "orders", True),
        ("postgres", "public.orders", "public.v", "orders", True),
        ("redshift", "dev.public.orders", "dev.mart.v", "public.orders", True),
    ],
)
def test_names_mean_what_the_platform_says(
    catalog: Catalog, platform: str, catalogued: str, owner: str, written: str, found: bool
) -> None:
    urn = table(catalog, catalogued, "id", platform=platform)
    view = table(catalog, owner, platform=platform, sql=f"select id from {written}")
    enrich(catalog)
    assert ([up.urn for up in lineage(catalog, view).upstreams] == [urn]) is found


def test_name_that_could_mean_two_assets_means_neither(catalog: Catalog) -> None:
    for database in ("one", "two"):
        table(catalog, f"{database}.s.orders", "id")
    view = table(catalog, "s.v", sql="select id from s.orders")
    enrich(catalog)
    assert [up.urn for up in lineage(catalog, view).upstreams] == [dataset("postgres", "s.orders")]


def test_names_without_a_database_get_the_only_one_there_is(catalog: Catalog) -> None:
    table(catalog, "d.s.a", "x")
    job = said(
        catalog,
        "urn:li:dataJob:(urn:li:dataFlow:(postgres,etl,PROD),load)",
        Logic("insert into s.new_one select x from s.a"),
    )
    enrich(catalog)
    assert flows(catalog, dataset("postgres", "d.s.new_one")) == {"d.s.a.x > x identity"}
    table(catalog, "other.s.b", "x")
    said(catalog, job, Logic("insert into s.another select x from s.a"))
    enrich(catalog)
    assert flows(catalog, dataset("postgres", "s.another")) == {"d.s.a.x > x identity"}


def test_dbt_model_without_compiled_sql_finds_its_refs_in_other_schemas(catalog: Catalog) -> None:
    staging = table(catalog, "d.staging.stg_orders", "id", "amount")
    riders = table(catalog, "d.marts.dim_rider_v2", "id", "name")
    sql = (
        "{{ config(materialized='table') }} select o.id, o.amount, r.name, {{ cents('amount') }} as c from "
        "{{ ref('stg_orders') }} o join {{ ref('dim_rider', v=2) }} r on r.id = o.id "
        "{% if is_incremental() %} where o.id > (select max(id) from {{ this }}) {% endif %}"
    )
    model = table(catalog, "d.marts.fct", sql=sql)
    said(catalog, model, Lineage((Upstream(staging), Upstream(riders))))
    enrich(catalog)
    assert flows(catalog, model) == {
        "d.staging.stg_orders.id > id identity",
        "d.staging.stg_orders.amount > amount identity",
        "d.marts.dim_rider_v2.name > name identity",
    }
    assert {up.urn for up in lineage(catalog, model).upstreams} == {staging, riders}


def test_relation_of_a_dbt_project_is_read_in_the_dialect_of_its_sibling(catalog: Catalog) -> None:
    orders = table(catalog, "d.s.orders", "id", "items", platform="snowflake")
    model = dataset("dbt", "d.s.flat")
    said(catalog, model, Logic("select id, f.value as item from orders, lateral flatten(input => items) f"))
    said(catalog, model, Siblings((dataset("snowflake", "d.s.flat"),)))
    enrich(catalog)
    assert [up.urn for up in lineage(catalog, model).upstreams] == [orders]
    assert "d.s.orders.items > item expression" in flows(catalog, model)


TASK = "urn:li:dataJob:(urn:li:dataFlow:(postgres,etl,PROD),{})"


def task(catalog: Catalog, name: str, sql: str) -> str:
    properties = (("default_database", "d"), ("default_schema", "s"))
    return said(catalog, TASK.format(name), Info(kind="task", name=name, properties=properties), Logic(sql))


def test_script_reads_its_inputs_and_gives_lineage_to_what_it_writes(catalog: Catalog) -> None:
    a = table(catalog, "d.s.a", "x", "y")
    target = table(catalog, "d.s.t", "x", "total")
    job = task(catalog, "load", "create temp table w as select x, y from a; insert into t select x, sum(y) from w")
    enrich(catalog)
    assert flows(catalog, target) == {"d.s.a.x > x identity", "d.s.a.y > total aggregate"}
    assert [up.urn for up in lineage(catalog, job).upstreams] == [a]
    assert lineage(catalog, job).columns == ()


def test_tables_written_by_two_scripts_keep_the_lineage_of_both(catalog: Catalog) -> None:
    table(catalog, "d.s.a", "x")
    table(catalog, "d.s.b", "x")
    target = table(catalog, "d.s.t", "x")
    one = task(catalog, "one", "insert into t select x from a")
    task(catalog, "two", "insert into t select x + 1 from b")
    enrich(catalog)
    both = {"d.s.a.x > x identity", "d.s.b.x > x expression"}
    assert flows(catalog, target) == both
    task(catalog, "two", "insert into t select x + 2 from b")
    enrich(catalog)
    assert flows(catalog, target) == both
    catalog.apply([Change(one, Removed("*"), Origin("warehouse"))])
    enrich(catalog)
    assert flows(catalog, target) == {"d.s.b.x > x expression"}


def test_asset_that_loses_its_sql_loses_what_was_read_off_it(catalog: Catalog) -> None:
    table(catalog, "d.s.a", "x")
    view = table(catalog, "d.s.v", sql="select x from a")
    enrich(catalog)
    assert flows(catalog, view)
    catalog.apply([Change(view, Removed(Logic.NAME), Origin("warehouse"))])
    enrich(catalog)
    assert lineage(catalog, view) == Lineage()


def test_what_is_no_sql_is_looked_at_once(catalog: Catalog) -> None:
    prompt = said(catalog, "urn:li:prompt:p", Logic("select the best answer from the list", language="prompt"))
    enrich(catalog)
    assert lineage(catalog, prompt) == Lineage()
    table(catalog, "d.s.a", "x")
    assert enrich(catalog).unchanged == 1


def test_asset_whose_sql_turns_into_something_else_loses_its_lineage(catalog: Catalog) -> None:
    table(catalog, "d.s.a", "x")
    view = table(catalog, "d.s.v", sql="select x from a")
    enrich(catalog)
    said(catalog, view, Logic("df = a[['x']]", language="python"))
    enrich(catalog)
    assert lineage(catalog, view) == Lineage()


def test_files_in_an_object_store_are_upstreams_and_local_paths_are_not(catalog: Catalog) -> None:
    target = table(catalog, "d.s.t", "a", platform="snowflake")
    job = said(
        catalog,
        "urn:li:dataJob:(urn:li:dataFlow:(snowflake,etl,PROD),load)",
        Logic("copy into d.s.t from 's3://lake/orders/'; copy into d.s.t from @stage/x.csv"),
    )
    enrich(catalog)
    assert [up.urn for up in lineage(catalog, job).upstreams] == [dataset("s3", "lake/orders")]
    assert [up.urn for up in lineage(catalog, target).upstreams] == [dataset("s3", "lake/orders")]


def test_expressions_are_shown_only_with_all_that_they_read() -> None:
    value = Lineage(
        (Upstream("urn:li:dataset:a"),),
        (
            ColumnEdge("urn:li:dataset:a", "x", "z", expression="a.x + secret.y", place="line 1, column 8"),
            ColumnEdge("urn:li:dataset:secret", "y", "z", expression="a.x + secret.y", place="line 1, column 8"),
        ),
    )
    bare = Lineage((Upstream("urn:li:dataset:a"),), (ColumnEdge("urn:li:dataset:a", "x", "z"),))
    assert without_upstreams(value, {"urn:li:dataset:secret"}) == bare
    assert without_columns(value, "urn:li:dataset:t", lambda urn, column: column == "y") == bare
    assert without_columns(value, "urn:li:dataset:t", lambda urn, column: False) == value


SOURCES = ("a", "b", "c")


def changed(chance: random.Random) -> tuple[str, tuple[str, ...], str]:
    """A random change of a small company: a table's columns, a view's SQL or a task's."""
    columns = tuple(sorted(chance.sample(["x", "y", "z"], chance.randint(1, 3))))
    kind = chance.random()
    if kind < 0.4:
        return f"d.s.{chance.choice(SOURCES)}", columns, ""
    read = chance.choice((*SOURCES, "v1", "v2"))
    if kind < 0.8:
        return f"d.s.v{chance.randint(1, 3)}", (), f"select *, 1 as n{chance.randint(1, 2)} from {read}"
    return f"task{chance.randint(1, 2)}", (), f"insert into t select x from {read}"


def state(catalog: Catalog, urns: Iterable[str]) -> dict[str, Lineage]:
    return {urn: lineage(catalog, urn) for urn in urns}


@pytest.mark.parametrize("seed", range(3))
def test_any_series_of_changes_ends_as_one_pass_over_the_last_state(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    stepwise, at_once = (Catalog(f"sqlite:///{tmp_path}/{name}.db") for name in ("stepwise", "at_once"))
    for catalog in (stepwise, at_once):
        catalog.register("lineage", TYPE)
        table(catalog, "d.s.t", "x")
    urns = {dataset("postgres", f"d.s.{name}") for name in (*SOURCES, "v1", "v2", "v3", "t")}
    for _ in range(9):
        name, columns, sql = changed(chance)
        for catalog in (stepwise, at_once):
            if name.startswith("task"):
                urns.add(task(catalog, name, sql))
            else:
                table(catalog, name, *columns, sql=sql)
        enrich(stepwise)
    for catalog in (stepwise, at_once):
        enrich(catalog)
        enrich(catalog)
    assert state(stepwise, urns) == state(at_once, urns)
    for catalog in (stepwise, at_once):
        catalog.database.close()


def test_mangled_sql_never_stops_a_pass(catalog: Catalog) -> None:
    table(catalog, "d.s.s", "a", "b")
    for number, (dialect, sql, _) in enumerate(texts(150, seed=3)):
        table(catalog, f"d.s.v{number}", sql=storable(sql), dialect=dialect)
    report = enrich(catalog)
    assert report.errors == 0
    assert enrich(catalog).applied.changed == 0
