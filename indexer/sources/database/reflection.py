"""Tables and views through SQLAlchemy's Inspector, a whole schema at a time. Owns the joining of its answers.

What the Inspector does not tell (a view's SQL in bulk, sizes, types as the engine writes them) comes in as Extra from
the engine's own file. When the bulk read fails, relations are read one by one, so that one broken view costs itself.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.engine.reflection import ObjectKind
from sqlalchemy.exc import CompileError, SAWarning, UnsupportedCompilationError

from indexer.sources.database.line import Line
from indexer.sources.database.records import ColumnFact, Index, Reference, Relation, StatementFailed, Trouble

_CHUNK = 2000
"""Relations of one bulk call: bounds the memory of a schema with tens of thousands."""


@dataclass(frozen=True)
class Extra:
    """What an engine's own catalog adds to one relation; `types` by column."""

    shape: str = "table"
    sql: str = ""
    comment: str = ""
    types: Mapping[str, str] = field(default_factory=dict)
    rows: int | None = None
    bytes: int | None = None
    counted_at: datetime | None = None
    partitions: int = 0
    partitioned_by: str = ""


@dataclass(frozen=True)
class _Read:
    """The Inspector's answers for some relations, by name."""

    columns: Mapping[str, Any]
    primary: Mapping[str, Any]
    foreign: Mapping[str, Any]
    unique: Mapping[str, Any]
    indexes: Mapping[str, Any]
    comments: Mapping[str, Any]


def reflect(line: Line, schema: str, extras: Mapping[str, Extra], inside: str | None) -> Iterator[Relation | Trouble]:
    """The relations named in `extras`. `inside`: the schema as the Inspector wants it; None is the only one."""
    names = sorted(extras)
    for start in range(0, len(names), _CHUNK):
        chunk = names[start : start + _CHUNK]
        try:
            read = _read(line, inside, chunk)
        except StatementFailed:
            yield from _one_by_one(line, schema, chunk, extras, inside)
            continue
        yield from (_relation(line, schema, name, extras[name], read) for name in chunk)


def _one_by_one(
    line: Line, schema: str, names: Iterable[str], extras: Mapping[str, Extra], inside: str | None
) -> Iterator[Relation | Trouble]:
    for name in names:
        extra = extras[name]
        try:
            yield _relation(line, schema, name, extra, _read(line, inside, [name]))
        except StatementFailed as error:
            if extra.shape.endswith("view"):
                yield Relation(schema, name, extra.shape, extra.comment, sql=extra.sql, broken=str(error))
            else:
                yield Trouble(name, str(error), extra.shape, whole=True)


def _read(line: Line, inside: str | None, names: list[str]) -> _Read:
    inspector = inspect(line.connection)
    asked: dict[str, Any] = {"schema": inside, "filter_names": names, "kind": ObjectKind.ANY}

    def by_name(method: str) -> dict[str, Any]:
        try:
            return {key[1]: value for key, value in getattr(inspector, method)(**asked).items()}
        except NotImplementedError:
            return {}  # the dialect has no such thing

    with line.guarded(), warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # of types it does not know: the engine's own word is taken
        return _Read(
            by_name("get_multi_columns"),
            by_name("get_multi_pk_constraint"),
            by_name("get_multi_foreign_keys"),
            by_name("get_multi_unique_constraints"),
            by_name("get_multi_indexes"),
            by_name("get_multi_table_comment"),
        )


def _relation(line: Line, schema: str, name: str, extra: Extra, read: _Read) -> Relation:
    facts = enumerate(read.columns.get(name) or (), 1)
    columns = tuple(_column(line, at, fact, extra.types.get(fact["name"], "")) for at, fact in facts)
    if not columns and extra.shape.endswith("view") and name not in read.columns:
        return Relation(schema, name, extra.shape, sql=extra.sql, broken="it has no columns any more")
    return Relation(
        schema=schema,
        name=name,
        shape=extra.shape,
        comment=extra.comment or (read.comments.get(name) or {}).get("text") or "",
        columns=columns,
        primary_key=tuple((read.primary.get(name) or {}).get("constrained_columns") or ()),
        references=tuple(_references(schema, read.foreign.get(name) or ())),
        indexes=tuple(_indexes(read.unique.get(name) or (), read.indexes.get(name) or ())),
        sql=extra.sql,
        rows=extra.rows,
        bytes=extra.bytes,
        counted_at=extra.counted_at,
        partitions=extra.partitions,
        partitioned_by=extra.partitioned_by,
    )


def _column(line: Line, position: int, fact: Mapping[str, Any], native: str) -> ColumnFact:
    generated = (fact.get("computed") or {}).get("sqltext") or ("identity" if fact.get("identity") else "")
    return ColumnFact(
        name=str(fact["name"]),
        type=native or _written(line, fact["type"]),
        position=position,
        nullable=fact.get("nullable"),
        default="" if generated or fact.get("default") is None else str(fact["default"]),
        comment=fact.get("comment") or "",
        generated=generated,
    )


def _written(line: Line, kind: Any) -> str:
    """A type as SQL writes it, or "" where SQLAlchemy does not know it."""
    try:
        return str(kind.compile(dialect=line.connection.dialect))
    except (UnsupportedCompilationError, CompileError):
        return ""


def _references(schema: str, found: Iterable[Mapping[str, Any]]) -> Iterator[Reference]:
    for one in sorted(found, key=lambda each: (each.get("name") or "", each["constrained_columns"])):
        yield Reference(
            columns=tuple(one["constrained_columns"]),
            schema=one.get("referred_schema") or schema,
            table=one["referred_table"],
            target_columns=tuple(one.get("referred_columns") or ()),
            name=one.get("name") or "",
        )


def _indexes(unique: Iterable[Mapping[str, Any]], indexes: Iterable[Mapping[str, Any]]) -> Iterator[Index]:
    """Unique constraints, then the indexes on plain columns. An index on some rows only makes no column unique."""
    seen = set()
    for one in sorted(unique, key=lambda each: (each.get("name") or "", each["column_names"])):
        seen.add(one.get("name") or "")
        yield Index(one.get("name") or "", tuple(one["column_names"]), True)
    for one in sorted(indexes, key=lambda each: each.get("name") or ""):
        options = one.get("dialect_options") or {}
        partial = any(key.endswith("_where") and value for key, value in options.items())
        columns = tuple(name for name in one["column_names"] if name)
        if one.get("name") not in seen and columns and len(columns) == len(one["column_names"]):
            ordered = options.get("postgresql_using", "btree") == "btree" and not partial
            yield Index(one.get("name") or "", columns, bool(one.get("unique")) and not partial, ordered)
