"""A made-up company for the access checks: people of eight kinds, assets with canaries everywhere, rules of all sorts.

Plain data from a seed; `changes` turns it into what the catalog is told. `name_mark` stands in an asset's name, which
may be known at level "discover"; `mark` in its description, columns, tags and SQL, which may not; `kept_mark` in a
column that rules keep.
"""

from __future__ import annotations

import random
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from catalog.aspects import (
    AccessRule,
    Aspect,
    Classification,
    Column,
    Documentation,
    Info,
    Lineage,
    Logic,
    Membership,
    Owner,
    Ownership,
    Person,
    Policy,
    Schema,
    Tags,
    Team,
    Terms,
    Upstream,
)  # fmt: skip
from catalog.change import Change, Origin
from catalog.urn import PREFIX, dataset

AT = datetime(2026, 3, 1, tzinfo=UTC)
GUEST = f"{PREFIX}corpuser:guest"
KINDS = ("guest", "person", "member", "nested", "role", "service", "steward", "left")
DOMAINS = tuple(f"{PREFIX}domain:{name}" for name in ("sales", "people", "lab"))
SCHEMAS = ("open", "crew", "vault", "lab", "deep")


@dataclass(frozen=True)
class Asset:
    """One made-up asset."""

    urn: str
    kind: str
    platform: str
    domain: str
    name: str
    qualified: str
    tags: tuple[str, ...]
    classes: tuple[str, ...]
    owner: str
    upstreams: tuple[str, ...]
    terms: tuple[str, ...]
    derived_from: tuple[str, ...]
    name_mark: str
    mark: str
    kept_mark: str
    derived_mark: str


@dataclass(frozen=True)
class World:
    """Everything: assets by URN, viewers by kind, teams (members, parent), roles, rules."""

    assets: dict[str, Asset]
    viewers: dict[str, str]  # URN to kind
    teams: dict[str, tuple[tuple[str, ...], str]]
    roles: dict[str, tuple[str, ...]]
    rules: tuple[AccessRule, ...]
    left: frozenset[str] = field(default=frozenset())


def make_world(assets: int, viewers: int, seed: int) -> World:
    """A world from a seed."""
    dice = random.Random(seed)
    people = {f"{PREFIX}corpuser:{KINDS[i % 8]}{i // 8}": KINDS[i % 8] for i in range(viewers)}
    people = {GUEST if kind == "guest" else urn: kind for urn, kind in people.items()}
    some = [urn for urn, kind in people.items() if kind != "guest"]
    teams = {
        f"{PREFIX}corpGroup:inner": (tuple(u for u in some if people[u] == "nested"), f"{PREFIX}corpGroup:outer"),
        f"{PREFIX}corpGroup:outer": (tuple(u for u in some if people[u] in ("member", "left")), ""),
    }
    roles: dict[str, tuple[str, ...]] = {}
    roles |= {
        u: ("analyst",) if people[u] == "role" else ("steward",) for u in some if people[u] in ("role", "steward")
    }
    left = frozenset(u for u in some if people[u] == "left")
    return World(_assets(dice, assets), people, teams, roles, _rules(), left)


def _assets(dice: random.Random, count: int) -> dict[str, Asset]:
    found: dict[str, Asset] = {}
    for number in range(count):
        marks = ["".join(dice.choices(string.ascii_lowercase, k=12)) for _ in range(4)]
        platform, schema = dice.choice(("duckdb", "snowflake")), dice.choice(SCHEMAS)
        kind = dice.choice(("table", "table", "table", "view", "term" if number < count // 4 else "table"))
        name = f"t{marks[0]}"
        qualified = f"shop.{schema}.{name}"
        urn = f"{PREFIX}glossaryTerm:{name}" if kind == "term" else dataset(platform, qualified)
        tables = [one.urn for one in found.values() if one.kind != "term"]
        terms = [one.urn for one in found.values() if one.kind == "term"]
        found[urn] = Asset(
            urn, kind, platform if kind != "term" else "", dice.choice((*DOMAINS, "")), name,
            name if kind == "term" else qualified,
            (f"g{marks[1]}", *dice.choice(((), (), ("secret",), ("draft",)))),
            dice.choice(((), (), ("personal data",))),
            f"{PREFIX}corpuser:o{number % 7}",
            tuple(dice.sample(tables, min(len(tables), dice.choice((0, 1, 2))))) if kind != "term" else (),
            tuple(dice.sample(terms, min(len(terms), 1))) if kind != "term" else (),
            tuple(dice.sample(tables, 1)) if tables and dice.random() < 0.3 else (),
            *marks,
        )  # fmt: skip
    return found


def _rules() -> tuple[AccessRule, ...]:
    outer, inner = f"{PREFIX}corpGroup:outer", f"{PREFIX}corpGroup:inner"
    return (
        AccessRule("deny", "discover", tags=("secret",), unless=("role:steward", inner)),
        AccessRule("deny", "read", domains=(DOMAINS[1],), unless=(outer, "role:steward")),
        AccessRule("deny", "discover", assets=("shop.vault.*",), unless=("role:analyst", f"{PREFIX}corpuser:service0")),
        AccessRule("deny", "read", platforms=("snowflake",), classes=("personal data",), unless=("role:steward",)),
        AccessRule("deny", "discover", kinds=("term",), domains=(DOMAINS[2],), who=("role:analyst", GUEST)),
        AccessRule("deny", "discover", assets=("shop.deep.*",), who=(outer,)),
        AccessRule("allow", "read", assets=("shop.crew.*",), who=(outer,)),
        AccessRule("deny", "read", kinds=("view",), tags=("draft",), who=("everyone",)),
        AccessRule("deny", "read", columns=("k*",), unless=("role:steward",)),
        AccessRule("deny", "discover", assets=(f"{PREFIX}corpuser:o3",), unless=("role:steward",)),
    )


def changes(world: World, without: frozenset[str] = frozenset(), kept: bool = True) -> Iterator[Change]:
    """What the catalog is told: all of it, or all but what concerns `without`; `kept` False: no kept columns."""
    for urn, kind in world.viewers.items():
        if kind not in ("guest", "service"):
            yield _said(urn, Person(full_name=urn[-9:], active=urn not in world.left, roles=world.roles.get(urn, ())))
    for number in range(7):
        if (urn := f"{PREFIX}corpuser:o{number}") not in without:
            yield _said(urn, Person(full_name=f"Owner {number} {'qwxz' * 3}{'abcdefg'[number]}"))
    for team, (members, parent) in world.teams.items():
        yield _said(team, Team(members=members, parent=parent))
    yield _said(f"{PREFIX}policy:rules", Policy(access=world.rules))
    for asset in world.assets.values():
        if asset.urn not in without:
            for value, inputs in _values(asset, without, kept):
                if not set(inputs) & without:
                    yield _said(asset.urn, value, inputs)


def _values(asset: Asset, without: frozenset[str], kept: bool) -> Iterable[tuple[Aspect, tuple[str, ...]]]:
    columns = [Column(f"c{asset.mark}", "int", f"What {asset.mark} counts."), Column("id", "int")]
    columns += [Column(f"k{asset.kept_mark}", "text", position=2)] if kept else []
    upstreams = tuple(Upstream(urn) for urn in asset.upstreams if urn not in without)
    terms = tuple(urn for urn in asset.terms if urn not in without)
    yield Info(asset.kind, asset.name, asset.platform, asset.qualified), ()
    if asset.derived_from:
        yield Logic(f"select {asset.derived_mark}"), asset.derived_from
    if asset.kind != "term":
        yield Schema(tuple(columns)), ()
    yield Documentation(f"Holds {asset.mark} for the reports."), ()
    yield Tags(asset.tags), ()
    if asset.owner not in without:
        yield Ownership((Owner(asset.owner),)), ()
    if asset.domain:
        yield Membership(asset.domain), ()
    if asset.classes:
        yield Classification(tuple(("", name) for name in asset.classes)), ()
    if upstreams:
        yield Lineage(upstreams), ()
    if terms:
        yield Terms(terms), ()


def _said(urn: str, value: Aspect, inputs: tuple[str, ...] = ()) -> Change:
    return Change(urn, value, Origin("inferred" if inputs else "files", observed_at=AT, inputs=inputs))
