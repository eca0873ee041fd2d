"""The dbt connector on a project really run by dbt-core 1.12 (fixtures/dbt/library), on older shapes and bad input."""

from __future__ import annotations

import copy
import json
import random
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest

from catalog import codec
from catalog.ai_aspects import ModelInfo
from catalog.aspects import (
    Aspect,
    Certification,
    Checks,
    Classification,
    Column,
    Contract,
    Deprecation,
    Documentation,
    ForeignKey,
    Freshness,
    Info,
    Lineage,
    Logic,
    Membership,
    Metric,
    Owner,
    Ownership,
    Person,
    Profile,
    Runs,
    Schema,
    Tags,
    Team,
    Terms,
    Upstream,
)
from catalog.change import Change, Complete, Record, Skipped
from catalog.errors import SourceUnreadable
from catalog.urn import dataset
from indexer.sources.dbt import read

LIBRARY = Path(__file__).parents[1] / "fixtures" / "dbt" / "library"
A = TypeVar("A", bound=Aspect)


class Said:
    """What a run yielded, easy to ask."""

    def __init__(self, records: Iterator[Record]) -> None:
        self.records = list(records)
        self.changes = [one for one in self.records if isinstance(one, Change)]
        self.skipped = [one for one in self.records if isinstance(one, Skipped)]
        self.by_key = {(one.urn, one.value.NAME): one for one in self.changes if isinstance(one.value, Aspect)}

    def get(self, urn: str, kind: type[A]) -> A:
        value = self.by_key[urn, kind.NAME].value
        assert isinstance(value, kind)
        return value

    def has(self, urn: str, kind: type[Aspect]) -> bool:
        return (urn, kind.NAME) in self.by_key

    @property
    def complete(self) -> bool:
        return Complete() in self.records

    @property
    def errors(self) -> list[str]:
        return [one.why for one in self.skipped if one.error]


def table(name: str) -> str:
    return dataset("duckdb", f"library.{name}")


@pytest.fixture(scope="module")
def library() -> Said:
    return Said(read(LIBRARY))


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return Path(shutil.copytree(LIBRARY, tmp_path / "target"))


def edit(path: Path, change: Callable[[Any], None]) -> None:
    body = json.loads(path.read_text())
    change(body)
    path.write_text(json.dumps(body))


FCT = table("main.fct_loans_v2")
OLD = table("main.fct_loans_v1")
STAGED = table("main.stg_loans")
MEMBERS = table("raw.mbr")


class TestTables:
    def test_every_resource_is_told_or_counted(self, library: Said) -> None:
        manifest = json.loads((LIBRARY / "manifest.json").read_text())
        told = {value for one in library.changes if isinstance(one.value, Info) for _, value in one.value.properties}
        told |= {
            check.urn.split(":", 3)[3]
            for one in library.changes
            if isinstance(one.value, Checks)
            for check in one.value.checks
        }
        sections = ("nodes", "sources", "exposures", "metrics", "semantic_models", "saved_queries", "unit_tests")
        missing = {unique_id for section in sections for unique_id in manifest[section]} - told
        assert missing == {"analysis.library.worst"}
        assert [one.what for one in library.skipped] == ["dbt analysis", "disabled model", "section macros"]
        assert library.complete

    def test_kind_and_subtype_follow_the_materialisation(self, library: Said) -> None:
        kinds = {
            name: library.get(table(name), Info) for name in ("main.late_days", "main.loans_daily", "main.branches")
        }
        assert [(one.kind, one.subtype) for one in kinds.values()] == [
            ("view", "dbt ephemeral model"),
            ("table", "dbt incremental model"),
            ("table", "dbt seed"),
        ]
        assert library.get(MEMBERS, Info).subtype == "dbt source"
        assert library.get(table("main_history.members_history"), Info).subtype == "dbt snapshot"

    def test_a_source_has_the_name_of_its_table_and_keeps_dbts(self, library: Said) -> None:
        info = library.get(MEMBERS, Info)
        assert (info.name, info.platform, info.qualified_name) == ("mbr", "duckdb", "library.raw.mbr")
        assert dict(info.properties)["dbt_name"] == "members"
        assert dict(info.properties)["dbt_source"] == "circulation: The lending system."

    def test_free_meta_keys_become_properties_and_read_ones_do_not(self, library: Said) -> None:
        properties = dict(library.get(FCT, Info).properties)
        assert properties["retention"] == "5 years"
        assert not {"tier", "certified", "domain", "business_owner", "terms"} & set(properties)

    def test_descriptions_have_their_doc_blocks(self, library: Said) -> None:
        assert library.get(STAGED, Documentation).text == "One item lent to one member. Straight from the source."

    def test_a_doc_block_that_dbt_left_in_place_is_filled_in(self, target: Path) -> None:
        def leave(manifest: Any) -> None:
            manifest["nodes"]["model.library.stg_loans"]["description"] = "{{ doc('loan') }} And {{ doc('nope') }}"

        edit(target / "manifest.json", leave)
        text = Said(read(target)).get(STAGED, Documentation).text
        assert text == "One item lent to one member. And {{ doc('nope') }}"

    def test_meta_and_tags_are_read_by_convention(self, library: Said) -> None:
        assert library.get(FCT, Certification) == Certification(certified=True, tier=1)
        assert library.get(FCT, Membership).domain == "urn:li:domain:lending"
        assert library.get(FCT, Terms).terms == ("urn:li:glossaryTerm:loan",)
        assert library.get(MEMBERS, Classification).classes == (("email", "personal data"),)
        assert library.get(STAGED, Tags).tags == ("staging",)

    def test_public_access_is_no_certificate(self, target: Path) -> None:
        def strip(manifest: Any) -> None:
            node = manifest["nodes"]["model.library.fct_loans.v2"]
            node["meta"] = node["config"]["meta"] = {}

        edit(target / "manifest.json", strip)
        said = Said(read(target))
        assert dict(said.get(FCT, Info).properties)["access"] == "public"
        assert not said.has(FCT, Certification)

    def test_a_past_deprecation_date_is_in_force_and_names_its_replacement(self, library: Said) -> None:
        assert library.get(OLD, Deprecation) == Deprecation(
            deprecated=True, replacement=FCT, since=datetime(2025, 1, 31, tzinfo=UTC)
        )

    def test_a_future_deprecation_date_is_an_announcement(self, target: Path) -> None:
        def keep_only_the_date(manifest: Any) -> None:
            node = manifest["nodes"]["model.library.loans_daily"]
            node["meta"] = node["config"]["meta"] = {}
            node["tags"] = node["config"]["tags"] = []

        edit(target / "manifest.json", keep_only_the_date)
        found = Said(read(target)).get(table("main.loans_daily"), Deprecation)
        assert not found.deprecated
        assert found.note == "Deprecation is announced for 2099-12-31."

    def test_meta_says_why_and_what_instead(self, library: Said) -> None:
        found = library.get(table("main.loans_daily"), Deprecation)
        assert found.deprecated
        assert found.note.startswith("Too slow.")
        assert (found.replacement, found.since) == (STAGED, None)

    def test_versions_and_contract(self, library: Said) -> None:
        assert library.get(OLD, Contract) == Contract(enforced=True, version="1", latest=FCT)
        assert not library.has(STAGED, Contract)

    def test_compiled_code_is_preferred(self, library: Said) -> None:
        logic = library.get(STAGED, Logic)
        assert logic.compiled
        assert (logic.language, logic.dialect) == ("sql", "duckdb")
        assert '"library"."raw"."loans"' in logic.text

    def test_raw_code_serves_when_nothing_was_compiled(self, target: Path) -> None:
        edit(target / "manifest.json", lambda it: it["nodes"]["model.library.stg_loans"].pop("compiled_code"))
        logic = Said(read(target)).get(STAGED, Logic)
        assert not logic.compiled
        assert "source('circulation', 'loans')" in logic.text

    def test_lineage_is_declared_and_passes_through_ephemeral_models(self, library: Said) -> None:
        assert library.get(FCT, Lineage).upstreams == (
            Upstream(STAGED, "built from"),
            Upstream(table("main.late_days"), "built from"),
        )

    def test_names_can_leave_the_database_out_and_follow_a_platform(self) -> None:
        said = Said(read(LIBRARY, platform="snowflake", env="DEV", database_in_names=False))
        assert said.has(dataset("snowflake", "main.fct_loans_v2", "DEV"), Info)


class TestColumns:
    def test_types_and_order_come_from_the_warehouse_words_from_the_project(self, library: Said) -> None:
        assert library.get(MEMBERS, Schema).columns == (
            Column("member_id", "INTEGER", nullable=False, primary_key=True, position=1),
            Column(
                "email",
                "VARCHAR",
                "Where reminders go.",
                tags=("pii",),
                terms=("urn:li:glossaryTerm:contact-data",),
                position=2,
                properties=(("masking", "hash"),),
            ),
            Column("updated_at", "TIMESTAMP", position=3),
        )

    def test_relationship_tests_are_foreign_keys(self, library: Said) -> None:
        assert library.get(STAGED, Schema).foreign_keys == (
            ForeignKey(("member_id",), MEMBERS, ("member_id",)),
            ForeignKey(("branch_id",), table("main.branches"), ("branch_id",)),
        )

    def test_a_declared_key_wins_over_tested_ones(self, target: Path) -> None:
        assert [one.name for one in Said(read(target)).get(FCT, Schema).columns if one.primary_key] == ["loan_id"]

        def declare(manifest: Any) -> None:
            key = [{"type": "primary_key", "columns": ["member_id", "loaned_on"]}]
            manifest["nodes"]["model.library.stg_loans"]["constraints"] = key

        edit(target / "manifest.json", declare)
        keys = [one.name for one in Said(read(target)).get(STAGED, Schema).columns if one.primary_key]
        assert keys == ["member_id", "loaned_on"]

    def test_a_test_on_some_rows_proves_no_key(self, target: Path) -> None:
        def narrow(manifest: Any) -> None:
            for unique_id, node in manifest["nodes"].items():
                if unique_id.startswith("test.library.unique_stg_loans"):
                    node["config"]["where"] = "branch_id = 1"

        edit(target / "manifest.json", narrow)
        assert not any(one.primary_key for one in Said(read(target)).get(STAGED, Schema).columns)

    def test_a_foreign_key_constraint_names_its_table_as_sql_does(self, target: Path) -> None:
        def constrain(manifest: Any) -> None:
            to = {
                "type": "foreign_key",
                "columns": ["member_id"],
                "to": '"library"."raw"."mbr"',
                "to_columns": ["member_id"],
            }
            manifest["nodes"]["model.library.fct_loans.v2"]["constraints"].append(to)

        edit(target / "manifest.json", constrain)
        assert Said(read(target)).get(FCT, Schema).foreign_keys == (
            ForeignKey(("member_id",), MEMBERS, ("member_id",)),
        )

    def test_a_column_spelled_in_other_case_is_the_same_column(self, target: Path) -> None:
        def shout(catalog: Any) -> None:
            columns = catalog["sources"]["source.library.circulation.members"]["columns"]
            for column in columns.values():
                column["name"] = column["name"].upper()

        edit(target / "catalog.json", shout)
        said = Said(read(target))
        columns = said.get(MEMBERS, Schema).columns
        assert [one.name for one in columns] == ["MEMBER_ID", "EMAIL", "UPDATED_AT"]
        assert columns[0].primary_key
        assert columns[1].description == "Where reminders go."
        assert {one.column for one in said.get(MEMBERS, Checks).checks} == {"MEMBER_ID"}

    def test_without_a_catalog_the_declared_columns_stand(self, target: Path) -> None:
        (target / "catalog.json").unlink()
        said = Said(read(target))
        assert [(one.name, one.type, one.position) for one in said.get(FCT, Schema).columns] == [
            ("loan_id", "integer", 0),
            ("member_id", "integer", 0),
            ("days_late", "bigint", 0),
        ]
        assert said.complete
        assert "no catalog" in [one.what for one in said.skipped]

    def test_statistics_and_comments_of_the_warehouse_are_taken(self, target: Path) -> None:
        def measure(catalog: Any) -> None:
            node = catalog["nodes"]["model.library.loans_daily"]
            node["stats"] = {
                "num_rows": {"id": "num_rows", "value": 99.0, "include": True},
                "bytes": {"value": 7, "include": False},
            }
            node["metadata"]["comment"] = "Made at night."

        edit(target / "catalog.json", measure)
        said = Said(read(target))
        profile = said.get(table("main.loans_daily"), Profile)
        assert (profile.rows, profile.bytes) == (99, None)
        assert said.get(table("main.loans_daily"), Documentation).text == "Made at night."


class TestResults:
    def test_results_stand_at_their_tests(self, library: Said) -> None:
        checks = {one.name: one for one in library.get(FCT, Checks).checks}
        late = checks["no_late_loans"]
        assert (late.status, late.kind, late.severity) == ("fail", "singular", "error")
        assert late.message == "Got 2 results, configured to fail if != 0"
        assert late.at is not None
        values = next(one for one in checks.values() if one.kind == "accepted_values")
        assert (values.status, values.column, values.severity) == ("warn", "days_late", "warn")
        assert values.description == "values: 0, 1, 2; quote: false"

    def test_a_relationship_test_stands_only_at_the_table_it_is_on(self, library: Said) -> None:
        kinds = {one.kind for one in library.get(MEMBERS, Checks).checks}
        assert kinds == {"unique", "not_null"}
        assert "relationships" in {one.kind for one in library.get(STAGED, Checks).checks}

    def test_a_unit_test_stands_at_its_model(self, library: Said) -> None:
        (check,) = library.get(table("main.late_days"), Checks).checks
        assert (check.kind, check.status) == ("unit_test", "pass")

    def test_a_test_without_result_has_never_run(self, target: Path) -> None:
        (target / "run_results.json").unlink()
        said = Said(read(target))
        assert {one.status for one in said.get(FCT, Checks).checks} == {"never_run"}
        assert not said.has(FCT, Runs)

    def test_of_several_result_files_the_last_result_counts(self, target: Path) -> None:
        later = json.loads((target / "run_results.json").read_text())
        later["metadata"]["generated_at"] = "2027-01-01T00:00:00Z"
        later["results"] = [one for one in later["results"] if "no_late_loans" in one["unique_id"]]
        later["results"][0] |= {"status": "Pass", "message": None, "failures": 0, "timing": []}
        (target / "run_results_retry.json").write_text(json.dumps(later))
        said = Said(read(target))
        checks = {one.name: one for one in said.get(FCT, Checks).checks}
        assert checks["no_late_loans"].status == "pass"
        assert checks["not_null_fct_loans_v2_loan_id"].status == "pass"
        origin = said.by_key[FCT, "checks"].origin
        assert origin.locator.endswith("run_results_retry.json")
        assert origin.observed_at == datetime(2027, 1, 1, tzinfo=UTC)

    def test_runs_of_models_and_of_the_project(self, library: Said) -> None:
        run = library.get(FCT, Runs)
        assert (run.status, run.message) == ("success", "OK")
        assert run.started_at is not None
        assert run.ended_at is not None
        whole = library.get("urn:li:dataFlow:(dbt,library,PROD)", Runs)
        assert whole.status == "error"
        assert whole.message == "dbt build: 1 fail, 7 no-op, 9 pass, 7 success, 3 warn"

    def test_freshness_is_measured_against_its_limits(self, library: Said) -> None:
        found = library.get(MEMBERS, Freshness)
        assert (found.status, found.warn_after_hours, found.error_after_hours) == ("warn", 12.0, 36525 * 24.0)
        assert found.loaded_at == datetime(2026, 11, 21, tzinfo=UTC)

    def test_limits_without_a_measurement_have_never_run(self, target: Path) -> None:
        (target / "sources.json").unlink()
        found = Said(read(target)).get(MEMBERS, Freshness)
        assert (found.status, found.warn_after_hours, found.loaded_at) == ("never_run", 12.0, None)

    def test_the_year_one_means_no_row_had_a_time(self, target: Path) -> None:
        def empty(sources: Any) -> None:
            for one in sources["results"]:
                one |= {"max_loaded_at": "0001-01-01T00:00:00+00:00", "status": "runtime error"}

        edit(target / "sources.json", empty)
        found = Said(read(target)).get(MEMBERS, Freshness)
        assert (found.loaded_at, found.status) == (None, "error")

    def test_a_result_of_something_unknown_is_reported(self, target: Path) -> None:
        edit(target / "run_results.json", lambda it: it["results"][0].__setitem__("unique_id", "test.library.gone"))
        said = Said(read(target))
        assert "run result" in [one.what for one in said.skipped]
        assert said.complete

    def test_a_status_not_known_is_no_pass(self, target: Path) -> None:
        def praise(run: Any) -> None:
            for one in run["results"]:
                one["status"] = "splendid"

        edit(target / "run_results.json", praise)
        said = Said(read(target))
        assert {one.status for one in said.get(FCT, Checks).checks} == {"error"}
        assert not said.complete


class TestUses:
    @pytest.mark.parametrize(
        ("urn", "kind"),
        [
            ("urn:li:dashboard:(dbt,library.desk_board)", "dashboard"),
            ("urn:li:document:(dbt,library.demand_study)", "document"),
            ("urn:li:document:(dbt,library.lateness)", "document"),
            ("urn:li:mlModelGroup:(urn:li:dataPlatform:dbt,library.recommender,PROD)", "model"),
            ("urn:li:application:(dbt,library.card_app)", "application"),
            ("urn:li:llmApp:(dbt,library.ask_a_librarian)", "llm_app"),
        ],
    )
    def test_an_exposure_is_the_kind_its_type_says(self, library: Said, urn: str, kind: str) -> None:
        assert library.get(urn, Info).kind == kind
        assert {one.how for one in library.get(urn, Lineage).upstreams} == {"reads"}
        assert not library.has(urn, ModelInfo)

    def test_an_exposure_opens_where_its_url_says_if_that_is_a_web_address(self, library: Said) -> None:
        board = library.get("urn:li:dashboard:(dbt,library.desk_board)", Info)
        assert (board.name, board.url) == ("Desk board", "https://bi.library.example/desk")
        assert library.get("urn:li:application:(dbt,library.card_app)", Info).url == ""

    def test_metrics_say_how_they_are_computed(self, library: Said) -> None:
        urn = "urn:li:metric:(dbt,library.{})".format
        assert library.get(urn("loans_made"), Metric) == Metric(
            "count(loan_id)", "simple", ("loaned_on",), unit="loans"
        )
        assert library.get(urn("lateness_per_loan"), Metric).expression == "days_late_total / loans_made"
        assert library.get(urn("days_late_total"), Metric).filters == (
            "{{ Dimension('loan__loaned_on') }} > '2020-01-01'",
        )
        assert (
            library.get(urn("semantic_model.loans"), Metric).expression
            == "loans = count(loan_id)\nlate = sum(days_late)"
        )
        assert library.get(urn("saved_query.monthly"), Metric).expression == "loans_made"

    def test_metrics_lead_back_to_their_table(self, library: Said) -> None:
        model = "urn:li:metric:(dbt,library.semantic_model.loans)"
        assert [one.urn for one in library.get("urn:li:metric:(dbt,library.loans_made)", Lineage).upstreams] == [model]
        assert [one.urn for one in library.get(model, Lineage).upstreams] == [FCT]

    def test_the_project_is_a_pipeline_with_its_overview(self, library: Said) -> None:
        urn = "urn:li:dataFlow:(dbt,library,PROD)"
        assert library.get(urn, Info).kind == "pipeline"
        assert library.get(urn, Documentation).text == "Loans and members of the city library."


class TestOwners:
    def test_a_group_is_a_team_and_its_person_leads_it(self, library: Said) -> None:
        mara = "urn:li:corpuser:mara.lind"
        assert library.get(FCT, Ownership).owners == (
            Owner("urn:li:corpGroup:acquisitions"),
            Owner(mara, "group owner"),
            Owner(mara, "business owner"),
        )
        assert library.get("urn:li:corpGroup:acquisitions", Team).lead == mara
        assert library.get(mara, Person) == Person(full_name="Mara Lind", email="mara.lind@library.example")

    def test_a_group_owned_by_itself_is_one_team(self, library: Said) -> None:
        team = "urn:li:corpGroup:circulation"
        assert library.get(team, Team) == Team(email="circulation@library.example", slack="#circulation")
        assert library.get("urn:li:document:(dbt,library.lateness)", Ownership).owners == (Owner(team),)
        assert library.get("urn:li:document:(dbt,library.demand_study)", Ownership).owners == (Owner(team),)

    @pytest.mark.parametrize(
        ("meta", "owner"),
        [
            ({"owner": "@ada"}, Owner("urn:li:corpuser:ada")),
            ({"owner": "Ada.Byron@library.example"}, Owner("urn:li:corpuser:ada.byron")),
            ({"owner": "Ada Byron <ada@library.example>"}, Owner("urn:li:corpuser:ada")),
            ({"owner": {"name": "Ada Byron", "email": "ada@library.example"}}, Owner("urn:li:corpuser:ada")),
            ({"owner": {"name": "Ada Byron", "email": "data@library.example"}}, Owner("urn:li:corpuser:ada.byron")),
            ({"owner": "Ada Byron"}, Owner("urn:li:corpuser:ada.byron")),
            ({"owner": "Mara Lind"}, Owner("urn:li:corpuser:mara.lind")),
            ({"owner": "data-platform@library.example"}, Owner("urn:li:corpGroup:data-platform")),
            ({"owner": "@acme/lending"}, Owner("urn:li:corpGroup:lending")),
            ({"owner": "urn:li:corpuser:x"}, Owner("urn:li:corpuser:x")),
            ({"data_steward": "ada@library.example"}, Owner("urn:li:corpuser:ada", "data steward")),
            ({"governance.team_owner": "Lending"}, Owner("urn:li:corpGroup:lending", "team owner")),
            ({"team": "lending"}, Owner("urn:li:corpGroup:lending")),
            ({"owner": "#", "team": "#lending"}, Owner("urn:li:corpGroup:lending")),
            ({"owners": ["@ada", "@ada"]}, Owner("urn:li:corpuser:ada")),
        ],
    )
    def test_meta_names_owners_in_many_ways(self, target: Path, meta: dict[str, Any], owner: Owner) -> None:
        edit(
            target / "manifest.json",
            lambda it: it["nodes"]["seed.library.branches"]["config"].__setitem__("meta", meta),
        )
        assert Said(read(target)).get(table("main.branches"), Ownership).owners == (owner,)

    @pytest.mark.parametrize(
        ("meta", "tags", "classes"),
        [
            ({"contains_pii": True}, [], (("", "personal data"),)),
            ({"has_pii": False}, [], None),
            ({"pii": "none"}, [], None),
            ({"pii": "email"}, [], (("", "personal data"),)),
            ({}, ["PII"], (("", "personal data"),)),
            ({"classification": ["restricted", "phi"]}, [], (("", "restricted"), ("", "health data"))),
        ],
    )
    def test_classes_are_claimed_by_meta_and_tags(
        self, target: Path, meta: dict[str, Any], tags: list[str], classes: tuple[tuple[str, str], ...] | None
    ) -> None:
        edit(target / "manifest.json", lambda it: it["nodes"]["seed.library.branches"].update(meta=meta, tags=tags))
        said = Said(read(target))
        branches = table("main.branches")
        assert (said.get(branches, Classification).classes if said.has(branches, Classification) else None) == classes


def old_manifest(version: int, **sections: Any) -> dict[str, Any]:
    schema = f"https://schemas.getdbt.com/dbt/manifest/v{version}.json"
    head = {"dbt_schema_version": schema, "generated_at": "2021-06-18T21:38:36Z", "adapter_type": "postgres"}
    return {"metadata": head, "nodes": {}, "sources": {}} | sections


class TestOtherVersions:
    def test_manifest_1_writes_sql_and_tests_another_way(self, tmp_path: Path) -> None:
        model: dict[str, Any] = {
            "resource_type": "model",
            "package_name": "shop",
            "name": "orders",
            "database": "db",
            "schema": "s",
        }
        model |= {
            "alias": "orders",
            "config": {"materialized": "table"},
            "compiled_sql": "select 1",
            "meta": {"owner": "@ada"},
        }
        model |= {"depends_on": {"nodes": ["source.shop.raw.orders"], "macros": []}, "columns": {}}
        test: dict[str, Any] = {
            "resource_type": "test",
            "name": "t",
            "config": {"severity": "error"},
            "column_name": None,
        }
        test |= {"depends_on": {"nodes": ["model.shop.orders", "source.shop.raw.orders"]}}
        test |= {
            "test_metadata": {"name": "relationships", "kwargs": {"model": "{{ ref('orders') }}", "column_name": "id"}}
        }
        source = {
            "resource_type": "source",
            "package_name": "shop",
            "database": "db",
            "schema": "raw",
            "identifier": "orders",
        }
        body = old_manifest(
            1,
            nodes={"model.shop.orders": model, "test.shop.t": test},
            sources={"source.shop.raw.orders": source},
            disabled=[{"resource_type": "model"}],
        )
        (tmp_path / "manifest.json").write_text(json.dumps(body))
        said = Said(read(tmp_path))
        orders = dataset("postgres", "db.s.orders")
        assert said.get(orders, Logic).text == "select 1"
        assert said.get(orders, Checks).checks[0].column == "id"
        assert said.get(orders, Lineage).upstreams == (Upstream(dataset("postgres", "db.raw.orders"), "built from"),)
        assert not said.has(dataset("postgres", "db.raw.orders"), Checks)
        assert "disabled model" in [one.what for one in said.skipped]
        assert said.complete

    @pytest.mark.parametrize("version", [6, 7, 8, 9])
    def test_metrics_before_semantic_models(self, tmp_path: Path, version: int) -> None:
        metric: dict[str, Any] = {
            "resource_type": "metric",
            "package_name": "shop",
            "name": "revenue",
            "label": "Revenue",
        }
        metric |= {
            "calculation_method": "sum",
            "expression": "amount",
            "timestamp": "paid_at",
            "time_grains": ["day", "month"],
        }
        metric |= {"dimensions": ["country"], "filters": [{"field": "status", "operator": "=", "value": "'paid'"}]}
        body = old_manifest(version, metrics={"metric.shop.revenue": metric})
        (tmp_path / "manifest.json").write_text(json.dumps(body))
        found = Said(read(tmp_path)).get("urn:li:metric:(dbt,shop.revenue)", Metric)
        assert found == Metric("sum(amount)", "sum", ("country",), "day, month", ("status = 'paid'",))

    def test_version_20_leaves_out_what_is_empty(self, target: Path) -> None:
        def lean(manifest: Any) -> None:
            manifest["metadata"]["dbt_schema_version"] = "https://schemas.getdbt.com/dbt/manifest/v20.json"
            for section in ("nodes", "sources", "exposures", "unit_tests"):
                for unique_id, node in manifest[section].items():
                    manifest[section][unique_id] = {
                        key: value for key, value in node.items() if value not in (None, {}, [])
                    }
                    manifest[section][unique_id]["config"] = node.get("config", {}) | {
                        "meta": node.get("config", {}).get("meta")
                    }
                    manifest[section][unique_id].setdefault("depends_on", {})["nodes_with_ref_location"] = [["a", "b"]]

        edit(target / "manifest.json", lean)
        said, full = Said(read(target)), Said(read(LIBRARY))
        assert said.complete
        assert {key: one.value for key, one in said.by_key.items()} == {
            key: one.value for key, one in full.by_key.items()
        }

    def test_a_version_not_known_is_read_with_one_warning(self, target: Path) -> None:
        url = "https://schemas.getdbt.com/dbt/manifest/v99.json"
        edit(target / "manifest.json", lambda it: it["metadata"].__setitem__("dbt_schema_version", url))
        said = Said(read(target))
        assert [one.what for one in said.skipped].count("dbt schema version") == 1
        assert said.has(FCT, Schema)
        assert said.complete

    def test_a_section_not_known_is_counted_by_name(self, target: Path) -> None:
        edit(target / "manifest.json", lambda it: it.__setitem__("holograms", {"a": {}, "b": {}}))
        (found,) = [one for one in Said(read(target)).skipped if one.what == "section holograms"]
        assert found.why.startswith("2 entries")

    def test_what_is_not_known_among_the_nodes_is_counted_by_name(self, target: Path) -> None:
        edit(
            target / "manifest.json", lambda it: it["nodes"].__setitem__("probe.library.x", {"resource_type": "probe"})
        )
        assert "dbt probe" in [one.what for one in Said(read(target)).skipped]


class TestPlaces:
    def test_every_value_says_where_it_stands_and_survives_storage(self, library: Said) -> None:
        for change in library.changes:
            assert isinstance(change.value, Aspect)
            assert change.origin.source == "dbt"
            assert Path(change.origin.locator).is_file()
            assert change.origin.pointer
            assert change.origin.observed_at is not None
            assert codec.decode(change.value.NAME, codec.encode(change.value)) == change.value
        assert len(library.by_key) == len(library.changes)

    def test_columns_are_as_new_as_the_newer_artifact(self, target: Path) -> None:
        edit(target / "catalog.json", lambda it: it["metadata"].__setitem__("generated_at", "2020-01-01T00:00:00Z"))
        origin = Said(read(target)).by_key[FCT, "schema"].origin
        assert origin.locator.endswith("catalog.json")
        assert origin.pointer == "nodes.model.library.fct_loans.v2.columns"
        assert origin.observed_at is not None
        assert origin.observed_at.year == 2026

    def test_a_manifest_of_another_name_has_companions_named_alike(self, tmp_path: Path) -> None:
        for path in LIBRARY.glob("*.json"):
            shutil.copy(path, tmp_path / f"shop_{path.stem}_3.json")
        said = Said(read(tmp_path / "shop_manifest_3.json", source="shop"))
        assert [one.what for one in said.skipped] == ["dbt analysis", "disabled model", "section macros"]
        assert said.changes[0].origin.source == "shop"

    def test_artifacts_can_be_named(self, target: Path) -> None:
        (target / "run_results.json").rename(target / "nightly.json")
        assert Said(read(target, run_results=("nightly.json",))).has(FCT, Runs)
        with pytest.raises(SourceUnreadable, match=r"absent\.json"):
            list(read(target, catalog="absent.json"))

    def test_a_project_folder_has_its_target_within(self, target: Path) -> None:
        assert Said(read(target.parent)).complete

    def test_a_source_over_a_model_of_the_project_is_one_asset(self, target: Path) -> None:
        def alias(manifest: Any) -> None:
            source = manifest["sources"]["source.library.circulation.loans"]
            source |= {"schema": "main", "identifier": "stg_loans", "description": "Seen from the other side."}

        edit(target / "manifest.json", alias)
        said = Said(read(target))
        assert "second dbt node of a table" in [one.what for one in said.skipped]
        assert said.get(STAGED, Info).subtype == "dbt view model"
        assert said.get(STAGED, Tags).tags == ("staging", "nightly")
        assert not said.has(STAGED, Lineage)  # it would come from itself
        assert said.has(STAGED, Freshness)

    def test_names_with_commas_and_brackets_make_valid_urns(self, target: Path) -> None:
        edit(target / "manifest.json", lambda it: it["nodes"]["seed.library.branches"].__setitem__("alias", "a,b (c)"))
        said = Said(read(target))
        assert said.get(table("main.a%2Cb %28c%29"), Info).name == "a,b (c)"


class TestBadInput:
    @pytest.mark.parametrize(
        ("content", "words"),
        [
            ('{"metadata": {"dbt_schema_', "not JSON"),
            ("[1, 2]", "holds no object"),
            ('{"metadata": {}, "nodes": []}', "no 'nodes'"),
            ('{"hello": "world"}', "no 'nodes'"),
            (
                '{"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/catalog/v1.json"}}',
                "is a dbt catalog file",
            ),
            ("\x00\x01", "not JSON"),
            ("[" * 200_000, "deep"),
        ],
    )
    def test_a_manifest_that_is_none_says_what_it_is(self, tmp_path: Path, content: str, words: str) -> None:
        (tmp_path / "manifest.json").write_text(content)
        with pytest.raises(SourceUnreadable, match=words):
            list(read(tmp_path))

    def test_a_missing_manifest_says_what_to_run(self, tmp_path: Path) -> None:
        with pytest.raises(SourceUnreadable, match="Run 'dbt parse'"):
            list(read(tmp_path))

    @pytest.mark.parametrize(
        ("artifact", "lost"),
        [("catalog.json", (Schema,)), ("run_results.json", (Checks, Runs)), ("sources.json", (Freshness,))],
    )
    def test_a_broken_companion_costs_only_what_it_says(
        self, target: Path, artifact: str, lost: tuple[type[Aspect], ...]
    ) -> None:
        whole = (target / artifact).read_text()
        (target / artifact).write_text(whole[: len(whole) // 2])
        said, full = Said(read(target)), Said(read(LIBRARY))
        assert set(full.by_key) - set(said.by_key) == {
            key for key in full.by_key if key[1] in {one.NAME for one in lost}
        }
        assert len(said.errors) == 1
        assert not said.complete

    def test_a_node_of_absurd_type_is_skipped_and_the_rest_goes_on(self, target: Path) -> None:
        edit(target / "manifest.json", lambda it: it["nodes"].__setitem__("model.library.stg_loans", 17))
        said = Said(read(target))
        assert said.errors == ["'nodes.model.library.stg_loans' is a number; an object was expected."]
        assert said.has(FCT, Schema)
        assert not said.has(STAGED, Info)
        assert not said.complete

    def test_a_node_without_a_name_is_skipped(self, target: Path) -> None:
        edit(
            target / "manifest.json",
            lambda it: it["nodes"]["seed.library.branches"].update(name=None, alias="", identifier=""),
        )
        said = Said(read(target))
        assert ["seed.library.branches" in one and "neither name nor alias" in one for one in said.errors] == [True]

    def test_a_field_of_absurd_type_costs_only_itself(self, target: Path) -> None:
        edit(
            target / "manifest.json",
            lambda it: it["nodes"]["model.library.stg_loans"].__setitem__("description", {"a": 1}),
        )
        said = Said(read(target))
        assert said.errors == ["'description' of 'nodes.model.library.stg_loans' is an object; text was expected."]
        assert not said.has(STAGED, Documentation)
        assert said.get(STAGED, Tags).tags == ("staging",)

    def test_a_dependency_that_is_not_there_is_reported(self, target: Path) -> None:
        def cut(manifest: Any) -> None:
            manifest["nodes"]["model.library.stg_loans"]["depends_on"]["nodes"].append("model.elsewhere.x")

        edit(target / "manifest.json", cut)
        said = Said(read(target))
        assert "dependency" in [one.what for one in said.skipped]
        assert said.complete

    @pytest.mark.parametrize("seed", range(60))
    def test_whatever_stands_in_a_field_nothing_breaks(self, target: Path, seed: int) -> None:
        chance = random.Random(seed)
        artifact = target / chance.choice(
            ["manifest.json", "manifest.json", "catalog.json", "run_results.json", "sources.json"]
        )
        body = json.loads(artifact.read_text())
        for _ in range(30):
            spoil(body, chance)
        artifact.write_text(json.dumps(body))
        try:
            said = Said(read(target))
        except SourceUnreadable:
            return
        for change in said.changes:
            assert isinstance(change.value, Aspect)
            assert codec.decode(change.value.NAME, codec.encode(change.value)) == change.value
        assert said.complete == (not said.errors)


ABSURD: list[Any] = [
    None,
    True,
    -1,
    10**400 // 10**390,
    1e308,
    "",
    "x",
    "{{",
    "urn:li:",
    [],
    [[]],
    {},
    {"": {}},
    [None],
    {"a": [1]},
    ",(",
    "9999-12-31T23:59:59-14:00",
]


def spoil(body: Any, chance: random.Random) -> None:
    """Replace one value somewhere below `body` by something absurd."""
    while True:
        keys = list(body) if isinstance(body, dict) else list(range(len(body)))
        key = chance.choice(keys)
        if isinstance(body[key], dict | list) and body[key] and chance.random() < 0.9:
            body = body[key]
            continue
        body[key] = copy.deepcopy(chance.choice(ABSURD))
        return
