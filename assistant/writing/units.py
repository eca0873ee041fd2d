"""What a writer may move: the claims of a draft in units that stay true wherever they stand. Pure.

A sentence that leans on the one before it ("It is certified.", a note quoted without its subject) is no unit of its
own: it stays glued to what it leans on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from assistant.claims import Claim, Draft, Slot

Role = Literal["lead", "caveat", "detail"]
_LEANS = re.compile(r"^(?:It|Its|This|That|These|Those|They|Their|Among them)\b")
_BARE = re.compile(r"^\{\w+\}\W*$")
_SENTENCE_INSIDE = re.compile(r"[.!?:]\s")


@dataclass(frozen=True)
class Unit:
    """One or more claims that stand together. `ident` is how the model names it: c1, c2, ..."""

    ident: str
    role: Role
    claims: tuple[Claim, ...]

    @property
    def template(self) -> str:
        """Its sentences, the slots numbered so that none is named twice."""
        return " ".join(_renamed(one, n) for n, one in enumerate(self.claims))

    @property
    def slots(self) -> dict[str, Slot]:
        """Its slots by the names that the template uses."""
        return {f"{key}_of_{n}": slot for n, one in enumerate(self.claims) for key, slot in one.slots}

    @property
    def ends(self) -> bool:
        """Whether a sentence has to end with it: it is more than one clause long."""
        return len(self.claims) > 1 or bool(_SENTENCE_INSIDE.search(self.template.rstrip(".")))

    @property
    def leans(self) -> bool:
        """Whether it leans on the answer before it, and so has to keep its place at the head of its part."""
        return bool(_LEANS.match(self.template) or _BARE.match(self.claims[0].template))


def units_of(draft: Draft) -> tuple[Unit, ...]:
    """The units of a draft in reading order."""
    roles: tuple[tuple[Role, tuple[Claim, ...]], ...] = (
        ("lead", draft.lead), ("caveat", draft.caveats), ("detail", draft.details),
    )  # fmt: skip
    grouped = [(role, group) for role, claims in roles for group in _glued(claims)]
    return tuple(Unit(f"c{n}", role, group) for n, (role, group) in enumerate(grouped, 1))


def _glued(claims: Iterable[Claim]) -> list[tuple[Claim, ...]]:
    groups: list[tuple[Claim, ...]] = []
    for one in claims:
        leans = _LEANS.match(one.template) or _BARE.match(one.template)
        if leans and groups:
            groups[-1] = (*groups[-1], one)
        else:
            groups.append((one,))
    return groups


def _renamed(one: Claim, number: int) -> str:
    return re.sub(r"\{(\w+)\}", rf"{{\1_of_{number}}}", one.template)
