"""Raw tables as values: a name, typed columns, rows, and their SQL. Pure; opens no database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

Cell = str | int | float | bool | date | datetime | None
Row = tuple[Cell, ...]
Loaded = tuple[str, datetime]  # the load-time column of an extractor, and the time of its last load

ROWS_PER_INSERT = 400  # a row a statement is slow to run, one huge statement slow to parse


@dataclass(frozen=True)
class RawTable:
    """A source table. `columns` is SQL, "rider_id INTEGER, email VARCHAR"; rows follow its order."""

    schema: str
    name: str
    columns: str
    rows: tuple[Row, ...]

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(part.split()[0] for part in self.columns.split(", "))


def raw_table(schema: str, name: str, columns: str, rows: Sequence[Row], loaded: Loaded | None = None) -> RawTable:
    """A table as its extractor lands it; `loaded` appends the extractor's own load-time column, equal in every row."""
    if loaded is None:
        return RawTable(schema, name, columns, tuple(rows))
    column, at = loaded
    return RawTable(schema, name, f"{columns}, {column} TIMESTAMP", tuple((*row, at) for row in rows))


def statements(table: RawTable) -> Iterator[str]:
    """The SQL that creates and fills the table, in order."""
    target = f'{table.schema}."{table.name}"'
    yield f"CREATE OR REPLACE TABLE {target} ({table.columns})"
    for start in range(0, len(table.rows), ROWS_PER_INSERT):
        batch = table.rows[start : start + ROWS_PER_INSERT]
        values = ", ".join("(" + ", ".join(_literal(cell) for cell in row) + ")" for row in batch)
        yield f"INSERT INTO {target} VALUES {values}"


def _literal(cell: Cell) -> str:
    if cell is None:
        return "NULL"
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        return repr(cell)
    text = cell if isinstance(cell, str) else str(cell)
    return "'" + text.replace("'", "''") + "'"
