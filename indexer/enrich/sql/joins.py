"""Which columns of which tables a query sets equal: the keys that tables are joined by.

Owns the reading of conditions for such pairs: ON, USING, NATURAL, and WHERE for joins written with commas. A side that
is computed, or that comes from several columns, is no key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlglot import exp

from indexer.enrich.sql.records import JoinKey
from indexer.enrich.sql.relations import IDENTITY, Base, Ref, Sources
from indexer.enrich.sql.scope import Scope

Pair = tuple[Ref, Ref]


def equal_columns(condition: Any, scope: Scope, resolve: Any) -> list[Pair]:
    """The pairs of columns of two tables that a condition demands to be equal. `resolve`: an expression's sources."""
    found = []
    for node in _demanded(condition):
        sides = (node.this, node.expression)
        if all(isinstance(side, exp.Column) and not isinstance(side.this, exp.Star) for side in sides):
            pair = pair_of(*(resolve(side, scope) for side in sides))
            if pair is not None:
                found.append(pair)
    return found


def pair_of(left: Sources, right: Sources) -> Pair | None:
    """Two single columns, copied as they are, of two tables; else None. A table joined with itself counts too."""
    ends = [next(iter(side)) for side in (left, right) if len(side) == 1 and IDENTITY in side.values()]
    if len(ends) != 2 or ends[0] == ends[1] or any(base.name.is_file for base, _ in ends):
        return None
    return ends[0], ends[1]


def _demanded(condition: Any) -> Iterator[Any]:
    """The equations that must hold: those joined by AND."""
    pending = [condition]
    while pending:
        node = pending.pop()
        if isinstance(node, exp.And):
            pending += [node.expression, node.this]
        elif isinstance(node, exp.Paren):
            pending.append(node.this)
        elif isinstance(node, exp.EQ | exp.NullSafeEQ):
            yield node


def join_keys(conditions: Iterable[list[Pair]]) -> tuple[JoinKey, ...]:
    """The pairs of each condition, gathered by the two tables they join."""
    keys: dict[JoinKey, None] = {}
    for pairs in conditions:
        by_tables: dict[tuple[Base, Base], dict[tuple[str, str], None]] = {}
        for left, right in pairs:
            (first, one), (second, two) = sorted((left, right), key=lambda ref: (ref[0].name.parts, ref[1]))
            by_tables.setdefault((first, second), {})[one, two] = None
        for (first, second), columns in by_tables.items():
            keys[JoinKey(first.name, second.name, tuple(sorted(columns)))] = None
    return tuple(keys)
