"""Asking back: the question leaves open what it is about, and a guess could be wrong. Names the choices there are."""

from __future__ import annotations

from assistant.claims import AssetHit, Claim, Draft, claim
from assistant.desk import Call, Desk
from assistant.skills.registry import Skill
from assistant.subjects import hit, kind_words, qualified, quote_words

_SHOWN = 6


def answer(desk: Desk, call: Call) -> Draft:
    """The choices between things of one name, each with what tells it apart; or the plain question what is meant."""
    choices = [urn for urn in _choices(call) if desk.view.asset(urn)][:_SHOWN]
    if not choices:
        lead = claim("Which asset do you mean? Name it, and I look it up.", [desk.searched(desk.question, 0)])
        return Draft("clarify", (lead,), desk.coverage(), facts={"choices": []})
    words = call.subject.text if call.subject else call.topic
    proof = desk.searched(words, len(choices))
    lead = claim("{words} could be one of several. Which one do you mean?", [proof], words=quote_words(words))
    return Draft(
        "clarify",
        (lead,),
        desk.coverage(),
        (),
        tuple(_choice(desk, urn) for urn in choices),
        {"choices": choices},
        tuple(AssetHit(urn, desk.view.name(urn), hit(desk, urn).kind) for urn in choices),
        tuple(_ask_again(desk, urn) for urn in choices[:3]),
    )


def _choices(call: Call) -> tuple[str, ...]:
    if call.subject is None:
        return ()
    return tuple(dict.fromkeys((call.subject.urn, *(other.urn for other in call.subject.others))))


def _choice(desk: Desk, urn: str) -> Claim:
    return claim(f"{{asset}}, a {kind_words(desk, urn)}", [desk.proof_of(urn)], asset=qualified(desk, urn))


def _ask_again(desk: Desk, urn: str) -> str:
    return f"What is {qualified(desk, urn).shown}?"


SKILL = Skill("clarify", __doc__, ("which one do you mean",), answer, needs="nothing")
