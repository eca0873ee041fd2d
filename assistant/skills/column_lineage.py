"""Lineage of a column, or of all columns of an asset: the skill `lineage` calls this when a column is asked about."""

from __future__ import annotations

from assistant.claims import Claim, Draft, Proving, claim, count, quote
from assistant.columns import (
    EVERY,
    SHOWN,
    column_slot,
    expressions,
    has_column,
    inferred_note,
    influences,
    made_from,
    proof_of_column,
    starts_of,
)
from assistant.desk import Call, Desk
from assistant.subjects import hit, others_note, unresolved
from catalog.aspects import Classification
from catalog.column_trail import WHOLE, ColumnTrail, ColumnTrails, urn_of
from catalog.edges import ColumnKey, ColumnStep, Direction
from catalog.reader import AssetRow
from catalog.trail import Trails

LIMIT = 10_000


def answer(desk: Desk, call: Call, row: AssetRow, wanted: tuple[Direction, ...]) -> Draft:
    """Walk the column edges; where there are none, say so and name what the asset as a whole is made from."""
    column = call.subject.column if call.subject else ""
    if column != EVERY and not has_column(desk, row.urn, column):
        return unresolved(desk, Call("lineage", topic=f"{row.name}.{column}"), "column")
    starts, trails = starts_of(desk, row.urn, column), ColumnTrails(desk.view)
    if column == EVERY and not starts:
        starts = [(row.urn, name) for name in trails.columns_of(row.urn, wanted[0])]
    bounds = call.bounds
    walked = {
        direction: trails.walk(
            starts, direction, bounds.up if direction == "up" else bounds.down, bounds.limit or LIMIT,
            bounds.cursor or None,
        )
        for direction in wanted
    }  # fmt: skip
    found = any(trail.total or trail.influences for trail in walked.values())
    return Draft(
        "answered" if found else "unknown",
        tuple(one for direction, trail in walked.items() for one in _lead(desk, row, direction, trail)),
        desk.coverage(() if found else (f"which columns {row.name} is made from",)),
        others_note(desk, call.subject) if call.subject else (),
        tuple(one for direction, trail in walked.items() for one in _details(desk, row, direction, trail)),
        facts_of(call.direction or "both", row.urn, column, walked),
        (hit(desk, row.urn), *(hit(desk, urn, 0.5) for urn in _assets(walked)[:50] if desk.view.asset(urn))),
        (f"What breaks if {row.name}.{column} changes?", f"Who owns {row.name}?") if column != EVERY else (),
    )


def _assets(walked: dict[Direction, ColumnTrail]) -> list[str]:
    return list(dict.fromkeys(key[0] for trail in walked.values() for key, _ in trail.nodes))


def _direct(trail: ColumnTrail, key: ColumnKey, direction: Direction) -> list[ColumnStep]:
    urn, column = key[0], key[1].casefold()
    ends = ((step, step.start(direction)) for step in trail.steps)
    return [step for step, start in ends if (start[0], start[1].casefold()) == (urn, column)]


def _lead(desk: Desk, row: AssetRow, direction: Direction, trail: ColumnTrail) -> tuple[Claim, ...]:
    claims: list[Claim] = []
    for key in trail.starts:
        direct = _direct(trail, key, direction)
        if direct:
            claims += made_from(desk, key, direct, direction)
    if claims:
        return tuple(claims)
    word = "comes from" if direction == "up" else "flows into"
    asked = " and ".join(urn_of(key) for key in trail.starts[:1]) or row.urn
    nothing = desk.searched(f"{direction}stream columns of {asked}", 0)
    if len(trail.starts) == 1:
        slots = {"column": column_slot(desk, trail.starts[0])}
        proofs: list[Proving] = [nothing, desk.proof_of(row.urn), *proof_of_column(desk, *trail.starts[0])]
        said = claim(f"No recorded lineage says which columns {{column}} {word}.", proofs, **slots)
    else:
        words = "come from" if direction == "up" else "flow into"
        slots = {"asset": desk.slot(row.urn)}
        said = claim(f"No recorded lineage says what the columns of {{asset}} {words}.", [nothing], **slots)
    return (said, *_whole(desk, row, direction))


def _whole(desk: Desk, row: AssetRow, direction: Direction) -> tuple[Claim, ...]:
    """What is known of the asset as a whole, where nothing is known of its columns."""
    trail = Trails(desk.view).walk(row.urn, direction, hops=1)
    near = trail.at(1)[:SHOWN]
    if not near:
        return ()
    template = "As a whole, {asset} is made from {near}." if direction == "up" else "As a whole, {asset} feeds {near}."
    edges = [edge for edge in trail.edges if (edge.upstream if direction == "up" else edge.urn) in near]
    slots = [column_slot(desk, (urn, "")) for urn in near]
    return (
        claim(
            template, [desk.view.evidence(edge) for edge in edges], asset=column_slot(desk, (row.urn, "")), near=slots
        ),
    )


def _details(desk: Desk, row: AssetRow, direction: Direction, trail: ColumnTrail) -> tuple[Claim, ...]:
    near = {step for key in trail.starts for step in _direct(trail, key, direction)}
    made = near if direction == "up" else set()
    return (
        *expressions(desk, [step for step in trail.steps if step in made][:SHOWN]),
        *_further(desk, direction, trail),
        *_ends(desk, direction, trail),
        *_sensitive(desk, direction, trail),
        *influences(desk, trail.influences, direction),
        *inferred_note(desk, trail.steps, row.urn),
        *_circular(desk, trail),
        *cut_note(desk, row.urn, direction, trail.total, trail.returned, trail.cut),
    )


def _further(desk: Desk, direction: Direction, trail: ColumnTrail) -> tuple[Claim, ...]:
    beyond = [key for key, hops in trail.nodes if hops > 1]
    if not beyond:
        return ()
    shown = beyond[:SHOWN]
    proofs = [desk.view.evidence(step) for step in trail.steps if step.key(direction) in shown]
    word = "Further upstream" if direction == "up" else "Further downstream"
    slots = [column_slot(desk, key) for key in shown]
    if len(beyond) == len(shown):
        return (claim(f"{word}: {{ends}}.", proofs, ends=slots),)
    proof = desk.searched(f"columns {direction}stream", len(beyond))
    return (claim(f"{word}: {{ends}} and more, {{all}} in all.", [*proofs, proof], ends=slots, all=count(len(beyond))),)


def _ends(desk: Desk, direction: Direction, trail: ColumnTrail) -> tuple[Claim, ...]:
    """Where the trail begins (up) or what it ends in (down): columns that lead no further."""
    leading = {step.start(direction) for step in trail.steps}
    ends = [key for key, hops in trail.nodes if key not in leading]
    if not ends or all(hops == 1 for _, hops in trail.nodes) or not trail.complete:
        return ()
    shown = ends[:SHOWN]
    proofs = [desk.view.evidence(step) for step in trail.steps if step.key(direction) in shown]
    word = "It begins in {ends}." if direction == "up" else "It ends up in {ends}."
    return (claim(word, proofs, ends=[column_slot(desk, key) for key in shown]),)


def _sensitive(desk: Desk, direction: Direction, trail: ColumnTrail) -> tuple[Claim, ...]:
    """Sensitive classes met on the way up: what flows from there is that too."""
    claims = []
    for key, _ in trail.nodes[:200] if direction == "up" else ():
        held = desk.read(key[0], Classification)
        classes = held.value.classes if held else ()
        found = [name for column, name in classes if column.casefold() == key[1].casefold()]
        if held is None or not found or key[1] in WHOLE:
            continue
        proofs: list[Proving] = [*held.said]
        proofs += [desk.view.evidence(step) for step in trail.steps if step.key(direction) == key]
        words = [quote(name) for name in dict.fromkeys(found)]
        claims.append(
            claim("{column} is classified as {classes}.", proofs, column=column_slot(desk, key), classes=words)
        )
    return tuple(claims[:SHOWN])


def _circular(desk: Desk, trail: ColumnTrail) -> tuple[Claim, ...]:
    if not trail.circular:
        return ()
    proofs = [desk.view.evidence(step) for step in trail.steps]
    slots = [column_slot(desk, key) for key in trail.circular[:SHOWN]]
    return (claim("It goes round in a circle, back to {columns}.", proofs, columns=slots),)


_WHY = {"hops": "more lies beyond the number of steps asked for", "limit": "further pages follow",
        "time": "the search was stopped", "budget": "the search was stopped"}  # fmt: skip


def cut_note(
    desk: Desk, urn: str, direction: Direction, total: int, returned: int, cut: tuple[str, ...]
) -> tuple[Claim, ...]:
    """That something is missing, why, and how much."""
    if not cut:
        return ()
    asked = f"{direction}stream of {urn}"
    if cut == ("hops",):
        beyond = desk.searched(f"beyond the steps asked for, {asked}", total)
        return (
            claim("More lies beyond these {total}, further than the steps asked for.", [beyond], total=count(total)),
        )
    proofs = [desk.searched(asked, total), desk.searched(f"listed {asked}", returned)]
    why = "; ".join(dict.fromkeys(_WHY[one] for one in cut))
    words = f"This is not all ({why}): {{returned}} of {{total}} are listed."
    return (claim(words, proofs, returned=count(returned), total=count(total)),)


def facts_of(direction: str, urn: str, column: str, walked: dict[Direction, ColumnTrail]) -> dict[str, object]:
    """The typed result; nodes are URNs of columns."""
    trails = list(walked.values())
    return {
        "direction": direction,
        "asset": urn,
        "column": column,
        "nodes": [{"urn": urn_of(key), "hops": hops} for trail in trails for key, hops in trail.nodes],
        "edges": [_edge(step) for trail in trails for step in trail.steps],
        "influences": [_edge(step) for trail in trails for step in trail.influences],
        "total": sum(trail.total for trail in trails),
        "returned": sum(trail.returned for trail in trails),
        "complete": all(trail.complete for trail in trails),
        "cut": sorted({one for trail in trails for one in trail.cut}),
        "cursor": next((trail.cursor for trail in trails if trail.cursor), None),
    }


def _edge(step: ColumnStep) -> dict[str, object]:
    return {
        "from": urn_of((step.upstream, step.upstream_column)),
        "to": urn_of((step.urn, step.column)),
        "how": step.how,
        "basis": step.basis,
        "source": step.source,
    }
