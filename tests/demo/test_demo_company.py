"""The demo company is what its README says: artifacts of a real dbt run, files that parse, a warehouse that repeats."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo import warehouse
from demo.raw.world import build_world

DEMO = Path(warehouse.__file__).parent
COMPANY = DEMO / "company"
TARGET = COMPANY / "dbt" / "target"
NESTED = ("charts", "versions", "features", "tasks")


def artifact(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((TARGET / name).read_text(encoding="utf-8"))
    return loaded


def told() -> dict[str, int]:
    """The counts of the README's table."""
    rows = re.findall(r"^\| ([a-z_ ]+) \| (\d+) \|$", (DEMO / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    return {kind: int(count) for kind, count in rows}


def written() -> Counter[str]:
    """How many entries the files of today hold, by section; those inside others count by their own key."""
    found: Counter[str] = Counter()
    for path in sorted(COMPANY.glob("*.yaml")):
        for section, entries in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            if not isinstance(entries, list) or section in ("tables", "incidents"):
                continue
            found[section] += len(entries)
            for entry in entries:
                found.update({key: len(entry[key]) for key in NESTED if _holds_entries(entry.get(key))})
    found["documents"] = len(list((COMPANY / "runbooks").glob("*.md")))
    return found


def _holds_entries(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def test_counts_are_those_the_readme_tells() -> None:
    manifest = artifact("manifest.json")
    of_dbt = Counter(node["resource_type"] for node in manifest["nodes"].values())
    counted = {f"dbt {kind}s": of_dbt[kind] for kind in ("model", "seed", "snapshot")}
    counted |= {f"dbt {kind}": len(manifest[kind]) for kind in ("sources", "metrics", "exposures")}

    assert told() == counted | dict(written())


def test_artifacts_are_of_the_versions_of_todays_dbt() -> None:
    versions = {name: artifact(name)["metadata"]["dbt_schema_version"].rpartition("/")[2] for name in names()}

    assert versions["manifest.json"] == "v12.json"
    assert set(versions) == {"manifest.json", "catalog.json", "run_results.json", "sources.json"}


def names() -> list[str]:
    return sorted(path.name for path in TARGET.glob("*.json"))


def test_catalog_knows_every_relation_of_the_manifest() -> None:
    manifest, catalog = artifact("manifest.json"), artifact("catalog.json")
    relations = {key for key, node in manifest["nodes"].items() if node["resource_type"] != "test"}

    assert relations == set(catalog["nodes"])
    assert set(manifest["sources"]) == set(catalog["sources"])


def test_one_test_fails_upstream_of_the_board_dashboard() -> None:
    manifest = artifact("manifest.json")
    failed = [result["unique_id"] for result in artifact("run_results.json")["results"] if result["status"] == "fail"]

    assert [manifest["nodes"][one]["name"] for one in failed] == ["invoices_reconcile_with_ledger"]
    tested = manifest["nodes"][failed[0]]["attached_node"]
    assert tested in upstream(manifest, "exposure.veldrad.board_kpis")


def upstream(manifest: dict[str, Any], start: str) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for parent in manifest["parent_map"].get(waiting.pop(), []):
            if parent not in found:
                found.add(parent)
                waiting.append(parent)
    return found


def test_one_source_is_stale() -> None:
    stale = [result["unique_id"] for result in artifact("sources.json")["results"] if result["status"] == "error"]

    assert stale == ["source.veldrad.raw_marketing.ad_spend_daily"]


def test_home_location_flows_into_the_churn_training_table() -> None:
    parents = upstream(artifact("manifest.json"), "model.veldrad.ml_churn_training")

    assert {"model.veldrad.int_rider_home_cells", "source.veldrad.raw_events.bike_pings"} <= parents


@pytest.mark.parametrize("name", ["manifest.json", "catalog.json", "run_results.json", "sources.json"])
def test_artifacts_tell_nothing_of_the_machine_that_made_them(name: str) -> None:
    text = (TARGET / name).read_text(encoding="utf-8")

    assert not re.search(r'"(/(work|tmp|home|root|Users)/|[A-Z]:\\)', text)
    assert artifact(name)["metadata"].get("env") is None


def test_history_lies_before_today_and_in_order() -> None:
    times = [
        (path.parent.name, yaml.safe_load(path.read_text(encoding="utf-8"))["observed_at"])
        for path in sorted((COMPANY / "history").rglob("*.yaml"))
    ]

    assert {folder for folder, _ in times} == {"2026-03-01", "2026-06-15", "2026-09-01"}
    assert all(f"{at:%Y-%m-%d}" == folder for folder, at in times)


def test_the_table_behind_repair_notes_was_removed_and_dbt_does_not_have_it() -> None:
    september = yaml.safe_load((COMPANY / "history" / "2026-09-01" / "changes.yaml").read_text(encoding="utf-8"))

    assert "duckdb:veldrad.ml.workshop_notes_clean" in september["removed"]
    assert "workshop_notes_clean" not in (TARGET / "manifest.json").read_text(encoding="utf-8")


def test_the_same_seed_and_day_give_the_same_rows() -> None:
    first, second = (warehouse.raw_tables(build_world(warehouse.SEED, warehouse.TODAY)) for _ in range(2))
    other = warehouse.raw_tables(build_world(warehouse.SEED + 1, warehouse.TODAY))

    assert warehouse.fingerprint(first) == warehouse.fingerprint(second)
    assert warehouse.fingerprint(first) != warehouse.fingerprint(other)


def test_the_day_moves_all_dates_along() -> None:
    earlier = warehouse.raw_tables(build_world(warehouse.SEED, datetime(2026, 8, 1)))

    loaded = {str(row[-1])[:7] for table in earlier if table.name == "riders" for row in table.rows}
    assert loaded == {"2026-07"}


def test_the_warehouse_builds_with_the_rows_it_was_given(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    path = tmp_path / "veldrad.duckdb"

    rows = warehouse.build(path)

    with duckdb.connect(str(path), read_only=True) as connection:
        names_in_it = connection.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()
        total = sum(connection.execute(f'SELECT count(*) FROM {s}."{t}"').fetchone()[0] for s, t in names_in_it)
    assert total == rows
    declared = {(node["schema"], node["identifier"]) for node in artifact("manifest.json")["sources"].values()}
    assert declared <= set(names_in_it)


def test_about_half_of_the_columns_are_described() -> None:
    manifest, catalog = artifact("manifest.json"), artifact("catalog.json")
    columns = described = 0
    for key, table in (catalog["nodes"] | catalog["sources"]).items():
        node = manifest["nodes"].get(key) or manifest["sources"][key]
        told_of = {name.lower() for name, column in node["columns"].items() if column["description"]}
        columns += len(table["columns"])
        described += sum(name.lower() in told_of for name in table["columns"])

    assert 0.45 < described / columns < 0.6
