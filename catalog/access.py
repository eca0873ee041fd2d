"""Who may see what. Pure functions from policies, viewers and facts to a level; no store, no I/O.

A Scope is computed once for a request and travels inside the View. Deny wins over allow; what no rule speaks of has the
configured default. An answer that several people can read is made in the scope of all of them: the lowest level counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum
from fnmatch import translate
from functools import cached_property, lru_cache
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
    also: tuple[Facts, ...] = ()  # the asset under its other URNs: a rule that speaks of one speaks of all

    @property
    def every(self) -> tuple[Facts, ...]:
        """The facts of all members of the asset's identity."""
        return (self, *self.also) if self.also else (self,)


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
        """The rules that concern each viewer; viewers whom the same rules concern are one."""
        return tuple(dict.fromkeys(self._rules_for(viewer, columns=False) for viewer in self.viewers))

    @cached_property
    def _judges(self) -> tuple[Judge, ...]:
        return tuple(Judge(rules, self.settings) for rules in self._asset_rules)

    @cached_property
    def _column_rules(self) -> tuple[AccessRule, ...]:
        held = [rule for viewer in self.viewers for rule in self._rules_for(viewer, columns=True)]
        return tuple(dict.fromkeys(rule for rule in held if rule.effect == "deny" and rule.action != "change"))

    def _rules_for(self, viewer: Viewer, columns: bool) -> tuple[AccessRule, ...]:
        names = viewer.names()
        return tuple(rule for rule in self.rules if bool(rule.columns) == columns and concerns(rule, names))

    @cached_property
    def sees_all(self) -> bool:
        """Whether no asset can be hidden from this scope, so that filtering is needless. Nobody sees nothing."""
        open_by_default = self.settings.default is Level.READ and not self.settings.hidden_until_classified
        unhindered = not any(r.effect == "deny" and r.action != "change" for rules in self._asset_rules for r in rules)
        return bool(self.viewers) and open_by_default and unhindered

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
        return min((judge.level(facts) for judge in self._judges), default=Level.HIDDEN)

    def hides_column(self, facts: Facts, column: str, classes: Iterable[str] = ()) -> bool:
        """Whether a column of a readable asset is kept from any of the viewers."""
        return keeps_column(self.column_rules(facts), column, classes)

    def column_rules(self, facts: Facts) -> tuple[AccessRule, ...]:
        """The rules that keep columns of this asset from any of the viewers, whichever columns those are."""
        return tuple(
            rule
            for rule in self._column_rules
            if _selects(rule, facts, frozenset(rule.classes)) and (not rule.assets or names_of(rule.assets)(facts))
        )

    @property
    def hides_columns(self) -> bool:
        """Whether any rule speaks of single columns."""
        return bool(self._column_rules)

    def may_change(self, facts: Facts) -> bool:
        """Whether all the viewers may change an asset: never by default, only by a rule."""
        held = [[rule for rule in rules if matches(rule, facts)] for rules in self._asset_rules]
        return bool(held) and all(_may_change(rules) for rules in held)


def keeps_column(rules: Iterable[AccessRule], column: str, classes: Iterable[str]) -> bool:
    """Whether one of the rules of an asset (`Scope.column_rules`) keeps this column with these classes and tags."""
    name = column.casefold()
    return any(
        columns_of(rule.columns)(name) and (not rule.classes or not frozenset(classes).isdisjoint(rule.classes))
        for rule in rules
    )


class Judge:
    """The rules that concern one viewer, asked about many assets. What does not hang on names is worked out once."""

    def __init__(self, rules: Iterable[AccessRule], settings: AccessSettings) -> None:
        self._rules = tuple(rule for rule in rules if rule.action != "change")
        self._settings = settings
        self._known: dict[tuple[object, ...], tuple[Level, Level, tuple[AccessRule, ...]]] = {}

    def level(self, facts: Facts) -> Level:
        """What the viewer may do with an asset."""
        places = tuple((one.kind, one.platform, one.domain) for one in facts.every)
        key = (places, facts.tags, facts.classes, facts.inferred_classes)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._alike(facts)
        level, ceiling, by_name = known
        for rule in by_name:
            if names_of(rule.assets)(facts):
                level, ceiling = _applied(rule, level, ceiling)
        return min(level, ceiling)

    def _alike(self, facts: Facts) -> tuple[Level, Level, tuple[AccessRule, ...]]:
        """For all assets alike but in name: level and ceiling so far, and the rules that look at names."""
        level, ceiling = default_level(self._settings, facts), Level.READ
        speaking = [rule for rule in self._rules if _selects(rule, facts, _classes(rule, facts))]
        for rule in speaking:
            if not rule.assets:
                level, ceiling = _applied(rule, level, ceiling)
        return level, ceiling, tuple(rule for rule in speaking if rule.assets)


def default_level(settings: AccessSettings, facts: Facts) -> Level:
    """What holds for an asset that no rule speaks of."""
    if settings.hidden_until_classified and not facts.classes:
        return Level.HIDDEN
    return settings.default


def _applied(rule: AccessRule, level: Level, ceiling: Level) -> tuple[Level, Level]:
    if rule.effect == "allow":
        return max(level, Level.READ if rule.action == "read" else Level.DISCOVER), ceiling
    return level, min(ceiling, Level.DISCOVER if rule.action == "read" else Level.HIDDEN)


def scope_of(viewers: Iterable[Viewer], rules: Iterable[AccessRule], settings: AccessSettings) -> Scope:
    """The scope of an audience. Only rules that can concern one of the viewers are kept."""
    people = tuple(sorted(set(viewers), key=lambda viewer: viewer.urn))
    return Scope(people, tuple(rules), settings)


def everyone_scope(rules: Iterable[AccessRule], settings: AccessSettings) -> Scope:
    """What nobody at all is kept from: every denial counts, whomever it names, and only what is allowed to all.

    The index learns from nothing else. What this scope reads, every scope reads.
    """
    kept = [
        replace(rule, who=(), unless=())
        for rule in rules
        if rule.effect == "deny" or ((not rule.who or EVERYONE in rule.who) and not rule.unless and rule.until is None)
    ]
    return Scope((Viewer(settings.guest),), tuple(kept), settings)


def in_force(rules: Iterable[AccessRule], now: datetime) -> tuple[AccessRule, ...]:
    """The rules that have not ended."""
    return tuple(rule for rule in rules if rule.until is None or rule.until > now)


def _text_of(rules: Iterable[AccessRule]) -> str:
    return json.dumps(sorted(json.dumps(codec.to_json(rule), sort_keys=True) for rule in rules))


def concerns(rule: AccessRule, names: frozenset[str]) -> bool:
    """Whether a rule speaks of someone with these names."""
    if any(name in names for name in rule.unless):
        return False
    return not rule.who or any(name in names for name in rule.who)


def _may_change(rules: list[AccessRule]) -> bool:
    speaking = [rule for rule in rules if rule.action == "change"]
    return any(rule.effect == "allow" for rule in speaking) and not any(rule.effect == "deny" for rule in rules)


def matches(rule: AccessRule, facts: Facts) -> bool:
    """Whether a rule speaks of an asset, by its selectors."""
    return _selects(rule, facts, _classes(rule, facts)) and (not rule.assets or names_of(rule.assets)(facts))


def _classes(rule: AccessRule, facts: Facts) -> frozenset[str]:
    return facts.classes | facts.inferred_classes if rule.effect == "deny" else facts.classes


def _selects(rule: AccessRule, facts: Facts, classes: frozenset[str]) -> bool:
    """Whether all selectors but the names fit."""
    return (
        (not rule.kinds or any(one.kind in rule.kinds for one in facts.every))
        and (not rule.platforms or any(one.platform in rule.platforms for one in facts.every))
        and (not rule.domains or any(one.domain in rule.domains for one in facts.every))
        and (not rule.tags or not facts.tags.isdisjoint(rule.tags))
        and (not rule.classes or not classes.isdisjoint(rule.classes))
    )


@lru_cache(4096)
def names_of(patterns: tuple[str, ...]) -> Callable[[Facts], bool]:
    """A test whether an asset's URN or qualified name is one of these, or fits one of these shell patterns."""
    folded = [pattern.casefold() for pattern in patterns]
    plain = frozenset(pattern for pattern in folded if not any(sign in pattern for sign in "*?["))
    fits = re.compile("|".join(translate(pattern) for pattern in folded if pattern not in plain) or "(?!)").match

    def named(facts: Facts) -> bool:
        names = [name.casefold() for one in facts.every for name in (one.urn, one.qualified_name)]
        return any(name in plain or fits(name) for name in names)

    return named


@lru_cache(4096)
def columns_of(patterns: tuple[str, ...]) -> Callable[[str], object]:
    """A test whether a column, in small letters, is one of these or fits one of these shell patterns."""
    return re.compile("|".join(translate(pattern.casefold()) for pattern in patterns) or "(?!)").match
