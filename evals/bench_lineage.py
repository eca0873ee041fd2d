"""`docent bench lineage`: column lineage of given SQL against what it means, beside other open tools on the same cases.

Owns the run and its figures. Reads the cases file; starts each peer in the Python that has it. Speed is statements a
second over the whole file, one at a time, the best of several rounds for us and one round for each peer.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evals.lineage_cases import Case, Found, Score, found_by_docent, read_cases, score, totals
from indexer.enrich.sql import DictSchema, extract

DISPUTED = frozenset(
    {
        "test_lateral_join",
        "test_clickhouse_dictget_unqualified",
        "test_join_struct_subfields_shared_base_name",
        "test_cross_join",
        "test_bigquery_indirect_references",
    }
)
"""Cases whose expectation errs, as docs/lineage-disputes.md argues. They are counted as wrong all the same."""

PEERS = ("sqlglot", "sqllineage", "datahub")
ROUNDS = 5
PEER_SECONDS = 900


def bench_lineage(
    cases: Path,
    peer_python: Path | None = None,
    peers: Sequence[str] = PEERS,
    per_case: bool = True,
    wide: bool = True,
) -> dict[str, Any]:
    """Figures for a file of cases, and for each peer that runs.

    `per_case` and `wide` put in the list of cases and the query of 20 CTEs by 30 columns.
    `peer_python`: a Python with sqllineage and acryl-datahub installed; naive sqlglot runs in this one. A peer that is
    not installed gives a plain note in place of figures. Raises ValueError for a file that holds no cases.
    """
    listed = read_cases(cases)
    found, per_second = _ours(listed)
    scores = [score(case, answer) for case, answer in zip(listed, found, strict=True)]
    folded = totals([score(case, answer, any_case=True) for case, answer in zip(listed, found, strict=True)])
    result: dict[str, Any] = {**totals(scores), "statements_per_s": round(per_second, 1)}
    result["any_case"] = {name: folded[name] for name in ("both_exact", "edges_exact", "edge_f1")}
    disputed = [each.test for each in scores if each.test in DISPUTED]
    if disputed:
        result["disputed"] = disputed
    if wide:
        result["wide_query"] = wide_query()
    result["peers"] = {}
    for peer in peers:
        figures = _peer(peer, listed, sys.executable if peer == "sqlglot" else str(peer_python or ""))
        speed = figures.get("statements_per_s")
        if speed:
            result[f"ratio_vs_{peer}"] = round(per_second / speed, 2)
        result["peers"][peer] = figures
    if per_case:
        result["per_case"] = [_shown(each) for each in scores]
    return result


def _ours(cases: list[Case]) -> tuple[list[Found], float]:
    lookups = [case.lookup() for case in cases]
    best = float("inf")
    found: list[Found] = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        scripts = [
            extract(case.sql, case.dialect, lookup, case.default_db, case.default_schema)
            for case, lookup in zip(cases, lookups, strict=True)
        ]
        best = min(best, time.perf_counter() - started)
        found = [found_by_docent(script, case.own) for case, script in zip(cases, scripts, strict=True)]
    return found, len(cases) / best


def _shown(each: Score) -> dict[str, Any]:
    return {
        "test": each.test,
        "tables_ok": each.tables_ok,
        "edges_ok": each.edges_ok,
        "missing": [list(edge) for edge in each.missing],
        "extra": [list(edge) for edge in each.extra],
    }


def _peer(tool: str, cases: list[Case], python: str) -> dict[str, Any]:
    """A peer's figures, or why there are none. Case is not held against it: how names are spelled is our convention."""
    if not python:
        return {"note": f"{tool} was not run: give the Python of an environment that has it"}
    asked = [
        {
            "sql": case.sql,
            "dialect": case.dialect,
            "default_db": case.default_db,
            "default_schema": case.default_schema,
            "schemas": {name: list(columns) for name, columns in case.schemas.items()},
        }
        for case in cases
    ]
    script = Path(__file__).with_name("lineage_peers.py")
    try:
        done = subprocess.run(
            [python, str(script), tool],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            timeout=PEER_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return {"note": f"{tool} was not run: {error}"}
    if done.returncode or "\x1e" not in done.stdout:
        return {"note": f"{tool} could not run there: {done.stderr.strip().splitlines()[-1:]}"}
    answers = json.loads(done.stdout.rsplit("\x1e", 1)[1])
    scores = [score(case, _answer(answer), any_case=True) for case, answer in zip(cases, answers, strict=True)]
    seconds = sum(answer["seconds"] for answer in answers)
    return {**totals(scores), "statements_per_s": round(len(cases) / seconds, 1)}


def _answer(answer: dict[str, Any]) -> Found:
    edges = frozenset((edge[0], edge[1], edge[2], edge[3]) for edge in answer["edges"])
    return Found(frozenset(answer["in"]), frozenset(answer["out"]), edges, answer.get("error", ""))


def wide_query(ctes: int = 20, columns: int = 30) -> dict[str, Any]:
    """All columns of a chain of CTEs, by us in one pass and by sqlglot's lineage() column by column."""
    from sqlglot.lineage import lineage

    names = [f"c{number}" for number in range(columns)]
    parts = [f"s0 AS (SELECT {', '.join(names)} FROM base)"]
    for number in range(1, ctes):
        shifted = ", ".join(f"s{number - 1}.{name} + 1 AS {name}" for name in names)
        parts.append(f"s{number} AS (SELECT {shifted} FROM s{number - 1})")
    sql = f"WITH {', '.join(parts)} SELECT {', '.join(names)} FROM s{ctes - 1}"
    schema = DictSchema({"base": tuple(names)})
    ours = min(_seconds(lambda: extract(sql, "postgres", schema)) for _ in range(ROUNDS))
    types = {"base": dict.fromkeys(names, "int")}
    theirs = _seconds(lambda: [lineage(name, sql, schema=types, dialect="postgres") for name in names])
    return {
        "ms": round(ours * 1000, 1),
        "sqlglot_lineage_ms": round(theirs * 1000, 1),
        "ratio_vs_sqlglot_lineage": round(theirs / ours, 1),
    }


def _seconds(work: Any) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
