"""Which of several assets to use: "dim_customer or dim_rider?", with what speaks for the one and against the others."""

from __future__ import annotations

from assistant.claims import Claim, Draft, claim
from assistant.desk import Call, Desk
from assistant.skills.registry import Skill
from assistant.standing import Reason, reasons, score
from assistant.subjects import forbidden, hit, qualified, unresolved
from catalog.aspects import Deprecation

_SHOWN = 4


def answer(desk: Desk, call: Call) -> Draft:
    """Put the one with the best standing first; a replacement that a deprecated one names counts as offered too."""
    asked = [one for one in call.several if desk.view.asset(one)]
    readable = [urn for urn in asked if desk.view.readable(urn)]
    if not asked:
        return unresolved(desk, call)
    if not readable:
        return forbidden(desk, asked[0])
    offered = list(dict.fromkeys((*readable, *_replacements(desk, readable))))
    judged = {urn: reasons(desk, urn) for urn in offered}
    ordered = sorted(offered, key=lambda urn: (-score(judged[urn]), offered.index(urn)))
    best, rest = ordered[0], ordered[1:]
    lead = claim("Use {asset}.", [desk.proof_of(best)], asset=qualified(desk, best))
    if rest and abs(score(judged[best]) - score(judged[rest[0]])) < 0.5:
        lead = claim(
            "Nothing recorded decides between them; {asset} comes first by a little.",
            [desk.proof_of(best)],
            asset=qualified(desk, best),
        )
    return Draft(
        "answered",
        (lead, *_told(judged[best], 1)),
        desk.coverage(),
        tuple(one for urn in rest for one in _told(judged[urn], -1)),
        tuple(one for urn in rest[:_SHOWN] for one in _told(judged[urn], 1)[:1]),
        {"choice": best, "ranked": [{"urn": urn, "score": round(score(judged[urn]), 2)} for urn in ordered]},
        tuple(hit(desk, urn, 1 / (1 + place)) for place, urn in enumerate(ordered)),
        (f"What is {desk.view.name(best)}?", f"Can I trust {desk.view.name(best)}?"),
    )


def _replacements(desk: Desk, urns: list[str]) -> list[str]:
    found = []
    for urn in urns:
        held = desk.read(urn, Deprecation)
        if held is not None and held.value.deprecated and held.value.replacement:
            found.append(held.value.replacement)
    return [urn for urn in found if desk.view.readable(urn)]


def _told(found: tuple[Reason, ...], sign: int) -> tuple[Claim, ...]:
    return tuple(one.said for one in found if one.weight * sign > 0)[:_SHOWN]


SKILL = Skill("choose", __doc__, ("which of these should I use, {asset} or {asset}",), answer, needs="nothing")
