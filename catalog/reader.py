"""Reading what is stored, unfiltered: points, values and rows. For catalog/view, the indexer and checks only.

Skills never see this: they read through a View, which asks here and filters by its Scope.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, CompoundSelect, Connection, bindparam, func, literal, select, union_all

from catalog import codec, tables
from catalog.access import Facts, Level
from catalog.aspects import Aspect
from catalog.history import Point, live
from catalog.merge import Said
from catalog.urn import PREFIX

_CHUNK = 400
SaidOf = dict[str, dict[str, list[Said[Aspect]]]]


@dataclass(frozen=True)
class AssetRow:
    """One asset as lists show it. `level` is what the asking scope may do with it."""

    urn: str
    kind: str
    name: str
    qualified_name: str = ""
    platform: str = ""
    env: str = ""
    domain: str = ""
    parent: str = ""
    tags: frozenset[str] = frozenset()
    terms: frozenset[str] = frozenset()
    owners: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    marks: frozenset[str] = frozenset()  # documented, certified, failing, ...: catalog/projection.py
    inferred_classes: frozenset[str] = frozenset()
    level: Level = Level.READ
    also: tuple[Facts, ...] = ()  # what rules of access look at under its other URNs

    def facts(self) -> Facts:
        """What rules of access look at."""
        return Facts(
            self.urn, self.kind, self.platform, self.domain, self.qualified_name, self.tags, self.classes,
            self.inferred_classes, self.also,
        )  # fmt: skip


def chunks(items: Sequence[str]) -> Iterator[Sequence[str]]:
    """Pieces small enough for one statement's parameters."""
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]


def read_rows(connection: Connection, urns: Sequence[str] | None = None, kind: str = "") -> list[AssetRow]:
    """The rows of `urns` (all assets when None), optionally of one kind, ordered by URN."""
    c = tables.assets.c
    columns = (c.urn, c.kind, c.name, c.qualified_name, c.platform, c.env, c.domain, c.parent)
    found: list[Any] = []
    for some in chunks(urns) if urns is not None else [None]:
        query = select(*columns)
        if some is not None:
            query = query.where(c.urn.in_(some))
        if kind:
            query = query.where(c.kind == kind)
        found += connection.execute(query).all()
    wanted = [row.urn for row in found] if urns is not None or kind else None
    labels, also = _read_labels(connection, wanted), _read_also(connection, wanted)
    rows = [_row(row, labels.get(row.urn, {}), also.get(row.urn, ())) for row in found]
    return sorted(rows, key=lambda row: row.urn)


def _read_also(connection: Connection, urns: list[str] | None) -> dict[str, tuple[Facts, ...]]:
    """By asset the facts of its members, of those that have several."""
    c = tables.identities.c
    held: dict[str, list[Facts]] = defaultdict(list)
    for some in chunks(urns) if urns is not None else [None]:
        query = select(c.canonical, c.urn, c.facts).where(c.facts != "").order_by(c.urn)
        if some is not None:
            query = query.where(c.canonical.in_(some))
        for canonical, urn, text in connection.execute(query):
            held[canonical].append(Facts(urn, **json.loads(text)))
    return {urn: tuple(facts) for urn, facts in held.items()}


def _row(found: Any, labels: dict[str, set[str]], also: tuple[Facts, ...]) -> AssetRow:
    return AssetRow(
        found.urn,
        found.kind,
        found.name,
        found.qualified_name,
        found.platform,
        found.env,
        found.domain,
        found.parent,
        tags=frozenset(labels.get("tag", ())),
        terms=frozenset(labels.get("term", ())),
        owners=frozenset(labels.get("owner", ())),
        classes=frozenset(labels.get("class", ())),
        marks=frozenset(labels.get("mark", ())),
        inferred_classes=frozenset(labels.get("inferred_class", ())),
        also=also,
    )


def _read_labels(connection: Connection, urns: list[str] | None) -> dict[str, dict[str, set[str]]]:
    c = tables.labels.c
    held: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for some in chunks(urns) if urns is not None else [None]:
        query = select(c.urn, c.type, c.value)
        if some is not None:
            query = query.where(c.urn.in_(some))
        for urn, kind, value in connection.execute(query):
            held[urn][kind].add(value)
    return held


def read_said(
    connection: Connection, urns: Sequence[str], as_of: int | None = None, names: Iterable[str] | None = None
) -> SaidOf:
    """What every source says of `urns`: by URN and aspect name. `as_of` in microseconds; None is now."""
    held: SaidOf = defaultdict(lambda: defaultdict(list))
    wanted = sorted(names) if names is not None else None
    for some in chunks(urns):
        if as_of is None:
            rows = _current_values(connection, some, wanted)
        else:
            rows = _values_at(connection, some, as_of, wanted)
        for point, text, inputs in rows:
            plain = PREFIX not in text
            said = Said(codec.decode(point.aspect, text), point, codec.decode_inputs(inputs) if inputs else (), plain)
            held[point.urn][point.aspect].append(said)
    return held


def _current_values(
    connection: Connection, urns: Sequence[str], names: list[str] | None
) -> Iterator[tuple[Point, str, str]]:
    c, contents = tables.current.c, tables.contents.c
    query = (
        select(c.urn, c.aspect, c.source, c.observed_at, c.digest, c.locator, c.pointer, contents.json, contents.inputs)
        .join(tables.contents, contents.digest == c.digest)
        .where(c.urn.in_(urns), c.live, contents.json.is_not(None))
    )
    if names is not None:
        query = query.where(c.aspect.in_(names))
    for *key, text, inputs in connection.execute(query):
        yield Point(*key), text, inputs


def _values_at(
    connection: Connection, urns: Sequence[str], as_of: int, names: list[str] | None
) -> Iterator[tuple[Point, str, str]]:
    texts: dict[tuple[str, str], tuple[str | None, str | None]] = {}
    points: list[Point] = []
    for *key, text, inputs in connection.execute(_latest(), {"urns": list(urns), "until": as_of}):
        point = Point(*key)
        points.append(point)
        texts[point.aspect, point.digest] = (text, inputs)
    for point in live(points):
        held, inputs = texts[point.aspect, point.digest]
        if held is not None and (names is None or point.aspect in names):
            yield point, held, inputs or ""


@cache
def _latest() -> CompoundSelect[Any]:
    """Of each (urn, aspect, source) the points of its last moment up to a time, with their JSON: no other can stand.

    Takes `urns` and `until`. Built once: for one asset, building the statement costs more than running it.
    """
    urns: BindParameter[Any] = bindparam("urns", expanding=True)
    until: BindParameter[int] = bindparam("until")
    queries, contents = [], tables.contents.c
    for table in (tables.history, tables.sightings):
        c = table.c
        last = (
            select(c.urn, c.aspect, c.source, func.max(c.observed_at).label("at"))
            .where(c.urn.in_(urns), c.observed_at <= until)
            .group_by(c.urn, c.aspect, c.source)
            .subquery()
        )
        same = (c.urn == last.c.urn) & (c.aspect == last.c.aspect) & (c.source == last.c.source)
        place = (c.locator, c.pointer) if table is tables.history else (literal(""), literal(""))
        query = select(c.urn, c.aspect, c.source, c.observed_at, c.digest, *place, contents.json, contents.inputs)
        query = query.join(last, same & (c.observed_at == last.c.at))
        queries.append(query.outerjoin(tables.contents, tables.contents.c.digest == c.digest))
    return union_all(*queries)


def read_values(connection: Connection, points: Iterable[Point]) -> dict[tuple[str, str], Aspect]:
    """The values that points name, by aspect and digest; what was erased is missing."""
    wanted = {(point.aspect, point.digest) for point in points}
    texts = read_contents(connection, sorted({digest for _, digest in wanted}))
    return {(name, key): codec.decode(name, text) for name, key in wanted if (text := texts.get(key)) is not None}


def read_points(
    connection: Connection,
    urns: Sequence[str] | None,
    until: int | None = None,
    version: int | None = None,
    recorded: int | None = None,
) -> list[Point]:
    """All points of `urns` (of every asset when None), observed up to `until`: changes and sightings alike.

    `version`, `recorded`: only changes numbered, and sightings recorded, up to these.
    """
    found: list[Point] = []
    h, s = tables.history.c, tables.sightings.c
    for some in chunks(urns) if urns is not None else [None]:
        changed = select(h.urn, h.aspect, h.source, h.observed_at, h.digest, h.locator, h.pointer)
        seen = select(s.urn, s.aspect, s.source, s.observed_at, s.digest, h.locator, h.pointer).select_from(
            tables.sightings.outerjoin(
                tables.history,
                (h.urn == s.urn) & (h.aspect == s.aspect) & (h.source == s.source) & (h.digest == s.digest),
            )
        )
        if some is not None:
            changed, seen = changed.where(h.urn.in_(some)), seen.where(s.urn.in_(some))
        if until is not None:
            changed, seen = changed.where(h.observed_at <= until), seen.where(s.observed_at <= until)
        if version is not None:
            changed = changed.where(h.seq <= version)
        if recorded is not None:
            seen = seen.where(s.recorded_at <= recorded)
        found += [Point(*row) for row in connection.execute(union_all(changed, seen))]
    return found


def read_contents(connection: Connection, digests: Sequence[str]) -> dict[str, str | None]:
    """The canonical JSON of each digest; None for what was erased. Unknown digests are missing."""
    c = tables.contents.c
    found: dict[str, str | None] = {}
    for some in chunks(digests):
        found.update(connection.execute(select(c.digest, c.json).where(c.digest.in_(some))).all())
    return found


def read_inputs(connection: Connection, digests: Sequence[str]) -> dict[str, str]:
    """What the derived values among these digests were made from, as stored; others are missing."""
    c = tables.contents.c
    found: dict[str, str] = {}
    for some in chunks(digests):
        query = select(c.digest, c.inputs).where(c.digest.in_(some), c.inputs != "")
        found.update(connection.execute(query).all())
    return found
