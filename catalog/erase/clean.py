"""After an erasure: freed bytes leave the database's files, and what is left is looked for in every row.

SQLite overwrites what is freed (secure_delete), yet its write-ahead log and half-filled pages may hold older text: the
file is written anew and the log cut to nothing. PostgreSQL's tables are written anew; its own log and backups belong to
whoever runs it (docs/erase.md).
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Text, select
from sqlalchemy.sql.sqltypes import String

from catalog import tables
from catalog.database import Database

_PAGE = 2000


def rewrite(database: Database) -> str:
    """Write the database's files anew. Returns a note when another process keeps old pages in use, else ""."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not database.is_sqlite:
            for name in sorted(tables.metadata.tables):
                connection.exec_driver_sql(f"VACUUM FULL {name}")
            return ""
        raw = connection.connection.driver_connection
        assert raw is not None
        raw.rollback()  # ends the transaction that opening a connection begins
        raw.execute("VACUUM")
        busy = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    if busy:
        return "Another process is reading the catalog, so its log could not be cut. Stop it and erase once more."
    return ""


def texts(database: Database) -> Iterator[tuple[str, str]]:
    """Every text in every row: (table, text). Finds what a file's pages cut in two."""
    with database.reading() as connection:
        for table in tables.metadata.sorted_tables:
            columns = [column for column in table.c if isinstance(column.type, String | Text)]
            if columns:
                for row in connection.execute(select(*columns).execution_options(yield_per=_PAGE)):
                    yield from ((table.name, value) for value in row if value)
