"""What a database says of its relations and schemas, as aspects. Pure functions from records to Changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from catalog.aspects import (
    Aspect,
    Column,
    Documentation,
    ForeignKey,
    Freshness,
    Info,
    Logic,
    Pairs,
    Profile,
    Schema,
)
from catalog.change import Change, Origin, Skipped
from indexer.sources.database.address import Address
from indexer.sources.database.records import ColumnFact, Relation, SchemaFact, Trouble

_LONGEST = 500  # characters of a default or a generating expression; longer ones are no help to a reader
_PLAIN_SHAPES = ("table", "view")


@dataclass(frozen=True)
class Teller:
    """Says things in the name of a source, at one time."""

    source: str
    address: Address
    now: datetime

    def origin(self, schema: str = "", pointer: str = "") -> Origin:
        """Where and when it was read."""
        return Origin(self.source, self.address.locator(schema), pointer, self.now)

    def database(self, schemas: Iterable[SchemaFact]) -> Iterator[Change]:
        """The database and its schemas, as containers."""
        address = self.address
        if address.database:
            info = Info("container", address.database, address.platform, address.database, address.env, "Database")
            yield Change(address.container(), info, self.origin())
        for schema in schemas:
            urn, origin = address.container(schema.name), self.origin(schema.name)
            yield Change(urn, self._schema(schema), origin)
            if schema.comment:
                yield Change(urn, Documentation(schema.comment), origin)

    def _schema(self, schema: SchemaFact) -> Info:
        address = self.address
        return Info(
            kind="container",
            name=schema.name,
            platform=address.platform,
            qualified_name=address.qualified(schema.name),
            env=address.env,
            subtype="Schema" if address.database else "Database",
            parent=address.container() if address.database else "",
        )

    def relation(self, relation: Relation, profiled: bool) -> Iterator[Change]:
        """All that metadata tells of a table or view. `profiled`: the profile is measured later."""
        urn = self.address.urn(relation.schema, relation.name)
        origin = self.origin(relation.schema, relation.name)
        for aspect in self._aspects(relation, profiled):
            yield Change(urn, aspect, origin)

    def _aspects(self, relation: Relation, profiled: bool) -> Iterator[Aspect]:
        yield self._info(relation)
        if relation.columns:
            yield Schema(tuple(columns(relation)), tuple(self._foreign_keys(relation)))
        if relation.comment:
            yield Documentation(relation.comment)
        if relation.sql:
            yield Logic(relation.sql, dialect=self.address.platform)
        if not profiled:
            if relation.rows is not None or relation.bytes is not None:
                yield Profile(relation.rows, relation.bytes, relation.counted_at)
            if relation.loaded_at is not None:
                yield Freshness(relation.loaded_at)

    def _info(self, relation: Relation) -> Info:
        address = self.address
        return Info(
            kind="view" if relation.is_view else "table",
            name=relation.name,
            platform=address.platform,
            qualified_name=address.qualified(relation.schema, relation.name),
            env=address.env,
            subtype="" if relation.shape in _PLAIN_SHAPES else relation.shape,
            parent=address.container(relation.schema),
            created_at=relation.created_at,
            properties=properties(relation),
        )

    def _foreign_keys(self, relation: Relation) -> Iterator[ForeignKey]:
        for one in relation.references:
            yield ForeignKey(one.columns, self.address.urn(one.schema, one.table), one.target_columns, one.name)

    def skipped(self, schema: str, trouble: Trouble) -> Skipped:
        """What could not be read, with its place."""
        return Skipped(trouble.what, trouble.why, self.address.locator(schema), trouble.name, trouble.error)

    def refused(self, schema: SchemaFact) -> Skipped:
        """A schema that may not be read."""
        locator = self.address.locator(schema.name)
        return Skipped("schema", f"Schema '{schema.name}' was not read: {schema.refused}.", locator, error=True)


def columns(relation: Relation) -> Iterator[Column]:
    """The columns, each with what the table says of it alone."""
    unique = {index.columns[0] for index in relation.indexes if index.unique and len(index.columns) == 1}
    key = set(relation.primary_key)
    for fact in relation.columns:
        yield Column(
            name=fact.name,
            type=fact.type,
            description=fact.comment,
            nullable=False if fact.name in key else fact.nullable,
            primary_key=fact.name in key,
            position=fact.position,
            properties=tuple(_column_properties(fact, fact.name in unique)),
        )


def _column_properties(fact: ColumnFact, unique: bool) -> Iterator[tuple[str, str]]:
    if fact.default:
        yield "default", fact.default[:_LONGEST]
    if fact.generated:
        yield "generated", fact.generated[:_LONGEST]
    if unique:
        yield "unique", "true"


def properties(relation: Relation) -> Pairs:
    """Keys over several columns, indexes, partitions, and whether a view still works."""
    unique = [index.columns for index in relation.indexes if index.unique]
    others = [index.columns for index in relation.indexes if not index.unique]
    said = {
        "primary_key": ", ".join(relation.primary_key) if len(relation.primary_key) > 1 else "",
        "unique": _listed(unique),
        "indexes": _listed(others),
        "partitions": str(relation.partitions or ""),
        "partitioned_by": relation.partitioned_by,
        "broken": relation.broken,
    }
    return tuple((key, value) for key, value in said.items() if value)


def _listed(keys: Iterable[tuple[str, ...]]) -> str:
    return "; ".join(dict.fromkeys(", ".join(key) for key in keys))
