"""How data gets from one asset or column to another: the way step by step, each with the SQL or expression of it."""

from __future__ import annotations

from assistant.claims import Claim, Draft, Proving, claim, count, quote, status
from assistant.columns import column_slot, expression_of, spelled
from assistant.desk import Call, Desk
from assistant.skills.registry import DATA_KINDS, Skill
from assistant.subjects import forbidden, hit, qualified, unresolved
from catalog.access import Level
from catalog.aspects import Logic
from catalog.column_trail import ColumnTrails, urn_of
from catalog.edges import ColumnStep, Edge
from catalog.trail import Trails, Way

_WAYS = 5
_SQL = 400  # characters of a hop's SQL that are quoted
_BASIS = {"declared": "declared", "parsed": "read from SQL", "inferred": "inferred"}


def answer(desk: Desk, call: Call) -> Draft:
    """The shortest ways from the first to the second; where there are none, the other way round."""
    for end in (call.subject, call.other):
        row = desk.view.asset(end.urn) if end else None
        if end is None or row is None:
            topic = call.bounds.other if call.subject and end is call.other else call.topic
            return unresolved(desk, Call("path", topic=topic))
        if row.level is not Level.READ:
            return forbidden(desk, row.urn)
    assert call.subject is not None
    assert call.other is not None
    a, b = call.subject, call.other
    if a.column and b.column:
        first, last = (a.urn, spelled(desk, a.urn, a.column)), (b.urn, spelled(desk, b.urn, b.column))
        steps = ColumnTrails(desk.view).path(first, last)
        back = () if steps else ColumnTrails(desk.view).path(last, first)
        if steps or back:
            return _of_columns(desk, steps or back, bool(back))
    trails = Trails(desk.view)
    ways, complete = trails.ways(a.urn, b.urn, _WAYS)
    turned = not ways
    if turned:
        ways, complete = trails.ways(b.urn, a.urn, _WAYS)
    if not ways:
        return _none(desk, a.urn, b.urn)
    return _of_assets(desk, ways, complete, turned)


def _none(desk: Desk, a: str, b: str) -> Draft:
    proofs = [desk.searched(f"path {a} to {b}", 0), desk.proof_of(a), desk.proof_of(b)]
    said = "No recorded lineage leads from {a} to {b}, nor back."
    return Draft(
        "no", (claim(said, proofs, a=qualified(desk, a), b=qualified(desk, b)),), desk.coverage(),
        facts={"from": a, "to": b, "paths": [], "nodes": [], "edges": [], "total": 0, "complete": True},
        assets=(hit(desk, a), hit(desk, b)),
        follow_ups=(f"Where does {desk.view.name(b)} come from?", f"What uses {desk.view.name(a)}?"),
    )  # fmt: skip


def _of_assets(desk: Desk, ways: tuple[Way, ...], complete: bool, turned: bool) -> Draft:
    way = ways[0]
    edges = [hop[0] for hop in way.hops]
    words = ", which feeds ".join(f"{{n{number}}}" for number in range(1, len(way.urns)))
    slots = {f"n{number}": qualified(desk, urn) for number, urn in enumerate(way.urns)}
    opening = "It is the other way round: " if turned else ""
    lead = claim(f"{opening}{{n0}} feeds {words}.", [desk.view.evidence(edge) for edge in edges], **slots)
    return Draft(
        "answered",
        (lead,),
        desk.coverage(),
        (),
        (*(one for hop in way.hops for one in _hop(desk, hop)), *_others(desk, ways, complete)),
        {
            "from": way.urns[0],
            "to": way.urns[-1],
            "turned": turned,
            "paths": [{"nodes": list(one.urns), "hops": [_fact(desk, hop[0]) for hop in one.hops]} for one in ways],
            "nodes": [{"urn": urn, "hops": hops} for hops, urn in enumerate(way.urns)],
            "edges": [_fact(desk, edge) for one in ways for hop in one.hops for edge in hop],
            "total": len(ways),
            "complete": complete,
        },
        tuple(hit(desk, urn) for urn in way.urns if desk.view.asset(urn)),
        (f"What breaks if {desk.view.name(way.urns[0])} changes?",),
    )


def _hop(desk: Desk, hop: tuple[Edge, ...]) -> tuple[Claim, ...]:
    """One step: how it is known, and the SQL that makes it."""
    edge = hop[0]
    slots = {"a": desk.slot(edge.upstream), "b": desk.slot(edge.urn)}
    held = desk.read(edge.urn, Logic)
    proofs: list[Proving] = [desk.view.evidence(edge)]
    template = "{a} to {b}"
    if edge.basis != "declared":  # which a record does not write: it is the ordinary case
        template += ", {basis}"
        slots["basis"] = status(edge.basis, _BASIS.get(edge.basis, ""))
    if held is not None and held.value.text:
        proofs.append(held.said[0])
        return (claim(template + ", by {sql}", proofs, **slots, sql=quote(held.value.text, _SQL)),)
    return (claim(template + ".", proofs, **slots),)


def _others(desk: Desk, ways: tuple[Way, ...], complete: bool) -> tuple[Claim, ...]:
    if len(ways) < 2:
        return ()
    proof = desk.searched(f"paths {ways[0].urns[0]} to {ways[0].urns[-1]}", len(ways))
    words = "There are {n} ways in all." if complete else "There are more ways; {n} were looked at."
    return (claim(words, [proof], n=count(len(ways))),)


def _fact(desk: Desk, edge: Edge) -> dict[str, object]:
    held = desk.read(edge.urn, Logic)
    return {
        "from": edge.upstream, "to": edge.urn, "how": edge.how, "basis": edge.basis, "source": edge.source,
        "sql": held.value.text if held else "",
    }  # fmt: skip


def _of_columns(desk: Desk, steps: tuple[ColumnStep, ...], turned: bool) -> Draft:
    keys = [(steps[0].upstream, steps[0].upstream_column), *((step.urn, step.column) for step in steps)]
    words = ", which goes into ".join(f"{{n{number}}}" for number in range(1, len(keys)))
    slots = {f"n{number}": column_slot(desk, key) for number, key in enumerate(keys)}
    opening = "It is the other way round: " if turned else ""
    lead = claim(f"{opening}{{n0}} goes into {words}.", [desk.view.evidence(step) for step in steps], **slots)
    return Draft(
        "answered",
        (lead,),
        desk.coverage(),
        (),
        tuple(_step(desk, step) for step in steps),
        {
            "from": urn_of(keys[0]),
            "to": urn_of(keys[-1]),
            "turned": turned,
            "nodes": [{"urn": urn_of(key), "hops": hops} for hops, key in enumerate(keys)],
            "edges": [
                {
                    "from": urn_of((step.upstream, step.upstream_column)), "to": urn_of((step.urn, step.column)),
                    "how": step.how, "basis": step.basis, "expression": expression_of(desk, step),
                }
                for step in steps
            ],
            "total": 1,
            "complete": True,
        },
        tuple(hit(desk, urn) for urn in dict.fromkeys(key[0] for key in keys) if desk.view.asset(urn)),
    )  # fmt: skip


_TRAVELS = {"identity": "copied", "aggregate": "aggregated"}


def _step(desk: Desk, step: ColumnStep) -> Claim:
    text = expression_of(desk, step)
    slots = {
        "a": column_slot(desk, (step.upstream, step.upstream_column)),
        "b": column_slot(desk, (step.urn, step.column)),
    }
    template = f"{{a}} to {{b}}, {_TRAVELS.get(step.how, 'computed')}"
    if text:
        return claim(template + " as {text}.", [desk.view.evidence(step)], **slots, text=quote(text, _SQL))
    return claim(template + ".", [desk.view.evidence(step)], **slots)


SKILL = Skill(
    "path",
    __doc__,
    (
        "how does {asset} get to {asset}",
        "how does {asset} reach {asset}",
        "how is {asset} connected to {asset}",
        "path from {asset} to {asset}",
        "how does data flow from {asset} to {asset}",
        "is {asset} derived from {asset}",
        "does {asset} feed {asset}",
        "show me the way from {asset} to {asset}",
    ),
    answer,
    kinds=DATA_KINDS,
    needs="pair",
    cues=("path", "reach", "reaches", "connected", "between", "way", "flow", "flows"),
)
