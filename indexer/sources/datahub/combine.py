"""Pieces of one aspect of one asset as its value. Pure functions; the rule is chosen by the type of the aspect.

By default, field by field: lists are joined without doubles, of single values the highest rank that says anything wins.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import MISSING, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from catalog.aspects import (
    Aspect,
    Check,
    Checks,
    Column,
    ColumnEdge,
    Deprecation,
    ExampleQuery,
    Freshness,
    Info,
    Lineage,
    Owner,
    Queries,
    Runs,
    Schema,
    Upstream,
    Usage,
)
from indexer.sources.datahub.piece import EDITED, Piece

T = TypeVar("T", bound=Aspect)
_WINDOW = timedelta(days=30)  # what catalog.aspects.Usage means unless it says otherwise
_TOP = 10
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def combine(pieces: Sequence[Piece]) -> Aspect:
    """The value that pieces of one aspect make together. At least one piece; all of one aspect."""
    values = [piece.value for piece in sorted(pieces, key=lambda piece: -piece.rank)]
    first = values[0]
    rule = _RULES.get(type(first))
    if rule is not None:
        return rule(pieces)
    return overlay([value for value in values if isinstance(value, Aspect)])


def overlay(values: Sequence[T]) -> T:
    """One value out of several, the first being the strongest."""
    if len(values) == 1:
        return values[0]
    made: dict[str, Any] = {}
    for item in fields(values[0]):
        held = [getattr(value, item.name) for value in values]
        if any(isinstance(one, tuple) for one in held):
            made[item.name] = _union(one for some in held for one in some)
        else:
            default = None if item.default is MISSING else item.default
            made[item.name] = next((one for one in held if one != default), held[0])
    return replace(values[0], **made)


def without(value: Aspect, removed: Aspect) -> Aspect:
    """`value` less the items of lists that `removed` holds."""
    gone = {
        item.name: {identity(one) for one in held}
        for item in fields(removed)
        if isinstance(held := getattr(removed, item.name), tuple)
    }
    left = {
        name: tuple(one for one in getattr(value, name) if identity(one) not in keys) for name, keys in gone.items()
    }
    return replace(value, **left)  # type: ignore[arg-type]


def identity(item: Any) -> Hashable:
    """What makes two items of a list the same item."""
    if isinstance(item, ColumnEdge):
        return item.source_urn, item.source_column, item.column
    if isinstance(item, Owner):
        return item.urn, item.role
    if isinstance(item, str):
        return item
    key: Hashable = item[0] if isinstance(item, tuple) else getattr(item, fields(item)[0].name)
    return key


def _union(items: Iterable[Any]) -> tuple[Any, ...]:
    found: dict[Hashable, Any] = {}
    for item in items:
        found.setdefault(identity(item), item)
    return tuple(found.values())


def _of(pieces: Sequence[Piece], kind: type[T]) -> list[T]:
    return [piece.value for piece in pieces if isinstance(piece.value, kind)]


def _newest_first(pieces: Sequence[Piece]) -> list[Piece]:
    return sorted(pieces, key=lambda piece: piece.at.timestamp() if piece.at else 0.0, reverse=True)


def _info(pieces: Sequence[Piece]) -> Info:
    ranked = sorted(pieces, key=lambda piece: -piece.rank)
    value = overlay(_of(ranked, Info))
    return replace(value, properties=tuple(sorted(value.properties)))


def _schema(pieces: Sequence[Piece]) -> Schema:
    """The platform's columns in their order, with what people wrote over them; edits of no column are left out."""
    base = [piece.value for piece in pieces if piece.rank < EDITED and isinstance(piece.value, Schema)]
    edits = [piece.value for piece in pieces if piece.rank >= EDITED and isinstance(piece.value, Schema)]
    columns = {column.name: column for schema in base for column in schema.columns}
    known = bool(columns)
    for edit in (column for schema in edits for column in schema.columns):
        held = columns.get(edit.name)
        if held is not None:
            columns[edit.name] = _edited(held, edit)
        elif not known:
            columns[edit.name] = edit
    return Schema(tuple(columns.values()), _union(key for schema in base for key in schema.foreign_keys))


def orphans(pieces: Sequence[Piece]) -> list[str]:
    """The columns that edits name and the schema does not have; none if the schema is not in these files."""
    schemas = [(piece.rank, piece.value) for piece in pieces if isinstance(piece.value, Schema)]
    known = {column.name for rank, schema in schemas if rank < EDITED for column in schema.columns}
    named = [column.name for rank, schema in schemas if rank >= EDITED for column in schema.columns]
    return [name for name in named if known and name not in known]


def _edited(held: Column, edit: Column) -> Column:
    return replace(
        held,
        description=edit.description or held.description,
        tags=_union((*held.tags, *edit.tags)),
        terms=_union((*held.terms, *edit.terms)),
    )


def _lineage(pieces: Sequence[Piece]) -> Lineage:
    held = _of(pieces, Lineage)
    upstreams: dict[tuple[str, str], Upstream] = {}  # a model may be trained and evaluated on one table
    for upstream in (one for value in held for one in value.upstreams):
        upstreams.setdefault((upstream.urn, upstream.how), upstream)
    return Lineage(tuple(upstreams.values()), _union(edge for value in held for edge in value.columns))


def _deprecation(pieces: Sequence[Piece]) -> Deprecation:
    return _of(pieces, Deprecation)[-1]


def _checks(pieces: Sequence[Piece]) -> Checks:
    """Definition and newest result of each assertion. Two that would share a name and column are told apart."""
    found: dict[str, Check] = {}
    for check in (one for value in _of(pieces, Checks) for one in value.checks):
        held = found.get(check.urn)
        found[check.urn] = check if held is None else _one_check(held, check)
    names: dict[tuple[str, str], int] = {}
    made = []
    for urn, check in found.items():
        short = urn.rsplit(":", 1)[-1]
        name = check.name or short
        times = names[name, check.column] = names.get((name, check.column), 0) + 1
        made.append(replace(check, name=name if times == 1 else f"{name} ({short[:12]})"))
    return Checks(tuple(made))


def _one_check(held: Check, other: Check) -> Check:
    defined, result = (held, other) if held.name else (other, held)
    if held.at and (not other.at or other.at < held.at):
        result = held
    elif other.at:
        result = other
    return replace(
        defined,
        status=result.status,
        at=result.at,
        message=result.message,
        severity=result.severity or defined.severity,
    )


def run_of(pieces: Sequence[Piece]) -> Runs:
    """All that is said of one run, the newest first."""
    return overlay(_of(_newest_first(pieces), Runs))


def newest_run(runs: Sequence[Runs]) -> Runs:
    """The run that ended, or else began, last."""
    return max(runs, key=lambda run: (run.ended_at or run.started_at or _NEVER).timestamp())


def _freshness(pieces: Sequence[Piece]) -> Freshness:
    value = overlay(_of(_newest_first(pieces), Freshness))
    loads = [one.loaded_at for one in _of(pieces, Freshness) if one.loaded_at]
    return replace(value, loaded_at=max(loads)) if loads else value


def _usage(pieces: Sequence[Piece]) -> Usage:
    """The buckets of the last 30 days added up. `days` is what they cover: one daily bucket stands for one day."""
    last = max((one.last_used_at for one in _of(pieces, Usage) if one.last_used_at), default=None)
    buckets = [(piece.at, piece.value) for piece in pieces if piece.at and isinstance(piece.value, Usage)]
    counted = [(at, value) for at, value in buckets if value.queries is not None or value.users is not None]
    if not counted:
        return Usage(last_used_at=last)
    finest = min(value.days for _, value in counted)  # hours beside days would count the same query twice
    newest = max(at for at, value in counted if value.days == finest)
    window = [(at, one) for at, one in counted if one.days == finest and at > newest - _WINDOW]
    values = [one for _, one in window]
    users = _summed(pair for one in values for pair in one.top_users)
    distinct = max([*(one.users for one in values if one.users is not None), len(users)], default=None)
    known = [one.queries for one in values if one.queries is not None]
    return Usage(
        queries=sum(known) if known else None,
        users=distinct,
        days=max(min((newest - min(at for at, _ in window)).days + finest, max(_WINDOW.days, finest)), 1),
        last_used_at=last,
        top_users=users[:_TOP],
        columns=_summed(pair for one in values for pair in one.columns),
    )


def _summed(pairs: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    total: dict[str, int] = {}
    for name, count in pairs:
        total[name] = total.get(name, 0) + count
    return tuple(sorted(total.items(), key=lambda pair: (-pair[1], pair[0])))


def _queries(pieces: Sequence[Piece]) -> Queries:
    """One entry a statement. An entry without statement counts further runs of the one statement beside it."""
    found: dict[str, ExampleQuery] = {}
    for query in (one for value in _of(pieces, Queries) for one in value.queries):
        held = found.get(query.sql)
        found[query.sql] = query if held is None else _one_query(held, query)
    counted = found.pop("", None)
    if counted is not None and len(found) == 1:
        sql, query = found.popitem()
        found[sql] = replace(query, runs=counted.runs, at=counted.at or query.at)
    return Queries(tuple(found.values()))


def _one_query(held: ExampleQuery, other: ExampleQuery) -> ExampleQuery:
    times = [time for time in (held.at, other.at) if time]
    return ExampleQuery(
        held.sql, held.title or other.title, held.by or other.by, max(times, default=None), held.runs + other.runs
    )


_RULES: dict[type, Callable[[Sequence[Piece]], Aspect]] = {
    Info: _info,
    Schema: _schema,
    Lineage: _lineage,
    Deprecation: _deprecation,
    Checks: _checks,
    Runs: run_of,
    Freshness: _freshness,
    Usage: _usage,
    Queries: _queries,
}
