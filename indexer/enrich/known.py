"""The tables that the catalog has, found by the names SQL gives them. Reads the catalog unfiltered; writes nothing.

Owns how a name in a statement becomes the URN of an asset: by platform, with the database and schema of whoever asks,
case folded as the platform does, date-suffixed tables as one. A name that could mean two assets means neither.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import select

from catalog import tables
from catalog.aspects import Schema
from catalog.catalog import Catalog
from catalog.database import Database
from catalog.merge import Authority, merge
from catalog.projection import read_authorities
from catalog.reader import read_said
from catalog.urn import DEFAULT_ENV, dataset
from indexer.enrich.sql.families import family_of, without_decorator
from indexer.enrich.sql.platforms import platform as rules_of
from indexer.enrich.sql.records import KnownTable, TableName

DBT = "dbt"  # where DataHub catalogues a dbt project's relations beside those of the warehouse

_STORES = {
    "s3": "s3", "s3a": "s3", "s3n": "s3", "gs": "gcs", "gcs": "gcs", "hdfs": "hdfs",
    "abfs": "abs", "abfss": "abs", "wasb": "abs", "wasbs": "abs", "azure": "abs",
}  # fmt: skip
_RESERVED = str.maketrans({",": "%2C", "(": "%28", ")": "%29"})  # as DataHub encodes them inside a URN


@dataclass(frozen=True)
class Asking:
    """Who asks: the platform of its SQL, its environment, and what stands before its own tables' names."""

    platform: str
    env: str = DEFAULT_ENV
    database: str | None = None
    schema: str | None = None
    instance: tuple[str, ...] = ()  # what DataHub puts before the database: the platform instance
    own: str = ""  # the URN of who asks
    declared: tuple[str, ...] = ()  # the upstreams that sources say it has
    template: bool = False  # its SQL is a dbt model as written: ref('m') gives a name without its schema

    @property
    def prefix(self) -> tuple[str, ...]:
        """The parts before a table's own name, in lower case."""
        return tuple(part.lower() for part in (*self.instance, self.database, self.schema) if part)


@dataclass(frozen=True)
class _Entry:
    urn: str
    platform: str
    env: str
    parts: tuple[str, ...]

    @property
    def low(self) -> tuple[str, ...]:
        return tuple(part.lower() for part in self.parts)


@dataclass
class KnownTables:
    """Every dataset of a catalog as it was when this was read. Columns are read when first asked for, and kept."""

    database: Database | None
    by_name: Mapping[str, list[_Entry]]
    by_urn: Mapping[str, _Entry]
    schema_digests: Mapping[str, str]
    keeps_case: frozenset[str]  # platforms of which the catalog holds names in more than lower case
    authorities: Mapping[str, Authority] = field(default_factory=dict)
    derived: dict[str, tuple[str, ...]] = field(default_factory=dict)  # columns read off SQL, by URN
    _columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _only: dict[str, str] = field(default_factory=dict)

    @classmethod
    def empty(cls, database: Database | None = None) -> KnownTables:
        """Of a catalog that has none."""
        return cls(database, {}, {}, {}, frozenset())

    def find(self, name: TableName, asking: Asking) -> str | None:
        """The URN of the asset that a full name means, or None when there is none, or more than one."""
        if name.is_file:
            return self._file(name)
        if asking.template:
            return self._referred(name.parts[-1].lower(), asking) or self._found(name, asking)
        return self._found(name, asking)

    def _referred(self, name: str, asking: Asking) -> str | None:
        """The declared upstream that a ref or source of a dbt model means: `m`, or the one version of it."""
        if name == "this":
            return asking.own
        ends = {urn: self.by_urn[urn].low[-1] for urn in asking.declared if urn in self.by_urn}
        exact = [urn for urn, end in ends.items() if end == name]
        versions = [urn for urn, end in ends.items() if re.fullmatch(rf"{re.escape(name)}_v\d+", end)]
        found = exact or versions
        return found[0] if len(found) == 1 else None

    def _found(self, name: TableName, asking: Asking) -> str | None:
        for parts in _spellings(name.parts):
            candidates = self.by_name.get(parts[-1].lower(), ())
            for wanted in dict.fromkeys((asking.platform, DBT)):
                here = [one for one in candidates if one.platform == wanted]
                if here and (found := self._best(here, parts, asking)) is not None:
                    return found.urn
            if asking.platform == DBT:
                found = self._best(candidates, parts, asking)
                if found is not None:
                    return found.urn
        return None

    def urn(self, name: TableName, asking: Asking) -> str | None:
        """The URN of what a name means, known or not; None for a file that is nowhere in particular."""
        found = self.find(name, asking)
        if found is not None:
            return found
        if name.is_file:
            store = _store(name)
            return dataset(*store, asking.env) if store else None
        parts = name.parts
        if len(parts) == 2 and asking.database is None and not rules_of(asking.platform).two_level:
            parts = (self.only_database(asking.platform), *parts) if self.only_database(asking.platform) else parts
        parts = (*asking.instance, *parts) if len(parts) > 1 else parts
        if rules_of(asking.platform).tables == "upper" and (asking.database or "").isupper():
            parts = tuple(part.upper() for part in parts)  # as the catalog spells who asks
        return dataset(asking.platform, ".".join(parts).translate(_RESERVED), asking.env)

    def _file(self, name: TableName) -> str | None:
        store = _store(name)
        if store is None:
            return None
        same = [entry for entry in self.by_name.get(_last(store[1]), ()) if entry.platform == store[0]]
        return next((entry.urn for entry in same if ".".join(entry.parts) == store[1]), None)

    def _best(self, candidates: Iterable[_Entry], parts: tuple[str, ...], asking: Asking) -> _Entry | None:
        """The one that fits: spelled exactly so before one that is not, of the same environment before another."""
        low = tuple(part.lower() for part in parts)
        fitting = [entry for entry in candidates if _agree(entry.low, low)]
        if len(fitting) > 1:
            for better in (
                lambda one: one.env == asking.env,
                lambda one: _agree(one.parts, parts),
                lambda one: one.low[: len(asking.prefix)] == asking.prefix,
                lambda one: len(one.parts) == len(parts),
            ):
                fitting = [one for one in fitting if better(one)] or fitting
        if len(fitting) != 1:
            return None
        (entry,) = fitting
        case_counts = rules_of(entry.platform).table_case_counts() and entry.platform in self.keeps_case
        return None if case_counts and not _agree(entry.parts, parts) else entry

    def columns(self, urn: str) -> tuple[str, ...]:
        """The columns of an asset in order: what sources say, or what its own SQL gives where that is more."""
        if urn not in self._columns:
            self._columns[urn] = self._stored(urn) if urn in self.schema_digests else ()
        said, derived = self._columns[urn], self.derived.get(urn, ())
        if derived and {name.lower() for name in said} < {name.lower() for name in derived}:
            spelled = {name.lower(): name for name in said}
            return tuple(spelled.get(name.lower(), name) for name in derived)
        return said

    def _stored(self, urn: str) -> tuple[str, ...]:
        if self.database is None:
            return ()
        with self.database.reading() as connection:
            said = read_said(connection, [urn], names=(Schema.NAME,)).get(urn, {}).get(Schema.NAME, [])
        value = merge(said, dict(self.authorities)).value if said else None
        return tuple(column.name for column in value.columns) if isinstance(value, Schema) else ()

    def only_database(self, platform: str) -> str:
        """The database that all three-part names of a platform have in common, or ""."""
        if platform not in self._only:
            found = {one.parts[-3] for one in self.by_urn.values() if one.platform == platform and len(one.parts) > 2}
            self._only[platform] = found.pop() if len(found) == 1 else ""
        return self._only[platform]

    def fingerprint(self, urn: str | None) -> str:
        """Changes when the asset's known columns do."""
        if urn is None:
            return ""
        return f"{urn} {self.schema_digests.get(urn, '')} {' '.join(self.derived.get(urn, ()))}"


class AskedSchema:
    """A SchemaLookup over the known tables for one asking asset. `asked`: every name that was asked for."""

    def __init__(self, known: KnownTables, asking: Asking) -> None:
        self._known = known
        self._asking = asking
        self.asked: dict[tuple[str, ...], None] = {}

    def find(self, name: TableName, exact_case: bool) -> KnownTable | None:
        """The table of that name with its columns, spelled as asked; None when its columns are not known."""
        self.asked[name.parts] = None
        urn = self._known.find(name, self._asking)
        columns = self._known.columns(urn) if urn else ()
        return KnownTable(name, columns) if columns else None


def context_of(known: KnownTables, asking: Asking, asked: Iterable[tuple[str, ...]]) -> str:
    """A digest over what the names asked for mean at present, and over the columns of each."""
    said = [known.fingerprint(known.find(TableName(parts), asking)) for parts in sorted(asked)]
    return digest(said)


def digest(said: Iterable[str]) -> str:
    """16 bytes in hex over some texts in order."""
    return hashlib.blake2b("\x1f".join(said).encode(errors="surrogatepass"), digest_size=16).hexdigest()


def read_known(catalog: Catalog) -> KnownTables:
    """The tables of a catalog as it is now."""
    a, c = tables.assets.c, tables.current.c
    by_name: dict[str, list[_Entry]] = defaultdict(list)
    by_urn: dict[str, _Entry] = {}
    mixed = set()
    digests: dict[str, list[str]] = defaultdict(list)
    with catalog.database.reading() as connection:
        authorities = read_authorities(connection)
        query = select(a.urn, a.platform, a.env, a.qualified_name).where(a.urn.startswith("urn:li:dataset:"))
        for urn, platform, env, name in connection.execute(query):
            parts = tuple(part for part in name.split(".") if part)
            if not parts:
                continue
            entry = _Entry(urn, platform, env or DEFAULT_ENV, parts)
            by_urn[urn] = entry
            by_name[_last(name)].append(entry)
            if name != name.lower():
                mixed.add(platform)
        said = select(c.urn, c.digest).where(c.aspect == Schema.NAME, c.live).order_by(c.urn, c.source)
        for row in connection.execute(said):
            digests[row.urn].append(row.digest)
    joined = {urn: "+".join(many) for urn, many in digests.items()}
    return KnownTables(catalog.database, by_name, by_urn, joined, frozenset(mixed), authorities)


def asking_of(platform: str, env: str, name: str) -> Asking:
    """How SQL that belongs to a table of that qualified name completes the names in it."""
    parts = [part for part in name.split(".") if part]
    two_level = rules_of(platform).two_level
    before = parts[:-1]
    if two_level or len(before) == 1:
        return Asking(platform, env, None, before[-1] if before else None, tuple(before[:-1]))
    return Asking(platform, env, before[-2] if before else None, before[-1] if before else None, tuple(before[:-2]))


def _agree(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two names can be the same: as far as both go, from the end, they are equal."""
    shared = min(len(one), len(other))
    return one[len(one) - shared :] == other[len(other) - shared :]


def _spellings(parts: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The name itself, then that of the family of date-suffixed tables it may belong to."""
    bare = without_decorator(parts[-1])
    found = [parts] if bare == parts[-1] else [parts, (*parts[:-1], bare)]
    family = family_of(bare)
    return [*found, (*parts[:-1], family)] if family else found


def _last(name: str) -> str:
    return name.rsplit(".", 1)[-1].lower()


def _store(name: TableName) -> tuple[str, str] | None:
    """The platform and path of an object store's URL."""
    scheme, colon, path = name.parts[0].partition("://")
    store = _STORES.get(scheme.lower()) if colon else None
    return (store, path.strip("/").translate(_RESERVED)) if store and path.strip("/*") else None
