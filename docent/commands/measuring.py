"""Measuring: eval and the benchmarks."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from docent.options import opened, print_json, workspace_option

if TYPE_CHECKING:
    from docent.app import Docent


@click.command("eval")
@click.option("--questions", type=click.Path(exists=True), help="YAML of golden questions; default: the demo's.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@workspace_option
@opened
def evaluate(docent: Docent, questions: str | None, as_json: bool) -> None:
    """Ask golden questions and compare; exit 1 when a bar is missed."""
    from evals.golden import GOLDEN, render, run_golden

    report = run_golden(docent, Path(questions) if questions else GOLDEN)
    if as_json:
        print_json(report.to_json())
    else:
        click.echo(render(report))
    if not report.passed:
        sys.exit(1)


@click.group()
def bench() -> None:
    """Benchmarks; each prints its figures."""


@bench.command("retrieval")
@click.option("--data", required=True, type=click.Path(exists=True), help="A file or folder of questions and tables.")
@click.option("--arm", "arms", multiple=True, help="Only this arm (repeatable).")
@click.option("--json", "as_json", is_flag=True)
def bench_retrieval_(data: str, arms: tuple[str, ...], as_json: bool) -> None:
    """Finding the right table, beside BM25, dense and ensemble references."""
    from docent.settings import model_folder
    from evals.bench_retrieval import bench_retrieval, render

    report = bench_retrieval(Path(data), arms or None, model_folder(os.environ))
    if as_json:
        print_json(report)
    else:
        click.echo(render(report))


@bench.command("lineage")
@click.option("--cases", required=True, type=click.Path(exists=True), help="A file of SQL cases.")
def bench_lineage_(cases: str) -> None:
    """Column lineage from SQL against expected edges."""
    from evals.bench_lineage import bench_lineage

    print_json(bench_lineage(Path(cases)))


@bench.command("graph")
@click.option("--nodes", default=1_000_000, show_default=True)
@click.option("--edges", default=5_000_000, show_default=True)
def bench_graph_(nodes: int, edges: int) -> None:
    """Walking a large lineage graph."""
    from evals.bench_graph import bench_graph

    print_json(bench_graph(nodes, edges))


@bench.command("trails")
@click.option("--assets", default=100_000, show_default=True)
@click.option("--edges", default=500_000, show_default=True)
def bench_trails_(assets: int, edges: int) -> None:
    """Lineage as requests meet it: through a catalog and scopes."""
    from evals.bench_trails import bench_trails

    print_json(bench_trails(assets, edges))


@bench.command("first-light")
def bench_first_light_() -> None:
    """Cold question, first indexing and indexing again, on the demo company."""
    from evals.bench_first_light import bench_first_light

    print_json(bench_first_light())


@bench.command("catalog")
@click.option("--changes", default=100_000, show_default=True, help="Changes to apply.")
@click.option("--events", default=10_000, show_default=True, help="Events to deliver in every order.")
@click.option("--permutations", default=20, show_default=True)
@click.option("--seed", default=20261126, show_default=True)
def bench_catalog_(changes: int, events: int, permutations: int, seed: int) -> None:
    """Applying changes, reading as of a time, and one state from any order of events."""
    from evals.bench_catalog import bench_catalog

    print_json(bench_catalog(changes, events, permutations, seed))
