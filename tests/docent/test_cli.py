"""The command line on a small workspace: what programs rely on, exit codes, and survival of what goes wrong."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from docent.cli import main

ORDERS = "urn:li:dataset:(urn:li:dataPlatform:duckdb,shop.raw.orders,PROD)"
REVENUE = "urn:li:dataset:(urn:li:dataPlatform:duckdb,shop.marts.revenue,PROD)"
ANSWER_KEYS = {
    "answer_id", "question", "skill", "verdict", "text", "claims", "citations", "assets", "facts", "coverage",
    "follow_ups", "phrased_by", "timing_ms",
}  # fmt: skip
CITATION_KEYS = {"id", "ref", "n", "kind", "urn", "name", "aspect", "source", "version", "observed_at", "quote", "url"}


def run(shop: Path, command: str, *arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(main, [command, "--workspace", str(shop), *arguments])
    assert result.exit_code == code, (result.stdout, result.stderr, result.exception)
    return result


def printed(shop: Path, command: str, *arguments: str) -> Any:
    return json.loads(run(shop, command, "--json", *arguments).stdout)


def test_init_makes_a_workspace_once(tmp_path: Path) -> None:
    runner = CliRunner()
    assert runner.invoke(main, ["init", str(tmp_path / "new")]).exit_code == 0
    assert (tmp_path / "new" / "docent.toml").is_file()
    again = runner.invoke(main, ["init", str(tmp_path / "new")])
    assert again.exit_code == 2
    assert "is there already" in again.stderr
    assert (
        run(tmp_path / "new", "index", "--no-model", code=2).stderr.lstrip().startswith("docent: No source is set up")
    )


def test_index_again_changes_nothing(shop: Path) -> None:
    report = printed(shop, "index", "--no-model")
    (source,) = report["sources"]
    assert (source["added"], source["changed"], source["removed"], source["errors"]) == (0, 0, 0, 0)
    assert report["index"]["rebuilt"] is False


def test_status_has_the_keys_of_the_interface(shop: Path) -> None:
    status = printed(shop, "status")
    assert {"assets", "catalog_version", "state_hash", "index", "sources"} <= status.keys()
    assert status["assets"]["table"] == 2
    assert {"generation", "lexical_fresh", "vectors_fresh"} <= status["index"].keys()
    assert status["index"]["lexical_fresh"] is True
    assert status["index"]["vectors_fresh"] is False
    assert {"name", "last_run", "added", "changed", "removed", "skipped", "errors"} <= status["sources"][0].keys()
    assert "Shop" in run(shop, "status").stdout


def test_an_answer_has_the_keys_of_the_interface_and_marks_that_resolve(shop: Path) -> None:
    answer = printed(shop, "ask", "--no-model", "who owns orders?")
    assert answer.keys() >= ANSWER_KEYS
    assert answer["verdict"] == "answered"
    assert answer["skill"] == "owner"
    assert answer["facts"]["owners"][0]["urn"] == "urn:li:corpuser:ana"
    assert answer["assets"][0]["urn"] == ORDERS
    assert {"searched", "visible", "complete", "as_of", "missing"} <= answer["coverage"].keys()
    assert all(citation.keys() >= CITATION_KEYS for citation in answer["citations"])
    known = {citation["id"] for citation in answer["citations"]}
    assert all(claim["evidence"] and set(claim["evidence"]) <= known for claim in answer["claims"])
    assert all(f"[{citation['n']}]" in answer["text"] for citation in answer["citations"])


def test_search_has_the_keys_of_the_interface(shop: Path) -> None:
    found = printed(shop, "search", "orders", "--kind", "table")
    assert {"query", "results", "total", "complete", "timing_ms"} <= found.keys()
    assert found["results"][0]["urn"] == ORDERS
    assert {"urn", "name", "kind", "platform", "score", "why", "badges"} <= found["results"][0].keys()
    assert "Leave --as-of out" in run(shop, "search", "--as-of", "2026-01-01", "orders", code=2).stderr


@pytest.mark.parametrize("command", ["show", "owner", "trust", "find", "lineage"])
def test_a_command_for_one_kind_of_question_answers_about_the_asset(shop: Path, command: str) -> None:
    assert printed(shop, command, "orders")["assets"][0]["urn"] == ORDERS


def test_lineage_follows_one_direction(shop: Path) -> None:
    assert [node["urn"] for node in printed(shop, "lineage", "--down", "orders")["facts"]["nodes"]] == [REVENUE]
    assert printed(shop, "lineage", "--up", "orders")["facts"]["nodes"] == []


def test_every_reference_of_an_answer_can_be_cited(shop: Path) -> None:
    for citation in printed(shop, "ask", "who owns orders?")["citations"]:
        record = printed(shop, "cite", citation["ref"])
        if citation["kind"] == "record":
            assert (record["urn"], record["version"]) == (citation["urn"], citation["version"])
            assert "all.yaml" in record["read from"]
            assert record["value"]


def test_a_reference_to_nothing_is_bad_input(shop: Path) -> None:
    assert run(shop, "cite", "nonsense", code=2).stderr.startswith("docent: ")
    run(shop, "cite", f"{ORDERS}#ownership@files:{'0' * 40}", code=2)


def test_a_batch_keeps_its_order_and_answers_bad_lines_in_place(shop: Path, tmp_path: Path) -> None:
    lines = ['{"id": "a", "question": "who owns orders?"}', "{broken", '{"id": 3}', '{"id": 4, "question": "   "}',
             '{"id": "z", "question": "what is revenue?"}']  # fmt: skip
    (tmp_path / "in.jsonl").write_text("\n".join(lines), encoding="utf-8")
    run(shop, "ask", "--batch", str(tmp_path / "in.jsonl"), "--out", str(tmp_path / "out.jsonl"))
    answers = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [answer["id"] for answer in answers] == ["a", None, 3, 4, "z"]
    assert ["error" in answer for answer in answers] == [False, True, True, True, False]
    assert "line 2" in answers[1]["error"]


def test_an_unknown_key_is_an_error_with_the_nearest_one(shop: Path) -> None:
    config = shop / "docent.toml"
    body = config.read_text(encoding="utf-8")
    config.write_text(body.replace('name = "Shop"', 'nmae = "Shop"'), encoding="utf-8")
    assert "Did you mean 'name'?" in run(shop, "status", code=2).stderr
    config.write_text(body + 'platfrom = "x"\n', encoding="utf-8")
    assert "Did you mean 'platform'?" in run(shop, "index", "--no-model", code=3).stdout.replace("\n", " ")
    config.write_text(body.replace('"files"\npath', '"fils"\npath'), encoding="utf-8")
    assert "Did you mean 'files'?" in run(shop, "index", "--no-model", code=3).stdout.replace("\n", " ")


def test_a_model_switched_off_is_neither_prepared_nor_opened(shop: Path) -> None:
    config = shop / "docent.toml"
    config.write_text(config.read_text(encoding="utf-8") + "[model]\nenabled = false\n", encoding="utf-8")
    (note,) = printed(shop, "index")["notes"]  # without --no-model: it would be prepared here
    assert note == "Search is by words alone: [model] enabled is false in docent.toml."
    assert not Path(os.environ["DOCENT_MODEL_DIR"]).exists()
    assert printed(shop, "ask", "who owns orders?")["verdict"] == "answered"


def test_a_missing_workspace_and_a_missing_question_say_what_to_do(shop: Path, tmp_path: Path) -> None:
    assert "docent init" in run(tmp_path / "nowhere", "status", code=4).stderr
    run(shop, "ask", code=2)
    assert "2026-03-01" in run(shop, "ask", "--as-of", "yesterdayish", "who owns orders?", code=2).stderr


def test_an_unreadable_source_stops_no_other(shop: Path) -> None:
    config = shop / "docent.toml"
    broken = '[[source]]\nname = "gone"\ntype = "dbt"\npath = "not/there"\n'
    config.write_text(broken + config.read_text(encoding="utf-8").replace('[workspace]\nname = "Shop"\n', ""), "utf-8")
    with (shop / "knowledge" / "more.yaml").open("w", encoding="utf-8") as file:
        file.write("terms:\n  - {id: churn, name: Churn, description: Who leaves.}\n")
    result = run(shop, "index", "--no-model", code=3)
    assert "gone could not be read" in result.stdout
    assert printed(shop, "status")["assets"]["term"] == 1


def test_a_workspace_by_a_newer_version_is_left_alone(shop: Path) -> None:
    database = shop / ".docent" / "catalog.db"
    with sqlite3.connect(database) as connection:
        assert connection.execute("update meta set value = '9999' where key = 'schema'").rowcount == 1
    connection.close()
    assert "newer" in run(shop, "ask", "who owns orders?", code=4).stderr


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_process_stopped_while_indexing_leaves_a_workspace_that_goes_on(shop: Path, how: signal.Signals) -> None:
    entries = "".join(f"  - {{id: t{n}, name: Term {n}, description: Word {n}.}}\n" for n in range(3000))
    (shop / "knowledge" / "terms.yaml").write_text("terms:\n" + entries, encoding="utf-8")
    environ = {**os.environ, "PYTHONUNBUFFERED": "1"}
    watching = (
        "import signal, sys\nfrom docent.app import Docent, Watch\n"
        # A job that a shell runs in the background inherits an ignored SIGINT.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "def read(name, seen):\n    print(seen, flush=True)\n"
        "with Docent.open(sys.argv[1]) as docent:\n    docent.index(watch=Watch(read=read), prepare_model=False)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", watching, str(shop)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environ
    )
    killer = threading.Timer(60, process.kill)
    killer.start()
    assert process.stdout is not None
    assert process.stdout.readline()
    process.send_signal(how)
    process.communicate()
    killer.cancel()
    assert process.returncode != 0
    assert printed(shop, "ask", "who owns orders?")["verdict"] == "answered"
    run(shop, "index", "--no-model")
    assert printed(shop, "status")["assets"]["term"] == 3000
