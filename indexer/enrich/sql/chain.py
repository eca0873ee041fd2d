"""A script seen from outside: its temporary tables resolved through, so that what remains lasts longer than it.

Owns the joining of edges along temporary tables. Pure; the script's own record, statement by statement, is untouched.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from indexer.enrich.sql.records import ColumnEdge, How, ScriptLineage, TableName

_STRENGTH: tuple[How, ...] = ("identity", "expression", "aggregate")


def lasting(script: ScriptLineage) -> tuple[ColumnEdge, ...]:
    """The flowing edges between what outlives the script, and into query results.

    Follows the order of statements: an edge out of a temporary table has the sources which that table had by then. A
    joined edge is as strongly worked on as its strongest part, as sure as its least sure, and keeps the last part's
    text. A temporary table that is never read is itself the end of its edges.
    """
    temporary = script.temporary
    if not temporary:
        return tuple(script.edges())
    read = {name for statement in script.statements for name in statement.in_tables}
    inner = temporary & read
    held: dict[tuple[TableName, str], list[ColumnEdge]] = {}
    result: dict[tuple[object, ...], ColumnEdge] = {}
    for statement in script.statements:
        made: dict[tuple[TableName, str], list[ColumnEdge]] = {}
        for edge in statement.edges:
            for whole in _through(edge, inner, held):
                if whole.to_table in inner and whole.to_table is not None:
                    made.setdefault((whole.to_table, whole.to_column.lower()), []).append(whole)
                else:
                    key = (whole.from_table, whole.from_column, whole.to_table, whole.to_column)
                    result.setdefault(key, whole)
        for at, edges in made.items():
            held.setdefault(at, []).extend(edges)
    return tuple(result.values())


def outer_tables(script: ScriptLineage) -> tuple[frozenset[TableName], frozenset[TableName]]:
    """What a script reads and writes, without the temporary tables that only it sees."""
    reads = frozenset(name for statement in script.statements for name in statement.in_tables)
    writes = frozenset(name for statement in script.statements for name in statement.out_tables)
    inner = script.temporary if len(script.statements) > 1 else frozenset()
    return reads - inner, writes - inner


def _through(
    edge: ColumnEdge, inner: frozenset[TableName], held: dict[tuple[TableName, str], list[ColumnEdge]]
) -> Iterable[ColumnEdge]:
    if edge.from_table not in inner:
        return (edge,)
    before = held.get((edge.from_table, edge.from_column.lower()), ())
    return [
        replace(
            edge,
            from_table=first.from_table,
            from_column=first.from_column,
            how=max(first.how, edge.how, key=_STRENGTH.index),
            confidence=min(first.confidence, edge.confidence),
        )
        for first in before
    ]
