"""Databases, live: schemas, tables, views, columns, keys, comments, sizes, and measured profiles if wanted.

Anything that SQLAlchemy has a URL for. The connector's door; docs/sources/database.md says what of which engine becomes
what here. Reads only, and hands out no value of a personal column.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from catalog.change import Complete, Record, Skipped
from catalog.errors import ConfigInvalid
from catalog.urn import DEFAULT_ENV
from indexer.sources.database import address as addresses
from indexer.sources.database.engines import open_engine
from indexer.sources.database.profiling import MEASURED, Classified, Profiler, is_measured
from indexer.sources.database.records import Engine, Relation, SchemaFact, StatementFailed, Trouble
from indexer.sources.database.telling import Teller
from indexer.sources.database.views import Known, View, lineage

__all__ = ["read"]


def read(
    url: str,
    *,
    source: str = "database",
    platform: str = "",
    env: str = DEFAULT_ENV,
    database_in_names: bool = True,
    schemas: tuple[str, ...] = (),
    exclude: tuple[str, ...] = (),
    statement_timeout: float = 30.0,
    profile: bool = False,
    profile_rows: int = 10_000,
    profile_seconds: float = 300.0,
    classified: Classified = lambda urn: {},
) -> Iterator[Record]:
    """Yield what a database says. `url`: an SQLAlchemy URL; its password is used and never told.

    `schemas`: only these, `exclude`: without these schemas (`staging`) or tables (`public.tmp_*`); both take patterns.
    `statement_timeout`: seconds that one statement may take. `profile`: measure tables, `profile_rows` rows of a large
    one, for `profile_seconds` in all. `classified`: what is known of the columns; filled in by the caller.

    Raises ConfigInvalid for a URL or number that cannot be used or a driver that is missing, SourceUnreadable if the
    database cannot be opened or goes away. What else fails is yielded as Skipped. A schema is Complete if all of it was
    read, the whole if every schema was.
    """
    _check(statement_timeout=statement_timeout, profile_rows=profile_rows, profile_seconds=profile_seconds)
    parsed = addresses.parse(url, platform, env, database_in_names)
    teller = Teller(source, parsed, datetime.now(UTC))
    engine = open_engine(parsed, statement_timeout)
    try:
        reading = _Reading(engine, teller, _patterns(schemas), _patterns(exclude), profile and engine.profiles)
        yield from reading.metadata()
        if profile and not engine.profiles:
            yield Skipped("profile", f"Tables of {parsed.platform} are not profiled.", parsed.locator())
        if reading.profiles:
            profiler = Profiler(engine, teller, int(profile_rows), profile_seconds, classified)
            yield from reading.measured(profiler)
        yield from reading.complete()
    finally:
        engine.close()


def _check(**numbers: float) -> None:
    """Raise ConfigInvalid for what is no number, or none that makes sense."""
    for name, number in numbers.items():
        if isinstance(number, bool) or not isinstance(number, int | float) or number <= 0:
            raise ConfigInvalid(f"'{name}' must be a number of more than 0, not {number!r}.")


def _patterns(written: tuple[str, ...] | str) -> tuple[str, ...]:
    """One pattern may be written without brackets: schemas = "public"."""
    return (written,) if isinstance(written, str) else tuple(written)


class _Reading:
    """One run: which schemas were read to the end, and what is needed once all of them are."""

    def __init__(
        self, engine: Engine, teller: Teller, schemas: tuple[str, ...], exclude: tuple[str, ...], profiles: bool
    ) -> None:
        self.engine = engine
        self.teller = teller
        self.wanted = schemas
        self.exclude = exclude
        self.profiles = profiles
        self.known = Known(teller.address)
        self.views: list[View] = []
        self.tables: list[Relation] = []
        self.whole: dict[str, bool] = {}
        self.all_listed = False
        self.unmeasured: set[str] = set()

    def metadata(self) -> Iterator[Record]:
        """Schemas, relations, then the lineage of views, which may read other schemas."""
        chosen, missing = self._chosen()
        yield from missing
        self.all_listed = not missing
        yield from self.teller.database(chosen)
        for schema in chosen:
            self.whole[schema.name] = not schema.refused
            if schema.refused:
                yield self.teller.refused(schema)
            else:
                yield from self._schema(schema.name)
        if self.views:
            for record in lineage(self.views, self.known, self.teller):
                if isinstance(record, Skipped) and record.error:
                    self.whole = dict.fromkeys(self.whole, False)
                yield record

    def _chosen(self) -> tuple[list[SchemaFact], list[Skipped]]:
        """The schemas to read, and a report of each that was named and is not there."""
        try:
            found = self.engine.schemas()
        except StatementFailed as error:
            why = f"The schemas cannot be listed: {error}."
            return [], [Skipped("schema", why, self.teller.address.place, error=True)]
        chosen = [
            one
            for one in found
            if (not self.wanted or _matches(one.name, self.wanted)) and not _matches(one.name, self.exclude)
        ]
        missing = [
            name for name in self.wanted if not any(fnmatchcase(one.name.lower(), name.lower()) for one in found)
        ]
        why = "The database has no schema '{name}', or the user may not see it. It has: {found}."
        listed = ", ".join(one.name for one in found[:10]) or "none"
        return chosen, [
            Skipped("schema", why.format(name=name, found=listed), self.teller.address.locator(name), "", True)
            for name in missing
        ]

    def _schema(self, schema: str) -> Iterator[Record]:
        try:
            for one in self.engine.relations(schema, lambda name: not _matches(name, self.exclude, schema)):
                if isinstance(one, Trouble):
                    self.whole[schema] = self.whole[schema] and not one.whole
                    yield self.teller.skipped(schema, one)
                else:
                    yield from self._relation(one)
        except StatementFailed as error:
            self.whole[schema] = False
            yield self.teller.skipped(schema, Trouble("", f"Schema '{schema}' was not read: {error}.", "schema"))

    def _relation(self, relation: Relation) -> Iterator[Record]:
        self.known.add(relation)
        if relation.broken:
            why = f"The view cannot be used: {relation.broken}. Mend it, drop it, or exclude it."
            yield self.teller.skipped(relation.schema, Trouble(relation.name, why, "broken view"))
        measured = self.profiles and is_measured(relation)
        if relation.is_view and relation.sql:
            names = tuple(column.name for column in relation.columns)
            self.views.append(View(relation.schema, relation.name, relation.sql, names))
        if measured:
            self.tables.append(relation)
        yield from self.teller.relation(relation, measured)

    def measured(self, profiler: Profiler) -> Iterator[Record]:
        """The profiles. What could not be measured keeps its figures."""
        for record in profiler.profile(self.tables):
            if isinstance(record, Skipped):
                self.unmeasured.add(record.locator)
            yield record

    def complete(self) -> Iterator[Complete]:
        """What was read to the end."""
        for schema, whole in self.whole.items():
            if not whole:
                continue
            locator = self.teller.address.locator(schema)
            yield Complete(locator)
            if locator + MEASURED not in self.unmeasured:
                yield Complete(locator + MEASURED)
        if self.all_listed and all(self.whole.values()) and not self.unmeasured:
            yield Complete()


def _matches(name: str, patterns: Iterable[str], schema: str = "") -> bool:
    """Whether a schema, or a table with its schema, is meant by one of the patterns. Case makes no difference."""
    full = f"{schema}.{name}" if schema else name
    return any(fnmatchcase(full.lower(), pattern.lower()) for pattern in patterns)
