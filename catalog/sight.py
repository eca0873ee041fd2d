"""What one scope may do with each asset: levels, rows less what they tell of hidden assets, names to keep silent.

Owns the judging of rows and of what rows and values refer to. Reads rows from where it is told to: the roster of the
newest state, the database, or the past; a Sight over the roster is shared by all requests of equal scopes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Protocol

from catalog.access import Facts, Level, Scope
from catalog.database import Database
from catalog.errors import UrnInvalid
from catalog.identity import lookup
from catalog.known import Then
from catalog.merge import Authority
from catalog.reader import AssetRow, read_rows
from catalog.roster import PASTS, SCOPES, Roster, Rosters, Stamp, bare_facts, read_gone
from catalog.urn import PREFIX, column_parts, parse


class RowSource(Protocol):
    """Where rows come from, unfiltered."""

    def fetch(self, urns: Sequence[str]) -> dict[str, AssetRow]:
        """The rows of those `urns` that are assets."""

    def everything(self) -> Sequence[AssetRow]:
        """All rows, by URN."""

    def canonicals(self, urns: Sequence[str]) -> dict[str, str]:
        """The URN of the asset that each of `urns` belongs to: itself when it is alone or unknown."""

    def besides(self, urns: Sequence[str]) -> dict[str, Facts]:
        """Facts that must be allowed too: what an asset is now when the row is an old one, or was when it is gone."""


class NowRows:
    """Single rows straight from the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def fetch(self, urns: Sequence[str]) -> dict[str, AssetRow]:
        """The rows of those `urns` that are assets."""
        with self._database.reading() as connection:
            return {row.urn: row for row in read_rows(connection, urns)}

    def everything(self) -> Sequence[AssetRow]:
        """All rows, by URN."""
        with self._database.reading() as connection:
            return read_rows(connection)

    def canonicals(self, urns: Sequence[str]) -> dict[str, str]:
        """The URN of the asset that each of `urns` belongs to."""
        with self._database.reading() as connection:
            return lookup.canonicals(connection, urns)

    def besides(self, urns: Sequence[str]) -> dict[str, Facts]:
        """What was known of those that are gone."""
        with self._database.reading() as connection:
            return read_gone(connection, urns)


class PastRows:
    """Rows as they were at a time, in microseconds."""

    def __init__(self, database: Database, at: int, authorities: dict[str, Authority]) -> None:
        self._database = database
        self._at = at
        self._authorities = authorities

    def fetch(self, urns: Sequence[str]) -> dict[str, AssetRow]:
        """The rows of those `urns` that were assets."""
        with self._database.reading() as connection:
            return {row.urn: row for row in lookup.rows_then(connection, urns, self._at, self._authorities)}

    def everything(self) -> Sequence[AssetRow]:
        """All rows of that time, by URN."""
        with self._database.reading() as connection:
            return lookup.rows_then(connection, None, self._at, self._authorities)

    def canonicals(self, urns: Sequence[str]) -> dict[str, str]:
        """The URN of the asset that each of `urns` belongs to."""
        with self._database.reading() as connection:
            return lookup.canonicals(connection, urns)

    def besides(self, urns: Sequence[str]) -> dict[str, Facts]:
        """What they are now, or were last: a look into the past opens nothing that has been closed since."""
        with self._database.reading() as connection:
            now = {row.urn: row.facts() for row in read_rows(connection, urns)}
            return now | read_gone(connection, [urn for urn in urns if urn not in now])


class ThenRows:
    """Rows as the catalog knew them at an earlier moment, now or as of a time."""

    def __init__(self, database: Database, then: Then, authorities: dict[str, Authority]) -> None:
        self._database = database
        self._then = then
        self._authorities = authorities
        self._base = NowRows(database) if then.as_of is None else PastRows(database, then.as_of, authorities)

    def fetch(self, urns: Sequence[str]) -> dict[str, AssetRow]:
        """The rows of those `urns` that were known as assets."""
        found = list(self._base.fetch(urns).values())
        with self._database.reading() as connection:
            return {row.urn: row for row in self._then.rows(connection, urns, found, self._authorities)}

    def everything(self) -> Sequence[AssetRow]:
        """All rows that were known, by URN."""
        found = self._base.everything()
        with self._database.reading() as connection:
            return self._then.rows(connection, None, found, self._authorities)

    def canonicals(self, urns: Sequence[str]) -> dict[str, str]:
        """The URN of the asset that each of `urns` belongs to."""
        return self._base.canonicals(urns)

    def besides(self, urns: Sequence[str]) -> dict[str, Facts]:
        """What they are now, or were last: a replay opens nothing that has been closed since."""
        return PastRows(self._database, 0, self._authorities).besides(urns)


class RosterRows:
    """Rows of a roster."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster

    def fetch(self, urns: Sequence[str]) -> dict[str, AssetRow]:
        """The rows of those `urns` that are assets."""
        held = self._roster.rows
        return {urn: held[urn] for urn in urns if urn in held}

    def everything(self) -> Sequence[AssetRow]:
        """All rows, by URN."""
        return tuple(self._roster.rows.values())

    def canonicals(self, urns: Sequence[str]) -> dict[str, str]:
        """The URN of the asset that each of `urns` belongs to."""
        home = self._roster.home
        unknown = [urn for urn in urns if urn not in home]
        if unknown:
            with self._roster.database.reading() as connection:
                home.update(lookup.canonicals(connection, unknown))
        return {urn: home[urn] for urn in urns}

    def besides(self, urns: Sequence[str]) -> dict[str, Facts]:
        """What was known of those that are gone."""
        held = self._roster.gone
        return {urn: held[urn] for urn in urns if urn in held}


class Sight:
    """The assets as one scope may see them. Everything is worked out when first asked and then kept."""

    def __init__(self, scope: Scope, source: RowSource) -> None:
        self.scope = scope
        self._source = source
        self._raw: dict[str, AssetRow] = {}  # by canonical URN
        self._home: dict[str, str] = {}
        self._levels: dict[str, Level] = {}
        self._shown: dict[str, AssetRow | None] = {}
        self._listing: list[AssetRow] | None = None

    @property
    def shared(self) -> bool:
        """Whether it stands on a roster, so that looking at everything costs nothing more."""
        return isinstance(self._source, RosterRows)

    def facts(self, urn: str) -> tuple[Facts, ...]:
        """All facts by which an asset is judged."""
        urn = self._source.canonicals([urn])[urn]
        row = self._source.fetch([urn]).get(urn)
        besides = self._source.besides([urn]).get(urn)
        held = ((row.facts(),) if row is not None else ()) + ((besides,) if besides is not None else ())
        return held or (bare_facts(urn),)

    def rows(self, urns: Iterable[str]) -> dict[str, AssetRow]:
        """The rows of those `urns` that the scope may discover, in the given order."""
        wanted = urns if isinstance(urns, list) else list(dict.fromkeys(urns))
        missing = [urn for urn in dict.fromkeys(wanted) if urn not in self._shown]
        if missing:
            self._judge(missing)
            self._judge(
                ref for urn in missing if (row := self._raw.get(self._home.get(urn, urn))) for ref in _refs(row)
            )
            self._shown.update({urn: self._row(urn) for urn in missing})
        return {urn: row for urn in wanted if (row := self._shown[urn]) is not None}

    def row(self, urn: str) -> AssetRow | None:
        """One row; None when it is no asset or the scope may not discover it."""
        if urn not in self._shown:
            self.rows([urn])
        return self._shown[urn]

    def listing(self) -> list[AssetRow]:
        """All assets that the scope may discover, by URN."""
        if self._listing is None:
            self._raw = {row.urn: row for row in self._source.everything()}
            self._home.update((urn, urn) for urn in self._raw)
            if not self.scope.sees_all:
                self._judge(self._raw)
                self._judge(ref for row in self._raw.values() for ref in _refs(row))
            self._listing = [row for urn in self._raw if (row := self._row(urn)) is not None]
        return self._listing

    def hides(self, urn: str) -> bool:
        """Whether the scope may not know of this URN. What no source describes is judged by what its form tells."""
        if self.scope.sees_all:
            return False
        if urn not in self._levels:
            self._judge([urn])
        return self._levels[urn] is Level.HIDDEN

    def levels(self, urns: Iterable[str]) -> Mapping[str, Level]:
        """The levels of these URNs, among others."""
        self._judge(urns)
        return self._levels

    def hidden(self, urns: Iterable[str]) -> set[str]:
        """Which of `urns` the scope may not know of."""
        if self.scope.sees_all:
            return set()
        wanted = set(urns)
        self._judge(wanted)
        return {urn for urn in wanted if self._levels[urn] is Level.HIDDEN}

    @cached_property
    def silent_names(self) -> frozenset[str]:
        """Names of hidden assets, in small letters, that no asset which the scope may discover has as well."""
        if self.scope.sees_all:
            return frozenset()
        shown = {name for row in self.listing() for name in _names(row)}
        return frozenset(
            name for urn, row in self._raw.items() if self.hides(urn) for name in _names(row) if name not in shown
        )

    def _judge(self, urns: Iterable[str]) -> None:
        """Work out the levels of `urns`, of columns by what they belong to."""
        missing = [urn for urn in dict.fromkeys(urns) if urn not in self._levels]
        if not missing:
            return
        assets = {urn: asset_of(urn) for urn in missing}
        placed = [urn for urn in dict.fromkeys(assets.values()) if urn and urn not in self._home]
        if placed:
            self._home.update(self._source.canonicals(placed))
        assets = {urn: self._home[asset] if asset else "" for urn, asset in assets.items()}
        wanted = [urn for urn in dict.fromkeys(assets.values()) if urn]
        unread = [urn for urn in wanted if urn not in self._raw]
        if unread:
            self._raw.update(self._source.fetch(unread))
        besides = self._source.besides(wanted)
        levels = {urn: self._level(urn, besides.get(urn)) for urn in wanted}
        self._levels.update({urn: levels[asset] if asset else Level.READ for urn, asset in assets.items()})

    def _level(self, urn: str, besides: Facts | None) -> Level:
        row = self._raw.get(urn)
        facts = [row.facts()] if row is not None else []
        facts += [besides] if besides is not None else []
        return min(self.scope.level(one) for one in facts or [bare_facts(urn)])

    def _row(self, urn: str) -> AssetRow | None:
        row = self._raw.get(self._home.get(urn, urn))
        if row is None or self.scope.sees_all:
            return row
        level = self._levels[urn]
        if level is Level.HIDDEN:
            return None
        if level is Level.DISCOVER:
            return AssetRow(
                row.urn, row.kind, row.name, row.qualified_name, row.platform, row.env, level=level, also=row.also
            )
        hidden = {ref for ref in _refs(row) if self._levels[ref] is Level.HIDDEN}
        if not hidden:
            return row
        return replace(
            row,
            domain="" if row.domain in hidden else row.domain,
            parent="" if row.parent in hidden else row.parent,
            owners=row.owners - hidden,
            terms=row.terms - hidden,
            tags=row.tags - hidden,
        )


def shared_sight(roster: Roster, scope: Scope) -> Sight:
    """The Sight of a scope over a roster, kept for the next request of an equal scope."""
    kept = roster.by_scope
    held = kept.get(scope.digest)
    if not isinstance(held, Sight):
        held = kept[scope.digest] = Sight(scope, RosterRows(roster))
        while len(kept) > SCOPES:
            kept.popitem(last=False)
    return held


def past_sight(
    rosters: Rosters, database: Database, stamp: Stamp, scope: Scope, at: int, authorities: dict[str, Authority]
) -> Sight:
    """The Sight of a scope on a time, kept while the catalog stays as it is."""
    kept, key = rosters.past, (stamp, at, scope.digest)
    held = kept.get(key)
    if not isinstance(held, Sight):
        held = kept[key] = Sight(scope, PastRows(database, at, authorities))
        while len(kept) > PASTS:
            kept.popitem(last=False)
    return held


def asset_of(urn: str) -> str:
    """The asset of a URN: itself, or what a column belongs to. "" for text that only begins like one."""
    try:
        return column_parts(urn)[0] if parse(urn).entity == "schemaField" else urn
    except UrnInvalid:
        return ""


def _refs(row: AssetRow) -> set[str]:
    found = {row.domain, row.parent} | row.owners | row.terms | row.tags
    return {urn for urn in found if urn.startswith(PREFIX)}


def _names(row: AssetRow) -> list[str]:
    """An asset's qualified name and every end of it ("shop.public.orders", "public.orders", "orders")."""
    parts = row.qualified_name.casefold().split(".")
    return [".".join(parts[start:]) for start in range(len(parts))]
