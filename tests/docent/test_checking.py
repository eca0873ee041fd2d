"""lint and check at the command line: what they print, and when they end with 1."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from docent.app import Docent
from docent.cli import main

LIBRARY = Path(__file__).parents[1] / "fixtures" / "dbt" / "library"
Manifest = dict[str, Any]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("library")
    shutil.copytree(LIBRARY, root / "target")
    (root / "docent.toml").write_text('[[source]]\ntype = "dbt"\npath = "target"\n', encoding="utf-8")
    with Docent.open(root, {"DOCENT_MODEL_DIR": str(root / "no-model")}) as docent:
        docent.index(prepare_model=False)
    return root


def manifest() -> Manifest:
    read: Manifest = json.loads((LIBRARY / "manifest.json").read_text(encoding="utf-8"))
    return read


def head_of(folder: Path, changed: Manifest) -> Path:
    (folder / "head").mkdir()
    (folder / "head" / "manifest.json").write_text(json.dumps(changed), encoding="utf-8")
    shutil.copy(LIBRARY / "catalog.json", folder / "head" / "catalog.json")
    return folder / "head"


def run(workspace: Path, *words: str) -> Result:
    return CliRunner().invoke(main, [words[0], "--workspace", str(workspace), *words[1:]])


def read_columns(found: Manifest) -> list[tuple[str, str, str]]:
    """(model, model that reads it, a plain column that both name) of the fixture."""
    models = {key: node for key, node in found["nodes"].items() if node["resource_type"] == "model"}
    return [
        (upper, lower, column)
        for lower, node in models.items()
        for upper in node["depends_on"]["nodes"]
        if upper in models and models[upper].get("compiled_code") and node.get("compiled_code")
        for column in models[upper]["columns"]
        if column in models[upper]["compiled_code"] and column in node["compiled_code"]
    ]


def test_nothing_changed_is_nothing_to_say(library: Path) -> None:
    found = run(library, "check", "--base", str(LIBRARY), "--head", str(LIBRARY))
    assert (found.exit_code, found.stdout) == (0, "### Docent: no model or column changes\n")


def test_a_removed_model_that_is_still_read_breaks_its_readers(library: Path, tmp_path: Path) -> None:
    changed = manifest()
    upper, lower, _ = read_columns(changed)[0]
    name = changed["nodes"][upper]["name"]
    del changed["nodes"][upper]
    found = run(library, "check", "--base", str(LIBRARY), "--head", str(head_of(tmp_path, changed)), "--json")
    body = json.loads(found.stdout)
    assert found.exit_code == 1, found.output
    assert ("model removed", True) in {(one["kind"], one["name"].endswith(name)) for one in body["altered"]}
    broken = {one["name"].rsplit(".", 1)[-1] for one in body["broken"] if one["sure"]}
    assert changed["nodes"][lower]["name"] in broken


def test_a_renamed_column_is_a_guess_and_breaks_whoever_still_names_it(library: Path, tmp_path: Path) -> None:
    changed = manifest()
    upper, lower, column = read_columns(changed)[0]
    node = changed["nodes"][upper]
    node["compiled_code"] = f"select q.{column} as {column}_new from ({node['compiled_code']}) as q"
    words = ("--base", str(LIBRARY), "--head", str(head_of(tmp_path, changed)))
    found = run(library, "check", *words, "--json")
    body = json.loads(found.stdout)
    renamed = [one for one in body["altered"] if one["kind"] == "column renamed"]
    assert [(one["was"], one["now"], one["guess"]) for one in renamed] == [(column, f"{column}_new", True)]
    assert changed["nodes"][lower]["name"] in {one["name"].rsplit(".", 1)[-1] for one in body["broken"] if one["sure"]}
    assert found.exit_code == 1
    text = run(library, "check", *words).stdout
    assert text.startswith("### Docent: this breaks")
    assert "(a guess)" in text
    assert run(library, "check", *words, "--fail-on", "nothing").exit_code == 0


def test_sensitive_data_in_a_new_place_is_told_and_may_fail_the_build(library: Path, tmp_path: Path) -> None:
    base, changed = manifest(), manifest()
    upper, lower, column = read_columns(base)[0]
    for one in (base, changed):
        one["nodes"][upper]["columns"][column].setdefault("config", {})["meta"] = {"sensitive": ["personal data"]}
        one["nodes"][upper]["columns"][column]["meta"] = {"classification": "personal data"}
    changed["nodes"][lower]["compiled_code"] = (
        f"select r.{column} as newly from ({base['nodes'][upper]['relation_name']}) as r"
        if base["nodes"][upper]["relation_name"].startswith("(")
        else f"select r.{column} as newly from {base['nodes'][upper]['relation_name']} as r"
    )
    base["nodes"][lower]["compiled_code"] = f"select 1 as one from {base['nodes'][upper]['relation_name']} as r"
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "manifest.json").write_text(json.dumps(base), encoding="utf-8")
    words = ("--base", str(tmp_path / "base"), "--head", str(head_of(tmp_path, changed)), "--fail-on", "policies")
    found = run(library, "check", *words, "--json")
    touched = [(one["name"], one["arrives_in"].rsplit(".", 1)[-1]) for one in json.loads(found.stdout)["touched"]]
    assert ("personal data", changed["nodes"][lower]["name"]) in touched
    assert found.exit_code == 1


def test_no_name_mentions_anybody_or_opens_markup(library: Path, tmp_path: Path) -> None:
    changed = manifest()
    upper = read_columns(changed)[0][0]
    node = changed["nodes"][upper]
    node["compiled_code"] = f'select q.*, 1 as "@everyone`<img src=x>[a](http://x)" from ({node["compiled_code"]}) as q'
    text = run(library, "check", "--base", str(LIBRARY), "--head", str(head_of(tmp_path, changed))).stdout
    assert "@everyone" in text
    for line in text.splitlines():
        if "@everyone" in line:
            assert "@" not in "".join(line.split("`")[::2])
            assert "<img" not in "".join(line.split("`")[::2])


def test_lint_reads_a_file_prints_places_and_ends_with_1_on_errors(library: Path, tmp_path: Path) -> None:
    file = tmp_path / "q.sql"
    file.write_text("select 1;\nselect * from nowhere_at_all", encoding="utf-8")
    found = run(library, "lint", str(file))
    assert found.exit_code == 1
    assert f"{file}:2: error No table nowhere_at_all is known." in found.stdout
    body = json.loads(run(library, "lint", str(file), "--json").stdout)
    assert body["findings"][0]["rule"] == "unknown table"
    file.write_text("select 1", encoding="utf-8")
    assert run(library, "lint", str(file)).exit_code == 0
    assert run(library, "lint", str(file), "--dialect", "cobol").exit_code == 2
    assert run(library, "lint", str(tmp_path / "no.sql")).exit_code == 2


def test_lineage_pictures_and_bounds_at_the_command_line(shop: Path) -> None:
    assert run(shop, "lineage", "revenue", "--format", "mermaid").stdout.startswith("flowchart LR\n")
    assert run(shop, "lineage", "revenue", "--format", "dot").stdout.startswith("digraph lineage {\n")
    body = json.loads(run(shop, "lineage", "revenue", "--up", "1", "--format", "json").stdout)
    assert (body["direction"], body["total"], body["complete"]) == ("up", 1, True)
    assert json.loads(run(shop, "path", "orders", "revenue", "--json").stdout)["facts"]["total"] == 1
    assert json.loads(run(shop, "impact", "orders", "--json").stdout)["facts"]["total"] == 1
    assert run(shop, "lineage").exit_code == 2
