"""The files source: what people write becomes changes; what they get wrong is said with file and line."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from catalog import ai_aspects as ai
from catalog import aspects as a
from catalog.catalog import Catalog
from catalog.change import Change, Complete, Record, Removed, Skipped
from catalog.codec import decode, encode
from catalog.errors import SourceUnreadable
from indexer.run import run_source
from indexer.sources.files import read
from indexer.sources.files.ai_entries import SECTIONS
from indexer.sources.files.entries import keys_of

T = TypeVar("T", bound=a.Aspect)
Write = Callable[..., list[Record]]
DOCS = Path(__file__).parents[2] / "docs" / "sources" / "files.md"
CUSTOMERS = "urn:li:dataset:(urn:li:dataPlatform:duckdb,shop.marts.customers,PROD)"


@pytest.fixture
def read_files(tmp_path: Path) -> Write:
    """Write files (name, text) into an empty folder and read it."""

    def write_and_read(*files: tuple[str, str] | str) -> list[Record]:
        for item in files:
            name, text = ("one.yaml", item) if isinstance(item, str) else item
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return list(read(tmp_path))

    return write_and_read


def said(records: list[Record], urn: str, aspect: type[T]) -> T:
    """The one value of that aspect that the records give to `urn`."""
    values = [r.value for r in records if isinstance(r, Change) and r.urn == urn and isinstance(r.value, aspect)]
    assert len(values) == 1, f"{len(values)} values of {aspect.NAME} for {urn}"
    return values[0]


def urns(records: list[Record]) -> set[str]:
    return {record.urn for record in records if isinstance(record, Change)}


def errors(records: list[Record]) -> list[tuple[str, str, str]]:
    return [(r.locator, r.pointer, r.why) for r in records if isinstance(r, Skipped) and r.error]


def complete(records: list[Record]) -> list[str]:
    return [record.locator for record in records if isinstance(record, Complete)]


def documented(language: str) -> list[str]:
    example = DOCS.read_text(encoding="utf-8").split("## A whole example")[1].split("## When it was so")[0]
    return re.findall(rf"```{language}\n(.*?)```", example, re.DOTALL)


@pytest.fixture
def example(read_files: Write) -> list[Record]:
    files = [(f"{index}.yaml", text) for index, text in enumerate(documented("yaml"))]
    return read_files(*files, ("doc.md", documented("markdown")[0]))


# The documented example


def test_the_documented_example_has_every_section_and_no_mistake(example: list[Record]) -> None:
    assert [record for record in example if isinstance(record, Skipped)] == []
    written = "\n".join(documented("yaml"))
    assert [section for section in SECTIONS if f"\n{section}:" not in f"\n{written}"] == []
    assert "" in complete(example)


def test_every_value_survives_storage_and_carries_its_place(example: list[Record]) -> None:
    changes = [record for record in example if isinstance(record, Change)]
    assert len(changes) > 100
    for change in changes:
        assert isinstance(change.value, a.Aspect)
        assert decode(change.value.NAME, encode(change.value)) == change.value
        assert re.fullmatch(r"\d\.yaml|doc\.md", change.origin.locator)
        assert re.fullmatch(r"line \d+", change.origin.pointer)
        assert change.origin.source == "files"
        assert change.origin.observed_at is not None


def test_no_asset_gets_two_values_of_one_aspect(example: list[Record]) -> None:
    keys = [(r.urn, r.value.NAME) for r in example if isinstance(r, Change) and isinstance(r.value, a.Aspect)]
    assert len(keys) == len(set(keys))


def test_a_table_of_another_source_gets_only_what_was_said(example: list[Record]) -> None:
    names = {
        r.value.NAME for r in example if isinstance(r, Change) and r.urn == CUSTOMERS and isinstance(r.value, a.Aspect)
    }
    assert "info" not in names
    owners = said(example, CUSTOMERS, a.Ownership).owners
    assert owners == (a.Owner("urn:li:corpGroup:growth", "business owner"), a.Owner("urn:li:corpuser:ana", "steward"))
    assert ("email", "personal data") in said(example, CUSTOMERS, a.Classification).classes
    edge = said(example, CUSTOMERS, a.Lineage).columns[0]
    assert (edge.source_column, edge.column) == ("ordered_at", "is_churned")


def test_models_carry_versions_with_training_data_features_and_approval(example: list[Record]) -> None:
    version = said(example, "urn:li:mlModel:(urn:li:dataPlatform:mlflow,churn.3,PROD)", ai.ModelVersion)
    assert version.training_sets == ("urn:li:trainingSet:churn-2026-02",)
    assert version.features == ("urn:li:mlFeature:(customer,tenure)", "urn:li:mlFeature:(customer,orders_90d)")
    assert version.metrics == (("auc", 0.91), ("recall", 0.74))
    assert (version.approved, version.approved_by) == (True, "urn:li:corpuser:ana")
    group = "urn:li:mlModelGroup:(urn:li:dataPlatform:mlflow,churn,PROD)"
    assert said(example, group, ai.ModelInfo).production_version.endswith("churn.3,PROD)")
    info = said(example, "urn:li:mlModel:(urn:li:dataPlatform:mlflow,churn.3,PROD)", a.Info)
    assert (info.name, info.parent) == ("Churn model version 3", group)


def test_lineage_says_how(example: list[Record]) -> None:
    version = said(example, "urn:li:mlModel:(urn:li:dataPlatform:mlflow,churn.3,PROD)", a.Lineage)
    assert [upstream.how for upstream in version.upstreams] == ["trained on", "uses", "uses", "produced by"]
    written = said(example, "urn:li:dataset:(urn:li:dataPlatform:duckdb,shop.raw.orders,PROD)", a.Lineage)
    assert written.upstreams[0].how == "written by"
    assert written.upstreams[0].urn == "urn:li:dataJob:(urn:li:dataFlow:(airflow,nightly,PROD),load)"


def test_a_policy_keeps_purposes_retention_and_access_rules_with_patterns(example: list[Record]) -> None:
    policy = said(example, "urn:li:policy:gdpr-customers", a.Policy)
    hr_tables = "urn:li:dataset:(urn:li:dataPlatform:duckdb,shop.hr.*,*)"
    assert policy.applies_to == ("domain:urn:li:domain:customer", "tag:pii", "class:personal data", hr_tables)
    assert policy.retention_days == 730
    deny, hide, change = policy.access
    assert (deny.effect, deny.who, deny.classes) == ("deny", (), ("personal data",))
    assert deny.unless == ("urn:li:corpGroup:growth", "role:steward")
    assert (change.who, change.domains) == (("role:steward",), ("urn:li:domain:customer",))
    assert (hide.action, hide.assets) == ("discover", (hr_tables,))


def test_someone_who_left_is_not_active(example: list[Record]) -> None:
    assert said(example, "urn:li:corpuser:ana", a.Person).active
    assert not said(example, "urn:li:corpuser:jonas", a.Person).active


def test_markdown_with_front_matter_is_a_document_about_assets(example: list[Record]) -> None:
    assert said(example, "urn:li:document:late-orders", a.Info).subtype == "runbook"
    assert said(example, "urn:li:document:late-orders", a.Documentation).text.startswith("# Orders are late")
    about = said(example, "urn:li:document:late-orders", a.Lineage).upstreams
    assert {upstream.how for upstream in about} == {"about"}


def test_markdown_takes_id_and_name_from_file_and_heading(read_files: Write) -> None:
    records = read_files(("runbooks/On call.md", "---\nkind: runbook\n---\n\n# Being on call\ntext\n"))
    assert said(records, "urn:li:document:On-call", a.Info).name == "Being on call"


def test_markdown_without_front_matter_is_passed_over_and_said_so(read_files: Write) -> None:
    records = read_files(("README.md", "# How to write these\n"))
    assert [(r.error, r.locator) for r in records if isinstance(r, Skipped)] == [(False, "README.md")]
    assert complete(records) == ["README.md", ""]


# Mistakes


MISTAKES = [
    ("people:\n - id: ana\n   owner: x", "line 3", "'owner' is not a key of an entry in 'people'"),
    ("people:\n - id: ana\n   emial: x", "line 3", "Did you mean 'email'?"),
    ("people:\n - name: Ana", "line 2", "has no 'id'"),
    ("people:\n - id: ''", "line 2", "cannot be the 'id'"),
    ("people:\n - id:", "line 2", "'id' is empty"),
    ("people:\n - id: ana souza", "line 2", "no spaces"),
    ("people:\n - id: 'a,b)'", "line 2", "no spaces, commas, parentheses"),
    ("people:\n - ana", "line 2", "must be a mapping"),
    ("people:\n - [ana]", "line 2", "not a list"),
    ("people:\n  ana: {}", "line 2", "'people' must be a list"),
    ("people: ana", "line 1", "'people' must be a list"),
    ("- id: ana", "line 1", "A file holds sections"),
    ("just text", "line 1", "A file holds sections"),
    ("poeple: []", "line 1", "Did you mean 'people'?"),
    ("charts: []", "line 1", "inside the entries of 'dashboards'"),
    ("features: []", "line 1", "inside the entries of 'feature_views'"),
    ("people:\n - id: ana\n   joined: yesterday", "line 3", "must be a date or time"),
    ("people:\n - id: ana\n   joined: [2026-01-01]", "line 3", "must be a date or time"),
    ("people:\n - id: ana\n   name: {first: Ana}", "line 3", "'name' must be text, not a mapping"),
    ("people:\n - id: ana\n   id: anna", "line 3", "the key 'id' stands twice here, first on line 2"),
    ("metrics:\n - id: m\n   tier: high", "line 3", "must be a whole number"),
    ("metrics:\n - id: m\n   tier: 1.5", "line 3", "must be a whole number"),
    ("metrics:\n - id: m\n   tier: 9999999999999999999999", "line 3", "must be a whole number"),
    ("metrics:\n - id: m\n   usage: 5", "line 3", "'usage' must be a mapping"),
    ("metrics:\n - id: m\n   usage: {top_users: [ana]}", "line 3", "'top_users' must be a mapping"),
    ("metrics:\n - id: m\n   certified: maybe", "line 3", "must be true or false"),
    ("metrics:\n - id: m\n   checks: [{name: c, status: passed}]", "line 3", "Did you mean 'pass'?"),
    ("models:\n - id: m\n   versions: [{id: 1, metrics: {auc: good}}]", "line 3", "must be a number"),
    ("models:\n - id: m\n   versions: [{id: 1, metrics: {auc: .inf}}]", "line 3", "must be a number"),
    ("metrics:\n - id: m\n   reads: [shop.marts.customers]", "line 3", "is not a reference"),
    ("metrics:\n - id: m\n   reads: ['']", "line 3", "is not a reference"),
    ("metrics:\n - id: m\n   reads: ['dashbord:x']", "line 3", "Did you mean 'dashboard:x'?"),
    ("metrics:\n - id: m\n   reads: ['people:x']", "line 3", "Did you mean 'person:x'?"),
    ("metrics:\n - id: m\n   reads: ['dashboard:x']", "line 3", "write the URN by which another source knows it"),
    ("metrics:\n - id: m\n   reads: ['urn:li:dataset:(x']", "line 3", "the parenthesis is not closed"),
    ("metrics:\n - id: m\n   reads: ['duckdb:a(b)']", "line 3", "Write its URN"),
    ("metrics:\n - id: m\n   domain: 'duckdb:shop.x'", "line 3", "is not a domain, which is what belongs here"),
    ("metrics:\n - id: m\n   owners: ['urn:li:domain:x']", "line 3", "is not a person or team"),
    ("teams: [{id: growth}]\nmetrics:\n - id: m\n   owners: [growth]", "line 4", "Did you mean 'team:growth'?"),
    ("people: [{id: ana}]\nmetrics:\n - id: m\n   owners: [Anna]", "line 4", "Did you mean 'person:ana'?"),
    ("people: [{id: ANA}]\nmetrics:\n - id: m\n   owners: [anna]", "line 4", "Did you mean 'person:ANA'?"),
    ("tables:\n - id: customers", "line 2", "is not a reference"),
    ("assets:\n - id: x\n   kind: My Kind", "line 3", "cannot be the 'kind'"),
    ("assets:\n - {id: x, kind: table}", "line 2", "Write it under 'tables'"),
    ("assets:\n - {id: x, kind: chart}", "line 2", "Write it under 'dashboards'"),
    ("terms: [{id: x}, {id: x}]", "line 1", "'x' stands twice"),
    ("metrics: [{id: m, reads: '" + "table:" * 9 + "x'}]", "line 1", "is not a reference"),
    ("metrics: [{id: m, reads: '" + "table:" * 9000 + "x'}]", "line 1", "too long to be a reference"),
    ("incidents:\n - {id: i, title: t}", "line 2", "has no 'about'"),
    ("policies:\n - id: p\n   access: [{effect: forbid}]", "line 3", "must be one of allow, deny"),
    ("policies:\n - id: p\n   access: [{effect: deny, kinds: [tabel]}]", "line 2", "Did you mean 'table'?"),
    ("policies:\n - id: p\n   access: [{effect: deny, assets: ['tag:pii']}]", "line 3", "Write it under 'tags'"),
    ("policies:\n - id: p\n   access: [{effect: deny, assets: ['pg:a.b#c']}]", "line 3", "Write it under 'columns'"),
    ("people:\n - id: ana\n  name: Ana", "line 3", "not YAML"),
    ("people:\n - id: ana\n   name: !x Ana", "line 3", "tag"),
    ("observed_at: soon", "line 1", "has been"),
    ("observed_at: 2999-01-01", "line 1", "has been"),
    ("removed: [term:x]", "line 1", "files with 'observed_at'"),
]


@pytest.mark.parametrize(("text", "pointer", "says"), MISTAKES)
def test_a_mistake_is_told_with_its_line_and_what_to_do(read_files: Write, text: str, pointer: str, says: str) -> None:
    records = read_files(text, ("good.yaml", "terms: [{id: churn}]"))
    assert len(errors(records)) == 1, errors(records)
    locator, where, why = errors(records)[0]
    assert (locator, where) == ("one.yaml", pointer)
    assert says in why
    assert "urn:li:glossaryTerm:churn" in urns(records)
    assert complete(records) == ([] if text.startswith("incidents") else ["good.yaml"])


def test_all_mistakes_of_an_entry_are_told_at_once_and_the_entry_is_left_out(read_files: Write) -> None:
    records = read_files("people:\n - id: ana\n   emial: x\n   joined: soon\n   teams: [{}]\n - id: ben\n")
    assert [pointer for _, pointer, _ in errors(records)] == ["line 3", "line 4", "line 5"]
    assert urns(records) == {"urn:li:corpuser:ben"}


def test_an_entry_with_a_mistake_does_not_turn_references_to_it_into_mistakes(read_files: Write) -> None:
    text = "platform: mlflow\nmodels:\n - id: m\n   oops: 1\n   versions: [{id: 1}]\n"
    records = read_files(text + "model_deployments: [{id: d, serves: [m.1]}]\n")
    assert len(errors(records)) == 1
    served = said(records, "urn:li:mlModelDeployment:(urn:li:dataPlatform:mlflow,d,PROD)", a.Lineage).upstreams
    assert served[0].urn == "urn:li:mlModel:(urn:li:dataPlatform:mlflow,m.1,PROD)"


def test_the_same_id_in_two_files_is_told_with_both_places(read_files: Write) -> None:
    one, two = "terms:\n - id: churn\n   description: first", "\n\nterms:\n - id: churn\n   description: second"
    records = read_files(("a.yaml", one), ("b.yaml", two))
    told = "'churn' stands twice: first in a.yaml line 2. Keep one of them."
    assert errors(records) == [("b.yaml", "line 4", told)]
    assert said(records, "urn:li:glossaryTerm:churn", a.Documentation).text == "first"
    assert complete(records) == ["a.yaml"]


def test_one_table_by_two_spellings_is_told(read_files: Write) -> None:
    records = read_files(f"tables:\n - id: duckdb:shop.marts.customers\n - id: '{CUSTOMERS}'\n")
    assert [pointer for _, pointer, _ in errors(records)] == ["line 3"]


def test_what_other_sources_own_is_kept_as_written(read_files: Write) -> None:
    records = read_files("metrics: [{id: m, owners: [zoe, 'urn:li:corpGroup:x'], reads: ['postgres:a.b#c', kafka:t]}]")
    assert errors(records) == []
    assert said(records, "urn:li:metric:(files,m)", a.Ownership).owners[0].urn == "urn:li:corpuser:zoe"
    assert said(records, "urn:li:metric:(files,m)", a.Lineage).columns[0].source_column == "c"


# What several files say of one asset


def test_incidents_of_several_files_become_one_value(read_files: Write) -> None:
    files = [
        (f"{n}.yaml", f"incidents: [{{id: i{n}, title: t{n}, about: duckdb:shop.marts.customers}}]") for n in (1, 2)
    ]
    records = read_files(*files)
    assert [incident.title for incident in said(records, CUSTOMERS, a.Incidents).incidents] == ["t1", "t2"]


def test_incidents_are_held_back_while_some_of_them_cannot_be_read(read_files: Write) -> None:
    good = ("a.yaml", "incidents: [{id: i1, title: t, about: duckdb:shop.marts.customers}]\nterms: [{id: churn}]")
    for broken in ("incidents: [{id: i2}]", "incidents: [{id: i2, title", "incidents: {}"):
        records = read_files(good, ("b.yaml", broken))
        assert CUSTOMERS not in urns(records)
        assert "urn:li:glossaryTerm:churn" in urns(records)
        assert any("stay as they were" in r.why for r in records if isinstance(r, Skipped))
        assert complete(records) == []
    records = read_files(good, ("b.yaml", "people: [{id"))
    assert CUSTOMERS in urns(records)


# Time and completeness


def test_history_counts_from_its_time_may_repeat_ids_and_removes_only_what_it_names(read_files: Write) -> None:
    january = "observed_at: 2026-01-15\nterms: [{id: churn, description: old}]\nremoved: [metric:gone]\n"
    records = read_files(
        ("history/2026-01.yaml", january),
        ("now.yaml", "terms: [{id: churn, description: new}]\n"),
        ("old.md", "---\nobserved_at: 2026-02-01\nid: d\n---\ntext"),
    )
    texts = [
        (r.value.text, r.origin.observed_at)
        for r in records
        if isinstance(r, Change) and isinstance(r.value, a.Documentation)
    ]
    assert texts[:2] == [("old", datetime(2026, 1, 15, tzinfo=UTC)), ("text", datetime(2026, 2, 1, tzinfo=UTC))]
    assert texts[2][0] == "new"
    assert complete(records) == ["now.yaml"]
    assert "There is no metric 'gone'" in errors(records)[0][2]


def test_history_states_removals(read_files: Write) -> None:
    records = read_files(
        "observed_at: 2026-01-15T00:00:00Z\nremoved: [term:churn, 'looker:x', dashboard:d]\ndashboards: [{id: d}]"
    )
    removed = [record.urn for record in records if isinstance(record, Change) and isinstance(record.value, Removed)]
    assert "urn:li:glossaryTerm:churn" in removed
    assert "urn:li:dashboard:(files,d)" in removed
    assert complete(records) == []


def test_todays_files_are_complete_though_history_lies_beside_them(read_files: Write) -> None:
    records = read_files(("h.yaml", "observed_at: 2026-01-15\nterms: [{id: x}]"), ("now.yaml", "terms: [{id: x}]"))
    assert complete(records) == ["now.yaml", ""]


def test_todays_values_are_as_old_as_their_file(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("terms: [{id: churn}]")
    changed = datetime.fromtimestamp((tmp_path / "a.yaml").stat().st_ctime, UTC)
    change = next(read(tmp_path))
    assert isinstance(change, Change)
    assert change.origin.observed_at == changed


def test_the_same_files_give_the_same_records_twice(example: list[Record], tmp_path: Path) -> None:
    assert list(read(tmp_path)) == example


def test_an_old_file_copied_over_a_new_one_counts_as_new(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("terms: [{id: churn}]")
    os.utime(path, (0, 0))
    change = next(read(path))
    assert isinstance(change, Change)
    assert change.origin.observed_at is not None
    assert change.origin.observed_at.year > 2020


def test_one_file_may_be_given_and_locators_are_relative(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.yml").write_text("terms: [{id: churn}]")
    assert {r.origin.locator for r in read(tmp_path) if isinstance(r, Change)} == {"deep/a.yml"}
    assert {r.origin.locator for r in read(tmp_path / "deep" / "a.yml") if isinstance(r, Change)} == {"a.yml"}


def test_platform_and_source_come_from_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("dashboards: [{id: d, reads: [pg:a.b]}]")
    records = list(read(tmp_path, source="looks", platform="tableau", env="DEV"))
    assert said(records, "urn:li:dashboard:(tableau,d)", a.Lineage).upstreams[0].urn.endswith("a.b,DEV)")
    assert {r.origin.source for r in records if isinstance(r, Change)} == {"looks"}


def test_an_empty_folder_is_complete_and_a_missing_one_an_error(tmp_path: Path) -> None:
    assert list(read(tmp_path)) == [Complete()]
    with pytest.raises(SourceUnreadable, match="There is nothing at"):
        list(read(tmp_path / "missing"))


def test_someone_leaves_on_the_day_though_no_file_changes(tmp_path: Path) -> None:
    left = datetime.now(UTC) + timedelta(seconds=0.3)
    (tmp_path / "people.yaml").write_text(f"people: [{{id: ana, left: {left.isoformat()}}}]")
    before = said(list(read(tmp_path)), "urn:li:corpuser:ana", a.Person)
    while datetime.now(UTC) <= left:
        pass  # under a third of a second; the clock is the machine's own
    after = list(read(tmp_path))
    assert (before.active, said(after, "urn:li:corpuser:ana", a.Person).active) == (True, False)
    assert left in {record.origin.observed_at for record in after if isinstance(record, Change)}


def test_history_says_who_was_there_then(read_files: Write) -> None:
    records = read_files("observed_at: 2025-01-01\npeople: [{id: ana, left: 2025-06-30}]")
    assert said(records, "urn:li:corpuser:ana", a.Person).active


def test_a_platform_whose_name_resembles_a_kind_is_a_platform(read_files: Write) -> None:
    platforms = (
        "tableau feast looker metabase kafka postgres snowflake dagster mlflow s3 dbt duckdb domo mode trino hive"
    )
    reads = ", ".join(f"'{platform}:a.b'" for platform in platforms.split())
    assert errors(read_files(f"metrics: [{{id: m, reads: [{reads}]}}]")) == []


# In the catalog


def test_a_catalog_takes_the_example_and_the_same_files_again_write_nothing(
    example: list[Record], tmp_path: Path
) -> None:
    catalog = Catalog(f"sqlite:///{tmp_path / 'catalog.db'}")
    first = run_source(catalog, "files", example)
    assert (first.errors, first.applied.added > 100) == (0, True)
    again = run_source(catalog, "files", read(tmp_path))
    assert (again.applied.added, again.applied.changed, again.applied.removed) == (0, 0, 0)


def test_a_removed_file_takes_what_it_said_away_and_a_broken_one_does_not(read_files: Write, tmp_path: Path) -> None:
    catalog = Catalog(f"sqlite:///{tmp_path / 'catalog.db'}")
    one = ("1.yaml", "incidents: [{id: i1, title: t1, about: duckdb:shop.marts.customers}]")
    two = ("2.yaml", "incidents: [{id: i2, title: t2, about: duckdb:shop.marts.customers}]\nterms: [{id: churn}]")

    def incidents() -> list[str]:
        run_source(catalog, "files", read(tmp_path))
        held = catalog.view(catalog.scope("urn:li:corpuser:ana")).read(CUSTOMERS, a.Incidents)
        return [incident.title for incident in held.value.incidents] if held else []

    read_files(one, two)
    assert incidents() == ["t1", "t2"]
    read_files(("2.yaml", "incidents: [{id"))
    assert incidents() == ["t1", "t2"]
    (tmp_path / "2.yaml").unlink()
    assert incidents() == ["t1"]
    assert catalog.view(catalog.scope("urn:li:corpuser:ana")).asset("urn:li:glossaryTerm:churn") is None


# Hostile input


def test_hostile_files_are_told_and_the_rest_goes_on(read_files: Write, tmp_path: Path) -> None:
    (tmp_path / "binary.yaml").write_bytes(bytes(range(256)))
    (tmp_path.parent / "outside.yaml").write_text("terms: [{id: secret}]")
    (tmp_path / "link.yaml").symlink_to(tmp_path.parent / "outside.yaml")
    os.mkfifo(tmp_path / "pipe.yaml")
    bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{n}: &{n} [{','.join(['*' + o] * 10)}]\n" for o, n in zip("abcdef", "bcdefg", strict=True)
    )
    records = read_files(
        ("bomb.yaml", bomb),
        ("deep.yaml", "terms: " + "[" * 80_000),
        ("deepblock.yaml", "- " * 40_000),
        ("front.md", "---\n" + "[" * 40_000 + "\n---\n"),
        ("good.yaml", "terms: [{id: churn}]"),
    )
    assert urns(records) == {"urn:li:glossaryTerm:churn"}
    told = {locator or re.findall(r"'(\S+)' leads", why)[0] for locator, _, why in errors(records)}
    assert told == {"binary.yaml", "link.yaml", "pipe.yaml", "bomb.yaml", "deep.yaml", "deepblock.yaml", "front.md"}
    assert complete(records) == []  # binary.yaml may hold incidents, which may speak of anything


def test_nul_and_a_line_of_a_megabyte_are_stored_safely(read_files: Write) -> None:
    records = read_files(
        f'terms:\n - id: long\n   description: "{"x" * 1_000_000}"\n - id: nul\n   description: "a\x00b\\0"\n'
    )
    assert len(said(records, "urn:li:glossaryTerm:long", a.Documentation).text) == 1_000_000
    assert said(records, "urn:li:glossaryTerm:nul", a.Documentation).text == "a\ufffdb\ufffd"


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may list every folder")
def test_a_folder_that_cannot_be_listed_is_told_and_nothing_is_removed(read_files: Write, tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0)
    records = read_files(("good.yaml", "terms: [{id: churn}]"))
    assert "Cannot list" in errors(records)[0][2]
    assert complete(records) == []


def test_a_file_of_nothing_but_mistakes_is_told_in_part(read_files: Write) -> None:
    records = read_files("terms:\n" + " - {id: x, wrong: 1}\n" * 5_000)
    assert len(errors(records)) == 201
    assert "4800 more mistakes in this file" in errors(records)[-1][2]


def test_very_many_incidents_of_one_asset_take_no_long_time(read_files: Write) -> None:
    text = "incidents:\n" + "".join(f" - {{id: i{n}, title: t, about: pg:a.b}}\n" for n in range(5_000))
    table = "urn:li:dataset:(urn:li:dataPlatform:pg,a.b,PROD)"
    assert len(said(read_files(text), table, a.Incidents).incidents) == 5_000


def test_a_file_that_vanishes_between_listing_and_reading_is_told(read_files: Write, tmp_path: Path) -> None:
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere.yaml")  # listed, and not there when it is opened
    records = read_files(("good.yaml", "terms: [{id: churn}]"))
    assert [(locator, "No such file" in why) for locator, _, why in errors(records)] == [("gone.yaml", True)]
    assert complete(records) == []


@pytest.mark.parametrize(
    "value", ["5", "text", "true", "null", "[1, [2]]", "{a: {b: c}}", "2026-01-01", "[null]", "[{}]"]
)
def test_any_value_under_any_key_is_read_or_told(read_files: Write, value: str) -> None:
    files = []
    for section, (_, record) in SECTIONS.items():
        lines = [f" - {{id: x-{key}, {key}: {value}}}" for key in keys_of(record) if key != "id"]
        files.append((f"{section}.yaml", "\n".join([f"{section}:", *lines, f" - {{id: {value}}}", f" - {value}"])))
    records = read_files(*files)
    assert all(pointer and why for _, pointer, why in errors(records))
