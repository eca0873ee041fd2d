"""Who may see what. Pure functions from policies, viewers and facts to a level; no store, no I/O.

A Scope is computed once for a request and travels inside the View. Deny wins over allow; what no rule speaks of has the
configured default. An answer that several people can read is made in the scope of all of them: the lowest level counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from fnmatch import fnmatchcase
from functools import cached_property
from hashlib import sha256

from catalog import codec
from catalog.aspects import AccessRule

EVERYONE = "everyone"


class Level(IntEnum):
    """What a scope may do with an asset. DISCOVER: its name and whom to ask, nothing else."""

    HIDDEN = 0
    DISCOVER = 1
    READ = 2


@dataclass(frozen=True)
class Viewer:
    """Who is asking: a person, service or guest (URN), with the teams (URNs) and roles they have."""

    urn: str
    groups: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()

    def names(self) -> frozenset[str]:
        """Everything a rule may call this viewer."""
        return frozenset({self.urn, EVERYONE}) | self.groups | {f"role:{role}" for role in self.roles}


@dataclass(frozen=True)
class Facts:
    """What rules may look at in an asset. `inferred_classes` were derived: they count for denials alone."""

    urn: str
    kind: str = ""
    platform: str = ""
    domain: str = ""
    qualified_name: str = ""
    tags: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    inferred_classes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class AccessSettings:
    """The workspace's own rules of access: what holds where no policy speaks."""

    default: Level = Level.READ
    hidden_until_classified: bool = False
    guest: str = "urn:li:corpuser:guest"


@dataclass(frozen=True)
class Scope:
    """What a set of viewers may all see. Made by `scope_of`; equal scopes have equal digests."""

    viewers: tuple[Viewer, ...]
    rules: tuple[AccessRule, ...] = ()
    settings: AccessSettings = field(default_factory=AccessSettings)

    @cached_property
    def _asset_rules(self) -> tuple[tuple[AccessRule, ...], ...]:
        return tuple(self._rules_for(viewer, columns=False) for viewer in self.viewers)

    @cached_property
    def _column_rules(self) -> tuple[AccessRule, ...]:
        held = [rule for viewer in self.viewers for rule in self._rules_for(viewer, columns=True)]
        return tuple(rule for rule in held if rule.effect == "deny" and rule.action != "change")

    def _rules_for(self, viewer: Viewer, columns: bool) -> tuple[AccessRule, ...]:
        names = viewer.names()
        return tuple(rule for rule in self.rules if bool(rule.columns) == columns and _concerns(rule, names))

    @cached_property
    def sees_all(self) -> bool:
        """Whether no asset can be hidden from this scope, so that filtering is needless."""
        open_by_default = self.settings.default is Level.READ and not self.settings.hidden_until_classified
        return open_by_default and not any(r.effect == "deny" for rules in self._asset_rules for r in rules)

    @cached_property
    def digest(self) -> str:
        """Identifies what this scope may see, for caches and the audit; 16 hex digits."""
        # One list for each viewer: what one of two people may see is not what both may see.
        each = {_text_of(rules) for rules in self._asset_rules}
        body = [sorted(each), _text_of(self._column_rules)]
        head = [int(self.settings.default), self.settings.hidden_until_classified]
        return sha256(json.dumps([head, body], sort_keys=True).encode()).hexdigest()[:16]

    def level(self, facts: Facts) -> Level:
        """What all the viewers may do with an asset."""
        if self.sees_all:
            return Level.READ
        return min((self._level(rules, facts) for rules in self._asset_rules), default=Level.HIDDEN)

    def hides_column(self, facts: Facts, column: str, classes: Iterable[str] = ()) -> bool:
        """Whether a column of a readable asset is kept from any of the viewers."""
        return any(
            matches(rule, facts, extra_classes=frozenset(classes), column_rule=True)
            and any(fnmatchcase(column.casefold(), pattern.casefold()) for pattern in rule.columns)
            for rule in self._column_rules
        )

    @property
    def hides_columns(self) -> bool:
        """Whether any rule speaks of single columns."""
        return bool(self._column_rules)

    def may_change(self, facts: Facts) -> bool:
        """Whether all the viewers may change an asset: never by default, only by a rule."""
        held = [[rule for rule in rules if matches(rule, facts)] for rules in self._asset_rules]
        return bool(held) and all(_may_change(rules) for rules in held)

    def _level(self, rules: tuple[AccessRule, ...], facts: Facts) -> Level:
        level = self.settings.default
        if self.settings.hidden_until_classified and not facts.classes:
            level = Level.HIDDEN
        ceiling = Level.READ
        for rule in rules:
            if rule.action == "change" or not matches(rule, facts):
                continue
            if rule.effect == "allow":
                level = max(level, Level.READ if rule.action == "read" else Level.DISCOVER)
            else:
                ceiling = min(ceiling, Level.DISCOVER if rule.action == "read" else Level.HIDDEN)
        return min(level, ceiling)


def scope_of(viewers: Iterable[Viewer], rules: Iterable[AccessRule], settings: AccessSettings) -> Scope:
    """The scope of an audience. Only rules that can concern one of the viewers are kept."""
    people = tuple(sorted(set(viewers), key=lambda viewer: viewer.urn))
    return Scope(people, tuple(rules), settings)


def _text_of(rules: Iterable[AccessRule]) -> str:
    return json.dumps([codec.to_json(rule) for rule in rules], sort_keys=True)


def _concerns(rule: AccessRule, names: frozenset[str]) -> bool:
    if any(name in names for name in rule.unless):
        return False
    return not rule.who or any(name in names for name in rule.who)


def _may_change(rules: list[AccessRule]) -> bool:
    speaking = [rule for rule in rules if rule.action == "change"]
    return any(rule.effect == "allow" for rule in speaking) and not any(rule.effect == "deny" for rule in rules)


def matches(
    rule: AccessRule, facts: Facts, extra_classes: frozenset[str] = frozenset(), column_rule: bool = False
) -> bool:
    """Whether a rule speaks of an asset, by its selectors."""
    if rule.kinds and facts.kind not in rule.kinds:
        return False
    if rule.platforms and facts.platform not in rule.platforms:
        return False
    if rule.domains and facts.domain not in rule.domains:
        return False
    if rule.tags and facts.tags.isdisjoint(rule.tags):
        return False
    classes = extra_classes if column_rule else facts.classes
    if rule.effect == "deny" and not column_rule:
        classes = classes | facts.inferred_classes
    if rule.classes and classes.isdisjoint(rule.classes):
        return False
    return not rule.assets or any(_names(pattern, facts) for pattern in rule.assets)


def _names(pattern: str, facts: Facts) -> bool:
    wanted = pattern.casefold()
    return fnmatchcase(facts.urn.casefold(), wanted) or fnmatchcase(facts.qualified_name.casefold(), wanted)
