"""Indexing as people watch it: progress bars, then what was added, changed, removed and skipped, and why."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from catalog.errors import BadInput
from indexer import source_urls
from indexer.connectors import SourceConfig, known_types

if TYPE_CHECKING:
    from docent.app import Docent, IndexReport

_PROBLEMS_SHOWN = 10


def one_source(words: tuple[str, ...], name: str, given: Mapping[str, str]) -> SourceConfig:
    """A source given on the command line: TYPE PATH, or the URL of a database; `given` are its options, "" for none.

    Raises BadInput.
    """
    options = {key: value for key, value in given.items() if value}
    if len(words) in (1, 2) and "://" in words[-1]:
        return _addressed(words[-1], words[0] if len(words) == 2 else "database", name, options)
    if len(words) != 2:
        raise BadInput(
            "Name one source as TYPE and PATH, for example 'docent index dbt target/', or give the URL of a database, "
            f"for example 'docent index postgresql://user@host/shop'. Types: {', '.join(known_types())}."
        )
    return SourceConfig(name or words[0], words[0], str(Path(words[1]).absolute()), options)


def _addressed(url: str, kind: str, name: str, options: dict[str, str]) -> SourceConfig:
    """A source behind a URL. A database is called by its own name, so that two of them are two sources."""
    url = source_urls.rooted(url, Path.cwd())
    shown = source_urls.hidden(url)
    own = Path(shown.partition("?")[0].partition("://")[2]).stem if kind == "database" else ""
    return SourceConfig(name or own.partition("@")[2] or own or kind, kind, shown, options, None, url)


def index_with_progress(
    docent: Docent, sources: list[SourceConfig] | None, allow_removal: bool, prepare_model: bool, quiet: bool = False
) -> IndexReport:
    """Index, showing what goes on; on a terminal with bars, elsewhere with plain lines."""
    from docent.app import Watch

    console = Console(stderr=True, quiet=quiet)
    words = (TextColumn("{task.description}"), BarColumn(bar_width=24), TextColumn("{task.fields[seen]}"))
    with Progress(SpinnerColumn(), *words, TimeElapsedColumn(), console=console, transient=True) as progress:
        tasks = {}

        def begun(name: str) -> None:
            tasks[name] = progress.add_task(f"Reading {name}", total=None, seen="")

        def read(name: str, seen: int) -> None:
            progress.update(tasks[name], seen=f"{seen:,} records")

        def building() -> None:
            progress.add_task("Making the search index", total=None, seen="")

        report = docent.index(sources, Watch(begun, read, building), allow_removal, prepare_model)
    if not quiet:
        _print_report(report)
    return report


def _print_report(report: IndexReport) -> None:
    console = Console()
    table = Table("source", box=None, pad_edge=False, header_style="bold")
    for column in ("added", "changed", "removed", "unchanged", "skipped", "errors", "seconds"):
        table.add_column(column, justify="right")
    for run in report.sources:
        counts = run.counts()
        table.add_row(run.source, *(f"{counts[key]:,}" for key in counts), f"{run.seconds:.1f}")
    console.print(table)
    for run in report.sources:
        for what, count in run.skipped.items():
            console.print(f"  {run.source}: {count:,} x {what} skipped", style="dim", markup=False, highlight=False)
        for problem in run.problems[:_PROBLEMS_SHOWN]:
            place = ", ".join(part for part in (problem.locator, problem.pointer) if part)
            console.print(f"  {run.source}: {place}: {problem.why}", style="yellow", markup=False, highlight=False)
        if run.errors > _PROBLEMS_SHOWN:
            console.print(f"  ... and {run.errors - _PROBLEMS_SHOWN:,} more; --json lists them.", style="yellow")
    for name, error in report.failed:
        console.print(f"  {name} could not be read: {error}", style="red", markup=False, highlight=False)
    for note in report.notes:
        console.print(f"  {note}", style="yellow", markup=False, highlight=False)
    made = f"made, {report.encoded:,} new texts embedded" if report.rebuilt else "already up to date"
    console.print(f"Search index: {made}.")
