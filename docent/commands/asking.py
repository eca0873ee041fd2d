"""Asking: ask, a command for each kind of question, search, cite, chat."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import click

from catalog.errors import DocentError
from docent.options import opened, print_json, reading_options, time_of, workspace_option

if TYPE_CHECKING:
    from assistant.answer import Answer
    from docent.app import Docent


@click.command()
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
    if batch:
        from docent.batch import answer_batch

        answer_batch(docent, Path(batch), Path(out) if out else None, viewer, not no_model)
        return
    answer = docent.ask(" ".join(question), viewer, time_of(as_of), conversation, model=not no_model)
    print_reply(answer, as_json)


def print_reply(answer: Answer, as_json: bool) -> None:
    """An answer on standard output, for a person or as JSON."""
    from assistant.answer import to_json
    from docent.printing import print_answer

    if as_json:
        print_json(to_json(answer))
    else:
        print_answer(answer)


def _skill_command(name: str, skill: str, argument: str, help_: str) -> click.Command:
    """A command for one kind of question, on the same skill as asking it in words."""

    @click.command(name, help=help_)
    @click.argument(argument, nargs=-1, required=True)
    @reading_options
    @opened
    def run(docent: Docent, viewer: str | None, as_of: str | None, as_json: bool, **given: tuple[str, ...]) -> None:
        print_reply(docent.ask(" ".join(given[argument]), viewer, time_of(as_of), skill=skill), as_json)

    return run


SKILL_COMMANDS = (
    _skill_command("show", "describe", "name", "Show an asset or column: a name or a URN."),
    _skill_command("owner", "owner", "name", "Who owns an asset."),
    _skill_command("define", "definition", "term", "What a term or metric means."),
    _skill_command("trust", "quality", "name", "Whether an asset is fresh and tested."),
    _skill_command("sensitive", "sensitive", "name", "Whether it holds sensitive data, and where that flows."),
    _skill_command("may-use", "may_use", "name", "Whether an asset may be used for a purpose: 'orders for marketing'."),
    _skill_command("count", "count", "what", "How many there are and which: 'tables without an owner in finance'."),
    _skill_command("find", "find", "topic", "Where something is kept, with reasons."),
)


@click.command()
@click.argument("name", nargs=-1)
@click.option("--since", default=None, metavar="TIME", help="Only after this time: 2026-03-01.")
@click.option("--until", default=None, metavar="TIME", help="Only up to this time.")
@click.option("--domain", "domains", multiple=True, help="Only of assets in this domain: its name or URN.")
@reading_options
@opened
def changes(
    docent: Docent,
    name: tuple[str, ...],
    since: str | None,
    until: str | None,
    domains: tuple[str, ...],
    viewer: str | None,
    as_of: str | None,
    as_json: bool,
) -> None:
    """What changed, of one asset or of all you may read: columns, owners, descriptions, checks, ..."""
    times = (time_of(since), time_of(until))
    print_reply(docent.changes(" ".join(name), viewer, *times, domains, time_of(as_of)), as_json)


@click.command()
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
    kinds: tuple[str, ...],
    platforms: tuple[str, ...],
    domains: tuple[str, ...],
    owners: tuple[str, ...],
    tags: tuple[str, ...],
) -> None:
    """Search for assets, best first."""
    from assistant.desk import Filters
    from catalog.errors import BadInput
    from docent.printing import print_search, search_json

    if as_of:
        raise BadInput("Search reads the catalog as it is now. Leave --as-of out, or ask: docent ask --as-of TIME ...")
    found = docent.search(" ".join(text), viewer, Filters(kinds, platforms, domains, owners, tags), limit)
    if as_json:
        print_json(search_json(found))
    else:
        print_search(found, explain)


@click.command()
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


@click.command()
@click.option("--as", "viewer", default=None, metavar="VIEWER", help="Who asks.")
@workspace_option
@opened
def chat(docent: Docent, viewer: str | None) -> None:
    """Ask one question after the other; an empty line ends."""
    from docent.printing import print_answer

    conversation = uuid4().hex[:16]
    click.echo(f"Ask about {docent.settings.name}. An empty line ends.\n")
    while question := click.prompt(click.style("you", bold=True), default="", show_default=False, prompt_suffix=" > "):
        try:
            print_answer(docent.ask(question, viewer, conversation=conversation))
        except DocentError as error:
            click.echo(f"docent: {error}", err=True)
