"""What a person's word on identity changes: join, split, undo, as Changes like all others. Pure functions.

The word stands in the aspect `identity` of the first asset, under the source "person". Undoing takes it back; the
history keeps that it was said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Literal

from catalog.aspects import Identity
from catalog.change import Change, Origin, Removed
from catalog.errors import BadInput

Action = Literal["join", "split", "undo"]


def correction(action: Action, a: str, b: str, held: Mapping[str, Identity], origin: Origin) -> list[Change]:
    """The changes that say of `a` and `b` that they are one thing, are two, or neither any more.

    `held`: what the same source says of both now. Raises BadInput when there is nothing to say.
    """
    if a == b:
        raise BadInput(f"'{a}' is one and the same URN. Name two; 'docent identity NAME' lists them.")
    was = {urn: held.get(urn, Identity()) for urn in (a, b)}
    now = {a: _without(was[a], b), b: _without(was[b], a)}
    if action == "join":
        now[a] = replace(now[a], same_as=(*now[a].same_as, b))
    elif action == "split":
        now[a] = replace(now[a], not_same_as=(*now[a].not_same_as, b))
    elif now == was:
        raise BadInput(f"Nobody has joined or split {a} and {b} by hand, so there is nothing to undo.")
    return list(_changes(was, now, origin))


def _without(value: Identity, urn: str) -> Identity:
    return replace(
        value,
        same_as=tuple(one for one in value.same_as if one != urn),
        not_same_as=tuple(one for one in value.not_same_as if one != urn),
    )


def _changes(was: Mapping[str, Identity], now: Mapping[str, Identity], origin: Origin) -> Iterator[Change]:
    for urn, value in now.items():
        if value != was[urn]:
            empty = not (value.same_as or value.not_same_as)
            yield Change(urn, Removed(Identity.NAME) if empty else value, origin)
