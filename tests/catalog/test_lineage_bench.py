"""The graph bench runs at a small size and prints what it promises."""

from __future__ import annotations

import json

from evals.bench_graph import bench_graph


def test_the_graph_bench_prints_named_figures_and_agrees_with_its_references() -> None:
    figures = bench_graph(3_000, 12_000, graphs=5)
    assert json.loads(json.dumps(figures)) == figures
    assert figures["sql_agrees"]
    assert figures["graphs_unequal"] == 0
    assert set(figures["goal_met"]) == {"walk", "closure", "scope", "memory", "build", "reference"}
    assert figures["closure_nodes"] > 0
