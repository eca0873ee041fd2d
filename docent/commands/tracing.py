"""Following data: lineage, path, impact. As text, or as a Mermaid, DOT or JSON picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from docent.commands.asking import print_reply
from docent.options import F, opened, print_json, reading_options, time_of

if TYPE_CHECKING:
    from assistant.answer import Answer
    from docent.app import Docent

ALL = -1
ALL_WORD = "all"
FORMATS = ("text", "mermaid", "dot", "json")


def _hops(value: str | None) -> tuple[int | None, tuple[str, ...]]:
    """How many steps an option asks for. "--down orders" asks for all: its word is part of the name then."""
    if value is None or value.isdecimal():
        return (None if value is None else int(value)), ()
    return ALL, () if value == ALL_WORD else (value,)


def _hops_option(name: str, help_: str) -> Callable[[F], F]:
    return click.option(name, is_flag=False, flag_value=ALL_WORD, metavar="N", help=help_)


format_option = click.option(
    "--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="How it is printed."
)
column_option = click.option("--column", default="", metavar="C", help="One column; '*' for all of them.")


@click.command()
@click.argument("name", nargs=-1)
@column_option
@_hops_option("--up", "What it is made from, N steps; bare: all.")
@_hops_option("--down", "What is made from it, N steps; bare: all.")
@click.option("--kind", "kinds", multiple=True, metavar="K", help="Only this kind: table, dashboard, model, ...")
@click.option("--platform", "platforms", multiple=True, metavar="P", help="Only this platform.")
@click.option("--limit", type=click.IntRange(1, 100_000), metavar="N", help="At most N assets a page.")
@click.option("--cursor", default="", help="The next page of an earlier answer (--json shows its cursor).")
@format_option
@reading_options
@opened
def lineage(
    docent: Docent,
    name: tuple[str, ...],
    column: str,
    up: str | None,
    down: str | None,
    kinds: tuple[str, ...],
    platforms: tuple[str, ...],
    limit: int | None,
    cursor: str,
    form: str,
    viewer: str | None,
    as_of: str | None,
    as_json: bool,
) -> None:
    """What an asset or column is made from, and what is made from it."""
    from assistant.desk import Bounds
    from catalog.errors import BadInput

    (ups, first), (downs, second) = _hops(up), _hops(down)
    name = (*first, *second, *name)
    if not name:
        raise BadInput("Name an asset, for example: docent lineage orders --up 2")
    direction = "up" if up is not None and down is None else "down" if down is not None and up is None else "both"
    bounds = Bounds(_bound(ups), _bound(downs), kinds, platforms, limit, cursor, column)
    _print(docent, docent.ask(" ".join(name), viewer, time_of(as_of), "", "lineage", direction, bounds), form, as_json)


@click.command()
@click.argument("a")
@click.argument("b")
@format_option
@reading_options
@opened
def path(docent: Docent, a: str, b: str, form: str, viewer: str | None, as_of: str | None, as_json: bool) -> None:
    """How data gets from A to B, with the SQL of each step."""
    from assistant.desk import Bounds

    _print(docent, docent.ask(a, viewer, time_of(as_of), "", "path", "", Bounds(other=b)), form, as_json)


@click.command()
@click.argument("name", nargs=-1, required=True)
@column_option
@click.option("--limit", type=click.IntRange(1, 100_000), metavar="N", help="At most N assets, most serious first.")
@format_option
@reading_options
@opened
def impact(
    docent: Docent,
    name: tuple[str, ...],
    column: str,
    limit: int | None,
    form: str,
    viewer: str | None,
    as_of: str | None,
    as_json: bool,
) -> None:
    """What breaks if an asset or column is changed, most serious first."""
    from assistant.desk import Bounds

    bounds = Bounds(limit=limit, column=column)
    _print(docent, docent.ask(" ".join(name), viewer, time_of(as_of), "", "impact", "down", bounds), form, as_json)


def _bound(hops: int | None) -> int | None:
    return None if hops == ALL else hops


def _print(docent: Docent, answer: Answer, form: str, as_json: bool) -> None:
    if as_json or form == "text":
        print_reply(answer, as_json)
        if not as_json and answer.draft.facts.get("cursor"):
            click.echo(click.style(f"Next page: --cursor {answer.draft.facts['cursor']}", dim=True))
        return
    from assistant.diagrams import dot, drawing_of, mermaid

    facts = answer.draft.facts
    if form == "json":
        print_json(facts)
        return
    drawing = drawing_of(facts)
    click.echo(mermaid(drawing) if form == "mermaid" else dot(drawing))
