"""Keeping identities in the catalog: brings `spellings`, `identity_links` and `identities` up to date with a change.

Owns the content of the three tables. They are projections: a function of what all sources say and of the stored rules.
Only what shares a tail or a link with a touched URN is resolved again, so the work is that of the change.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select, update

from catalog import tables
from catalog.aspects import Aspect, Identity, Siblings
from catalog.errors import UrnInvalid
from catalog.identity.mapping import IdentityRules, rules_from
from catalog.identity.resolve import Known, Link, Member, resolve
from catalog.identity.spelling import Beside, tail_of
from catalog.merge import Said
from catalog.urn import parse

ASPECTS = (Siblings, Identity)  # what links URNs
_CHUNK = 400
_META = "identity"
_IN_CODE = frozenset({"dbt", "openlineage", "sql", "files", "person", "inferred"})  # types of sources
SaidOfOne = Mapping[str, Sequence[Said[Aspect]]]


@dataclass(frozen=True)
class Touched:
    """What is to be projected anew: the members of each identity, its canonical URN first, and every URN concerned."""

    groups: dict[str, tuple[str, ...]]
    urns: frozenset[str]


@dataclass(frozen=True)
class Closure:
    """Everything that can be one thing with some URNs, and what links it. `live`: of whom somebody speaks now."""

    urns: frozenset[str]
    live: frozenset[str]
    links: tuple[Link, ...]
    beside: Mapping[str, Beside]
    tails: Mapping[str, str]

    def known(self, *guests: str, ever: bool = False) -> Known:
        """What there is to resolve now (or `ever` was), and `guests` as if they had come; less what is surely alone."""
        ends = {end for link in self.links for end in (link.urn, link.other)}
        urns = self.urns if ever else self.live
        if not guests:
            count = Counter(self.tails[urn] for urn in urns)
            urns = frozenset(urn for urn in urns if urn in ends or (self.tails[urn] and count[self.tails[urn]] > 1))
        return Known(urns.union(guests), self.links, self.beside)


def read_rules(connection: Connection) -> IdentityRules:
    """The rules by which this catalog identifies."""
    return rules_from(stored_rules(connection) or "")


def stored_rules(connection: Connection) -> str | None:
    """The text of the rules; None in a catalog that has never identified."""
    return connection.execute(select(tables.meta.c.value).where(tables.meta.c.key == _META)).scalar()


def store_rules(connection: Connection, rules: IdentityRules) -> None:
    """Keep other rules and forget what followed from the old ones; the caller rebuilds."""
    clear(connection)
    connection.execute(delete(tables.meta).where(tables.meta.c.key == _META))
    connection.execute(insert(tables.meta), [{"key": _META, "value": rules.text}])


def unknown(connection: Connection, urns: Collection[str]) -> list[str]:
    """Those of `urns` that were never registered."""
    c = tables.spellings.c
    return sorted(set(urns) - {row.urn for row in _by(connection, tables.spellings, c.urn, urns)})


def clear(connection: Connection) -> None:
    """Forget all identities; the caller rebuilds."""
    for table in (tables.spellings, tables.identities, tables.identity_links):
        connection.execute(delete(table))


class Register:
    """The upkeep within one transaction."""

    def __init__(self, connection: Connection, seq: int) -> None:
        self.connection = connection
        self.seq = seq
        self.rules = read_rules(connection)

    def refresh(
        self, urns: Sequence[str], speakers: Mapping[str, Collection[str]], said: Mapping[str, SaidOfOne]
    ) -> Touched:
        """Take in that `urns` changed. `speakers`: by URN the types of the sources that speak of it; `said`: what they
        say, at least of ASPECTS.
        """
        changed = self._spell(urns, speakers) | self._link(urns, said)
        moved = self._resolve(changed) if changed else frozenset()
        return self._groups(frozenset(urns) | moved, speakers)

    def _spell(self, urns: Sequence[str], speakers: Mapping[str, Collection[str]]) -> set[str]:
        """Keep the spellings of `urns`; returns those that are new or otherwise than before."""
        c = tables.spellings.c
        query = select(c.urn, c.live, c.in_code).where(c.urn.in_(urns))
        held = {urn: (live, in_code) for urn, live, in_code in self.connection.execute(query)}
        now = {urn: (urn in speakers, _only_code(speakers.get(urn, ()))) for urn in urns}
        fresh = [
            {"urn": urn, "tail": tail_of(urn, self.rules), "live": live, "in_code": in_code}
            for urn, (live, in_code) in now.items()
            if urn not in held
        ]
        if fresh:
            self.connection.execute(insert(tables.spellings), fresh)
        turned = sorted(urn for urn, was in held.items() if was != now[urn])
        for state in {now[urn] for urn in turned}:
            some = [urn for urn in turned if now[urn] == state]
            self.connection.execute(
                update(tables.spellings).where(c.urn.in_(some)).values(live=state[0], in_code=state[1])
            )
        return {*turned, *(str(row["urn"]) for row in fresh)}

    def _link(self, urns: Sequence[str], said: Mapping[str, SaidOfOne]) -> set[str]:
        """Keep the links that `urns` state; returns the ends of those that came or went."""
        c = tables.identity_links.c
        held = {Link(*row) for row in self.connection.execute(_links().where(c.urn.in_(urns)))}
        stated = {link for urn in urns for link in links_of(urn, said.get(urn, {})) if _is_urn(link.other)}
        if held - stated:
            self.connection.execute(delete(tables.identity_links).where(c.urn.in_(urns)))
            fresh = stated
        else:
            fresh = stated - held
        if fresh:
            self.connection.execute(insert(tables.identity_links), [self._link_row(link) for link in sorted(fresh)])
        return {end for link in held ^ stated for end in (link.urn, link.other)}

    def _link_row(self, link: Link) -> dict[str, object]:
        tail = tail_of(link.other, self.rules)
        return {"urn": link.urn, "other": link.other, "kind": link.kind, "source": link.source, "tail": tail}

    def _resolve(self, changed: set[str]) -> frozenset[str]:
        """Resolve all that touches `changed` and keep the result; returns the URNs that now belong elsewhere."""
        near = closure(self.connection, changed, self.rules)
        rows = {member.urn: _row(member, True) for member in resolve(near.known(), self.rules).values()}
        if len(near.live) < len(near.urns):
            rows = self._with_dead(near, rows)
        c = tables.identities.c
        held = {row.urn: row._asdict() for row in _by(self.connection, tables.identities, c.urn, near.urns)}
        different = {urn for urn in held.keys() | rows.keys() if not _equal(held.get(urn), rows.get(urn))}
        for some in _chunks(sorted(different)):
            self.connection.execute(delete(tables.identities).where(c.urn.in_(some)))
        fresh = [rows[urn] | {"seq": self.seq} for urn in sorted(different & rows.keys())]
        if fresh:
            self.connection.execute(insert(tables.identities), fresh)
        before = {str(held[urn]["canonical"]) for urn in different & held.keys()}
        after = {str(rows[urn]["canonical"]) for urn in different & rows.keys()}
        return frozenset(different | before | after)

    def _with_dead(self, near: Closure, rows: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
        """What nobody speaks of any more belongs where it would belong now: the past is read by it."""
        classes: dict[str, list[str]] = defaultdict(list)
        ever = resolve(near.known(ever=True), self.rules)
        for member in ever.values():
            classes[member.canonical].append(member.urn)
        found = dict(rows)
        for canonical, urns in classes.items():
            living = sorted(urn for urn in urns if urn in near.live)
            home = str(rows[living[0]]["canonical"]) if living and living[0] in rows else (living or [canonical])[0]
            for urn in urns:
                if urn not in near.live:
                    found[urn] = _row(Member(urn, home, ever[urn].rule, ever[urn].evidence), False)
            if home not in found:  # it was alone until something dead joined it
                found[home] = _row(Member(home, home, "canonical"), home in near.live)
        return found

    def _groups(self, urns: frozenset[str], speakers: Mapping[str, Collection[str]]) -> Touched:
        c, s = tables.identities.c, tables.spellings.c
        placed = {row.urn: row for row in _by(self.connection, tables.identities, c.urn, urns)}
        wanted = {row.canonical for row in placed.values()}
        members: dict[str, list[str]] = defaultdict(list)
        for row in _by(self.connection, tables.identities, c.canonical, wanted):
            if row.live:
                members[row.canonical].append(row.urn)
        alone = [urn for urn in urns if urn not in placed]
        unsure = [urn for urn in alone if urn not in speakers]
        living = {row.urn for row in _by(self.connection, tables.spellings, s.urn, unsure) if row.live}
        groups: dict[str, tuple[str, ...]] = {urn: (urn,) for urn in alone if urn in speakers or urn in living}
        for canonical, found in members.items():
            groups[canonical] = tuple(sorted(found, key=lambda urn: (urn != canonical, urn)))
        return Touched(groups, urns | wanted | {urn for found in members.values() for urn in found})


def _only_code(types: Collection[str]) -> bool:
    """Whether only code names an asset, in whatever letters: no source that reads names where they are stored."""
    return bool(types) and _IN_CODE.issuperset(types)


def links_of(urn: str, said: SaidOfOne) -> Iterable[Link]:
    """The links that an asset's aspects state."""
    for one in said.get(Siblings.NAME, ()):
        if isinstance(one.value, Siblings):
            yield from (Link(urn, other, "sibling", one.point.source) for other in one.value.urns if other != urn)
    for one in said.get(Identity.NAME, ()):
        if isinstance(one.value, Identity):
            yield from (Link(urn, other, "same", one.point.source) for other in one.value.same_as if other != urn)
            yield from (Link(urn, other, "not_same", one.point.source) for other in one.value.not_same_as)


def closure(connection: Connection, urns: Iterable[str], rules: IdentityRules) -> Closure:
    """Everything that shares a tail or a link with `urns`, directly or over others."""
    s, link = tables.spellings.c, tables.identity_links.c
    met: set[str] = set()
    rows: dict[str, Any] = {}
    links: set[Link] = set()
    fresh, tails = set(urns), set[str]()
    linked = connection.execute(select(link.urn).limit(1)).first() is not None
    while fresh:
        met |= fresh
        rows |= {row.urn: row for row in _by(connection, tables.spellings, s.urn, fresh - rows.keys())}
        new_tails = {rows[urn].tail if urn in rows else tail_of(urn, rules) for urn in fresh} - tails - {""}
        tails |= new_tails
        rows |= {row.urn: row for row in _by(connection, tables.spellings, s.tail, new_tails)}
        if linked:
            for column, keys in ((link.urn, fresh), (link.other, fresh), (link.tail, new_tails)):
                links |= {Link(*row[:4]) for row in _by(connection, tables.identity_links, column, keys)}
        fresh = (rows.keys() | {end for one in links for end in (one.urn, one.other)}) - met
    return Closure(
        frozenset(rows),
        frozenset(urn for urn, row in rows.items() if row.live),
        tuple(sorted(links)),
        {urn: Beside(in_code=True) for urn, row in rows.items() if row.in_code},
        {urn: row.tail for urn, row in rows.items()},
    )


def _links() -> Any:
    c = tables.identity_links.c
    return select(c.urn, c.other, c.kind, c.source)


def _row(member: Member, live: bool) -> dict[str, object]:
    return {
        "urn": member.urn,
        "canonical": member.canonical,
        "rule": member.rule,
        "evidence": member.evidence,
        "live": live,
        "facts": "",
    }


def _equal(held: Mapping[str, object] | None, row: Mapping[str, object] | None) -> bool:
    if held is None or row is None:
        return held is row
    return all(held[name] == row[name] for name in ("canonical", "rule", "evidence", "live"))


def _by(connection: Connection, table: Table, column: Any, keys: Collection[str]) -> list[Any]:
    found: list[Any] = []
    for some in _chunks(sorted(keys)):
        found += connection.execute(select(table).where(column.in_(some))).all()
    return found


def _chunks(items: Sequence[str]) -> Iterable[Sequence[str]]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]


def _is_urn(text: str) -> bool:
    """Whether text that a source gave as another URN is one; what is not joins nothing."""
    try:
        parse(text)
    except UrnInvalid:
        return False
    return True
