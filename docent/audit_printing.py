"""The audit and replays as a terminal and programs get them. Rendering only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

from catalog.audit.reading import Shown
from catalog.audit.record import texts
from catalog.codec import stamp
from catalog.database import moment
from catalog.errors import NotFound
from catalog.urn import PREFIX, name_of
from docent.printing import print_notes, safe

if TYPE_CHECKING:
    from assistant.replay import Replay, Sentence
    from catalog.audit.verify import Break, Verdict
    from docent.app import Docent

_SHOWN = 4  # assets of a row on one line
_BREAKS = 20


def asset_urn(docent: Docent, name: str, viewers: Sequence[str]) -> str:
    """The asset that a name means to these viewers; a URN as it is. Raises NotFound."""
    if name.startswith(PREFIX):
        return name
    wanted = name.casefold()
    view = docent.assistant.view(tuple(viewers))
    rows = view.assets(where=lambda row: wanted in (row.name.casefold(), row.qualified_name.casefold()))
    if not rows:
        raise NotFound(f"No asset is called '{name}'. Give its URN; 'docent search' finds it.")
    if len(rows) > 1:
        raise NotFound(f"'{name}' may mean {', '.join(row.urn for row in rows)}. Give the URN.")
    return rows[0].urn


def row_json(shown: Shown) -> dict[str, object]:
    """A row for programs."""
    row = shown.row
    held = {"writer": row.writer, "n": row.n, "at": stamp(moment(row.at)), "kind": row.kind}
    return held | {"withheld": shown.withheld, "erased": shown.erased, "detail": row.body()}


def print_rows(docent: Docent, shown: Sequence[Shown], viewers: Sequence[str]) -> None:
    """Rows for people, a line or two each."""
    if not shown:
        click.echo("No row of the audit matches.")
    view = docent.assistant.view(tuple(viewers))
    for one in shown:
        row, body = one.row, one.row.body()
        at = stamp(moment(row.at))[:19].replace("T", " ")
        who = ", ".join(name_of(urn) for urn in texts(body.get("viewers")))
        click.echo(safe(f"{at}  {row.kind:10} {who}  {_words(one)}".rstrip()))
        assets = texts(body.get("assets"))
        if assets:
            names = [view.name(urn) for urn in assets[:_SHOWN]]
            more = f" and {len(assets) - _SHOWN} more" if len(assets) > _SHOWN else ""
            click.echo(click.style(safe(f"{'':22}{row.writer} {row.n}: {', '.join(names)}{more}"), dim=True))


def _words(shown: Shown) -> str:
    """What a row says, in one line."""
    if shown.withheld:
        return "(names what you may not see)"
    if shown.erased:
        return "(erased)"
    body = shown.row.body()
    if "question" in body:
        verdict = f" → {body['verdict']} {body.get('answer_id', '')}" if "verdict" in body else ""
        return f"“{body['question']}”{verdict}"
    if "digest" in body:
        sources = body.get("sources")
        named = f" from {', '.join(sources)}" if isinstance(sources, dict) else ""
        return f"{body.get('points')} changes{named}, up to version {body.get('last')}"
    left = ("viewers", "assets")
    return ", ".join(f"{key} {value}" for key, value in body.items() if key not in left and value not in ("", [], {}))


def verdict_json(verdict: Verdict, breaks: Sequence[Break]) -> dict[str, object]:
    """A check for programs."""
    return {
        "ok": not breaks,
        "rows": verdict.rows,
        "erased": verdict.erased,
        "heads": [{"writer": one.writer, "n": one.n, "hash": one.hash} for one in verdict.heads],
        "breaks": [{"writer": one.writer, "n": one.n, "what": one.what} for one in breaks],
    }


def print_verdict(verdict: Verdict, breaks: Sequence[Break]) -> None:
    """A check for people; what is broken goes first."""
    for one in breaks[:_BREAKS]:
        click.echo(click.style(safe(f"Broken: {one}."), fg="red"))
    if len(breaks) > _BREAKS:
        click.echo(f"... and {len(breaks) - _BREAKS:,} more.")
    erased = f", {verdict.erased:,} payloads erased on request" if verdict.erased else ""
    state = "The audit is broken" if breaks else "The audit is whole"
    click.echo(f"{state}: {verdict.rows:,} rows in {len(verdict.heads)} chains{erased}.")
    for head in verdict.heads:
        click.echo(click.style(safe(f"  {head.writer}: row {head.n:,}, {head.hash}"), dim=True))


def print_replay(found: Replay) -> None:
    """What replaying found, for people."""
    asked = stamp(found.asked_at)[:16].replace("T", " ")
    if found.question:
        click.echo(safe(f"“{found.question}”, asked {asked} at catalog version {found.catalog_version:,}."))
    outcomes = {
        "identical": f"Identical: all {found.same} sentences with the same evidence.",
        "differs": f"Differs: {found.same} sentences are the same.",
        "erased": "Erased: what it rests on was erased on request.",
    }
    click.echo(click.style(outcomes[found.outcome], fg="green" if found.outcome == "identical" else "yellow"))
    if found.withheld:
        click.echo("Its sentences name what you may not see, and are left out.")
    if found.verdicts[0] != found.verdicts[1]:
        click.echo(f"  verdict then {found.verdicts[0]}, now {found.verdicts[1]}")
    _print_sentences("then", found.gone)
    _print_sentences("now ", found.new)
    for ref in found.erased:
        click.echo(safe(f"  erased: {ref}"))
    print_notes(found.notes)


def _print_sentences(when: str, sentences: Iterable[Sentence]) -> None:
    for one in sentences:
        click.echo(safe(f"  {when}: {one.text}"))
        click.echo(click.style(safe(f"        {', '.join(one.evidence)}"), dim=True))
