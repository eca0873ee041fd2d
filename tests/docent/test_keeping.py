"""Export, import, backup, restore and erase as people run them, on a small workspace."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from docent.app import Docent
from docent.cli import main

ANA = "urn:li:corpuser:ana"
ORDERS = "urn:li:dataset:(urn:li:dataPlatform:duckdb,shop.raw.orders,PROD)"


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def state(root: Path) -> str:
    with Docent.open(root) as docent:
        return docent.catalog.state_hash()


def test_a_catalog_is_exported_and_imported_elsewhere(shop: Path, tmp_path: Path) -> None:
    done = run("export", "--workspace", shop, "--json", tmp_path / "x.tar.gz")
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["state_hash"] == state(shop)
    assert run("init", tmp_path / "new").exit_code == 0
    done = run("import", "--workspace", tmp_path / "new", tmp_path / "x.tar.gz")
    assert done.exit_code == 0, done.output
    assert state(tmp_path / "new") == state(shop)
    assert run("import", "--workspace", tmp_path / "new", tmp_path / "nothing.tar.gz").exit_code == 2


def test_a_backup_is_restored_into_a_new_workspace_only(shop: Path, tmp_path: Path) -> None:
    file = tmp_path / "b.tar.gz"
    assert run("backup", "--workspace", shop, file).exit_code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    done = run("restore", file, "--to", tmp_path / "back")
    assert done.exit_code == 0, done.output
    assert state(tmp_path / "back") == state(shop)
    assert (tmp_path / "back" / "docent.toml").read_text() == (shop / "docent.toml").read_text()
    again = run("restore", file, "--to", tmp_path / "back")
    assert again.exit_code == 2
    assert "not empty" in again.output
    assert run("backup", "--workspace", shop, tmp_path / "b.db").exit_code == 2


def test_erasing_asks_first_and_a_dry_run_changes_nothing(shop: Path) -> None:
    before = state(shop)
    refused = run("erase", "--workspace", shop, "ana@shop.example")
    assert refused.exit_code == 2
    assert "--yes" in refused.output
    dry = run("erase", "--workspace", shop, "ana@shop.example", "--dry-run")
    assert dry.exit_code == 0, dry.output
    assert "Ana Souza" in dry.output
    assert "1 mentions" in dry.output
    assert state(shop) == before


def test_a_person_is_erased_with_a_proof_that_can_be_cited(shop: Path, tmp_path: Path) -> None:
    assert run("backup", "--workspace", shop, tmp_path / "old.tar.gz").exit_code == 0
    assert run("ask", "--workspace", shop, "who owns orders?").exit_code == 0
    done = run("erase", "--workspace", shop, ANA, "--yes", "--json", "--reason", "asked by Ana Souza")
    assert done.exit_code == 0, done.output
    report = json.loads(done.output)
    assert report["proof"]["residues"] == 0
    assert report["counts"]["answers"] == 1
    assert [copy["path"] for copy in report["copies"]] == [str(tmp_path / "old.tar.gz")]
    assert report["sources"] == ["knowledge/all.yaml"]
    cited = run("cite", "--workspace", shop, report["record"])
    assert cited.exit_code == 0, cited.output
    assert "asked by [erased]" in cited.output
    for file in (shop / ".docent").rglob("*"):
        assert not file.is_file() or b"Souza" not in file.read_bytes(), file
    owner = run("owner", "--workspace", shop, "orders")
    assert "Ana" not in owner.output
    assert "erased-" in owner.output


def test_the_same_sources_do_not_bring_it_back_until_it_is_lifted(shop: Path) -> None:
    assert run("erase", "--workspace", shop, ORDERS, "--yes").exit_code == 0
    assert run("index", "--workspace", shop, "--no-model").exit_code == 0
    assert run("show", "--workspace", shop, ORDERS).output.count("order_id") == 0
    assert run("erase", "--workspace", shop, ORDERS, "--yes").exit_code == 0  # once more cleans once more
    lifted = run("erase", "--workspace", shop, ORDERS, "--lift")
    assert lifted.exit_code == 0, lifted.output
    assert run("erase", "--workspace", shop, "nobody", "--yes").exit_code == 2


@pytest.mark.parametrize("word", ["answer:none", "conversation:none", "urn:li:corpuser:nobody"])
def test_what_nobody_knows_is_not_erased(shop: Path, word: str) -> None:
    done = run("erase", "--workspace", shop, word, "--yes")
    assert done.exit_code == 2
    assert "docent:" in done.output
