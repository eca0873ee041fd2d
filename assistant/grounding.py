"""Grounding: every slot of every claim is checked against the records that the claim cites. Owns the check.

Deterministic. A claim whose evidence does not hold what it says is a defect: the answer is not given (Ungrounded).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from assistant.claims import Claim, SearchProof, Slot
from catalog.change import Evidence
from catalog.errors import DocentError
from catalog.urn import PREFIX


class Ungrounded(DocentError):
    """A sentence that its own evidence does not prove. Never shown; reported as a defect."""


@dataclass(frozen=True)
class Fault:
    """One slot of one claim that no cited record contains."""

    text: str
    slot: str
    shown: str


def check(
    claims: Iterable[Claim], texts: Mapping[str, str | None], canonical: Callable[[str], str] = lambda urn: urn
) -> list[Fault]:
    """The faults of `claims`, given the stored JSON of every cited version (by digest).

    `canonical`: the URN an asset goes by; a record may name it by another of its URNs.
    """
    return [
        Fault(claim.text, key, slot.shown)
        for claim in claims
        for key, slot in claim.slots
        if not any(_proves(proof, slot, texts, canonical) for proof in claim.evidence)
    ] + [Fault(claim.text, "", "no evidence") for claim in claims if not claim.evidence]


def _proves(
    proof: Evidence | SearchProof, slot: Slot, texts: Mapping[str, str | None], canonical: Callable[[str], str]
) -> bool:
    if isinstance(proof, SearchProof):
        return _search_proves(proof, slot)
    text = texts.get(proof.version)
    if text is None:
        return False
    if slot.kind == "name" and slot.held == proof.urn:
        return True
    if slot.kind == "count":
        return any(str(size) == slot.held for size in _sizes(json.loads(text)))
    if slot.kind in ("number", "date"):
        return slot.held in text
    if json.dumps(slot.held, ensure_ascii=False)[1:-1] in text:
        return True
    return slot.kind == "name" and any(canonical(urn) == slot.held for urn in (proof.urn, *_urns(json.loads(text))))


def _urns(value: object) -> Iterable[str]:
    """All URNs in a stored value."""
    if isinstance(value, str):
        if value.startswith(PREFIX):
            yield value
    elif isinstance(value, list | dict):
        for item in value if isinstance(value, list) else value.values():
            yield from _urns(item)


def _search_proves(proof: SearchProof, slot: Slot) -> bool:
    if slot.kind in ("count", "number"):
        return slot.held in (str(proof.searched), str(proof.matched))
    return slot.held in proof.query or any(slot.held == value for _, value in proof.filters)


def _sizes(value: object) -> Iterable[int]:
    """The lengths of all lists in a stored value."""
    if isinstance(value, list):
        yield len(value)
        for item in value:
            yield from _sizes(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _sizes(item)
