"""A pull request review as a Markdown comment: short, details folded away, and no name can mention or link. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from assistant.pull_request import Altered, Broken, Review, Touched
from catalog.errors import UrnInvalid
from catalog.kinds import noun
from catalog.urn import column_parts, name_of

_SHOWN = 50


def markdown(review: Review) -> str:
    """The comment."""
    sure = [one for one in review.broken if one.sure]
    unsure = [one for one in review.broken if not one.sure]
    if not review.altered and not review.touched:
        return "### Docent: no model or column changes\n"
    parts = [f"### Docent: {_headline(review, sure)}"]
    if sure:
        parts.append("\n".join(_broken(one) for one in sure[:_SHOWN]) + _more(sure))
    if review.touched:
        parts.append(
            "**Sensitive data in a new place**\n" + "\n".join(_touched(one) for one in review.touched[:_SHOWN])
        )
    if review.ask:
        parts.append("**Ask:** " + ", ".join(_code(name) for name in review.ask[:_SHOWN]))
    if unsure:
        perhaps = _perhaps(unsure)
        shown = "\n".join(perhaps[:_SHOWN]) + _more(perhaps)
        parts.append(_folded(f"{len(perhaps)} that may break: nothing says which columns they read", shown))
    if review.altered:
        lines = "\n".join(_altered(one) for one in review.altered[:_SHOWN])
        parts.append(_folded(f"{len(review.altered)} changes", lines + _more(review.altered)))
    return "\n\n".join(parts) + "\n"


def _headline(review: Review, sure: Sequence[Broken]) -> str:
    if sure:
        assets = len({one.urn for one in sure})
        return f"this breaks {assets} {'asset' if assets == 1 else 'assets'}"
    if review.touched:
        return "sensitive data reaches a new place"
    return "nothing is known to break"


def _broken(one: Broken) -> str:
    verb = "breaks" if one.sure else "may break"
    return f"- {noun(one.kind)} {_code(one.name)} ({one.severity}) {verb}: {_why(one.because)}"


def _perhaps(unsure: Sequence[Broken]) -> list[str]:
    """One line for each asset that may break, with all the reasons."""
    reasons: dict[tuple[str, str, str], list[str]] = {}
    for one in unsure:
        held = reasons.setdefault((one.urn, f"- {noun(one.kind)} {_code(one.name)}", one.severity), [])
        what = one.because.name if one.because.kind == "model removed" else f"{one.because.name}.{one.because.column}"
        held.append(_code(what))
    return [f"{words} ({severity}): {', '.join(held[:5])}" for (_, words, severity), held in reasons.items()]


def _why(change: Altered) -> str:
    if change.kind == "model removed":
        return f"{_code(change.name)} is removed"
    column = _code(f"{change.name}.{change.column}")
    if change.kind == "column renamed":
        return f"{column} is gone, perhaps renamed to {_code(change.now)} (a guess)"
    if change.kind == "type changed":
        return f"{column} changes from {_code(change.was)} to {_code(change.now)}"
    return f"{column} is removed"


def _altered(one: Altered) -> str:
    if one.kind in ("model added", "model removed"):
        return f"- {one.kind}: {_code(one.name)}"
    if one.kind == "column added":
        return f"- column added: {_code(f'{one.name}.{one.column}')}"
    return f"- {_why(one)}"


def _touched(one: Touched) -> str:
    try:
        urn, column = column_parts(one.origin)
        origin = f"{name_of(urn)}.{column}"
    except UrnInvalid:
        origin = one.origin
    line = f"- {_code(one.name)} from {_code(origin)} now flows into {_code(one.arrives_in)}"
    if one.unapproved:
        line += "; read there by models without approval: " + ", ".join(map(_code, one.unapproved[:5]))
    return line


def _folded(title: str, body: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"


def _more(items: Sequence[object]) -> str:
    return f"\n- and {len(items) - _SHOWN} more" if len(items) > _SHOWN else ""


def _code(text: str) -> str:
    """Text as code: no mention, link, markup or line break comes out of it."""
    plain = "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))
    return f"`{plain.replace('`', chr(39)).strip() or '?'}`"
