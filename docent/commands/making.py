"""Making and filling a workspace: init, index, status."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from docent.options import opened, print_json, workspace_option

if TYPE_CHECKING:
    from docent.app import Docent


@click.command()
@click.argument("folder", type=click.Path(file_okay=False), default=".")
def init(folder: str) -> None:
    """Make a workspace in FOLDER (default: here)."""
    from docent.workspace import init_workspace

    path = init_workspace(Path(folder))
    click.echo(f"Made {path}. Next: add a [[source]] to it, or run 'docent index dbt path/to/target'.")


@click.command()
@click.argument("source", nargs=-1)
@click.option("--name", default="", help="Name of the source; default: its type.")
@click.option("--platform", default="", help="Platform of its tables, where the input does not say.")
@click.option("--dialect", default="", help="SQL dialect of a folder of SQL files and query logs.")
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
    dialect: str,
    allow_removal: bool,
    no_model: bool,
    as_json: bool,
) -> None:
    """Read all configured sources, or one: TYPE PATH (dbt TARGET_DIR, files DIR, datahub FILE, sql DIR) or a
    DATABASE_URL."""
    from docent.indexing import index_with_progress, one_source

    chosen = [one_source(source, name, {"platform": platform, "dialect": dialect})] if source else None
    report = index_with_progress(docent, chosen, allow_removal, not no_model, quiet=as_json)
    if as_json:
        print_json(report.to_json())
    if report.failed or report.errors:
        sys.exit(3)


@click.command()
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
