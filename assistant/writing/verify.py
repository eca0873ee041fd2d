"""Verification: from a model's sentences to claims, or to why a sentence cannot be shown. Pure; owns what is allowed.

A sentence is units ({c1}) joined by connective words (assistant/writing/words.py), nothing else. A unit may be written
as its whole template with its slots. Everything checkable stands inside a unit, word for word as a skill wrote it, so
neither a swap, nor a lost "not", nor an invention can be phrased.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.claims import Claim
from assistant.writing.units import Unit
from assistant.writing.words import is_connective

_HOLDER = re.compile(r"\{([^{}]*)\}")
_IDENT = re.compile(r"c\d{1,3}")
_ENDED = re.compile(r"[.!?\u2026]$")
_TOGETHER = 3  # units in a sentence; more is no sentence that people read


@dataclass(frozen=True)
class Sentence:
    """A sentence that passed: its units, and the claims it has become: itself, and what is glued to its last one."""

    units: tuple[Unit, ...]
    claims: tuple[Claim, ...]


@dataclass(frozen=True)
class Rejected:
    """A sentence that did not pass: why, and the units it spoke of."""

    why: str
    units: tuple[Unit, ...] = ()


def verified(text: str, units: Mapping[str, Unit], used: frozenset[str] = frozenset()) -> Sentence | Rejected:
    """Check one sentence of a model. `units`: those of this answer. `used`: idents that earlier sentences hold."""
    folded = _folded(text, units)
    parts = _HOLDER.split(folded)  # free text and holders in turn
    free, holders = parts[0::2], parts[1::2]
    cited = tuple(units[ident] for one in holders if (ident := one.split(".")[0]) in units)
    cited = tuple(dict.fromkeys(cited))
    if why := _fault(free, holders, units, used):
        return Rejected(why, cited)
    joined = [units[one] for one in holders]
    return Sentence(cited, (_joined(free, joined), *joined[-1].claims[1:]))


def _fault(free: Sequence[str], holders: Sequence[str], units: Mapping[str, Unit], used: frozenset[str]) -> str:
    """What is wrong with a sentence; "" when nothing is."""
    if not holders:
        return "it holds no claim"
    if any(not _IDENT.fullmatch(one) or one not in units for one in holders):
        return "it names a claim or slot that is none of this answer's, or takes a claim apart"
    if len(set(holders)) < len(holders) or used & set(holders):
        return "it repeats a claim"
    if len(holders) > _TOGETHER:
        return "it holds too many claims"
    if not all(is_connective(text) for text in free):
        return "it says something of its own"
    if any(not text.strip() for text in free[1:-1]):
        return "its claims are not joined"
    if any(units[one].ends for one in holders[:-1]) or (units[holders[-1]].ends and re.search(r"\w", free[-1])):
        return "it goes on after a claim of several sentences"
    return ""


def _folded(text: str, units: Mapping[str, Unit]) -> str:
    """The sentence with every unit that is written out as its whole template replaced by the unit itself."""
    for unit in sorted(units.values(), key=lambda one: -len(one.template)):
        written = re.sub(r"\{(\w+)\}", rf"{{{unit.ident}.\1}}", unit.template)
        for form in dict.fromkeys((written, written.rstrip("."), _lowered(written), _lowered(written).rstrip("."))):
            if "{" in form and form in text:
                text = text.replace(form, f"{{{unit.ident}}}", 1)
                break
    return text


def _joined(free: Sequence[str], units: Sequence[Unit]) -> Claim:
    """One claim out of free text and the first claims of units: templates joined, slots renamed, evidence united."""
    template, slots = "", []
    for number, unit in enumerate(units):
        before, after = free[number], free[number + 1]
        goes_on = bool(re.search(r"\w", after)) or number + 1 < len(units)
        begins = not template and not before.strip()
        head = unit.claims[0]
        written = head.template if begins else _lowered(head.template)
        written = written.rstrip(".") if goes_on else written
        template += _escaped(before) + _prefixed(written, unit.ident)
        slots += [(f"{unit.ident}_{key}", slot) for key, slot in head.slots]
    rest = free[-1] if re.search(r"\w", free[-1]) else ""
    unstopped = not rest and not _ENDED.search(units[-1].claims[0].template)  # a quotation, which brings its own stop
    template = _polished(template + _escaped(rest), unstopped)
    proofs = tuple(dict.fromkeys(proof for unit in units for proof in unit.claims[0].evidence))
    return Claim(template, tuple(slots), proofs)


def _prefixed(template: str, ident: str) -> str:
    return re.sub(r"\{(\w+)\}", rf"{{{ident}_\1}}", template)


def _lowered(template: str) -> str:
    """A template that begins with a word of ours, inside a sentence."""
    begins_plainly = len(template) > 1 and template[1].islower() and not template.startswith("I ")
    return template[0].lower() + template[1:] if begins_plainly else template


def _escaped(text: str) -> str:
    return text.replace("{", "").replace("}", "")


def _polished(template: str, unstopped: bool) -> str:
    """Spaces, the first letter and the end of a sentence."""
    text = re.sub(r"\s+([,;:.])", r"\1", re.sub(r"\s+", " ", template)).strip(" ,;:\u2013\u2014-")
    text = text[0].upper() + text[1:] if text[:1].islower() else text
    return text if unstopped or _ENDED.search(text) else text + "."
