"""One source's value as a scope may see it: less hidden assets, kept columns and SQL that names them, or nothing.

Owns the order of the steps. A value that had to be changed gets the digest of what is left: the digest of the whole
would let people try out what was taken from it, and would change with what they may not see.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from catalog import codec
from catalog.access import Facts, Level, keeps_column
from catalog.aspects import AccessRule, Aspect, Classification, Info, Ownership, Person, Policy, Schema, Team
from catalog.merge import Said, is_empty
from catalog.redaction import without_columns, without_upstreams
from catalog.references import references, statements, without_references, without_statements
from catalog.sight import Sight, asset_of
from catalog.urn import column_parts, parse

Marks = Mapping[str, set[str]]  # of one asset: column in small letters to its classes and tags
_DISCOVERABLE = (Info.NAME, Ownership.NAME, Person.NAME, Team.NAME)  # of what is not the scope's to read


class Cleaner:
    """Cleans values for one scope. `marks`: what rules of columns look at, for an asset; `facts`: all facts of it."""

    def __init__(self, sight: Sight, marks: Callable[[str], Marks], facts: Callable[[str], tuple[Facts, ...]]) -> None:
        self._sight = sight
        self._scope = sight.scope
        self._marks = marks
        self._facts = facts
        self._kept: dict[tuple[str, str], bool] = {}
        self._rules: dict[str, tuple[AccessRule, ...]] = {}

    def clean(self, said: Said[Any]) -> Said[Any] | None:
        """What the scope may see of a value; None when nothing is left or it may not know of it."""
        urn = said.point.urn
        row = self._sight.row(urn)
        level = row.level if row is not None else self._sight.levels([urn])[urn]  # of one that is gone, as it was last
        if level is Level.HIDDEN or (said.inputs and not self.may_see(said.inputs)):
            return None
        value = said.value
        if level is not Level.READ:
            if said.point.aspect not in _DISCOVERABLE:
                return None
            value = _only_name(value)
        elif self._scope.sees_all and not self._scope.hides_columns:
            return said
        shown = self._cleaned(urn, value, [] if said.plain else references(value))
        if shown is said.value or shown == said.value:
            return said
        if is_empty(shown) and not is_empty(said.value):
            return None
        digest = codec.digest(codec.encode(shown), codec.encode_inputs(said.inputs))
        return replace(said, value=shown, point=replace(said.point, digest=digest))

    def may_see(self, inputs: Iterable[str]) -> bool:
        """Whether the scope may see what was derived from these URNs (assets or columns): only if it may read all."""
        return all(self._may_read(urn) for urn in inputs)

    def hides_column(self, urn: str, column: str) -> bool:
        """Whether a column is kept from the scope: by a rule, or because its asset is not the scope's to read."""
        key = (urn, column.casefold())
        held = self._kept.get(key)
        if held is None:
            held = self._kept[key] = self._hides_column(*key)
        return held

    def _hides_column(self, urn: str, column: str) -> bool:
        row = self._sight.row(urn)
        if row is None:
            return self._sight.hides(urn)
        if row.level is not Level.READ:
            return True
        rules = self._column_rules(urn)
        return bool(rules) and keeps_column(rules, column, self._marks(urn).get(column, ()))

    def _column_rules(self, urn: str) -> tuple[AccessRule, ...]:
        """The rules that keep columns of this asset from the scope."""
        if not self._scope.hides_columns:
            return ()
        held = self._rules.get(urn)
        if held is None:
            found = (rule for facts in self._facts(urn) for rule in self._scope.column_rules(facts))
            held = self._rules[urn] = tuple(dict.fromkeys(found))
        return held

    def _may_read(self, urn: str) -> bool:
        asset = asset_of(urn)
        row = self._sight.row(asset)
        if row is None or row.level is not Level.READ:
            return False
        return parse(urn).entity != "schemaField" or not self.hides_column(*column_parts(urn))

    def _cleaned(self, urn: str, value: Aspect, named: list[str]) -> Aspect:
        if named:
            hidden = self._sight.hidden(named)
            hidden |= {one for one in named if asset_of(one) not in ("", one) and self._keeps(one)}
            if hidden:
                value = without_references(without_upstreams(value, hidden), hidden)
        if self._keeps_any(urn) or any(map(self._has_kept_columns, named)):
            value = without_columns(value, urn, self.hides_column)
        if statements(value):
            kept = {column for column in self._marks(urn) if self.hides_column(urn, column)}
            value = without_statements(value, self._sight.silent_names | kept)
        if isinstance(value, Policy) and value.access:
            return replace(value, access=())  # whom and what rules name is for who may change them
        return value

    def _keeps_any(self, urn: str) -> bool:
        """Whether rules may keep a column of the asset: any column, or one of its classes and tags."""
        rules = self._column_rules(urn)
        if not rules or any(not rule.classes for rule in rules):
            return bool(rules)
        marks = set().union(*self._marks(urn).values())
        return any(not marks.isdisjoint(rule.classes) for rule in rules)

    def _keeps(self, column: str) -> bool:
        return self.hides_column(*column_parts(column))

    def _has_kept_columns(self, urn: str) -> bool:
        """Whether some or all columns of a named asset are not for this scope."""
        asset = asset_of(urn)
        row = self._sight.row(asset) if asset else None
        return row is not None and (row.level is not Level.READ or bool(self._column_rules(asset)))


def _only_name(value: Any) -> Any:
    """Of what is not the scope's to read, only what it is called; owners stay, they are whom to ask."""
    if isinstance(value, Info):
        return Info(value.kind, value.name, value.platform, value.qualified_name, value.env)
    if isinstance(value, Person):
        return Person(value.full_name)
    return Team() if isinstance(value, Team) else value


def marks_of(values: Iterable[Aspect]) -> dict[str, set[str]]:
    """What rules of access may look at in columns: by column name in small letters, its classes and tags."""
    marks: dict[str, set[str]] = defaultdict(set)
    for value in values:
        if isinstance(value, Classification):
            for column, name in value.classes:
                marks[column.casefold()].add(name)
        elif isinstance(value, Schema):
            for held in value.columns:
                marks[held.name.casefold()].update(held.tags)
    return marks
