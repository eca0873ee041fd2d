"""Models, sources, seeds and snapshots of a manifest into records. Pure functions.

Owns where a relation's columns, constraints, contract, version and freshness limits stand in each manifest version,
and the uniting of several resources that are one table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from indexer.sources.dbt.body import Body
from indexer.sources.dbt.records import ColumnDoc, Constraint, Head, Limits, Relation
from indexer.sources.dbt.resource import Docs, labels

_HOURS = {"minute": 1 / 60, "hour": 1.0, "day": 24.0}


def relation(head: Head, body: Body, docs: Docs) -> Relation:
    """A model, source, seed or snapshot. Refused without a name: RecordInvalid."""
    config = body.body("config")
    identifier = body.text("identifier", "alias", "name")
    if not identifier:
        body.refuse(f"'{head.id}' has neither name nor alias. Run 'dbt parse' again.")
    compiled = body.text("compiled_code", "compiled_sql")
    return Relation(
        head=head,
        database=body.text("database"),
        schema=body.text("schema"),
        identifier=identifier,
        relation=body.text("relation_name"),
        materialized=config.text("materialized").lower(),
        columns=tuple(_columns(body, head.package, docs)),
        constraints=tuple(_constraints(body, ())),
        code=compiled or body.text("raw_code", "raw_sql"),
        compiled=bool(compiled),
        language=body.text("language") or "sql",
        access=body.text("access") or config.text("access"),
        loader=body.text("loader"),
        source=": ".join(filter(None, (body.text("source_name"), body.text("source_description")))),
        contract=body.body("contract").flag("enforced") or config.body("contract").flag("enforced"),
        version=body.scalar("version"),
        latest=body.scalar("latest_version"),
        deprecated_on=body.time("deprecation_date") or config.time("deprecation_date"),
        limits=_limits(body, config) if head.type == "source" else None,
    )


def _limits(body: Body, config: Body) -> Limits | None:
    """A model's `freshness` says when to build it, not when it is late, so only sources are asked."""
    return limits_of(body.body("freshness")) or limits_of(config.body("freshness"))


def limits_of(body: Body) -> Limits | None:
    """When a source counts as late: {"warn_after": {"count": 12, "period": "hour"}}."""
    warn, error = _hours(body.body("warn_after")), _hours(body.body("error_after"))
    return None if warn is None and error is None else Limits(warn, error)


def _hours(body: Body) -> float | None:
    count, period = body.number("count"), body.text("period").lower()
    if count is None or not period:
        return None
    if period not in _HOURS:
        body.wrong("period", f"is '{period[:40]}'; minute, hour or day was expected")
        return None
    return count * _HOURS[period]


def _columns(body: Body, package: str, docs: Docs) -> Iterator[ColumnDoc]:
    for key, column in body.bodies("columns"):
        config = column.body("config")
        name = column.text("name") or key
        yield ColumnDoc(
            name=name,
            description=docs.fill(column.text("description"), package),
            type=column.text("data_type"),
            tags=labels(column, config),
            meta=column.free("meta") | config.free("meta"),
            constraints=tuple(_constraints(column, (name,))),
        )


def _constraints(body: Body, columns: tuple[str, ...]) -> Iterator[Constraint]:
    for one in body.listed("constraints"):
        yield Constraint(
            type=one.text("type").lower(),
            columns=columns or one.texts("columns"),
            to=one.text("to"),
            to_columns=one.texts("to_columns"),
            name=one.text("name"),
        )


def unite(relations: Iterable[Relation]) -> Relation:
    """One relation out of several that are the same table: what dbt builds, a source's words where it is silent."""
    first, *others = sorted(relations, key=lambda one: (one.head.type == "source", one.head.id))
    for other in others:
        first = _with(first, other)
    return first


def _with(first: Relation, other: Relation) -> Relation:
    head = replace(
        first.head,
        ids=first.head.ids + other.head.ids,
        description=first.head.description or other.head.description,
        group=first.head.group or other.head.group,
        tags=tuple(dict.fromkeys(first.head.tags + other.head.tags)),
        meta=other.head.meta | first.head.meta,
        parents=tuple(dict.fromkeys(first.head.parents + other.head.parents)),
    )
    columns = {one.name.casefold(): one for one in first.columns}
    for one in other.columns:
        mine = columns.get(one.name.casefold())
        if mine is None:
            columns[one.name.casefold()] = one
        else:
            columns[one.name.casefold()] = replace(mine, description=mine.description or one.description)
    return replace(
        first,
        head=head,
        columns=tuple(columns.values()),
        limits=first.limits or other.limits,
        loader=first.loader or other.loader,
    )
