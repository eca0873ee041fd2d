"""What differs between two values of an aspect, in the words people use of changes. Pure; no store.

Each aspect that people ask about has its own rule; any other is compared field by field. What is counted or measured
anew at every run (usage, profiles, example queries) is no change. `before` and `after` are texts as the records hold
them, so that they can be checked there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from catalog.aspects import (
    Aspect,
    Certification,
    Check,
    Checks,
    Classification,
    Column,
    Deprecation,
    Documentation,
    Freshness,
    Incidents,
    Info,
    Lineage,
    Logic,
    Membership,
    Ownership,
    Person,
    Policy,
    Runs,
    Schema,
    Tags,
    Team,
    Terms,
)  # fmt: skip
from catalog.codec import stamp

FAILING = frozenset({"fail", "error"})
ALARMS = frozenset({"check began failing", "incident opened"})  # told one by one, even by a source that is new
MEASURED = frozenset({"usage", "profile", "queries"})  # said anew at every run


@dataclass(frozen=True)
class Difference:
    """One thing that changed. `on`: the column, check or field it is about, when it is not the asset as a whole."""

    what: str
    on: str = ""
    before: str = ""
    after: str = ""


def differences(before: Aspect | None, after: Aspect | None) -> list[Difference]:
    """What differs, in a fixed order. None: nothing was said. Both are values of one aspect."""
    value = after if after is not None else before
    if value is None or value.NAME in MEASURED or before == after:
        return []
    empty = type(value)()
    rule = _RULES.get(type(value), _by_field)
    found = list(rule(before or empty, after or empty))
    if None in (before, after) and len(found) > 1:  # a source that begins or ends to speak of it: one change, not many
        begun = [one for one in found if one.what in ALARMS]
        return [Difference("first given" if before is None else "no longer given"), *begun]
    return found


def _schema(before: Schema, after: Schema) -> Iterator[Difference]:
    old = {column.name.casefold(): column for column in before.columns}
    new = {column.name.casefold(): column for column in after.columns}
    for key, column in new.items():
        if key not in old:
            yield Difference("column added", column.name, after=column.type)
    for key, column in old.items():
        if key not in new:
            yield Difference("column removed", column.name, before=column.type)
    for key, column in new.items():
        if key in old:
            yield from _column(old[key], column)


def _column(before: Column, after: Column) -> Iterator[Difference]:
    if before.type.casefold() != after.type.casefold():
        yield Difference("column retyped", after.name, before.type, after.type)
    if before.description != after.description:
        yield Difference("column description changed", after.name, before.description, after.description)
    if before.nullable != after.nullable and None not in (before.nullable, after.nullable):
        what = "column made nullable" if after.nullable else "column made required"
        yield Difference(what, after.name)


def _ownership(before: Ownership, after: Ownership) -> Iterator[Difference]:
    yield from _items("owner", [one.urn for one in before.owners], [one.urn for one in after.owners])


def _items(noun: str, before: Iterable[str], after: Iterable[str]) -> Iterator[Difference]:
    old, new = list(dict.fromkeys(before)), list(dict.fromkeys(after))
    gone, come = [one for one in old if one not in new], [one for one in new if one not in old]
    if len(gone) == len(come) == 1:
        yield Difference(f"{noun} changed", before=gone[0], after=come[0])
        return
    for one in come:
        yield Difference(f"{noun} added", after=one)
    for one in gone:
        yield Difference(f"{noun} removed", before=one)


def _tags(before: Tags, after: Tags) -> Iterator[Difference]:
    yield from _items("tag", before.tags, after.tags)


def _terms(before: Terms, after: Terms) -> Iterator[Difference]:
    yield from _items("term", before.terms, after.terms)


def _lineage(before: Lineage, after: Lineage) -> Iterator[Difference]:
    old, new = ([one.urn for one in value.upstreams] for value in (before, after))
    yield from _items("upstream", old, new)


def _classification(before: Classification, after: Classification) -> Iterator[Difference]:
    for column, name in after.classes:
        if (column, name) not in before.classes:
            yield Difference("class added", column, after=name)
    for column, name in before.classes:
        if (column, name) not in after.classes:
            yield Difference("class removed", column, before=name)


def _documentation(before: Documentation, after: Documentation) -> Iterator[Difference]:
    if before.text != after.text:
        yield Difference(_came(before.text, after.text, "description"), before=before.text, after=after.text)


def _came(before: str, after: str, noun: str) -> str:
    return f"{noun} added" if not before else f"{noun} removed" if not after else f"{noun} changed"


def _membership(before: Membership, after: Membership) -> Iterator[Difference]:
    yield Difference(_came(before.domain, after.domain, "domain"), before=before.domain, after=after.domain)


def _deprecation(before: Deprecation, after: Deprecation) -> Iterator[Difference]:
    if before.deprecated != after.deprecated:
        what = "deprecated" if after.deprecated else "no longer deprecated"
        yield Difference(what, before=before.note, after=after.note)
    if before.replacement != after.replacement:
        what = _came(before.replacement, after.replacement, "replacement")
        yield Difference(what, before=before.replacement, after=after.replacement)


def _certification(before: Certification, after: Certification) -> Iterator[Difference]:
    if before.certified != after.certified:
        yield Difference("certified" if after.certified else "no longer certified")
    elif before.tier != after.tier:
        old, new = _text(before.tier), _text(after.tier)
        yield Difference(_came(old, new, "tier"), before=old, after=new)


def _checks(before: Checks, after: Checks) -> Iterator[Difference]:
    old, new = ({(one.name, one.column): one for one in value.checks} for value in (before, after))
    for key, check in new.items():
        yield from _check(old.get(key), check)
    for key, check in old.items():
        if key not in new:
            yield Difference("check removed", check.name)


def _check(before: Check | None, after: Check) -> Iterator[Difference]:
    failed, fails = before is not None and before.status in FAILING, after.status in FAILING
    if fails and not failed:
        yield Difference("check began failing", after.name, before.status if before else "", after.status)
    elif before is None:
        yield Difference("check added", after.name, after=after.status)
    elif failed and after.status == "pass":
        yield Difference("check passes again", after.name, before.status, after.status)


def _freshness(before: Freshness, after: Freshness) -> Iterator[Difference]:
    if before.status != after.status and "never_run" not in (before.status, after.status):
        yield Difference("freshness changed", before=before.status, after=after.status)


def _runs(before: Runs, after: Runs) -> Iterator[Difference]:
    if before.status and before.status != after.status:
        yield Difference("run status changed", before=before.status, after=after.status)


def _incidents(before: Incidents, after: Incidents) -> Iterator[Difference]:
    old, new = ({(one.urn, one.title): one for one in value.incidents} for value in (before, after))
    for key, incident in new.items():
        was = old[key].status if key in old else ""
        if incident.status != was:
            what = "incident resolved" if incident.status == "resolved" else "incident opened"
            yield Difference(what, incident.title)


def _logic(before: Logic, after: Logic) -> Iterator[Difference]:
    if before.text != after.text:
        yield Difference(_came(before.text, after.text, "logic"), before=before.text, after=after.text)


def _info(before: Info, after: Info) -> Iterator[Difference]:
    for name, what in (
        ("name", "renamed"),
        ("qualified_name", "moved"),
        ("kind", "kind changed"),
        ("url", "link changed"),
    ):
        old, new = getattr(before, name), getattr(after, name)
        if old and new and old != new:
            yield Difference(what, before=old, after=new)


def _person(before: Person, after: Person) -> Iterator[Difference]:
    if before.active != after.active:
        yield Difference("came back" if after.active else "left")
    yield from _items("team", before.teams, after.teams)
    yield from _items("role", before.roles, after.roles)
    if before.title and after.title and before.title != after.title:
        yield Difference("title changed", before=before.title, after=after.title)


def _team(before: Team, after: Team) -> Iterator[Difference]:
    yield from _items("member", before.members, after.members)
    yield from _items("lead", filter(None, [before.lead]), filter(None, [after.lead]))


def _policy(before: Policy, after: Policy) -> Iterator[Difference]:
    if before.access != after.access:
        yield Difference("rules of access changed")
    yield from (one for one in _by_field(before, after) if one.on != "access")


def _by_field(before: Aspect, after: Aspect) -> Iterator[Difference]:
    """Any aspect: its fields that differ; texts and numbers with what they were and are."""
    for item in fields(after):
        old, new = getattr(before, item.name), getattr(after, item.name)
        if old != new and item.name != "extra":
            yield Difference("field changed", item.name, _text(old), _text(new))


def _text(value: object) -> str:
    """A plain value as its record holds it; nothing for lists and records, which would not be found there as a text."""
    if isinstance(value, datetime):
        return stamp(value)
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


_RULES: dict[type, Callable[[Any, Any], Iterator[Difference]]] = {
    Schema: _schema,
    Ownership: _ownership,
    Tags: _tags,
    Terms: _terms,
    Lineage: _lineage,
    Classification: _classification,
    Documentation: _documentation,
    Membership: _membership,
    Deprecation: _deprecation,
    Certification: _certification,
    Checks: _checks,
    Freshness: _freshness,
    Runs: _runs,
    Incidents: _incidents,
    Logic: _logic,
    Info: _info,
    Person: _person,
    Team: _team,
    Policy: _policy,
}
