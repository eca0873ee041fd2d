"""Policies as sources state them, and which rule decides what someone may do. Reads policies; the deciding is pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from catalog.access import AccessSettings, Facts, Level, Viewer, concerns, default_level, matches
from catalog.aspects import AccessRule, Policy
from catalog.known import Then, said_of_kind
from catalog.people import People
from catalog.projection import stated
from catalog.reader import read_rows
from catalog.roster import Stamp
from catalog.urn import name_of


@dataclass(frozen=True)
class StatedPolicy:
    """One policy as one source states it: whom to ask and how, and its rules of access."""

    urn: str
    name: str
    source: str
    contact: str
    how_to_request: str
    rules: tuple[AccessRule, ...]


@dataclass(frozen=True)
class Principals:
    """Who there is and which policies there are, at one state of the catalog."""

    stamp: Stamp
    people: People
    policies: tuple[StatedPolicy, ...]


@dataclass(frozen=True)
class Decision:
    """What one viewer may do with an asset, and the rules that decide it; none: the workspace's default does."""

    viewer: Viewer
    level: Level
    deciding: tuple[tuple[StatedPolicy, AccessRule], ...]


def read_policies(
    connection: Connection, sources: Sequence[str] | None, then: Then | None = None
) -> tuple[StatedPolicy, ...]:
    """Every policy that `sources` (all when None) state, now or `then`. Derived policies count for nothing."""
    names = {row.urn: row.name for row in read_rows(connection, kind="policy")}
    said = said_of_kind(connection, "policy", Policy.NAME, then)
    return tuple(
        StatedPolicy(
            urn, names.get(urn, name_of(urn)), one.point.source, one.value.contact, one.value.how_to_request,
            one.value.access,
        )
        for urn in sorted(said)
        for one in sorted(stated(said[urn].get(Policy.NAME, ())), key=lambda one: one.point.source)
        if isinstance(one.value, Policy) and (sources is None or one.point.source in sources)
    )  # fmt: skip


def decide(viewer: Viewer, facts: Facts, policies: Sequence[StatedPolicy], settings: AccessSettings) -> Decision:
    """What a viewer may do with an asset, and by which rules."""
    names = viewer.names()
    speaking = [
        (policy, rule)
        for policy in policies
        for rule in policy.rules
        if not rule.columns and rule.action != "change" and concerns(rule, names) and matches(rule, facts)
    ]
    allowed = max((_allows(rule) for _, rule in speaking), default=Level.HIDDEN)
    ceiling = min((_leaves(rule) for _, rule in speaking), default=Level.READ)
    default = default_level(settings, facts)
    level = min(max(default, allowed), ceiling)
    if ceiling < Level.READ and ceiling <= max(default, allowed):
        deciding = [(policy, rule) for policy, rule in speaking if _leaves(rule) == ceiling]
    elif allowed > default:
        deciding = [(policy, rule) for policy, rule in speaking if _allows(rule) == allowed]
    else:
        deciding = []
    return Decision(viewer, level, tuple(deciding))


def _allows(rule: AccessRule) -> Level:
    if rule.effect == "deny":
        return Level.HIDDEN
    return Level.READ if rule.action == "read" else Level.DISCOVER


def _leaves(rule: AccessRule) -> Level:
    """The most that is left beside a rule."""
    if rule.effect == "allow":
        return Level.READ
    return Level.DISCOVER if rule.action == "read" else Level.HIDDEN
