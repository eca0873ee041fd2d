"""Checking before it happens: lint for SQL, check for pull requests. Both end with 1 when something is wrong."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from catalog.errors import BadInput
from docent.options import opened, print_json, reading_options, time_of

if TYPE_CHECKING:
    from assistant.linting import Linted
    from docent.app import Docent

_COLOURS = {"error": "red", "warning": "yellow", "note": "cyan"}
_MOST = 1_000_000  # characters of SQL; the extractor leaves what is over its own limit at table level


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True))
@click.option("--dialect", default="postgres", show_default=True, help="snowflake, bigquery, duckdb, ...")
@click.option("--fail-on", type=click.Choice(("error", "warning", "note")), default="error", show_default=True)
@reading_options
@opened
def lint(
    docent: Docent, file: str, dialect: str, fail_on: str, viewer: str | None, as_of: str | None, as_json: bool
) -> None:
    """Check SQL against the catalog: unknown, deprecated, sensitive. FILE may be - for standard input."""
    from assistant.linting import lint as lint_sql
    from indexer.enrich.sql.platforms import names

    if dialect not in names():
        raise BadInput(f"'{dialect}' is no dialect that is known. Use one of: {', '.join(names())}.")
    found = lint_sql(docent.assistant.view(docent.viewers(viewer), time_of(as_of)), _text(file), dialect)
    if as_json:
        print_json(found.to_json() | {"file": file, "dialect": dialect})
    else:
        _print_linted(found, file)
    if found.fails(fail_on):  # type: ignore[arg-type]  # one of the choices
        sys.exit(1)


def _text(file: str) -> str:
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{file} cannot be read: {error}. Give a file of SQL.") from error
    if len(text) > _MOST:
        raise BadInput(f"{file} has {len(text):,} characters; {_MOST:,} is the most. Check its parts one by one.")
    return text


def _print_linted(found: Linted, file: str) -> None:
    from docent.printing import safe

    for one in found.findings:
        place = click.style(f"{file}:{one.line}: ", dim=True)
        click.echo(place + click.style(one.severity, fg=_COLOURS[one.severity]) + safe(f" {one.text}  [{one.rule}]"))
    if found.findings and found.used:
        click.echo()
    for used in found.used:
        columns = f" ({', '.join(used.columns)})" if used.columns else ""
        owners = f", owned by {', '.join(used.owners)}" if used.owners else ""
        click.echo(safe(f"reads {used.name}{columns}{owners}"))
    counts = {name: sum(one.severity == name for one in found.findings) for name in _COLOURS}
    words = ", ".join(f"{n} {name}{'' if n == 1 else 's'}" for name, n in counts.items() if n)
    click.echo("\n" + (words or "Nothing to complain about."))


_FAILS = ("breaks", "policies", "changes", "nothing")


@click.command()
@click.option("--base", required=True, type=click.Path(exists=True), help="Manifest (or target folder) before.")
@click.option("--head", required=True, type=click.Path(exists=True), help="Manifest (or target folder) after.")
@click.option("--fail-on", multiple=True, type=click.Choice(_FAILS), default=("breaks",), show_default=True)
@click.option("--format", "form", type=click.Choice(("markdown", "json")), default="markdown", show_default=True)
@reading_options
@opened
def check(
    docent: Docent,
    base: str,
    head: str,
    fail_on: tuple[str, ...],
    form: str,
    viewer: str | None,
    as_of: str | None,
    as_json: bool,
) -> None:
    """Compare two dbt manifests: what changes, what breaks downstream, whom to ask. For pull requests."""
    from assistant.dbt_states import extracting, read_state
    from assistant.desk import Desk
    from assistant.pull_request import review
    from assistant.review_markdown import markdown
    from indexer.enrich.sql.bounded import Extractor

    view = docent.assistant.view(docent.viewers(viewer), time_of(as_of))
    desk = Desk(view, docent.assistant.finder(view), docent.catalog.clock())
    with Extractor() as extractor:
        extract = extracting(extractor)
        found = review(desk, read_state(Path(base), extract), read_state(Path(head), extract))
    if as_json or form == "json":
        print_json(found.to_json())
    else:
        click.echo(markdown(found), nl=False)
    failing = {"breaks": found.breaks, "policies": bool(found.touched), "changes": bool(found.altered)}
    if any(failing.get(one, False) for one in fail_on):
        sys.exit(1)
