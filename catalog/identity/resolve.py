"""Which URNs are one real thing. A pure function of the set of URNs, what links them, and the configuration.

The rules run in a fixed order, each on the result of those before: what people said; equal spellings (case as the
platform treats it, quotes, environment, configured servers and default databases); siblings that a source states. No
rule guesses: what may be the same and is not shown to be (a name without its database, another server, a dbt node whose
platform nobody tells) is offered as a possible twin.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from catalog.identity.joining import Classes, Reason
from catalog.identity.mapping import IdentityRules
from catalog.identity.spelling import Beside, Spelling, read

LinkKind = Literal["same", "not_same", "sibling"]
PERSON, SPELLING, SIBLINGS = "person", "spelling", "siblings"
RULES = (PERSON, SPELLING, SIBLINGS)


@dataclass(frozen=True, order=True)
class Link:
    """Somebody says of two URNs that they are the same thing, are not, or are siblings."""

    urn: str
    other: str
    kind: LinkKind
    source: str


@dataclass(frozen=True)
class Member:
    """One URN of an identity: the canonical URN, and by which rule it belongs there."""

    urn: str
    canonical: str
    rule: str
    evidence: str = ""


@dataclass(frozen=True)
class Known:
    """What is to be resolved. `beside`: what is known of a URN beside its text."""

    urns: Collection[str]
    links: Collection[Link] = ()
    beside: Mapping[str, Beside] = field(default_factory=dict)


def resolve(known: Known, rules: IdentityRules) -> dict[str, Member]:
    """The members of every identity of more than one URN, by URN; what is missing is alone."""
    ends = {end for link in known.links for end in (link.urn, link.other)}
    every = sorted(set(known.urns) | ends)
    spelt = {urn: one for urn in every if (one := read(urn, rules, known.beside.get(urn))) is not None}
    classes = Classes(every, ((link.urn, link.other) for link in known.links if link.kind == "not_same"))
    for link in sorted(known.links):
        if link.kind == "same":
            classes.join(link.urn, link.other, Reason(PERSON, f"{link.source} says so"))
    _join_equal(classes, spelt)
    _join_siblings(classes, spelt, known.links)
    return _members(classes, spelt, set(known.urns))


def _members(classes: Classes, spelt: Mapping[str, Spelling], real: set[str]) -> dict[str, Member]:
    found: dict[str, Member] = {}
    for root in classes.roots():
        urns = classes.members(root) & real
        if len(urns) < 2:
            continue
        canonical = min(urns, key=lambda urn: _preference(urn, spelt.get(urn)))
        for urn in sorted(urns):
            reason = Reason("canonical") if urn == canonical else classes.reasons.get(urn, Reason(SPELLING))
            found[urn] = Member(urn, canonical, reason.rule, reason.evidence)
    return found


def _preference(urn: str, spelling: Spelling | None) -> tuple[object, ...]:
    """Which member gives the identity its URN: the table before the dbt node, full names first."""
    if spelling is None:
        return (2, len(urn), urn)
    name = ".".join(token.text for token in spelling.tokens)
    written = urn.rpartition(",")[2].rstrip(")")
    return (
        int(spelling.is_dbt),
        not spelling.is_full,
        bool(spelling.instance),
        name != name.lower(),
        written != spelling.env,
        len(urn),
        urn,
    )


def _join_equal(classes: Classes, spelt: Mapping[str, Spelling]) -> None:
    by_key: dict[object, list[str]] = defaultdict(list)
    for urn in sorted(spelt):
        by_key[spelt[urn].key].append(urn)
    for urns in by_key.values():
        for number, urn in enumerate(urns):
            for first in urns[:number]:
                if classes.join(first, urn, Reason(SPELLING, _differs(spelt[first], spelt[urn]))):
                    break


def _differs(a: Spelling, b: Spelling) -> str:
    env_a, env_b = a.urn.rpartition(",")[2], b.urn.rpartition(",")[2]
    names = ["environment"] if env_a != env_b else []
    if a.tokens != b.tokens:
        names.append("case or quotes")
    return f"equal but for {' and '.join(names) or 'how platform, server or database are written'}"


def _join_siblings(classes: Classes, spelt: Mapping[str, Spelling], links: Iterable[Link]) -> None:
    """Siblings that a source states: of a dbt node its one table; of two engines over the same schema and table."""
    tables: dict[str, set[str]] = defaultdict(set)
    pairs: list[tuple[str, str, str]] = []
    for link in sorted(links):
        a, b = spelt.get(link.urn), spelt.get(link.other)
        if link.kind != "sibling" or a is None or b is None or not _may_be_siblings(a, b):
            continue
        pairs.append((link.urn, link.other, link.source))
        for one, other in ((a, b), (b, a)):
            if one.is_dbt and not other.is_dbt:
                tables[classes.root(one.urn)].add(classes.root(other.urn))
    torn = {urn for root, found in tables.items() if len(found) > 1 for urn in classes.members(root)}
    for a_urn, b_urn, source in pairs:
        if a_urn not in torn and b_urn not in torn:
            classes.join(a_urn, b_urn, Reason(SIBLINGS, f"{source} states them as siblings"))


def _may_be_siblings(a: Spelling, b: Spelling) -> bool:
    if a.env != b.env:
        return False
    if a.is_dbt != b.is_dbt:
        return True
    # Within one platform only a shortened name is the same table; a share or a copy is another.
    return a.tail == b.tail and (a.platform.name != b.platform.name or _shortens(a, b) or _shortens(b, a))


def _shortens(short: Spelling, full: Spelling) -> bool:
    """Whether `short` may be `full` with its database, its instance or both left out."""
    if short.instance not in ("", full.instance) or len(short.parts) > len(full.parts):
        return False
    return full.parts[len(full.parts) - len(short.parts) :] == short.parts


def twins(urn: str, known: Known, rules: IdentityRules, limit: int = 10) -> list[str]:
    """URNs that may be the same thing and were not joined: alike in schema, table and environment."""
    members = resolve(known, rules)
    mine = read(urn, rules, known.beside.get(urn))
    if mine is None:
        return []
    home = members[urn].canonical if urn in members else urn
    apart = {frozenset((link.urn, link.other)) for link in known.links if link.kind == "not_same"}
    found: set[str] = set()
    for other in known.urns:
        spelling = read(other, rules, known.beside.get(other))
        if spelling is None or spelling.tail != mine.tail or frozenset((urn, other)) in apart:
            continue
        canonical = members[other].canonical if other in members else other
        if canonical != home and _could_be(mine, spelling):
            found.add(canonical)
    return sorted(found)[:limit]


def _could_be(a: Spelling, b: Spelling) -> bool:
    """Whether nothing in two spellings of equal tail says that they are different things."""
    names_a, names_b = ([token.text.lower() for token in one.tokens] for one in (a, b))
    length = min(len(names_a), len(names_b))
    if names_a[-length:] != names_b[-length:]:
        return False
    return a.is_dbt or b.is_dbt or a.platform.name == b.platform.name
