"""The command line. Parses arguments, calls the Docent object, prints. Heavy imports wait for their use.

Exit codes (docs/cli.md): 0 done, 2 bad input, 3 a source failed, 4 workspace, 5 index or model, 6 erased, 130 stopped.
Answers go to standard output, diagnostics to standard error.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from catalog.errors import DocentError
from docent import __version__

if TYPE_CHECKING:
    from docent.app import Docent

F = TypeVar("F", bound=Callable[..., Any])


class _Program(click.Group):
    """The root command: turns Docent's own errors into one plain line and their exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DocentError as error:
            click.echo(f"docent: {error}", err=True)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("docent: stopped. What was written before stays; run the command again to go on.", err=True)
            ctx.exit(130)
        except BrokenPipeError:
            sys.stderr.close()  # the reader of our output has gone (docent ... | head)
            ctx.exit(0)


@click.group(cls=_Program, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="docent")
def main() -> None:
    """Answers about your company's data, each sentence with the record that proves it."""


def workspace_option(function: F) -> F:
    """--workspace DIR, on every command that needs one."""
    return click.option(
        "--workspace",
        "workspace",
        type=click.Path(file_okay=False),
        default=lambda: os.environ.get("DOCENT_WORKSPACE", "."),
        help="Folder of the workspace; default: the nearest docent.toml.",
    )(function)


def reading_options(function: F) -> F:
    """What every reading command takes: --as, --as-of, --json, --workspace."""
    function = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")(function)
    function = click.option("--as-of", default=None, metavar="TIME", help="The catalog as it was: 2026-03-01.")(
        function
    )
    function = click.option("--as", "viewer", default=None, metavar="VIEWER", help="Who asks: a person's id or URN.")(
        function
    )
    return workspace_option(function)


def opened(function: Callable[..., Any]) -> Callable[..., Any]:
    """Open the workspace for the command, hand over the Docent, and close it afterwards."""

    @wraps(function)
    def run(workspace: str, **arguments: Any) -> Any:
        from docent.app import Docent

        with Docent.open(workspace) as docent:
            return function(docent, **arguments)

    return run


def print_json(value: object) -> None:
    """One JSON value on standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2 if sys.stdout.isatty() else None))


def time_of(text: str | None) -> Any:
    """A time from the command line. Raises BadInput."""
    from catalog.codec import unstamp
    from catalog.errors import BadInput

    if text is None:
        return None
    try:
        return unstamp(text)
    except ValueError:
        raise BadInput(f"'{text}' is not a time. Write 2026-03-01 or 2026-03-01T09:00:00Z.") from None


# Making and filling a workspace --------------------------------------------------------------------------------------


@main.command()
@click.argument("folder", type=click.Path(file_okay=False), default=".")
def init(folder: str) -> None:
    """Make a workspace in FOLDER (default: here)."""
    from docent.workspace import init_workspace

    path = init_workspace(Path(folder))
    click.echo(f"Made {path}. Next: add a [[source]] to it, or run 'docent index dbt path/to/target'.")


@main.command()
@click.argument("source", nargs=-1)
@click.option("--name", default="", help="Name of the source; default: its type.")
@click.option("--platform", default="", help="Platform of its tables, where the input does not say.")
@click.option("--allow-removal", is_flag=True, help="Remove what is gone even if it is more than a fifth of a source.")
@click.option("--no-model", "no_model", is_flag=True, help="Do not prepare the embedding model; use one that is there.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@workspace_option
@opened
def index(
    docent: Docent,
    source: tuple[str, ...],
    name: str,
    platform: str,
    allow_removal: bool,
    no_model: bool,
    as_json: bool,
) -> None:
    """Read all configured sources, or one: TYPE PATH (dbt TARGET_DIR, files DIR, datahub FILE)."""
    from docent.indexing import index_with_progress, one_source

    chosen = [one_source(source, name, platform)] if source else None
    report = index_with_progress(docent, chosen, allow_removal, not no_model, quiet=as_json)
    if as_json:
        print_json(report.to_json())
    if report.failed or report.errors:
        sys.exit(3)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@workspace_option
@opened
def status(docent: Docent, as_json: bool) -> None:
    """Counts by kind, sources and their last runs, the index, versions."""
    from docent.status import print_status, status_of

    found = status_of(docent)
    if as_json:
        print_json(found)
    else:
        print_status(found)


# Asking --------------------------------------------------------------------------------------------------------------


@main.command()
@click.argument("question", nargs=-1)
@click.option("--conversation", default="", metavar="ID", help="Go on with a conversation.")
@click.option("--no-model", is_flag=True, help="Answer without a language model.")
@click.option("--batch", type=click.Path(dir_okay=False), help='File of questions: {"id", "question", "as"?} a line.')
@click.option("--out", type=click.Path(dir_okay=False), help="Where --batch writes its answers.")
@reading_options
@opened
def ask(
    docent: Docent,
    question: tuple[str, ...],
    conversation: str,
    no_model: bool,
    batch: str | None,
    out: str | None,
    viewer: str | None,
    as_of: str | None,
    as_json: bool,
) -> None:
    """Ask a question about your data."""
    from assistant.answer import to_json
    from docent.printing import print_answer

    if batch:
        from docent.batch import answer_batch

        answer_batch(docent, Path(batch), Path(out) if out else None, viewer)
        return
    answer = docent.ask(" ".join(question), viewer, time_of(as_of), conversation)
    if as_json:
        print_json(to_json(answer))
    else:
        print_answer(answer)


def _skill_command(name: str, argument: str, help_: str) -> None:
    """A command for one kind of question, on the same skill as asking it in words."""

    @main.command(name, help=help_)
    @click.argument(argument, nargs=-1, required=True)
    @reading_options
    @opened
    def run(docent: Docent, viewer: str | None, as_of: str | None, as_json: bool, **given: tuple[str, ...]) -> None:
        from assistant.answer import to_json
        from docent.printing import print_answer

        answer = docent.ask(" ".join(given[argument]), viewer, time_of(as_of), skill=_SKILL_OF[name])
        if as_json:
            print_json(to_json(answer))
        else:
            print_answer(answer)


_SKILL_OF = {"show": "describe", "owner": "owner", "define": "definition", "trust": "quality", "find": "find"}
_skill_command("show", "name", "Show an asset or column: a name or a URN.")
_skill_command("owner", "name", "Who owns an asset.")
_skill_command("define", "term", "What a term or metric means.")
_skill_command("trust", "name", "Whether an asset is fresh and tested.")
_skill_command("find", "topic", "Where something is kept, with reasons.")


@main.command()
@click.argument("name", nargs=-1, required=True)
@click.option("--up", "direction", flag_value="up", help="Only what it is made from.")
@click.option("--down", "direction", flag_value="down", help="Only what is made from it.")
@reading_options
@opened
def lineage(
    docent: Docent, name: tuple[str, ...], direction: str | None, viewer: str | None, as_of: str | None, as_json: bool
) -> None:
    """What an asset is made from, and what is made from it."""
    from assistant.answer import to_json
    from docent.printing import print_answer

    answer = docent.ask(" ".join(name), viewer, time_of(as_of), skill="lineage", direction=direction or "both")
    if as_json:
        print_json(to_json(answer))
    else:
        print_answer(answer)


@main.command()
@click.argument("text", nargs=-1, required=True)
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1, 1000))
@click.option("--kind", "kinds", multiple=True, help="Only this kind: table, dashboard, term, ...")
@click.option("--platform", "platforms", multiple=True)
@click.option("--domain", "domains", multiple=True)
@click.option("--owner", "owners", multiple=True)
@click.option("--tag", "tags", multiple=True)
@click.option("--explain", is_flag=True, help="Say what made each result rank where it does.")
@reading_options
@opened
def search(
    docent: Docent,
    text: tuple[str, ...],
    limit: int,
    explain: bool,
    viewer: str | None,
    as_of: str | None,
    as_json: bool,
    **facets: tuple[str, ...],
) -> None:
    """Search for assets, best first."""
    from assistant.desk import Filters
    from catalog.errors import BadInput
    from docent.printing import print_search, search_json

    if as_of:
        raise BadInput("Search reads the catalog as it is now. Leave --as-of out, or ask: docent ask --as-of TIME ...")
    found = docent.search(" ".join(text), viewer, Filters(**facets), limit)
    if as_json:
        print_json(search_json(found))
    else:
        print_search(found, explain)


@main.command()
@click.argument("ref")
@reading_options
@opened
def cite(docent: Docent, ref: str, viewer: str | None, as_of: str | None, as_json: bool) -> None:
    """Print the exact record that a citation names."""
    from docent.printing import cite_text

    shown = cite_text(docent, ref, viewer)
    if as_json:
        print_json(shown)
    else:
        click.echo("\n".join(f"{key:12} {value}" for key, value in shown.items() if key != "value"))
        click.echo(json.dumps(shown["value"], ensure_ascii=False, indent=2))


@main.command()
@click.option("--as", "viewer", default=None, metavar="VIEWER", help="Who asks.")
@workspace_option
@opened
def chat(docent: Docent, viewer: str | None) -> None:
    """Ask one question after the other; an empty line ends."""
    from docent.printing import print_answer

    click.echo(f"Ask about {docent.settings.name}. An empty line ends.\n")
    while question := click.prompt(click.style("you", bold=True), default="", show_default=False, prompt_suffix=" > "):
        try:
            print_answer(docent.ask(question, viewer))
        except DocentError as error:
            click.echo(f"docent: {error}", err=True)


# The demo and the doors ----------------------------------------------------------------------------------------------


@main.command()
@click.argument("folder", type=click.Path(file_okay=False), default="docent-demo")
@click.option("--quiet", is_flag=True, help="Only make and index it.")
def demo(folder: str, quiet: bool) -> None:
    """Make the demo company in FOLDER, index it and ask it five questions."""
    from docent.demonstration import run_demo

    run_demo(Path(folder), quiet)


@main.command()
@click.option("--port", default=8501, show_default=True)
@workspace_option
def ui(workspace: str, port: int) -> None:
    """Open the chat in a browser (needs the extra 'ui')."""
    from docent.doors import run_ui

    run_ui(Path(workspace), port)


@main.command()
@click.argument("what", type=click.Choice(["run", "manifest"]), default="run")
@workspace_option
def slack(workspace: str, what: str) -> None:
    """Run the Slack bot, or print the manifest to make its app from (needs the extra 'slack')."""
    from docent.doors import print_manifest, run_slack

    if what == "manifest":
        print_manifest()
    else:
        run_slack(Path(workspace))


# Measuring -----------------------------------------------------------------------------------------------------------


@main.command("eval")
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


@main.group()
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


@bench.command("first-light")
def bench_first_light_() -> None:
    """Cold question, first indexing and indexing again, on the demo company."""
    from evals.bench_first_light import bench_first_light

    print_json(bench_first_light())
