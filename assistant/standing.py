"""What speaks for and against using an asset: each reason with its weight and the record that proves it.

The weights order twins; they are no measure of quality. What nobody recorded speaks neither way.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.claims import Claim, claim, count, number
from assistant.desk import Desk
from catalog.aspects import Certification, Checks, Deprecation, Documentation, Freshness, Incidents, Ownership, Usage
from catalog.projection import FAILED

_DEPRECATED, _CERTIFIED, _INCIDENT, _FAILING, _STALE = -6.0, 3.0, -1.0, -1.0, -1.0
_TESTED, _DOCUMENTED, _OWNED, _FRESH = 0.5, 0.5, 0.5, 0.5
_TIERS = {1: 2.0, 2: 1.0}
_MOST_USED = 2.0  # at a thousand queries or more; use orders equals and outweighs no certification


@dataclass(frozen=True)
class Reason:
    """One thing that speaks for (positive) or against an asset."""

    weight: float
    said: Claim


def reasons(desk: Desk, urn: str) -> tuple[Reason, ...]:
    """Everything recorded that speaks for or against the asset, the weightiest first."""
    found = [*_standing(desk, urn), *_health(desk, urn), *_care(desk, urn)]
    return tuple(sorted(found, key=lambda one: -abs(one.weight)))


def score(found: tuple[Reason, ...]) -> float:
    """What the reasons come to."""
    return sum(one.weight for one in found)


def _standing(desk: Desk, urn: str) -> Iterator[Reason]:
    gone, certified, used = desk.read(urn, Deprecation), desk.read(urn, Certification), desk.read(urn, Usage)
    asset = desk.slot(urn)
    if gone is not None and gone.value.deprecated:
        replacement = gone.value.replacement
        if replacement and desk.view.asset(replacement):
            text, instead = "{asset} is deprecated; {replacement} takes its place.", desk.slot(replacement)
            yield Reason(_DEPRECATED, claim(text, [gone.said[0]], asset=asset, replacement=instead))
        else:
            yield Reason(_DEPRECATED, claim("{asset} is deprecated.", [gone.said[0]], asset=asset))
    if certified is not None and certified.value.certified:
        yield Reason(_CERTIFIED, claim("{asset} is certified.", [certified.said[0]], asset=asset))
    if certified is not None and certified.value.tier in _TIERS:
        tier = certified.value.tier or 0
        said = claim("{asset} is tier {tier}.", [certified.said[0]], asset=asset, tier=number(tier))
        yield Reason(_TIERS[tier], said)
    if used is not None and used.value.queries:
        weight = min(_MOST_USED, _MOST_USED * math.log10(1 + used.value.queries) / 3)
        text = "{asset} had {queries} in {days}."
        slots = {"queries": number(used.value.queries, "queries"), "days": number(used.value.days, "days")}
        proofs = [used.said[0]]
        if used.value.days == Usage().days:  # a default is not in the record
            text, slots = "{asset} had {queries} lately.", {"queries": slots["queries"]}
        yield Reason(weight, claim(text, proofs, asset=asset, **slots))


def _health(desk: Desk, urn: str) -> Iterator[Reason]:
    checks, fresh, incidents = desk.read(urn, Checks), desk.read(urn, Freshness), desk.read(urn, Incidents)
    asset = desk.slot(urn)
    held = checks.value.checks if checks else ()
    failing = sum(check.status in FAILED for check in held)
    if checks is not None and failing:
        proof = desk.searched(f"failing checks of {urn}", failing)
        text = "A check of {asset} is failing." if failing == 1 else "{count} checks of {asset} are failing."
        slots = {} if failing == 1 else {"count": count(failing)}
        yield Reason(_FAILING, claim(text, [*checks.said, proof], asset=asset, **slots))
    elif checks is not None and any(check.status == "pass" for check in held):
        yield Reason(_TESTED, claim("The checks of {asset} pass.", checks.said, asset=asset))
    if fresh is not None and fresh.value.status in ("pass", "warn", *FAILED):
        weight, text = (_FRESH, "{asset} is fresh.") if fresh.value.status == "pass" else (_STALE, "{asset} is stale.")
        yield Reason(weight, claim(text, [fresh.said[0]], asset=asset))
    if incidents is not None and any(one.status != "resolved" for one in incidents.value.incidents):
        yield Reason(_INCIDENT, claim("{asset} has an open incident.", incidents.said, asset=asset))


def _care(desk: Desk, urn: str) -> Iterator[Reason]:
    documented, owned = desk.read(urn, Documentation), desk.read(urn, Ownership)
    if documented is not None and documented.value.text.strip():
        yield Reason(_DOCUMENTED, claim("{asset} is documented.", [documented.said[0]], asset=desk.slot(urn)))
    if owned is not None and owned.value.owners:
        owners = [desk.slot(owner.urn) for owner in owned.value.owners]
        text = "{owners} answers for {asset}." if len(owners) == 1 else "{owners} answer for {asset}."
        yield Reason(_OWNED, claim(text, [owned.said[0]], asset=desk.slot(urn), owners=owners))
