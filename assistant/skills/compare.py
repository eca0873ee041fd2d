"""How two assets differ: what they are, columns only one has, owners, standing; or two meanings of one term."""

from __future__ import annotations

from assistant.claims import Claim, Draft, Slot, claim, quote
from assistant.desk import Call, Desk
from assistant.skills.registry import Skill
from assistant.standing import reasons
from assistant.subjects import forbidden, hit, qualified, unresolved
from catalog.aspects import Documentation, Ownership, Schema
from catalog.merge import Held

_COLUMNS = 12


def answer(desk: Desk, call: Call) -> Draft:
    """Side by side: descriptions, columns, owners, and what is recorded for and against each."""
    pair = [urn for urn in call.several if desk.view.asset(urn)][:2]
    if len(pair) < 2:
        return unresolved(desk, call)
    for urn in pair:
        if not desk.view.readable(urn):
            return forbidden(desk, urn)
    schemas = [desk.read(urn, Schema) for urn in pair]
    only = _only(schemas) if all(schemas) else ([], [])
    same = all(schemas) and not only[0] and not only[1]
    facts: dict[str, object] = {"assets": pair, "only_in": dict(zip(pair, only, strict=True)), "same_columns": same}
    return Draft(
        "answered",
        (_lead(desk, pair), *_columns(desk, pair, schemas, only)),
        desk.coverage(),
        tuple(one.said for urn in pair for one in reasons(desk, urn) if one.weight < 0),
        (*_described(desk, pair), *_owners(desk, pair)),
        facts,
        tuple(hit(desk, urn) for urn in pair),
        (f"Which should I use, {desk.view.name(pair[0])} or {desk.view.name(pair[1])}?",),
    )


def _only(schemas: list[Held[Schema] | None]) -> tuple[list[str], list[str]]:
    names = [{c.name.casefold(): c.name for c in one.value.columns} if one else {} for one in schemas]
    first, second = names
    return ([first[k] for k in first if k not in second], [second[k] for k in second if k not in first])


def _lead(desk: Desk, pair: list[str]) -> Claim:
    proofs = [desk.proof_of(urn) for urn in pair]
    return claim("{a} and {b}, side by side.", proofs, a=qualified(desk, pair[0]), b=qualified(desk, pair[1]))


def _columns(
    desk: Desk, pair: list[str], schemas: list[Held[Schema] | None], only: tuple[list[str], list[str]]
) -> tuple[Claim, ...]:
    if not all(schemas):
        return ()
    proofs = [said for one in schemas if one is not None for said in one.said]
    if not only[0] and not only[1]:
        return (claim("They have the same columns.", proofs),)
    said = []
    for urn, names in zip(pair, only, strict=True):
        if names:
            shown = [Slot("quote", name, name) for name in names[:_COLUMNS]]
            more = " and more" if len(names) > _COLUMNS else ""
            said.append(
                claim(
                    f"Only in {{asset}}: {{columns}}{more}.",
                    [*proofs, desk.proof_of(urn)],
                    asset=qualified(desk, urn),
                    columns=shown,
                )
            )
    return tuple(said)


def _described(desk: Desk, pair: list[str]) -> tuple[Claim, ...]:
    said = []
    for urn in pair:
        held = desk.read(urn, Documentation)
        if held is not None and held.value.text.strip():
            text = quote(held.value.text, 300)
            said.append(
                claim("{asset}: {text}", [held.said[0], desk.proof_of(urn)], asset=qualified(desk, urn), text=text)
            )
    return tuple(said)


def _owners(desk: Desk, pair: list[str]) -> tuple[Claim, ...]:
    said = []
    for urn in pair:
        held = desk.read(urn, Ownership)
        if held is not None and held.value.owners:
            owners = [desk.slot(owner.urn) for owner in held.value.owners]
            said.append(claim("{asset} is owned by {owners}.", [held.said[0]], asset=desk.slot(urn), owners=owners))
    return tuple(said)


SKILL = Skill("compare", __doc__, ("what is the difference between {asset} and {asset}",), answer, needs="nothing")
