"""What a business term or metric means, where it is implemented, and rival definitions people confuse it with."""

from __future__ import annotations

from typing import Any

from assistant.claims import Claim, Draft, claim, quote
from assistant.desk import Call, Desk, disputed
from assistant.skills import describe
from assistant.skills.registry import Skill
from assistant.subjects import forbidden, hit, others_note, unresolved
from catalog.access import Level
from catalog.aspects import Documentation, Logic, Metric, Term, Terms
from catalog.merge import Said

_SHOWN = 8


def answer(desk: Desk, call: Call) -> Draft:
    """Give the definition; a subject that is no term or metric is described instead."""
    row = desk.view.asset(call.subject.urn) if call.subject else None
    if call.subject is None or row is None:
        return unresolved(desk, call, "term or metric")
    if row.level is not Level.READ:
        return forbidden(desk, row.urn)
    if row.kind not in ("term", "metric"):
        return describe.answer(desk, call)
    documentation = desk.read(row.urn, Documentation)
    places = implementations(desk, row.urn)
    rivals = _rivals(desk, row.urn)
    return Draft(
        "answered" if documentation else "unknown",
        (_meaning(desk, row.urn),),
        desk.coverage(() if documentation else (f"a written definition of {row.name}",)),
        (*_rival_claims(desk, rivals), *_disputes(desk, row.urn), *others_note(desk, call.subject)),
        (*_formula(desk, row.urn), *_synonyms(desk, row.urn), *_implemented(desk, row.urn, places)),
        {
            "description": documentation.value.text if documentation else "",
            "implemented_by": places,
            "rivals": rivals,
        },
        (hit(desk, row.urn), *(hit(desk, urn, 0.5) for urn in places), *call.subject.others),
        (f"Where do we keep {row.name}?", f"Who owns {row.name}?"),
    )


def _meaning(desk: Desk, urn: str) -> Claim:
    documentation = desk.read(urn, Documentation)
    if documentation is None or not documentation.value.text:
        return claim(
            "{term} is in the catalog without a written definition.", [desk.proof_of(urn)], term=desk.slot(urn)
        )
    proof = [documentation.said[0]]
    return claim("{term}: {meaning}", proof, term=desk.slot(urn), meaning=quote(documentation.value.text, 600))


def _formula(desk: Desk, urn: str) -> tuple[Claim, ...]:
    metric, logic = desk.read(urn, Metric), desk.read(urn, Logic)
    if metric is not None and metric.value.expression:
        return (claim("It is computed as {formula}.", [metric.said[0]], formula=quote(metric.value.expression)),)
    if logic is not None and logic.value.text:
        return (claim("It is computed as {formula}.", [logic.said[0]], formula=quote(logic.value.text)),)
    return ()


def _synonyms(desk: Desk, urn: str) -> tuple[Claim, ...]:
    term = desk.read(urn, Term)
    words = (*term.value.synonyms, *term.value.abbreviations) if term else ()
    if term is None or not words:
        return ()
    return (claim("Also called {words}.", list(term.said), words=[quote(word) for word in words]),)


def implementations(desk: Desk, urn: str) -> list[str]:
    """The assets that carry or implement a term, readable ones only, by URN."""
    term = desk.read(urn, Term)
    declared = [place for place in (term.value.implemented_by if term else ()) if desk.view.asset(place)]
    carrying = [row.urn for row in desk.view.assets() if urn in row.terms]
    return list(dict.fromkeys([*declared, *carrying]))


def _implemented(desk: Desk, urn: str, places: list[str]) -> tuple[Claim, ...]:
    if not places:
        return ()
    term = desk.read(urn, Term)
    proofs: list[Said[Any] | None] = [*(term.said if term else ())]
    proofs += [held.said[0] for place in places[:_SHOWN] if (held := desk.read(place, Terms)) is not None]
    return (claim("Implemented in {places}.", proofs, places=[desk.slot(place) for place in places[:_SHOWN]]),)


def _rivals(desk: Desk, urn: str) -> list[str]:
    term = desk.read(urn, Term)
    said = list(term.value.rivals) if term else []
    for row in desk.view.assets("term"):
        held = desk.read(row.urn, Term)
        if held is not None and urn in held.value.rivals:
            said.append(row.urn)
    return [rival for rival in dict.fromkeys(said) if desk.view.readable(rival)]


def _rival_claims(desk: Desk, rivals: list[str]) -> tuple[Claim, ...]:
    claims = []
    for rival in rivals:
        held = desk.read(rival, Documentation)
        if held is not None:
            claims.append(
                claim(
                    "Not to be confused with {rival}: {meaning}",
                    [held.said[0]],
                    rival=desk.slot(rival),
                    meaning=quote(held.value.text, 300),
                )
            )
    return tuple(claims)


def _disputes(desk: Desk, urn: str) -> tuple[Claim, ...]:
    held = desk.read(urn, Documentation)
    if held is None:
        return ()
    return disputed(desk, urn, held, lambda said: [quote(said.text, 200)], "the definition")


SKILL = Skill(
    "definition",
    __doc__,
    (
        "what does {term} mean",
        "what is the definition of {term}",
        "how do we define {term}",
        "how is {term} calculated",
        "how is {term} computed",
        "define {term}",
        "what do we mean by {term}",
        "meaning of {term}",
        "what counts as {term}",
        "explain the metric {term}",
        "what does {term} stand for",
        "how do we count {term}",
        "what is the formula for {term}",
    ),
    answer,
    cues=("mean", "means", "meaning", "define", "defined", "definition", "calculated", "computed", "counts", "formula"),
    kinds=("term", "metric"),
)
