"""Reading by identity: which asset a URN belongs to, and what is said of all its members. Unfiltered, for View.

A URN that no source has spoken of (the end of an edge, a name typed in) is placed by the same rules, one by one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, select

from catalog import past, tables
from catalog.errors import UrnInvalid
from catalog.identity.register import closure, read_rules
from catalog.identity.resolve import Link, resolve, twins
from catalog.identity.spelling import tail_of
from catalog.merge import Authority
from catalog.projection import joined
from catalog.reader import AssetRow, SaidOf, chunks, read_said
from catalog.urn import PREFIX, column, parse

_COLUMN = f"{PREFIX}schemaField:"
Raw = tuple[str, str, str, str, str, str, tuple[str, ...]]  # upstream, urn, how, basis, source, digest, inputs


@dataclass(frozen=True)
class MemberShown:
    """One URN of an asset, for people: by which rule it belongs there, and what that rule saw."""

    urn: str
    rule: str
    evidence: str
    live: bool


@dataclass(frozen=True)
class Shown:
    """An asset's identity: the URN it goes by, all its members, URNs that may be the same, and who was kept apart."""

    canonical: str
    members: tuple[MemberShown, ...]
    twins: tuple[str, ...]
    links: tuple[Link, ...]


def canonicals(connection: Connection, urns: Iterable[str]) -> dict[str, str]:
    """The URN of the asset that each of `urns` belongs to: itself when it is alone or unknown."""
    wanted = sorted(set(urns))
    found = {urn: urn for urn in wanted}
    parents = {urn: parse(urn).parts[0] for urn in wanted if urn.startswith(_COLUMN)}
    plain = sorted({urn for urn in wanted if urn not in parents} | set(parents.values()))
    found |= _placed(connection, plain)
    for urn, parent in parents.items():
        if found[parent] != parent:
            found[urn] = column(found[parent], parse(urn).parts[1])
    return found


def _placed(connection: Connection, urns: Sequence[str]) -> dict[str, str]:
    i, s = tables.identities.c, tables.spellings.c
    placed: dict[str, str] = {urn: urn for urn in urns}
    known: set[str] = set()
    for some in chunks(urns):
        placed.update(connection.execute(select(i.urn, i.canonical).where(i.urn.in_(some))).all())
        known |= set(connection.execute(select(s.urn).where(s.urn.in_(some))).scalars())
    unknown = [urn for urn in urns if urn not in known and urn.startswith(f"{PREFIX}dataset:")]
    if unknown:
        placed |= _guests(connection, unknown)
    return placed


def _guests(connection: Connection, urns: Sequence[str]) -> dict[str, str]:
    """Where URNs that nobody has spoken of would belong, each as if it alone came."""
    rules = read_rules(connection)
    tails: dict[str, str] = {}
    for urn in urns:
        try:
            tails[urn] = tail_of(urn, rules)
        except UrnInvalid:
            continue
    c = tables.spellings.c
    taken: set[str] = set()
    for some in chunks(sorted(set(tails.values()))):
        taken |= set(connection.execute(select(c.tail).where(c.tail.in_(some), c.live).distinct()).scalars())
    homes: dict[str, str] = {}
    for urn, tail in tails.items():
        if tail in taken:
            near = closure(connection, [urn], rules)
            found = resolve(near.known(urn), rules)
            if urn in found:  # if it would give the identity its name: a name that nobody uses gives way
                others = [one.urn for one in found.values() if one.canonical == found[urn].canonical and one.urn != urn]
                homes[urn] = _home(connection, min(others))
    return homes


def _home(connection: Connection, urn: str) -> str:
    c = tables.identities.c
    return connection.execute(select(c.canonical).where(c.urn == urn)).scalar() or urn


def members(connection: Connection, urns: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The URNs of each asset, its canonical one first; those it had in the past too."""
    c = tables.identities.c
    found: dict[str, list[str]] = {urn: [urn] for urn in sorted(set(urns))}
    for some in chunks(sorted(found)):
        query = select(c.canonical, c.urn).where(c.canonical.in_(some), c.urn != c.canonical).order_by(c.urn)
        for canonical, urn in connection.execute(query):
            found[canonical].append(urn)
    return {urn: tuple(held) for urn, held in found.items()}


def said_of(
    connection: Connection, urns: Collection[str], as_of: int | None = None, names: Iterable[str] | None = None
) -> SaidOf:
    """What every source says of assets under any of their URNs: by canonical URN and aspect. Points keep their URN."""
    groups = members(connection, urns)
    every = sorted({urn for held in groups.values() for urn in held})
    said = read_said(connection, every, as_of, names)
    found: SaidOf = {}
    for canonical, held in groups.items():
        if len(held) == 1:
            if canonical in said:
                found[canonical] = said[canonical]
        elif values := joined([said[urn] for urn in held if urn in said]):
            found[canonical] = values
    return found


def rows_then(
    connection: Connection, urns: Sequence[str] | None, at: int, authorities: dict[str, Authority]
) -> list[AssetRow]:
    """The rows of assets (all when None) as they were observed at a time, one for each identity, ordered by URN."""
    wanted = None if urns is None else sorted({one for held in members(connection, urns).values() for one in held})
    raw = past.rows_at(connection, wanted, at, authorities)
    home = _homes(connection) if wanted is None else _placed(connection, wanted)
    by_home: dict[str, list[AssetRow]] = defaultdict(list)
    for row in raw:
        by_home[home.get(row.urn, row.urn)].append(row)
    merged = sorted(urn for urn, rows in by_home.items() if len(rows) > 1 or rows[0].urn != urn)
    said = said_of(connection, merged, at)
    found = [rows[0] for urn, rows in by_home.items() if urn not in said]
    for urn, held in said.items():
        also = tuple(replace(row.facts(), tags=frozenset(), classes=frozenset()) for row in by_home[urn])
        found.append(replace(past.merged_row(urn, held, authorities), also=also))
    return sorted(found, key=lambda row: row.urn)


def _homes(connection: Connection) -> dict[str, str]:
    c = tables.identities.c
    return dict(connection.execute(select(c.urn, c.canonical)).all())


def joined_edges(connection: Connection, edges: Sequence[Raw], unknown: Sequence[str]) -> list[tuple[Any, ...]]:
    """Edges between assets instead of spellings, each once, with the URN under which the source states it.

    `unknown`: the ends that no source has spoken of.
    """
    home = {urn: canonical for urn, canonical in _homes(connection).items() if urn != canonical}
    if unknown:
        home |= {urn: canonical for urn, canonical in _guests(connection, unknown).items() if urn != canonical}
    if not home:
        return [(*edge[:6], "", edge[6]) for edge in edges]
    found: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for upstream, urn, how, basis, source, digest, inputs in edges:
        start, end = home.get(upstream, upstream), home.get(urn, urn)
        if start != end:
            key = (end, start, how, source, *inputs)
            edge = (start, end, how, basis, source, digest, "" if end == urn else urn, inputs)
            found.setdefault(key, edge)
    return [found[key] for key in sorted(found)]


def unknown_ends(connection: Connection) -> list[str]:
    """The upstreams of present edges that no source has spoken of, as far as they could be another's spelling."""
    e, s = tables.edges.c, tables.spellings.c
    query = select(e.upstream).where(
        e.upstream.like(f"{PREFIX}dataset:%"), ~select(s.urn).where(s.urn == e.upstream).exists()
    )
    return list(connection.execute(query.distinct()).scalars())


def unknown_among(connection: Connection, urns: Iterable[str]) -> list[str]:
    """Those of `urns` that no source has spoken of, as far as they could be another's spelling."""
    left = {urn for urn in urns if urn.startswith(f"{PREFIX}dataset:")}
    c = tables.spellings.c
    for some in chunks(sorted(left)):
        left -= set(connection.execute(select(c.urn).where(c.urn.in_(some))).scalars())
    return sorted(left)


def show(connection: Connection, urn: str) -> Shown:
    """The identity of the asset that a URN belongs to, for people to judge."""
    rules = read_rules(connection)
    canonical = canonicals(connection, [urn])[urn]
    c = tables.identities.c
    held = connection.execute(
        select(c.urn, c.rule, c.evidence, c.live).where(c.canonical == canonical).order_by(c.urn != c.canonical, c.urn)
    ).all()
    near = closure(connection, [canonical], rules)
    found = tuple(MemberShown(*row) for row in held) or (MemberShown(canonical, "alone", "", canonical in near.live),)
    mine = {one.urn for one in found}
    links = tuple(link for link in near.links if link.urn in mine or link.other in mine)
    known = near.known()
    maybe = {twin for one in found for twin in twins(one.urn, known, rules)} - mine
    return Shown(canonical, found, tuple(sorted(maybe)), links)
