"""Several calls, one answer: their drafts merged. Pure but for names read through the desk.

A sentence that leans on what stands before it ("It is certified.") gets the name of what it is about, so that it
cannot come to lean on something else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.claims import Claim, Coverage, Draft
from assistant.desk import Call, Desk

_LEANS = re.compile(r"^(It|Its|This|These|They|Their)\b")
_FOLLOW_UPS = 3


def merged(desk: Desk, parts: Sequence[tuple[Call, Draft]]) -> Draft:
    """One draft of one or more, in the order planned. The first gives the verdict unless only another has an answer."""
    if len(parts) == 1:
        return parts[0][1]
    bound = [_bound(desk, call, draft) for call, draft in parts]
    answered = next((draft for draft in bound if draft.verdict == "answered"), bound[0])
    coverage = [draft.coverage for draft in bound]
    return Draft(
        answered.verdict,
        _once([one for draft in bound for one in draft.lead]),
        Coverage(
            min(one.searched for one in coverage),
            max(one.visible for one in coverage),
            all(one.complete for one in coverage),
            coverage[0].as_of,
            tuple(dict.fromkeys(gap for one in coverage for gap in one.missing)),
        ),
        _once([one for draft in bound for one in draft.caveats]),
        _once([one for draft in bound for one in draft.details]),
        {**bound[0].facts, "parts": [{"skill": call.skill, "facts": draft.facts} for call, draft in parts]},
        tuple(hit for draft in bound for hit in draft.assets),
        tuple(dict.fromkeys(one for draft in bound for one in draft.follow_ups[:2]))[:_FOLLOW_UPS],
    )


def _bound(desk: Desk, call: Call, draft: Draft) -> Draft:
    subject = call.subject.urn if call.subject else ""
    if not subject or desk.view.asset(subject) is None:
        return draft
    return replace(
        draft,
        lead=tuple(named(desk, one, subject) for one in draft.lead),
        caveats=tuple(named(desk, one, subject) for one in draft.caveats),
        details=tuple(named(desk, one, subject) for one in draft.details),
    )


def named(desk: Desk, one: Claim, urn: str) -> Claim:
    """The claim, opening with the name of its subject where it only points at it or is a bare quotation."""
    proof = desk.proof_of(urn)
    leans = _LEANS.match(one.template) or re.fullmatch(r"\{\w+\}", one.template)
    if not leans or proof is None or any(slot.held == urn for _, slot in one.slots):
        return one
    template = one.template if one.template.startswith("{") else one.template[0].lower() + one.template[1:]
    slots = (("about", desk.slot(urn)), *one.slots)
    return Claim("About {about}: " + template, slots, tuple(dict.fromkeys((proof, *one.evidence))))


def _once(claims: Sequence[Claim]) -> tuple[Claim, ...]:
    return tuple(dict.fromkeys(claims))
