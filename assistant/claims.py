"""Claims: sentences whose every checkable part is a slot that evidence proves. Pure; reads through no one.

A claim is a template written in code plus slots filled from catalog values. Names, quotes, numbers, dates and statuses
stand only in slots, so a program can check each against the stored records that the claim cites (assistant/grounding).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode

from catalog.change import Evidence
from catalog.codec import stamp
from catalog.errors import BadInput
from catalog.merge import Said

SlotKind = Literal["name", "quote", "number", "date", "status", "count"]
_QUOTE_LENGTH = 400
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class Slot:
    """One checkable part of a sentence. `shown`: what a person reads. `held`: what the cited record must contain."""

    kind: SlotKind
    shown: str
    held: str


@dataclass(frozen=True)
class SearchProof:
    """Evidence for a no or a count: what was searched, when, and how much matched.

    `at` is a time in microseconds, not a number of changes: that would tell of changes one may not see.
    """

    query: str
    at: int
    searched: int
    matched: int
    kind: str = ""
    filters: tuple[tuple[str, str], ...] = ()

    def ref(self) -> str:
        """The search as one line of text; `docent cite` runs it again."""
        pairs = [("q", self.query), ("kind", self.kind), *self.filters]
        pairs += [("at", str(self.at)), ("searched", str(self.searched)), ("matched", str(self.matched))]
        return "search?" + urlencode([(key, value) for key, value in pairs if value])


Proof = Evidence | SearchProof
Proving = Proof | Said[Any] | None  # what a claim may be given as evidence; None is passed over


@dataclass(frozen=True)
class Claim:
    """One sentence, its slots by name, and what proves it."""

    template: str
    slots: tuple[tuple[str, Slot], ...]
    evidence: tuple[Proof, ...]

    @property
    def text(self) -> str:
        """The sentence as a person reads it, without citation marks."""
        return self.template.format_map({key: slot.shown for key, slot in self.slots})


@dataclass(frozen=True)
class Coverage:
    """What was searched, out of how much the viewer may see, as of when, and what is not loaded."""

    searched: int
    visible: int
    complete: bool
    as_of: datetime
    missing: tuple[str, ...] = ()


Verdict = Literal["answered", "no", "unknown", "forbidden", "clarify", "refused"]


@dataclass(frozen=True)
class AssetHit:
    """One asset of an answer, best first."""

    urn: str
    name: str
    kind: str
    score: float = 1.0


@dataclass(frozen=True)
class Draft:
    """What a skill returns: the direct answer, what to watch out for, the details, and the typed result."""

    verdict: Verdict
    lead: tuple[Claim, ...]
    coverage: Coverage
    caveats: tuple[Claim, ...] = ()
    details: tuple[Claim, ...] = ()
    facts: dict[str, object] = field(default_factory=dict)
    assets: tuple[AssetHit, ...] = ()
    follow_ups: tuple[str, ...] = ()

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Every sentence, in reading order."""
        return (*self.lead, *self.caveats, *self.details)


def claim(template: str, proofs: Iterable[Proof | Said[Any] | None], **slots: Slot | Sequence[Slot]) -> Claim:
    """Build a claim. A sequence of slots is joined as people do ("a, b and c"); repeated evidence is kept once."""
    named: list[tuple[str, Slot]] = []
    for key, value in slots.items():
        if isinstance(value, Slot):
            named.append((key, value))
            continue
        parts = [f"{key}_{i}" for i in range(len(value))]
        template = template.replace(f"{{{key}}}", listed([f"{{{part}}}" for part in parts]))
        named += list(zip(parts, value, strict=True))
    cited = [one.evidence if isinstance(one, Said) else one for one in proofs if one is not None]
    return Claim(template, tuple(named), tuple(dict.fromkeys(cited)))


def listed(items: Sequence[str], last: str = "and") -> str:
    """Items as people list them: "a", "a and b", "a, b and c"."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def name(urn: str, shown: str) -> Slot:
    """The name of an asset, person or team."""
    return Slot("name", shown or urn, urn)


def quote(text: str, limit: int = _QUOTE_LENGTH) -> Slot:
    """Words from the catalog, cut at a word near `limit` characters. Shown on one line."""
    held = text if len(text) <= limit else text[:limit].rsplit(" ", 1)[0]
    shown = _SPACE.sub(" ", held).strip()
    return Slot("quote", shown if held == text else f"{shown.rstrip('.,;')} …", held)


def status(value: str, shown: str = "") -> Slot:
    """A status word as the record holds it ("fail"), shown as people say it ("failing")."""
    return Slot("status", shown or value, value)


def number(value: float, unit: str = "") -> Slot:
    """A number, with thousands separators."""
    shown = f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"
    return Slot("number", f"{shown} {unit}".strip(), json.dumps(value))


def count(value: int, noun: str = "") -> Slot:
    """How many items a record or a search holds; checked by counting."""
    return Slot("count", f"{value:,} {noun}".strip(), str(value))


def date(value: datetime, now: datetime | None = None) -> Slot:
    """A time, to the minute; with its age when `now` is given."""
    shown = value.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
    if shown.endswith("00:00"):
        shown = shown[:10]
    if now is not None:
        shown += f" ({ago(value, now)})"
    return Slot("date", shown, stamp(value))


def ago(value: datetime, now: datetime) -> str:
    """How long ago, in the largest fitting unit: "3 days ago"; "in 2 hours" for what is to come."""
    seconds = (now - value).total_seconds()
    for unit, size in (("year", 31_557_600), ("month", 2_629_800), ("day", 86_400), ("hour", 3600), ("minute", 60)):
        amount = int(abs(seconds) // size)
        if amount >= 1:
            plural = "" if amount == 1 else "s"
            return f"in {amount} {unit}{plural}" if seconds < 0 else f"{amount} {unit}{plural} ago"
    return "just now"


def parse_search_ref(ref: str) -> SearchProof:
    """Read a search reference back. Raises BadInput."""
    if not ref.startswith("search?"):
        raise BadInput(f"'{ref}' is not a search reference; those begin with 'search?'.")
    pairs = parse_qsl(ref.removeprefix("search?"))
    try:
        at, searched, matched = (int(dict(pairs).get(key, "0")) for key in ("at", "searched", "matched"))
    except ValueError as error:
        raise BadInput(f"'{ref}' is not a search reference: {error}.") from error
    known = {"q", "at", "searched", "matched"}
    kinds = [value for key, value in pairs if key == "kind"]
    kind = kinds[0] if len(kinds) == 1 else ""  # several kinds are filters like others
    filters = tuple(pair for pair in pairs if pair[0] not in (known | {"kind"} if kind else known))
    return SearchProof(dict(pairs).get("q", ""), at, searched, matched, kind, filters)
