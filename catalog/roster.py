"""All assets at one state of the catalog, kept between requests: their rows, and what was known of those now gone.

Owns the memory of it and nothing else. Keyed by a stamp that differs whenever anything a row shows has changed, read in
the same snapshot as the rows: a request never sees rows of a state other than the newest.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from catalog import codec, tables
from catalog.access import Facts
from catalog.aspects import Classification, Info, Membership, Tags
from catalog.database import Database
from catalog.kinds import kind_of
from catalog.merge import Authority
from catalog.projection import read_authorities
from catalog.reader import AssetRow, chunks, read_rows
from catalog.store import version
from catalog.urn import name_of, platform_of

PASTS = 4  # looks into the past kept for the next request; each holds the rows of its time
SCOPES = 64  # levels of recent scopes; one costs some 100 bytes an asset
_TELLING = (Info.NAME, Membership.NAME, Tags.NAME, Classification.NAME)


@dataclass(frozen=True)
class Stamp:
    """What a state of the catalog is known by."""

    version: int
    meta: tuple[tuple[str, str], ...]  # the state hash, the rules of identity and precedence, what projections are of
    authorities: tuple[tuple[str, Authority], ...]


def read_stamp(connection: Connection) -> Stamp:
    """The stamp of the newest state."""
    authorities = tuple(sorted(read_authorities(connection).items()))
    meta = connection.execute(select(tables.meta.c.key, tables.meta.c.value).order_by(tables.meta.c.key)).all()
    return Stamp(version(connection), tuple((key, value) for key, value in meta), authorities)


@dataclass
class Roster:
    """The rows of all assets by URN, in the order of their URNs, and the facts of what is gone."""

    stamp: Stamp
    rows: dict[str, AssetRow]
    gone: dict[str, Facts]
    database: Database
    home: dict[str, str]  # of every URN met so far, the asset it belongs to
    by_scope: OrderedDict[str, object] = field(default_factory=OrderedDict)


class Rosters:
    """Hands out the roster of the newest state; threads may share it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._held: Roster | None = None
        self.past: OrderedDict[tuple[Stamp, int, str], object] = OrderedDict()  # catalog/sight.py

    def ready(self, stamp: Stamp) -> Roster | None:
        """The roster of this state, if it is at hand."""
        held = self._held
        return held if held is not None and held.stamp == stamp else None

    def newest(self) -> Roster:
        """The roster of the newest state, read if need be."""
        with self._lock, self._database.reading() as connection:
            stamp = read_stamp(connection)
            if self._held is None or self._held.stamp != stamp:
                rows = {row.urn: row for row in read_rows(connection)}
                i = tables.identities.c
                home = dict.fromkeys(rows, "") | dict(connection.execute(select(i.urn, i.canonical)).all())
                home = {urn: canonical or urn for urn, canonical in home.items()}
                self._held = Roster(stamp, rows, read_gone(connection, None), self._database, home)
            return self._held


def read_gone(connection: Connection, urns: Sequence[str] | None) -> dict[str, Facts]:
    """What was known, when it was last there, of those `urns` (all when None) that are no assets any more.

    A deleted asset may still be named by what read it. It stays as hidden as it was.
    """
    c, a, h, contents = tables.current.c, tables.assets.c, tables.history.c, tables.contents.c
    found: dict[str, dict[str, set[str]]] = {}
    for some in chunks(urns) if urns is not None else [None]:
        query = select(c.urn).distinct().outerjoin(tables.assets, a.urn == c.urn).where(a.urn.is_(None))
        if some is not None:
            query = query.where(c.urn.in_(some))
        found.update((urn, defaultdict(set)) for urn in connection.execute(query).scalars())
    for some in chunks(sorted(found)):
        said = select(h.urn, h.aspect, contents.json).join(tables.contents, contents.digest == h.digest)
        for urn, aspect, text in connection.execute(said.where(h.urn.in_(some), h.aspect.in_(_TELLING))):
            _learn(found[urn], aspect, text)
    return {urn: _facts(urn, known) for urn, known in found.items()}


def _learn(known: dict[str, set[str]], aspect: str, text: str | None) -> None:
    value = codec.decode(aspect, text) if text is not None else None
    if isinstance(value, Info):
        known["kind"].update({value.kind} - {""})
        known["platform"].update({value.platform} - {""})
        known["name"].update({value.qualified_name} - {""})
    elif isinstance(value, Membership):
        known["domain"].add(value.domain)
    elif isinstance(value, Tags):
        known["tags"].update(value.tags)
    elif isinstance(value, Classification):
        known["classes"].update(name for _, name in value.classes)


def _facts(urn: str, known: dict[str, set[str]]) -> Facts:
    bare = bare_facts(urn)
    return Facts(
        urn,
        _one(known["kind"], bare.kind),
        _one(known["platform"], bare.platform),
        _one(known["domain"], ""),
        _one(known["name"], bare.qualified_name),
        frozenset(known["tags"]),
        frozenset(known["classes"]),
    )


def _one(values: Iterable[str], default: str) -> str:
    return min(values, default=default)


def bare_facts(urn: str) -> Facts:
    """What the URN itself tells of an asset that no source describes."""
    return Facts(urn, kind_of(urn), platform_of(urn), "", name_of(urn))
