"""What breaks if an asset or column is changed or dropped: who is hit, most serious first, with owners and last use."""

from __future__ import annotations

from assistant.claims import Claim, Draft, Proving, Slot, claim, count, date
from assistant.columns import EVERY, column_slot, has_column, proof_of_column, spelled
from assistant.desk import Call, Desk
from assistant.reach import Hit, Reach, reach_of_asset, reach_of_column
from assistant.severity import ORDER
from assistant.skills.column_lineage import cut_note
from assistant.skills.registry import DATA_KINDS, Skill
from assistant.subjects import forbidden, hit, others_note, qualified, unresolved
from catalog.access import Level
from catalog.aspects import Ownership, Usage
from catalog.codec import stamp
from catalog.column_trail import urn_of
from catalog.edges import ColumnStep, Edge
from catalog.kinds import noun
from catalog.merge import Said

_ALONE = 6  # hits of the highest two grades that get a line of their own
_SHOWN = 8


def answer(desk: Desk, call: Call) -> Draft:
    """Walk downstream and grade what is reached."""
    row = desk.view.asset(call.subject.urn) if call.subject else None
    if call.subject is None or row is None:
        return unresolved(desk, call)
    if row.level is not Level.READ:
        return forbidden(desk, row.urn)
    column = "" if call.subject.column == EVERY else call.subject.column
    if column and not has_column(desk, row.urn, column):
        return unresolved(desk, Call("impact", topic=f"{row.name}.{column}"), "column")
    column = spelled(desk, row.urn, column) if column else ""
    reach = reach_of_column(desk, (row.urn, column)) if column else reach_of_asset(desk, row.urn)
    asset = column_slot(desk, (row.urn, column)) if column else qualified(desk, row.urn)
    return Draft(
        "answered" if reach.hits else "no",
        _lead(desk, row.urn, column, asset, reach),
        desk.coverage(),
        (*others_note(desk, call.subject), *_unsure(desk, row.urn, reach)),
        (
            *_graded(desk, reach),
            *_to_tell(desk, reach),
            *cut_note(desk, row.urn, "down", reach.total, len(reach.hits), reach.cut),
        ),
        _facts(desk, row.urn, column, reach, call.bounds.limit),
        (hit(desk, row.urn), *(hit(desk, one.urn, 1 / (1 + one.hops)) for one in reach.hits[:50])),
        (f"Where does {row.name} come from?", f"Who owns {row.name}?"),
    )


def _lead(desk: Desk, urn: str, column: str, asset: Slot, reach: Reach) -> tuple[Claim, ...]:
    about = urn_of((urn, column)) if column else urn
    if not reach.hits:
        nothing: list[Proving] = [
            desk.searched(f"downstream of {about}", 0),
            desk.proof_of(urn),
            *proof_of_column(desk, urn, column),
        ]
        return (claim("Nothing that you may see is known to depend on {asset}.", nothing, asset=asset),)
    worst = reach.hits[0].severity
    grave = sum(one.severity == worst for one in reach.hits)
    proofs = [
        desk.searched(f"downstream of {about}", reach.total),
        desk.searched(f"{worst} downstream of {about}", grave),
    ]
    one = reach.total == 1
    template = f"{{total}} {'depends' if one else 'depend'} on {{asset}}"
    slots = {"total": count(reach.total, "asset" if one else "assets"), "asset": asset}
    if worst in ("critical", "serious"):
        template += f", {{grave}} of them {worst}"
        slots["grave"] = count(grave)
    return (claim(template + ".", [*proofs, desk.proof_of(urn), *proof_of_column(desk, urn, column)], **slots),)


def _graded(desk: Desk, reach: Reach) -> tuple[Claim, ...]:
    claims: list[Claim] = []
    for severity in ORDER:
        hits = [one for one in reach.hits if one.severity == severity]
        alone = hits[:_ALONE] if severity in ("critical", "serious") else []
        claims += [_one(desk, severity, one) for one in alone]
        claims += _rest(desk, severity, hits[len(alone) :], bool(alone))
    return tuple(claims)


def _one(desk: Desk, severity: str, one: Hit) -> Claim:
    row = desk.view.asset(one.urn)
    proofs: list[Proving] = [desk.view.evidence(edge) for edge in one.proofs]
    template = f"{severity.capitalize()}: {noun(row.kind) if row else 'asset'} {{asset}}"
    slots: dict[str, Slot | list[Slot]] = {"asset": qualified(desk, one.urn)}
    if one.through == "column" and one.columns:
        template += ", in {columns}"
        slots["columns"] = [Slot("quote", name, name) for name in one.columns[:_SHOWN]]
    if one.through == "rows":
        template += ", whose rows it chooses"
    held = desk.read(one.urn, Ownership)
    if held is not None and held.value.owners:
        template += ", owned by {owners}"
        slots["owners"] = [desk.slot(owner.urn) for owner in held.value.owners[:3]]
        proofs.append(held.said[0])
    used = desk.read(one.urn, Usage)
    if used is not None and used.value.last_used_at is not None:
        template += ", last used {at}"
        slots["at"] = date(used.value.last_used_at, desk.now)
        proofs.append(used.said[0])
    return claim(template + ".", proofs, **slots)


def _rest(desk: Desk, severity: str, hits: list[Hit], after: bool) -> list[Claim]:
    if not hits:
        return []
    slots = [qualified(desk, one.urn) for one in hits[:_SHOWN]]
    proofs: list[Proving] = [desk.view.evidence(edge) for one in hits[:_SHOWN] for edge in one.proofs]
    word = f"Also {severity}" if after else severity.capitalize()
    if len(hits) <= _SHOWN:
        return [claim(f"{word}: {{hits}}.", proofs, hits=slots)]
    proofs.append(desk.searched(f"{severity} downstream", len(hits)))
    return [claim(f"{word}: {{hits}} and more, {{all}} in all.", proofs, hits=slots, all=count(len(hits)))]


def _unsure(desk: Desk, urn: str, reach: Reach) -> tuple[Claim, ...]:
    """That some are hit only perhaps: they read a table that changes, and nothing says which columns."""
    unsure = [one for one in reach.hits if one.through == "unknown"]
    if not unsure:
        return ()
    proof = desk.searched(f"downstream of {urn} without column lineage", len(unsure))
    words = "Of {n} nothing says which columns they read, so they may be hit or not."
    return (claim(words, [proof], n=count(len(unsure))),)


def _to_tell(desk: Desk, reach: Reach) -> tuple[Claim, ...]:
    """Whom to tell: the owners of what is hit, those of the most serious first."""
    owners = dict.fromkeys(owner for one in reach.hits for owner in one.owners if desk.view.asset(owner))
    shown = list(owners)[:_SHOWN]
    proofs = [_owns(desk, next(one.urn for one in reach.hits if owner in one.owners), owner) for owner in shown]
    if not shown or not all(proofs):
        return ()
    return (claim("Tell {owners} before you change it.", proofs, owners=[desk.slot(owner) for owner in shown]),)


def _owns(desk: Desk, urn: str, owner: str) -> Said[Ownership] | None:
    held = desk.read(urn, Ownership)
    return held.proof(lambda value: any(one.urn == owner for one in value.owners)) if held else None


def _facts(desk: Desk, urn: str, column: str, reach: Reach, limit: int | None) -> dict[str, object]:
    hits = reach.hits[:limit]
    return {
        "direction": "down",
        "asset": urn,
        "column": column,
        "nodes": [{"urn": one.urn, "hops": one.hops} for one in sorted(hits, key=lambda one: (one.hops, one.urn))],
        "edges": [_edge(edge) for edge in reach.edges],
        "hits": [
            {
                "urn": one.urn,
                "severity": one.severity,
                "through": one.through,
                "hops": one.hops,
                "columns": list(one.columns),
                "owners": [owner for owner in one.owners if desk.view.asset(owner)],
                "last_used_at": stamp(one.last_used) if one.last_used else None,
            }
            for one in hits
        ],
        "by_severity": {name: sum(one.severity == name for one in reach.hits) for name in ORDER},
        "total": reach.total,
        "returned": len(hits),
        "complete": reach.complete and len(hits) == len(reach.hits),
        "cut": list(reach.cut),
    }


def _edge(edge: Edge | ColumnStep) -> dict[str, object]:
    ends = edge.upstream, edge.urn
    if isinstance(edge, ColumnStep):
        ends = urn_of((edge.upstream, edge.upstream_column)), urn_of((edge.urn, edge.column))
    return {"from": ends[0], "to": ends[1], "how": edge.how, "basis": edge.basis}


SKILL = Skill(
    "impact",
    __doc__,
    (
        "what is the impact of changing {asset}",
        "impact of dropping {asset}",
        "impact analysis for {asset}",
        "who do I have to tell before I change {asset}",
        "who is hit if {asset} changes",
        "is it safe to drop {asset}",
        "can I delete {asset} without breaking anything",
        "how bad is it to rename {column}",
        "what breaks if I drop the column {column}",
    ),
    answer,
    kinds=DATA_KINDS,
    cues=("impact", "safe", "delete", "drop", "rename", "tell", "hit"),
    directions={"down": ("impact", "drop", "change", "delete", "rename")},
)
