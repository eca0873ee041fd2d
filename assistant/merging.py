"""Several calls, one answer: their drafts merged. Pure but for names read through the desk.

Where the parts are about different things, a sentence that does not name its own ("It is certified.") gets the name,
so that it cannot be read as about another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.claims import Claim, Coverage, Draft
from assistant.desk import Call, Desk

_FOLLOW_UPS = 3


def merged(desk: Desk, parts: Sequence[tuple[Call, Draft]]) -> Draft:
    """One draft of one or more, in the order planned. The first gives the verdict unless only another has an answer."""
    if len(parts) == 1:
        return parts[0][1]
    subjects = {call.subject.urn for call, _ in parts if call.subject}
    bound = [_bound(desk, call, draft) if len(subjects) > 1 else draft for call, draft in parts]
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
        lead=tuple(_named(desk, one, subject) for one in draft.lead),
        caveats=tuple(_named(desk, one, subject) for one in draft.caveats),
        details=tuple(_named(desk, one, subject) for one in draft.details),
    )


def _named(desk: Desk, one: Claim, urn: str) -> Claim:
    """The claim, opening with the name of its subject where it does not hold it."""
    proof = desk.proof_of(urn)
    if proof is None or any(slot.held == urn for _, slot in one.slots):
        return one
    template = one.template if one.template[1:2].isupper() or one.template.startswith(("{", "I ")) else _lowered(one)
    slots = (("about", desk.slot(urn)), *one.slots)
    return Claim("About {about}: " + template, slots, tuple(dict.fromkeys((proof, *one.evidence))))


def _lowered(one: Claim) -> str:
    return one.template[:1].lower() + one.template[1:]


def _once(claims: Sequence[Claim]) -> tuple[Claim, ...]:
    return tuple(dict.fromkeys(claims))
