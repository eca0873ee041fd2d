"""The lineage bench: both file forms, its scoring, and what it says of peers that are not there."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from evals.bench_lineage import bench_lineage, wide_query
from evals.lineage_cases import Found, read_cases, score

URN = "urn:li:dataset:(urn:li:dataPlatform:postgres,{},PROD)"
GOLDEN = {
    "test": "copied",
    "sql": "insert into b select x, y + 1 as z from a",
    "dialect": "postgres",
    "default_db": "d",
    "default_schema": "n",
    "schemas": {URN.format("d.n.a"): {"x": "int", "y": "int"}},
    "expected": {
        "in_tables": [URN.format("d.n.a")],
        "out_tables": [URN.format("d.n.b")],
        "column_lineage": [
            {
                "downstream": {"table": URN.format("d.n.b"), "column": "x"},
                "upstreams": [{"table": URN.format("d.n.a"), "column": "x"}],
            },
            {
                "downstream": {"table": URN.format("d.n.b"), "column": "z"},
                "upstreams": [{"table": URN.format("d.n.a"), "column": "X"}],
            },
        ],
    },
}
WRITTEN = {
    "id": "mine",
    "sql": "create temp table w as select P.a from S; insert into t select a from w",
    "dialect": "postgres",
    "schemas": {"d.n.s": {"A": "int"}, "d.n.t": {"Z": "int"}},
    "default_db": "d",
    "default_schema": "n",
    "expected": {
        "in_tables": ["d.n.s"],
        "out_tables": ["d.n.t"],
        "columns": [{"to": ["d.n.t", "z"], "from": [["d.n.s", "a"]]}],
    },
}


def written(folder: Path, *cases: object) -> Path:
    path = folder / "cases.json"
    path.write_text(json.dumps(cases), "utf-8")
    return path


def test_figures_of_a_golden_file(tmp_path: Path) -> None:
    figures = bench_lineage(written(tmp_path, GOLDEN), peers=(), wide=False)
    assert (figures["cases"], figures["tables_exact"], figures["edges_exact"]) == (1, 1, 0)
    assert (figures["edge_precision"], figures["edge_recall"], figures["edge_f1"]) == (0.5, 0.5, 0.5)
    assert figures["per_case"] == [
        {
            "test": "copied",
            "tables_ok": True,
            "edges_ok": False,
            "missing": [["d.n.b", "z", "d.n.a", "X"]],
            "extra": [["d.n.b", "z", "d.n.a", "y"]],
        }
    ]
    assert figures["statements_per_s"] > 0


def test_own_form_ignores_case_and_looks_through_temporary_tables(tmp_path: Path) -> None:
    case = {**WRITTEN, "sql": "create temp table w as select S.a from S; insert into t select a from w"}
    figures = bench_lineage(written(tmp_path, case), peers=(), per_case=False, wide=False)
    assert (figures["tables_exact"], figures["edges_exact"], figures["edge_f1"]) == (1, 1, 1.0)
    assert "per_case" not in figures


def test_struct_fields_belong_to_their_column_in_the_own_form(tmp_path: Path) -> None:
    (case,) = read_cases(written(tmp_path, WRITTEN))
    found = Found(frozenset({"D.N.S"}), frozenset({"d.n.t"}), frozenset({("d.n.t", "Z", "d.n.s", "a.field")}))
    assert score(case, found).edges_ok


def test_peer_that_is_not_there_gives_a_note(tmp_path: Path) -> None:
    figures = bench_lineage(written(tmp_path, GOLDEN), peer_python=None, peers=("datahub",), wide=False)
    assert "was not run" in figures["peers"]["datahub"]["note"]


def test_naive_sqlglot_runs_beside(tmp_path: Path) -> None:
    figures = bench_lineage(written(tmp_path, GOLDEN), Path(sys.executable), peers=("sqlglot",), wide=False)
    assert figures["peers"]["sqlglot"]["cases"] == 1
    assert figures["ratio_vs_sqlglot"] > 0


def test_file_without_cases_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no lineage cases"):
        read_cases(written(tmp_path))


def test_wide_query_is_read_faster_than_column_by_column() -> None:
    assert wide_query(4, 8)["ratio_vs_sqlglot_lineage"] > 4
