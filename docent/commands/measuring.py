"""Measuring: eval and the benchmarks."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

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


@bench.command("searches")
@click.option(
    "--data",
    "files",
    multiple=True,
    required=True,
    type=click.Path(exists=True),
    help="A file of searches (repeatable).",
)
@click.option("--shared", required=True, type=click.Path(exists=True), help="Folder with catalogs/ and retrieval/.")
@click.option("--json", "as_json", is_flag=True)
def bench_searches_(files: tuple[str, ...], shared: str, as_json: bool) -> None:
    """Short catalog searches: the right asset among the first three."""
    from docent.bench_catalogs import BenchCatalogs
    from docent.settings import model_folder
    from evals.bench_searches import bench_searches, render

    with BenchCatalogs(Path(shared), os.environ, model_folder(os.environ)) as catalogs:
        report = bench_searches([Path(file) for file in files], catalogs.open)
    if as_json:
        print_json(report)
    else:
        click.echo(render(report))


@bench.command("search")
@click.option("--assets", default=100_000, show_default=True, help="Tables of 12 columns each.")
@click.option(
    "--viewer-share", "shares", default="0.01,0.5,1", show_default=True, help="Shares of assets that viewers see."
)
def bench_search_(assets: int, shares: str) -> None:
    """How quick a search is, for viewers who see all and who see little."""
    from docent.settings import model_folder
    from evals.bench_search import bench_search

    try:
        wanted = [float(share) for share in shares.split(",")]
    except ValueError:
        raise click.BadParameter("Give shares between 0 and 1, for example 0.01,0.5,1.") from None
    print_json(bench_search(assets, wanted, model_folder(os.environ)))


@bench.command("lineage")
@click.option("--cases", type=click.Path(exists=True), help="A file of SQL cases.")
@click.option("--peer-python", type=click.Path(exists=True), help="A Python that has sqllineage and acryl-datahub.")
@click.option("--totals", is_flag=True, help="Without the list of cases.")
@click.option("--fuzz", type=click.IntRange(min=1), metavar="N", help="Instead, N mangled statements: crashes, time.")
def bench_lineage_(cases: str | None, peer_python: str | None, totals: bool, fuzz: int | None) -> None:
    """Column lineage from SQL against expected edges, beside other tools; or fuzzing."""
    from evals.bench_lineage import bench_lineage
    from evals.fuzz_lineage import fuzz_lineage

    if fuzz:
        print_json(fuzz_lineage(fuzz))
    elif cases:
        print_json(bench_lineage(Path(cases), Path(peer_python) if peer_python else None, per_case=not totals))
    else:
        raise click.UsageError("Give --cases FILE, or --fuzz N.")


@bench.command("identity")
@click.option("--cases", required=True, type=click.Path(exists=True), help="JSON list of labelled pairs.")
@click.option("--totals", is_flag=True, help="Only the totals: for a set nobody should look into.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def bench_identity_(cases: str, totals: bool, as_json: bool) -> None:
    """Whether two spellings are one asset, against labelled pairs; exit 1 on a wrong merge or recall below 98%."""
    from evals.bench_identity import bench_identity, render

    report = bench_identity(Path(cases))
    if as_json:
        print_json(report)
    else:
        click.echo(render(report, totals))
    if not report["passed"]:
        sys.exit(1)


@bench.command("graph")
@click.option("--nodes", default=1_000_000, show_default=True)
@click.option("--edges", default=5_000_000, show_default=True)
def bench_graph_(nodes: int, edges: int) -> None:
    """Walking a large lineage graph."""
    from evals.bench_graph import bench_graph

    print_json(bench_graph(nodes, edges))


@bench.command("access")
@click.option("--assets", default=2000, show_default=True)
@click.option("--viewers", default=40, show_default=True)
@click.option("--fast", is_flag=True, help="Small sizes, for every day.")
def bench_access_(assets: int, viewers: int, fast: bool) -> None:
    """Who may see what: leaks, refusals, two worlds, caches, revocation, broken builds, cost."""
    from docent.assurance.bench import bench_access

    print_json(bench_access(assets, viewers, fast))


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


@bench.command("audit")
@click.option("--actions", default=10_000, show_default=True, help="Actions to be acknowledged.")
@click.option("--kills", default=200, show_default=True, help="Workers killed on the way.")
@click.option("--tamperings", default=1000, show_default=True)
@click.option("--seed", default=20261126, show_default=True)
def bench_audit_(actions: int, kills: int, tamperings: int, seed: int) -> None:
    """Audit rows against effects under kills; tampering found; each with sabotaged controls."""
    from evals.bench_audit import bench_audit

    print_json(bench_audit(actions, kills, tamperings, seed))


@bench.command("catalog")
@click.option("--changes", default=100_000, show_default=True, help="Changes to apply.")
@click.option("--events", default=10_000, show_default=True, help="Events to deliver in every order.")
@click.option("--permutations", default=20, show_default=True)
@click.option("--seed", default=20261126, show_default=True)
def bench_catalog_(changes: int, events: int, permutations: int, seed: int) -> None:
    """Applying changes, reading as of a time, and one state from any order of events."""
    from evals.bench_catalog import bench_catalog

    print_json(bench_catalog(changes, events, permutations, seed))


@bench.command("database")
@click.option("--tables", default=5000, show_default=True, type=click.IntRange(min=1), help="How many tables to make.")
@click.option("--url", required=True, envvar="DOCENT_TEST_POSTGRES", help="A PostgreSQL database for a trial schema.")
def bench_database_(tables: int, url: str) -> None:
    """Reading a live database of many tables; makes a schema and drops it."""
    from evals.bench_database import bench_database

    print_json(bench_database(tables, url))


@bench.command("erase")
@click.option("--victims", default=100, show_default=True, type=click.IntRange(2, 1000))
@click.option("--seed", default=7, show_default=True)
def bench_erase_(victims: int, seed: int) -> None:
    """Erasing people and tables, then every byte of every file read for them; exit 1 when anything is left."""
    from docent.measured import open_measured
    from evals.bench_erase import bench_erase

    _print_passed(bench_erase(victims, open_measured, seed))


@bench.command("kills")
@click.option("--kills", default=300, show_default=True, type=click.IntRange(1))
@click.option("--seed", default=5, show_default=True)
def bench_kills_(kills: int, seed: int) -> None:
    """Killing writers and builders at random moments; exit 1 when anything acknowledged is lost or twice there."""
    from evals.bench_kills import bench_kills

    _print_passed(bench_kills(kills, seed))


@bench.command("damage")
@click.option("--seeds", default=20, show_default=True, type=click.IntRange(1))
@click.option("--assets", default=300, show_default=True)
@click.option("--questions", default=200, show_default=True)
def bench_damage_(seeds: int, assets: int, questions: int) -> None:
    """Cutting, flipping and deleting every file of the index; exit 1 for a wrong answer or a crash."""
    from evals.bench_damage import bench_damage

    _print_passed(bench_damage(seeds, assets, questions))


@bench.command("hostile")
@click.option("--runs", default=2000, show_default=True, type=click.IntRange(min=1), help="Answers to ask for.")
def bench_hostile_(runs: int) -> None:
    """A hostile language model: what of its own reaches a person; exit 1 when anything does."""
    from evals.bench_hostile import bench_hostile

    _print_passed(bench_hostile(runs))


@bench.command("injection")
@click.option("--strings", default=500, show_default=True, type=click.IntRange(1, 500), help="Of our own strings.")
@click.option("--file", "files", multiple=True, type=click.Path(exists=True), help="More strings: a JSON file.")
def bench_injection_(strings: int, files: tuple[str, ...]) -> None:
    """Orders hidden in catalog texts: what they change; exit 1 when they change anything."""
    from evals.attack_strings import read_strings
    from evals.bench_injection import bench_injection

    _print_passed(bench_injection(strings, [text for file in files for text in read_strings(Path(file))]))


@bench.command("faults")
@click.option("--questions", default=1000, show_default=True, type=click.IntRange(min=8), help="Over eight faults.")
@click.option("--deadline", default=2.0, show_default=True, help="Seconds an answer may take.")
def bench_faults_(questions: int, deadline: float) -> None:
    """A language model that is down in eight ways; exit 1 when an answer is missing or late."""
    from evals.bench_faults import bench_faults

    _print_passed(bench_faults(questions, deadline))


def _print_passed(report: dict[str, Any]) -> None:
    """Figures as JSON; exit 1 when a bar is missed."""
    print_json(report)
    if not report["passed"]:
        sys.exit(1)
