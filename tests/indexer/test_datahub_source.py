"""The datahub connector: what DataHub's own file sink writes today, the older events, patches, and bad input.

`current.json` was written by DataHub's classes and file sink (tests/fixtures/datahub/write_current.py).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest

from catalog import ai_aspects as ai
from catalog import aspects as asp
from catalog.catalog import Catalog
from catalog.change import Change, Complete, Record, Removed, Skipped
from catalog.codec import decode, encode
from catalog.errors import SourceUnreadable
from evals.check_datahub import account
from indexer.run import run_source
from indexer.sources.datahub import files, read
from indexer.sources.datahub.fieldpath import names, readable

FIXTURES = Path(__file__).parent.parent / "fixtures" / "datahub"
CURRENT = FIXTURES / "current.json"
ORDERS = "urn:li:dataset:(urn:li:dataPlatform:snowflake,west.shop.public.orders,PROD)"
RAW = "urn:li:dataset:(urn:li:dataPlatform:snowflake,west.raw.public.orders,PROD)"
REVENUE = "urn:li:dataset:(urn:li:dataPlatform:snowflake,west.shop.public.revenue,PROD)"
TOPIC = "urn:li:dataset:(urn:li:dataPlatform:kafka,shop.orders.v1,PROD)"
GONE = "urn:li:dataset:(urn:li:dataPlatform:snowflake,west.shop.public.orders_2019,PROD)"
JOB = "urn:li:dataJob:(urn:li:dataFlow:(airflow,nightly,prod),load_orders)"
MODEL = "urn:li:mlModel:(urn:li:dataPlatform:mlflow,churn_3,PROD)"
FEATURE = "urn:li:mlFeature:(customers,orders_90d)"
TRAINING = "urn:li:dataProcessInstance:train-17"
TABLE = "urn:li:dataset:(urn:li:dataPlatform:postgres,shop.public.t,PROD)"
DAY = 86_400_000

T = TypeVar("T", bound=asp.Aspect)


def values(records: Iterable[Record], urn: str, kind: type[T]) -> list[T]:
    """All values of one aspect of one asset."""
    return [r.value for r in records if isinstance(r, Change) and r.urn == urn and isinstance(r.value, kind)]


def value(records: Iterable[Record], urn: str, kind: type[T]) -> T:
    """The only value of one aspect of one asset."""
    (one,) = values(records, urn, kind)
    return one


def skipped(records: Iterable[Record]) -> list[Skipped]:
    return [record for record in records if isinstance(record, Skipped)]


def proposal(
    aspect: str, content: object, urn: str = TABLE, *, seen: int = 0, change: str = "UPSERT"
) -> dict[str, Any]:
    return {
        "entityType": urn.split(":")[2],
        "entityUrn": urn,
        "changeType": change,
        "aspectName": aspect,
        "aspect": {"json": content},
        "systemMetadata": {"lastObserved": seen},
    }


def written(folder: Path, *records: object, name: str = "dh.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(records), "utf-8")
    return path


@pytest.fixture(scope="module")
def current() -> list[Record]:
    return list(read(CURRENT))


def test_every_entity_record_and_field_of_a_file_is_accounted_for() -> None:
    made = account(CURRENT)
    assert made.complete
    assert (made.records, len(made.entities), made.fields_emitted) == (92, 39, 7)
    assert set(made.skipped.values()) == {
        "entity dataPlatform",
        "entity ownershipType",
        "entity structuredProperty",
        "entity test",
    }


def test_reading_the_same_file_twice_yields_the_same_records(current: list[Record]) -> None:
    assert list(read(CURRENT)) == current


def test_there_is_one_value_per_asset_and_aspect_and_it_can_be_stored(current: list[Record]) -> None:
    seen: set[tuple[str, str]] = set()
    for record in current:
        if isinstance(record, Change) and isinstance(record.value, asp.Aspect):
            key = record.urn, record.value.NAME
            assert key not in seen or record.value.NAME == "profile"
            seen.add(key)
            assert decode(record.value.NAME, encode(record.value)) == record.value


def test_a_dataset_is_joined_from_its_many_aspects(current: list[Record]) -> None:
    info = value(current, ORDERS, asp.Info)
    assert (info.kind, info.name, info.platform, info.env) == ("table", "ORDERS", "snowflake", "PROD")
    assert (info.qualified_name, info.subtype, info.parent) == ("SHOP.PUBLIC.ORDERS", "Table", "urn:li:container:0c1d")
    assert dict(info.properties) == {"Retention": "365", "layer": "mart", "platform_instance": "west", "tier": "1"}
    assert value(current, ORDERS, asp.Membership).domain == "urn:li:domain:sales"
    assert value(current, ORDERS, asp.Siblings).primary
    assert value(current, ORDERS, asp.Links).links == (asp.Link("https://wiki.example/orders", "Wiki"),)


def test_what_people_edited_wins_over_what_the_platform_says(current: list[Record]) -> None:
    assert value(current, ORDERS, asp.Documentation).text == "One row per order."
    columns = {column.name: column for column in value(current, ORDERS, asp.Schema).columns}
    assert list(columns) == ["id", "email", "amount"]
    assert (columns["amount"].description, columns["amount"].tags) == ("Before tax.", ("money",))
    assert columns["amount"].terms == ("urn:li:glossaryTerm:Finance.NetRevenue",)
    assert columns["email"].description == "Where the receipt goes."
    assert columns["id"].primary_key
    assert not columns["email"].primary_key
    assert "edit of a column" in {record.what for record in skipped(current)}


def test_owners_keep_their_roles_and_own_types_show_by_name(current: list[Record]) -> None:
    owners = value(current, ORDERS, asp.Ownership).owners
    assert [(owner.urn, owner.role) for owner in owners] == [
        ("urn:li:corpuser:ines", "technical owner"),
        ("urn:li:corpGroup:data-platform", "Night watch"),
    ]


def test_a_patch_adds_and_takes_away_items(current: list[Record]) -> None:
    assert value(current, ORDERS, asp.Tags).tags == ("pii", "gold")
    assert values(current, ORDERS, asp.Terms) == []


def test_deprecation_names_the_replacement_and_when_it_goes(current: list[Record]) -> None:
    assert value(current, RAW, asp.Deprecation) == asp.Deprecation(True, "Use the mart.", ORDERS)
    assert dict(value(current, RAW, asp.Info).properties)["decommission_at"].startswith("2026-10-21")


def test_a_removed_entity_says_nothing_but_that(current: list[Record]) -> None:
    assert [record.value for record in current if isinstance(record, Change) and record.urn == GONE] == [Removed("*")]


def test_nested_field_paths_are_readable_and_stay_distinct(current: list[Record]) -> None:
    found = [column.name for column in value(current, TOPIC, asp.Schema).columns]
    assert found == ["id", "[type=Order].[type=string].id", "items", "items.sku"]
    assert value(current, TOPIC, asp.Info).kind == "topic"
    assert readable("a.b[0].c") == "a.b[0].c"
    assert readable("[version=2.0].[type=struct].[type=union].[type=com.x.Y].a.[type=long].b") == "a.b"
    assert names(["a", "a", "b"]) == ["a", "", "b"]


def test_table_and_column_lineage_of_a_view(current: list[Record]) -> None:
    lineage = value(current, REVENUE, asp.Lineage)
    assert lineage.upstreams == (asp.Upstream(ORDERS, "built from"),)
    assert [(edge.source_column, edge.column, edge.confidence) for edge in lineage.columns] == [
        ("amount", "r", 0.9),
        ("id", "r", 0.9),
    ]
    assert lineage.columns[0].expression == "SUM(amount)"
    assert value(current, REVENUE, asp.Logic).text == "select sum(amount) r from orders"
    assert value(current, REVENUE, asp.Info).kind == "view"


def test_a_job_stands_between_its_inputs_and_outputs(current: list[Record]) -> None:
    assert value(current, JOB, asp.Lineage).upstreams == (asp.Upstream(RAW, "reads"),)
    output = value(current, ORDERS, asp.Lineage)
    assert output.upstreams == (asp.Upstream(JOB, "built by"),)
    assert output.columns == (asp.ColumnEdge(RAW, "id", "id", "identity"),)
    assert value(current, JOB, asp.Info).parent == "urn:li:dataFlow:(airflow,nightly,prod)"


def test_the_last_run_of_a_job_stands_at_the_job(current: list[Record]) -> None:
    run = value(current, JOB, asp.Runs)
    assert (run.status, run.message, run.url) == ("failed", "OOMKilled", "https://airflow.example/21")
    assert run.started_at
    assert run.ended_at
    assert (run.ended_at - run.started_at).total_seconds() == 60


def test_dashboards_contain_charts_and_charts_read_tables(current: list[Record]) -> None:
    chart = "urn:li:chart:(looker,revenue_by_day)"
    assert value(current, "urn:li:dashboard:(looker,board)", asp.Lineage).upstreams == (
        asp.Upstream(chart, "contains"),
    )
    lineage = value(current, chart, asp.Lineage)
    assert lineage.upstreams == (asp.Upstream(REVENUE, "reads"),)
    assert lineage.columns == (asp.ColumnEdge(REVENUE, "r", "r"),)


def test_a_model_version_knows_data_features_run_and_metrics(current: list[Record]) -> None:
    version = value(current, MODEL, ai.ModelVersion)
    assert (version.version, version.stage, version.algorithm) == ("3", "champion", "gradient boosting")
    assert version.metrics == (("auc", 0.91),)
    assert version.hyperparameters == (("depth", "6"),)
    assert (version.training_sets, version.features, version.training_run) == ((ORDERS,), (FEATURE,), TRAINING)
    hows = [(up.urn, up.how) for up in value(current, MODEL, asp.Lineage).upstreams]
    assert hows == [(FEATURE, "uses"), (TRAINING, "trained by"), (ORDERS, "trained on"), (ORDERS, "evaluated on")]
    assert value(current, MODEL, ai.ModelInfo).out_of_scope == "Pricing"
    deployed = "urn:li:mlModelDeployment:(urn:li:dataPlatform:sagemaker,churn-live,PROD)"
    assert value(current, deployed, asp.Lineage).upstreams == (asp.Upstream(MODEL, "serves"),)


def test_features_training_runs_agents_and_metrics(current: list[Record]) -> None:
    table = "urn:li:mlFeatureTable:(urn:li:dataPlatform:feast,customers)"
    assert value(current, FEATURE, ai.Feature) == ai.Feature("count", "customer_id", view=table)
    assert value(current, table, ai.FeatureView).features == (FEATURE,)
    run = value(current, TRAINING, ai.TrainingRun)
    assert (run.status, run.metrics, run.parameters) == ("success", (("auc", 0.91),), (("depth", "6"),))
    assert value(current, TRAINING, asp.Info).kind == "training_run"
    assert value(current, "urn:li:aiAgent:analyst", ai.Agent).model == MODEL
    metric = "urn:li:metric:(urn:li:dataPlatform:dbt,shop,net_revenue)"
    assert value(current, metric, asp.Lineage).columns == (asp.ColumnEdge(ORDERS, "amount", "net_revenue"),)


def test_assertions_become_checks_of_the_table_with_their_newest_result(current: list[Record]) -> None:
    checks = {check.name: check for check in value(current, ORDERS, asp.Checks).checks}
    failing = checks["not_null_orders_id"]
    assert (failing.status, failing.column, failing.kind, failing.message) == ("fail", "id", "not_null", "3 unexpected")
    assert failing.urn == "urn:li:assertion:orders-id-not-null"
    assert checks["Is documented"].status == "pass"
    freshness = value(current, ORDERS, asp.Freshness)
    assert (freshness.error_after_hours, freshness.status) == (24.0, "pass")
    assert freshness.loaded_at == datetime.fromtimestamp(1_789_999_999, UTC)


def test_incidents_contracts_and_queries_stand_at_the_table(current: list[Record]) -> None:
    (incident,) = value(current, ORDERS, asp.Incidents).incidents
    assert (incident.title, incident.status, incident.severity) == ("Orders late", "open", "high")
    assert value(current, ORDERS, asp.Contract).status == "active"
    queries = {query.sql: query for query in value(current, ORDERS, asp.Queries).queries}
    assert queries["select * from orders limit 10"].title == "Look at orders"
    assert queries["select count(*) from orders"].runs == 2


def test_profiles_are_a_series_without_raw_values_and_usage_adds_up_days(current: list[Record]) -> None:
    profiles = values(current, ORDERS, asp.Profile)
    assert [r.origin.past for r in current if isinstance(r, Change) and isinstance(r.value, asp.Profile)] == [
        True,
        False,
    ]
    assert [profile.rows for profile in profiles] == [99, 100]
    assert all(not column.low and not column.samples for profile in profiles for column in profile.columns)
    usage = value(current, ORDERS, asp.Usage)
    assert (usage.queries, usage.users, usage.days) == (20, 2, 2)
    assert usage.top_users == (("urn:li:corpuser:ines", 16),)


def test_people_teams_terms_and_products(current: list[Record]) -> None:
    ines = value(current, "urn:li:corpuser:ines", asp.Person)
    assert (ines.full_name, ines.title, ines.slack, ines.active) == ("Ines Ade", "Staff engineer", "@ines", True)
    assert not value(current, "urn:li:corpuser:olaf", asp.Person).active
    assert value(current, "urn:li:corpGroup:data-platform", asp.Team).members == ("urn:li:corpuser:ines",)
    term = value(current, "urn:li:glossaryTerm:Finance.NetRevenue", asp.Term)
    assert term.related == ("urn:li:glossaryTerm:Finance.Revenue",)
    assert value(current, "urn:li:dataProduct:orders", asp.Product).assets == (ORDERS,)
    assert value(current, "urn:li:document:runbook", asp.Documentation).text == "Restart the loader."


def test_every_change_says_where_it_stands_and_when_it_was_so(current: list[Record]) -> None:
    change = next(
        r for r in current if isinstance(r, Change) and r.urn == ORDERS and isinstance(r.value, asp.Ownership)
    )
    assert (change.origin.source, change.origin.locator, change.origin.pointer) == ("datahub", str(CURRENT), "[5]")
    assert change.origin.observed_at == datetime.fromtimestamp(1_790_000_000, UTC)
    assert current[-1] == Complete(str(CURRENT))


def test_older_events_with_snapshots_and_wrapped_unions(tmp_path: Path) -> None:
    snapshot = {
        "urn": TABLE,
        "aspects": [
            {"com.linkedin.pegasus2avro.dataset.DatasetProperties": {"description": {"string": "Old."}, "tags": ["x"]}},
            {"com.linkedin.pegasus2avro.common.BrowsePaths": {"paths": ["/a"]}},
            {
                "com.linkedin.pegasus2avro.schema.SchemaMetadata": {
                    "platform": "urn:li:dataPlatform:postgres",
                    "fields": [{"fieldPath": "a", "type": {"type": {"com.linkedin.pegasus2avro.schema.DateType": {}}}}],
                }
            },
        ],
    }
    event = {"proposedSnapshot": {"com.linkedin.pegasus2avro.metadata.snapshot.DatasetSnapshot": snapshot}}
    path = written(tmp_path, event)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    records = list(read(path, source="old"))
    assert value(records, TABLE, asp.Documentation).text == "Old."
    assert value(records, TABLE, asp.Schema).columns == (asp.Column("a", "date", position=1),)
    assert [record.what for record in skipped(records)] == ["aspect browsePaths"]
    origin = next(record.origin for record in records if isinstance(record, Change))
    assert (origin.source, origin.observed_at) == ("old", datetime.fromtimestamp(1_700_000_000, UTC))


def test_an_aspect_may_be_json_text_and_files_may_be_json_lines(tmp_path: Path) -> None:
    record = proposal("datasetProperties", {})
    record["aspect"] = {"contentType": "application/json", "value": json.dumps({"description": "As text."})}
    path = tmp_path / "dh.jsonl"
    tagged = proposal("globalTags", {"tags": [{"tag": "urn:li:tag:gold"}]})
    path.write_text(f'{json.dumps(record)}\n{{"broken": \n]\n{json.dumps(tagged)}\n')
    records = list(read(path))
    assert value(records, TABLE, asp.Documentation).text == "As text."
    assert value(records, TABLE, asp.Tags).tags == ("gold",)
    assert next((record.error, record.pointer) for record in skipped(records)) == (True, "[1]")
    assert not any(isinstance(record, Complete) for record in records)


def test_the_newest_of_one_aspect_counts_in_any_order_of_files(tmp_path: Path) -> None:
    written(tmp_path, proposal("datasetProperties", {"description": "new"}, seen=2 * DAY), name="a.json")
    written(tmp_path, proposal("datasetProperties", {"description": "old"}, seen=DAY), name="b.json")
    records = list(read(tmp_path))
    assert value(records, TABLE, asp.Documentation).text == "new"
    assert [record.what for record in skipped(records)] == ["aspect datasetProperties written twice"]


def test_a_delete_takes_back_what_the_aspect_said(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        proposal("ownership", {"owners": [{"owner": "urn:li:corpuser:a"}]}, seen=DAY),
        proposal("ownership", None, change="DELETE", seen=2 * DAY),
    )
    assert [record.value for record in read(path) if isinstance(record, Change)] == [Removed("ownership")]


def test_a_delete_counts_by_its_time_not_its_place(tmp_path: Path) -> None:
    said = proposal("ownership", {"owners": [{"owner": "urn:li:corpuser:a"}]}, seen=DAY)
    gone = proposal("ownership", None, change="DELETE", seen=2 * DAY)
    assert [record.value for record in read(written(tmp_path, gone, said)) if isinstance(record, Change)] == [
        Removed("ownership")
    ]
    earlier = proposal("ownership", None, change="DELETE", seen=1)
    assert values(list(read(written(tmp_path, said, earlier))), TABLE, asp.Ownership)


def test_a_removed_table_gets_no_checks_from_its_assertions(tmp_path: Path) -> None:
    run = {"timestampMillis": DAY, "asserteeUrn": TABLE, "result": {"type": "SUCCESS"}}
    path = written(
        tmp_path,
        proposal("status", {"removed": True}),
        proposal("assertionRunEvent", run, urn="urn:li:assertion:a"),
    )
    records = list(read(path))
    assert [record.value for record in records if isinstance(record, Change)] == [Removed("*")]
    assert [record.what for record in skipped(records)] == ["entity assertion"]


def test_a_result_in_a_word_nobody_knows_is_no_pass(tmp_path: Path) -> None:
    run = {"timestampMillis": DAY, "asserteeUrn": TABLE, "result": {"type": "MAYBE"}}
    records = list(read(written(tmp_path, proposal("assertionRunEvent", run, urn="urn:li:assertion:a"))))
    assert value(records, TABLE, asp.Checks).checks[0].status == "error"


def test_an_entity_removed_and_written_again_later_is_there(tmp_path: Path) -> None:
    gone, back = proposal("status", {"removed": True}, seen=DAY), proposal("status", {"removed": False}, seen=2 * DAY)
    assert values(list(read(written(tmp_path, gone, back))), TABLE, asp.Info)
    assert values(list(read(written(tmp_path, back, gone))), TABLE, asp.Info)


def test_a_patch_alone_says_what_it_adds(tmp_path: Path) -> None:
    upstream, field = f"/upstreams/{ORDERS}", "/fineGrainedLineages/NONE/{}/NONE/{}"
    column = field.format(f"urn:li:schemaField:({TABLE},a~1b)", f"urn:li:schemaField:({ORDERS},id)")
    operations = [
        {"op": "add", "path": upstream, "value": {"dataset": ORDERS, "type": "COPY"}},
        {"op": "add", "path": column, "value": {"confidenceScore": 1.0}},
        {"op": "test", "path": "/upstreams", "value": 1},
    ]
    records = list(read(written(tmp_path, proposal("upstreamLineage", operations, change="PATCH"))))
    lineage = value(records, TABLE, asp.Lineage)
    assert lineage.upstreams == (asp.Upstream(ORDERS, "copied from"),)
    assert lineage.columns == (asp.ColumnEdge(ORDERS, "id", "a/b"),)
    assert [record.what for record in skipped(records)] == ["patch of upstreamLineage"]


def test_a_broken_record_is_reported_with_its_place_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        proposal("datasetProperties", {"description": ["not", "text"]}),
        {"nodes": {}},
        17,
        proposal("ownership", {"owners": [{"owner": "nobody"}, {"owner": "urn:li:corpuser:a"}]}),
        proposal("globalTags", {"tags": []}, urn="urn:li:dataset:(unclosed"),
        proposal("madeUpAspect", {}),
    )
    records = list(read(path))
    assert [(record.what, record.pointer, record.error) for record in skipped(records)] == [
        ("aspect datasetProperties", "[0]", True),
        ("record", "[1]", True),
        ("record", "[2]", True),
        ("part of ownership", "[3]", True),
        ("record", "[4]", True),
        ("aspect madeUpAspect", "[5]", False),
    ]
    assert [owner.urn for owner in value(records, TABLE, asp.Ownership).owners] == ["urn:li:corpuser:a"]
    assert not any(isinstance(record, Complete) for record in records)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no DataHub metadata"),
        ("[]", "holds no DataHub metadata"),
        ('{"nodes": {}}', "holds no DataHub metadata"),
        ('[{"entityUrn": "urn:li:tag:a", "aspectName": "tagKey", "aspect": {"json": {"name"', "cut off"),
        ('[{"aspectName": "x"} {"aspectName": "y"}]', "no comma"),
        ('[{"aspectName": "x"}] trailing', "goes on"),
        ('[{"aspectName": "x"},', "cut off"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text, "utf-8")
    with pytest.raises(SourceUnreadable, match=said):
        list(read(path))


def test_a_missing_file_a_pipe_and_bytes_that_are_no_text(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="Cannot read"):
        list(read(tmp_path / "none.json"))
    os.mkfifo(tmp_path / "pipe.json")
    with pytest.raises(SourceUnreadable, match="regular file"):
        list(read(tmp_path / "pipe.json"))
    (tmp_path / "latin.json").write_bytes(b'[{"a": "\xe9"}]')
    with pytest.raises(SourceUnreadable, match="UTF-8"):
        list(read(tmp_path / "latin.json"))


def test_one_broken_file_of_a_folder_does_not_stop_the_others(tmp_path: Path) -> None:
    written(tmp_path, proposal("datasetProperties", {"description": "here"}), name="good.json")
    (tmp_path / "cut.json").write_text('[{"entityUrn":')
    os.mkfifo(tmp_path / "a_pipe.json")
    records = list(read(tmp_path))
    assert value(records, TABLE, asp.Documentation).text == "here"
    assert [(record.what, record.error) for record in skipped(records)] == [("file", True), ("file", True)]
    assert [record for record in records if isinstance(record, Complete)] == [Complete(str(tmp_path / "good.json"))]
    (tmp_path / "cut.json").unlink()
    (tmp_path / "a_pipe.json").unlink()
    assert list(read(tmp_path))[-1] == Complete()


def test_a_file_is_read_through_a_small_window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_CHUNK", 7)
    big = [
        proposal("datasetProperties", {"description": f"é{index}" * 20}, urn=f"urn:li:tag:{index}")
        for index in range(9)
    ]
    path = tmp_path / "dh.json"
    path.write_text(json.dumps(big, ensure_ascii=False, indent=2), "utf-8")
    assert [item.value for item in files.items(path)] == big
    assert sum(isinstance(record, Change) for record in read(path)) == 18


def test_text_that_no_database_takes_is_mended(tmp_path: Path) -> None:
    path = written(tmp_path, proposal("datasetProperties", {"description": "a\ud800b\x00c"}))
    assert value(list(read(path)), TABLE, asp.Documentation).text == "a\ufffdb\ufffdc"


def test_a_catalog_takes_it_and_the_same_file_again_writes_nothing(tmp_path: Path) -> None:
    catalog = Catalog(f"sqlite:///{tmp_path / 'catalog.db'}")
    first = run_source(catalog, "datahub", read(CURRENT))
    assert first.errors == 0
    assert first.applied.added
    again = run_source(catalog, "datahub", read(CURRENT))
    assert (again.applied.added, again.applied.changed, again.applied.removed) == (0, 0, 0)
