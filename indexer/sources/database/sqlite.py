"""SQLite: a file opened read-only. Adds to the Inspector the SQL of views, types as written, and ANALYZE's row counts.

It has no comments and no schemas; tables stand in "main". A statement is stopped by a progress handler.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from functools import partial
from time import monotonic
from urllib.parse import quote

from sqlalchemy import Connection

from indexer.sources.database.address import Address
from indexer.sources.database.line import Line
from indexer.sources.database.records import Relation, Row, SchemaFact, StatementFailed, Trouble, Wanted
from indexer.sources.database.reflection import Extra, reflect
from indexer.sources.database.sampling import both_ends, indexed

_MAIN = "main"
_OPS = 10_000  # virtual machine steps between two looks at the clock: well under a millisecond
_RELATIONS = """
SELECT name, type, coalesce(sql, '') FROM sqlite_master
WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name
"""
_TYPES = """
SELECT m.name, x.name, x.type FROM sqlite_master m, pragma_table_xinfo(m.name) x
WHERE m.type = 'table' AND m.sql NOT LIKE 'create virtual%'
"""


class Sqlite:
    """An SQLite file."""

    finite = "{0}"
    profiles = True
    counts = True

    def __init__(self, address: Address, seconds: float) -> None:
        self._seconds = seconds
        self._deadline = float("inf")
        path = address.url.database or ""
        opened = partial(self._open, f"file:{quote(path.removeprefix('file:'))}?mode=ro")
        self._line = Line(address, _prepare, creator=opened)

    def _open(self, uri: str) -> sqlite3.Connection:
        connection = sqlite3.connect(uri, uri=True, timeout=1)
        connection.text_factory = partial(str, encoding="utf-8", errors="replace")
        connection.set_progress_handler(lambda: int(monotonic() > self._deadline), _OPS)
        return connection

    def schemas(self) -> list[SchemaFact]:
        """The one there is."""
        return [SchemaFact(_MAIN)]

    def relations(self, schema: str, wanted: Wanted) -> Iterator[Relation | Trouble]:
        """Tables and views; the inner tables of a full-text index are left out."""
        self._deadline = float("inf")
        inner = {row[1] for row in self._line.rows("PRAGMA table_list") if row[2] == "shadow"}
        types = self._types()
        counts = self._counts()
        extras = {
            name: Extra(
                shape="virtual table" if sql.lower().startswith("create virtual") else kind,
                sql=sql if kind == "view" else "",
                types=types.get(name, {}),
                rows=counts.get(name),
            )
            for name, kind, sql in self._line.rows(_RELATIONS)
            if name not in inner and wanted(name)
        }
        yield from reflect(self._line, schema, extras, None)

    def _types(self) -> dict[str, dict[str, str]]:
        types: dict[str, dict[str, str]] = {}
        for table, column, written in self._line.rows(_TYPES):
            types.setdefault(table, {})[column] = written
        return types

    def _counts(self) -> dict[str, int]:
        """What ANALYZE counted, if it ever ran."""
        try:
            found = self._line.rows("SELECT tbl, stat FROM sqlite_stat1")
        except StatementFailed:
            return {}
        return {table: int(first) for table, stat in found if (first := str(stat).partition(" ")[0]).isdigit()}

    def rows(self, sql: str) -> Sequence[Row]:
        """Run one reading statement."""
        self._deadline = monotonic() + self._seconds
        return self._line.raw_rows(sql)

    def quoted(self, name: str) -> str:
        """An identifier, quoted."""
        return self._line.quoted(name)

    def sample(self, relation: Relation, columns: str, rows: int) -> str:
        """The first and last rows by primary key. Without one: by the order in which rows were added."""
        key = [self.quoted(name) for name in relation.primary_key] or ["rowid"]
        return both_ends(f"{_MAIN}.{self.quoted(relation.name)}", columns, key, rows)

    def finds_newest(self, relation: Relation, column: str) -> bool:
        """With an index that begins with the column."""
        return indexed(relation, column)

    def close(self) -> None:
        """Close the file."""
        self._line.close()


def _prepare(connection: Connection) -> None:
    for pragma in ("query_only = 1", "trusted_schema = 0"):
        connection.exec_driver_sql(f"PRAGMA {pragma}")
    connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")  # a file that is no database fails here
