"""How to join two tables: declared foreign keys first, then columns of one name that identify something."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from assistant.claims import Claim, Draft, Proof, Slot, claim
from assistant.desk import Call, Desk
from assistant.skills.registry import Skill
from assistant.subjects import forbidden, hit, qualified, unresolved
from catalog.aspects import Schema
from catalog.merge import Held, Said

_IDENTIFIES = re.compile(r"(?:^|_)(?:id|key|code|no|nr|number|uuid|hash|sk|bk)$|^(?:id|date|day|month|country)$")

_COORDINATES = ("date", "day", "month", "country")  # join together, where nothing else does


@dataclass(frozen=True)
class _Key:
    """Columns that join the two, and whether somebody declared it."""

    left: tuple[str, ...]
    right: tuple[str, ...]
    declared: bool = False


def answer(desk: Desk, call: Call) -> Draft:
    """Say on which columns, whether that is declared or read off the names, and give the JOIN as a line of SQL."""
    pair = [urn for urn in call.several if desk.view.asset(urn)][:2]
    if len(pair) < 2:
        return unresolved(desk, call)
    for urn in pair:
        if not desk.view.readable(urn):
            return forbidden(desk, urn)
    schemas = [desk.read(urn, Schema) for urn in pair]
    left, right = schemas
    if left is None or right is None:
        return _not_loaded(desk, pair[0] if left is None else pair[1])
    keys = [*_declared(pair, left, right), *_named(left, right, desk.view.name(pair[0]), desk.view.name(pair[1]))]
    proofs = [*left.said, *right.said, *map(desk.proof_of, pair)]
    names = {"a": qualified(desk, pair[0]), "b": qualified(desk, pair[1])}
    if not keys:
        proof = desk.searched(f"join of {pair[0]} and {pair[1]}", 0)
        lead = claim(
            "{a} and {b} share no column that identifies anything, and no key is declared.", [*proofs, proof], **names
        )
        return Draft("no", (lead,), desk.coverage(), facts={"keys": []}, assets=tuple(hit(desk, urn) for urn in pair))
    return Draft(
        "answered",
        (_said(keys[0], proofs, names),),
        desk.coverage(),
        (),
        tuple(_said(key, proofs, names) for key in keys[1:4]),
        {"keys": [{"left": list(k.left), "right": list(k.right), "declared": k.declared} for k in keys]},
        tuple(hit(desk, urn) for urn in pair),
    )


def _not_loaded(desk: Desk, urn: str) -> Draft:
    proof = desk.searched(f"columns of {urn}", 0)
    said = claim("The columns of {asset} are not loaded.", [proof, desk.proof_of(urn)], asset=desk.slot(urn))
    return Draft("unknown", (said,), desk.coverage((f"the columns of {desk.view.name(urn)}",)))


def _said(key: _Key, proofs: Sequence[Said[Any] | Proof | None], names: dict[str, Slot]) -> Claim:
    how = "by a declared foreign key" if key.declared else "by their names; nobody declared it"
    slots = {f"l{i}": Slot("quote", one, one) for i, one in enumerate(key.left)}
    slots |= {f"r{i}": Slot("quote", one, one) for i, one in enumerate(key.right)}
    on = " and ".join(f"{{l{i}}} = {{r{i}}}" for i in range(len(key.left)))
    return claim(f"Join {{a}} to {{b}} on {on} ({how}).", proofs, **names, **slots)


def _declared(pair: list[str], left: Held[Schema], right: Held[Schema]) -> list[_Key]:
    forward = [k for k in left.value.foreign_keys if k.target == pair[1] and k.target_columns]
    back = [k for k in right.value.foreign_keys if k.target == pair[0] and k.target_columns]
    return [_Key(k.columns, k.target_columns, True) for k in forward] + [
        _Key(k.target_columns, k.columns, True) for k in back
    ]


def _named(left: Held[Schema], right: Held[Schema], a: str, b: str) -> list[_Key]:
    """Columns of one name that identify something; those named after either table first."""
    mine, other = ({c.name.casefold(): c.name for c in one.value.columns} for one in (left, right))
    shared = [name for name in mine if name in other and _IDENTIFIES.search(name)]
    things = f"{a} {b}".casefold()
    shared.sort(key=lambda name: (re.sub(r"_(?:id|key|code|no)$", "", name) not in things, name))
    if shared and all(name in _COORDINATES for name in shared):
        return [_Key(tuple(mine[n] for n in shared), tuple(other[n] for n in shared))]
    keys = [_Key((mine[name],), (other[name],)) for name in shared if name not in _COORDINATES]
    return keys or _renamed(mine, other)


def _renamed(mine: dict[str, str], other: dict[str, str]) -> list[_Key]:
    """Identifying columns where one name ends in the other: customer_id and old_customer_id."""
    return [
        _Key((mine[one],), (other[two],))
        for one in mine
        for two in other
        if _IDENTIFIES.search(one) and _IDENTIFIES.search(two) and one != two
        if (one.endswith(f"_{two}") or two.endswith(f"_{one}")) and "_" in min(one, two, key=len)
    ]


SKILL = Skill("join", __doc__, ("how do I join {asset} and {asset}",), answer, needs="nothing")
