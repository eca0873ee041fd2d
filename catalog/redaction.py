"""Taking out of one value what a scope may not see: upstreams that are hidden, columns that are kept. Pure functions.

Knows which fields of which aspects name a column or another asset; who may see what is decided by the caller. The text
of an SQL expression may name anything that its statement reads, so it goes when anything of that statement does.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import replace

from catalog.aspects import Aspect, Checks, Classification, Joins, Lineage, Profile, Queries, Schema, Usage

HidesColumn = Callable[[str, str], bool]  # (URN of the asset, name of the column)


def upstreams_of(value: Aspect) -> set[str]:
    """Every other asset's URN that a lineage, a query or a join names; none for other aspects."""
    if isinstance(value, Lineage):
        return {up.urn for up in value.upstreams} | {edge.source_urn for edge in value.columns}
    if isinstance(value, Queries):
        return {urn for query in value.queries for urn, _ in query.reads}
    if isinstance(value, Joins):
        return {join.target for join in value.joins}
    return set()


def without_upstreams(value: Aspect, hidden: Container[str]) -> Aspect:
    """The value less the edges from `hidden` assets, the queries over them and the joins with them."""
    if isinstance(value, Queries):
        return replace(value, queries=tuple(q for q in value.queries if not any(urn in hidden for urn, _ in q.reads)))
    if isinstance(value, Joins):
        return replace(value, joins=tuple(join for join in value.joins if join.target not in hidden))
    if not isinstance(value, Lineage):
        return value
    upstreams = tuple(up for up in value.upstreams if up.urn not in hidden)
    columns = tuple(edge for edge in value.columns if edge.source_urn not in hidden)
    if len(upstreams) < len(value.upstreams) or len(columns) < len(value.columns):
        columns = tuple(replace(edge, expression="", place="") for edge in columns)
    return replace(value, upstreams=upstreams, columns=columns)


def without_columns(value: Aspect, urn: str, hides: HidesColumn) -> Aspect:
    """The value of `urn` less all it says of columns that are kept from the scope."""
    if isinstance(value, Schema):
        keys = tuple(
            key
            for key in value.foreign_keys
            if not any(hides(urn, name) for name in key.columns)
            and not any(hides(key.target, name) for name in key.target_columns)
        )
        return replace(value, columns=tuple(c for c in value.columns if not hides(urn, c.name)), foreign_keys=keys)
    if isinstance(value, Lineage):
        return _lineage(value, urn, hides)
    if isinstance(value, Queries):
        kept = tuple(q for q in value.queries if not any(column and hides(of, column) for of, column in q.reads))
        return replace(value, queries=kept)
    if isinstance(value, Joins):
        return _joins(value, urn, hides)
    if isinstance(value, Profile):
        return replace(value, columns=tuple(one for one in value.columns if not hides(urn, one.column)))
    if isinstance(value, Usage):
        return replace(value, columns=tuple(pair for pair in value.columns if not hides(urn, pair[0])))
    if isinstance(value, Checks):
        return replace(value, checks=tuple(c for c in value.checks if not c.column or not hides(urn, c.column)))
    if isinstance(value, Classification):
        return replace(value, classes=tuple(pair for pair in value.classes if not pair[0] or not hides(urn, pair[0])))
    return value


def _lineage(value: Lineage, urn: str, hides: HidesColumn) -> Lineage:
    kept = tuple(e for e in value.columns if not hides(urn, e.column) and not hides(e.source_urn, e.source_column))
    if len(kept) < len(value.columns):
        kept = tuple(replace(edge, expression="", place="") for edge in kept)
    return replace(value, columns=kept)


def _joins(value: Joins, urn: str, hides: HidesColumn) -> Joins:
    kept = (
        join
        for join in value.joins
        if not any(hides(urn, name) for name in join.columns)
        and not any(hides(join.target, name) for name in join.target_columns)
    )
    return replace(value, joins=tuple(kept))
