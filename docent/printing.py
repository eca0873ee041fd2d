"""Answers and results as a terminal shows them. Rendering only; control characters of catalog text never reach it."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from assistant.claims import parse_search_ref
from assistant.conditions import meets
from catalog.codec import stamp
from catalog.database import moment
from catalog.kinds import noun

if TYPE_CHECKING:
    from assistant.answer import Answer
    from assistant.service import Searched
    from catalog.identity.lookup import Shown
    from docent.app import Docent

_VERDICTS = {"no": "yellow", "unknown": "yellow", "forbidden": "red", "clarify": "cyan", "refused": "red"}


def safe(text: str) -> str:
    """Text without control, format and private characters: no escape sequence, no reversed reading order."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cs"))


def print_answer(answer: Answer) -> None:
    """The answer, its caveats and details, its sources, and what to ask next."""
    draft = answer.draft
    lead = " ".join(_sentence(answer, claim) for claim in draft.lead)
    click.echo("\n" + click.style(_wrapped(lead), bold=True, fg=_VERDICTS.get(answer.verdict)))
    if draft.caveats:
        click.echo()
    for claim in draft.caveats:
        click.echo(click.style("  ! ", fg="yellow") + _wrapped(_sentence(answer, claim), "    "))
    if draft.details:
        click.echo()
    for claim in draft.details:
        click.echo("  - " + _wrapped(_sentence(answer, claim), "    "))
    if draft.coverage.missing:
        click.echo("\n" + _wrapped("Not known here: " + safe("; ".join(draft.coverage.missing)) + "."))
    print_notes(answer.notes)
    if answer.phrased_by != "docent":
        click.echo(
            "\n" + click.style(safe(f"Put in order by {answer.phrased_by}; every statement is Docent's."), dim=True)
        )
    _print_sources(answer)
    if draft.follow_ups:
        click.echo("\n" + click.style("Next: ", dim=True) + safe("  ·  ".join(draft.follow_ups[:3])))
    click.echo()


def print_notes(notes: Sequence[str]) -> None:
    """What is to be said beside an answer: that the audit has no row of it."""
    for note in notes:
        click.echo("\n" + click.style(_wrapped(safe(note)), fg="yellow"))


def _sentence(answer: Answer, claim: Any) -> str:
    return safe(answer.sentence(claim))


def _print_sources(answer: Answer) -> None:
    if not answer.citations:
        return
    click.echo("\n" + click.style("Sources", dim=True))
    for citation in answer.citations:
        if citation.kind == "search":
            line = f"[{citation.n}] {citation.quote}"
        else:
            parts = (
                citation.name,
                citation.aspect.replace("_", " "),
                f"from {citation.source}",
                citation.observed_at[:16].replace("T", " "),
            )
            line = f"[{citation.n}] " + " · ".join(part for part in parts if part)
        click.echo(click.style("  " + safe(line), dim=True))
        if citation.url:
            click.echo(click.style(f"      {safe(citation.url)}", dim=True))
    click.echo(click.style("  docent cite REF shows a record; --json lists every REF.", dim=True))


def _wrapped(text: str, indent: str = "") -> str:
    return click.wrap_text(text, max(40, min(_width(), 110)), "", indent, preserve_paragraphs=False)


def _width() -> int:
    import shutil

    return shutil.get_terminal_size((100, 24)).columns if sys.stdout.isatty() else 100


def print_search(found: Searched, explain: bool) -> None:
    """Search results, best first."""
    print_notes(found.notes)
    if not found.results:
        click.echo(f"Nothing that you may see matches “{safe(found.query)}”.")
        return
    for n, (one, platform) in enumerate(zip(found.results, found.platforms, strict=True), 1):
        badges = "".join(f" [{badge}]" for badge in one.badges)
        where = f" in {platform}" if platform else ""
        click.echo(f"{n:3} " + click.style(safe(one.name), bold=True) + safe(f"  {noun(one.kind)}{where}{badges}"))
        if explain:
            click.echo(click.style(safe(f"      {one.score:.3f}  {one.why}"), dim=True))
    if not found.complete:
        click.echo(click.style("Search is by words alone at the moment: no sentence vectors.", dim=True))


def search_json(found: Searched) -> dict[str, object]:
    """The search object of the machine interface."""
    return {
        "query": found.query,
        "results": [
            {
                "urn": one.urn,
                "name": one.name,
                "kind": one.kind,
                "platform": platform,
                "score": round(one.score, 4),
                "why": one.why,
                "badges": list(one.badges),
            }
            for one, platform in zip(found.results, found.platforms, strict=True)
        ],
        "total": found.total,
        "complete": found.total <= len(found.results),
        "timing_ms": round(found.timing_ms, 1),
        "notes": list(found.notes),
    }


def cite_text(docent: Docent, ref: str, viewer: str | None) -> dict[str, Any]:
    """A record for `docent cite`; a search reference is run again."""
    if ref.startswith("search?"):
        proof = parse_search_ref(ref)
        rows = docent.assistant.view(docent.viewers(viewer)).assets(proof.kind)
        again = len([row for row in rows if meets(row, proof.filters)])
        return {
            "kind": "search", "query": proof.query, "searched_then": proof.searched, "found_then": proof.matched,
            "asked_at": stamp(moment(proof.at)), "visible_now": len(rows),
            "found_now": again if proof.filters and not proof.query else None, "value": None,
        }  # fmt: skip
    record = docent.cite(ref, viewer)
    return {
        "urn": record.evidence.urn,
        "aspect": record.evidence.aspect,
        "source": record.evidence.source,
        "version": record.evidence.version,
        "observed_at": stamp(record.observed_at),
        "read from": ", ".join(part for part in (record.locator, record.pointer) if part),
        "current": record.is_current,
        **({"note": " ".join(record.notes)} if record.notes else {}),
        "value": json.loads(record.json),
    }


def identity_text(shown: Shown) -> str:
    """An asset's members with the rule that placed each, what people said, and what may be the same."""
    lines = [shown.canonical]
    for one in shown.members:
        if one.urn != shown.canonical:
            gone = "" if one.live else "; nobody speaks of it any more"
            lines.append(f"  = {one.urn}\n      {one.rule}: {one.evidence}{gone}")
    for link in shown.links:
        if link.kind == "not_same":
            other = link.other if link.urn in {one.urn for one in shown.members} else link.urn
            lines.append(f"  ≠ {other}\n      {link.source} says so")
    lines += [f"  ? {urn}\n      possible twin: docent identity join A B, if they are one" for urn in shown.twins]
    if len(lines) == 1:
        lines.append("  It has no other URN, and nothing looks like it.")
    return safe("\n".join(lines))
