"""Where an asset's data comes from and what is made from it: tables, dashboards, models and agents, by distance."""

from __future__ import annotations

import re

from assistant.claims import Claim, Draft, claim, count
from assistant.desk import Call, Desk
from assistant.skills import column_lineage, impact
from assistant.skills.registry import DATA_KINDS, Skill
from assistant.subjects import forbidden, hit, others_note, qualified, unresolved
from catalog.access import Level
from catalog.ai_aspects import ModelVersion
from catalog.edges import Edge
from catalog.errors import BadInput
from catalog.kinds import noun
from catalog.trail import Direction, Filter, Trail, Trails, evidence_of

_SHOWN = 6
_LIMIT = 10_000
# Asked what a change does, people want to know who is hit and how badly.
_BREAKS = r"\b(breaks?|broken|affect(ed|s)?|impact|drop(ped|ping)?|chang(e|ed|es|ing)|delet(e|ed|ing)|rename[ds]?)\b"


def answer(desk: Desk, call: Call) -> Draft:
    """Walk up or down (both when the question does not say) and list what was reached, nearest first."""
    row = desk.view.asset(call.subject.urn) if call.subject else None
    if call.subject is None or row is None:
        return unresolved(desk, call)
    if row.level is not Level.READ:
        return forbidden(desk, row.urn)
    directions: tuple[Direction, ...] = ("up", "down")
    wanted = tuple(d for d in directions if call.direction in (d, "", "both"))
    if wanted == ("down",) and re.search(_BREAKS, desk.question.casefold()):
        return impact.answer(desk, call)
    if call.bounds.cursor and len(wanted) > 1:
        raise BadInput("A cursor goes on with one direction. Ask for upstream or downstream alone.")
    if call.subject.column:
        return column_lineage.answer(desk, call, row, wanted)
    walked = {direction: _walked(desk, call, row.urn, direction) for direction in wanted}
    trail = walked[wanted[0]]
    training = _training(desk, row.urn) if "up" in walked else ()
    return Draft(
        "answered" if any(t.total for t in walked.values()) else "no",
        (*training, *(one for direction, t in walked.items() for one in _lead(desk, row.urn, direction, t))),
        desk.coverage(_not_loaded(desk, walked)),
        others_note(desk, call.subject),
        tuple(one for direction, t in walked.items() for one in _details(desk, row.urn, direction, t)),
        _facts(call.direction or "both", walked),
        (
            hit(desk, row.urn),
            *(hit(desk, urn, 1 / (1 + hops)) for urn, hops in trail.nodes[:50] if desk.view.asset(urn)),
        ),
        (f"Who owns {row.name}?", f"What breaks if {row.name} changes?", f"Can I trust {row.name}?"),
    )


def _walked(desk: Desk, call: Call, urn: str, direction: Direction) -> Trail:
    bounds = call.bounds
    hops = bounds.up if direction == "up" else bounds.down
    only = Filter(bounds.kinds, bounds.platforms)
    limit = bounds.limit or _LIMIT
    return Trails(desk.view).walk(urn, direction, hops, limit, bounds.cursor or None, only, with_cycles=True)


def _details(desk: Desk, urn: str, direction: Direction, trail: Trail) -> tuple[Claim, ...]:
    return (
        *_further(desk, direction, trail),
        *_circles(desk, trail),
        *column_lineage.cut_note(desk, urn, direction, trail.total, trail.returned, trail.cut),
    )


def _circles(desk: Desk, trail: Trail) -> tuple[Claim, ...]:
    claims = []
    for group in trail.cycles[:_SHOWN]:
        inside = set(group)
        proofs = [desk.view.evidence(edge) for edge in trail.edges if edge.upstream in inside and edge.urn in inside]
        shown = [urn for urn in group if any(urn in (proof.urn,) for proof in proofs)][:_SHOWN]
        if len(group) == 1 and shown:
            claims.append(claim("{asset} is made from itself.", proofs, asset=qualified(desk, group[0])))
        elif shown:
            slots = [qualified(desk, urn) for urn in shown]
            claims.append(claim("{assets} feed each other in a circle.", proofs, assets=slots))
    return tuple(claims)


def _lead(desk: Desk, urn: str, direction: Direction, trail: Trail) -> tuple[Claim, ...]:
    near = trail.at(1)
    if not near and trail.total:
        proofs = [desk.searched(f"{direction}stream of {urn}", trail.total), desk.proof_of(urn)]
        found = count(trail.total, "asset" if trail.total == 1 else "assets")
        return (claim(f"{{n}} {direction}stream of {{asset}}.", proofs, n=found, asset=qualified(desk, urn)),)
    if not near:
        said = "is made from" if direction == "up" else "is read by"
        proof = desk.searched(f"{direction}stream of {urn}", 0)
        return (claim(f"No recorded lineage says what {{asset}} {said}.", [proof], asset=desk.slot(urn)),)
    edges = _between(trail, urn, near, direction)
    slots = [qualified(desk, other) for other in near[:_SHOWN]]
    template = "{asset} is made from {near}" if direction == "up" else "{asset} feeds {near}"
    if len(near) > _SHOWN:
        proof = desk.searched(f"{direction}stream of {urn}", len(near))
        return (
            claim(
                template + ", and more: {all} in all.",
                [*evidence_of(desk.view, edges), proof],
                asset=qualified(desk, urn),
                near=slots,
                all=count(len(near)),
            ),
        )
    return (claim(template + ".", evidence_of(desk.view, edges), asset=qualified(desk, urn), near=slots),)


def _training(desk: Desk, urn: str) -> tuple[Claim, ...]:
    """Of a model version, the exact data it was trained on comes before everything else it touches."""
    held = desk.read(urn, ModelVersion)
    sets = [other for other in held.value.training_sets if desk.view.asset(other)] if held else []
    if held is None or not sets:
        return ()
    slots = [desk.slot(other) for other in sets]
    return (claim("{asset} was trained on {sets}.", [held.said[0]], asset=desk.slot(urn), sets=slots),)


def _between(trail: Trail, urn: str, near: tuple[str, ...], direction: Direction) -> list[Edge]:
    ends = set(near)
    if direction == "up":
        return [edge for edge in trail.edges if edge.urn == urn and edge.upstream in ends]
    return [edge for edge in trail.edges if edge.upstream == urn and edge.urn in ends]


def _further(desk: Desk, direction: Direction, trail: Trail) -> tuple[Claim, ...]:
    """What lies beyond the first step, by kind, and the origins or ends by name."""
    beyond = [(urn, hops) for urn, hops in trail.nodes if hops > 1]
    if not beyond:
        return ()
    claims = []
    by_kind: dict[str, list[str]] = {}
    for urn, _ in beyond:
        row = desk.view.asset(urn)
        by_kind.setdefault(row.kind if row else "table", []).append(urn)
    for kind, urns in by_kind.items():
        edges = [
            edge for edge in trail.edges if (edge.upstream if direction == "up" else edge.urn) in set(urns[:_SHOWN])
        ]
        slots = [qualified(desk, urn) for urn in urns[:_SHOWN]]
        word = "Further upstream" if direction == "up" else "Further downstream"
        template = f"{word}, {noun(kind, len(urns))}: {{urns}}"
        if len(urns) > _SHOWN:
            proof = desk.searched(f"{direction}stream {kind}", len(urns))
            claims.append(
                claim(
                    template + " and more, {all} in all.",
                    [*evidence_of(desk.view, edges), proof],
                    urns=slots,
                    all=count(len(urns)),
                )
            )
        else:
            claims.append(claim(template + ".", evidence_of(desk.view, edges), urns=slots))
    return tuple(claims)


def _not_loaded(desk: Desk, walked: dict[Direction, Trail]) -> tuple[str, ...]:
    """Assets that lineage names and no source describes: where the trail leaves the catalog."""
    unknown = {urn for trail in walked.values() for urn, _ in trail.nodes if desk.view.asset(urn) is None}
    if not unknown:
        return ()
    some = ", ".join(sorted(desk.view.name(urn) for urn in unknown)[:3])
    return (f"{len(unknown)} of the assets reached are not loaded from any source ({some})",)


def _facts(direction: str, walked: dict[Direction, Trail]) -> dict[str, object]:
    trails = list(walked.values())
    return {
        "direction": direction,
        "nodes": [{"urn": urn, "hops": hops} for trail in trails for urn, hops in trail.nodes],
        "edges": [
            {"from": edge.upstream, "to": edge.urn, "how": edge.how, "basis": edge.basis}
            for trail in trails
            for edge in trail.edges
        ],
        "total": sum(trail.total for trail in trails),
        "returned": sum(trail.returned for trail in trails),
        "complete": all(trail.complete for trail in trails),
        "cut": sorted({one for trail in trails for one in trail.cut}),
        "cursor": next((trail.cursor for trail in trails if trail.cursor), None),
        "cycles": [list(group) for trail in trails for group in trail.cycles],
    }


SKILL = Skill(
    "lineage",
    __doc__,
    (
        "where does {asset} come from",
        "what feeds {asset}",
        "what is upstream of {asset}",
        "which sources is {asset} built from",
        "lineage of {asset}",
        "what depends on {asset}",
        "what uses {asset}",
        "what is downstream of {asset}",
        "what breaks if {asset} changes",
        "which dashboards use {asset}",
        "which models are trained on {asset}",
        "who reads from {asset}",
        "what is affected if I drop {asset}",
        "what data was {asset} trained on",
        "which tables does {asset} read",
        "which tables is {asset} built on",
        "what is {asset} built on",
        "what is {asset} made from",
        "where does {asset} end up",
        "where does {asset} go",
        "what happens to {asset} downstream",
        "what is built on {asset}",
        "what data does {asset} use",
    ),
    answer,
    kinds=DATA_KINDS,
    cues=(
        "lineage",
        "upstream",
        "downstream",
        "feeds",
        "feed",
        "depends",
        "depend",
        "come",
        "comes",
        "from",
        "breaks",
        "affected",
        "impact",
        "uses",
        "built",
        "trained",
        "derived",
        "source",
        "sources",
        "populate",
        "populated",
    ),
    directions={
        "up": (
            "upstream",
            "come from",
            "comes from",
            "coming from",
            "feeds",
            "feed into",
            "built from",
            "made from",
            "derived from",
            "sources of",
            "trained on what",
            "was trained",
            "is trained",
            "read",
            "reads",
            "populated by",
            "depend on",
            "originate",
            "inputs",
        ),
        "down": (
            "downstream",
            "depends on",
            "what uses",
            "uses",
            "use",
            "breaks",
            "break",
            "affected",
            "impact",
            "consumers",
            "reads from",
            "are trained on",
            "trained on it",
            "rely on",
            "relies on",
            "consume",
            "if i change",
            "if i drop",
            "end up",
            "go",
            "ends up",
        ),
    },
)
