"""Which rows stand for a large table, without reading all of it. Pure: SQL text from names and sizes."""

from __future__ import annotations

from collections.abc import Iterable

from indexer.sources.database.records import Relation

_MARGIN = 1.3  # pages hold unequal numbers of rows; a little more is asked for, and the LIMIT cuts it


def share(rows: int, of: int | None) -> str:
    """The percentage of a table's pages that holds about `rows` of its rows."""
    percent = 100.0 if not of else min(100.0, 100.0 * _MARGIN * rows / of)
    return f"{percent:.6f}"


def both_ends(table: str, columns: str, order: Iterable[str], rows: int) -> str:
    """The first and the last rows by an indexed order (quoted names): the oldest and the newest of most tables."""
    names = tuple(order)
    half = max(1, rows // 2)
    up, down = ", ".join(names), ", ".join(f"{name} DESC" for name in names)
    return (
        f"SELECT * FROM (SELECT {columns} FROM {table} ORDER BY {up} LIMIT {half}) AS first_rows "
        f"UNION ALL SELECT * FROM (SELECT {columns} FROM {table} ORDER BY {down} LIMIT {half}) AS last_rows"
    )


def indexed(relation: Relation, column: str) -> bool:
    """Whether an index, or the primary key, begins with the column."""
    keys = [relation.primary_key, *(index.columns for index in relation.indexes if index.ordered)]
    return any(key[:1] == (column,) for key in keys)
