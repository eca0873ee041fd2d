"""What commands share: their options, opening the workspace, printing JSON, reading a time. Imports nothing heavy."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


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

        with Docent.open(workspace, door="cli") as docent:
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
