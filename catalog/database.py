"""Opening the catalog's database: SQLite (embedded default) or PostgreSQL by URL, the same code for both.

Owns connection settings and schema migration. SQLite: WAL, synchronous=FULL (an acknowledged change survives a power
cut), foreign keys, secure_delete (erased text is overwritten), a busy timeout, and BEGIN IMMEDIATE for writing, since a
read transaction that turns into a write fails at once when another process writes.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, insert, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from catalog import tables
from catalog.errors import ConfigInvalid, DocentError, WorkspaceBusy, WorkspaceTooNew

BUSY_SECONDS = 15
_WRITE = "docent_write"


def micros(moment: datetime) -> int:
    """A time as integer microseconds since 1970 in UTC, the form of all stored times."""
    delta = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def moment(us: int) -> datetime:
    """The time of a stored integer."""
    seconds, rest = divmod(us, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)


def now() -> datetime:
    """The present time, aware, in UTC. The default clock where a caller passes none."""
    return datetime.now(UTC)


class Database:
    """An opened catalog database with its schema at this version. Threads and processes may share the file."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._writer = self.engine.execution_options(**{_WRITE: True})
        # PostgreSQL's default gives every statement its own snapshot; SQLite's read transaction is one already.
        self._reader = (
            self.engine if self.is_sqlite else self.engine.execution_options(isolation_level="REPEATABLE READ")
        )

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent snapshot to read from."""
        with self._reader.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One write transaction: all or nothing. Raises WorkspaceBusy when another process keeps the lock."""
        try:
            with self._writer.begin() as connection:
                if not self.is_sqlite:
                    # One writer at a time, as on SQLite, so that the sequence of changes has no gaps that appear late.
                    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(646563)")
                yield connection
        except DBAPIError as error:
            if "database is locked" in str(error.orig):
                raise WorkspaceBusy(
                    f"Another process has been writing to {self.shown_url()} for more than {BUSY_SECONDS} seconds. "
                    "Try again when it has finished."
                ) from error
            raise

    def shown_url(self) -> str:
        """The URL without its password."""
        return make_url(self.url).render_as_string(hide_password=True)

    def migrate(self) -> None:
        """Bring the schema to this version; on a new database create it. Raises WorkspaceTooNew."""
        found = self.schema_version()
        if found > tables.SCHEMA_VERSION:
            raise WorkspaceTooNew(
                f"{self.shown_url()} was written by a newer Docent (schema {found}; this one knows "
                f"{tables.SCHEMA_VERSION}). Upgrade Docent: pip install -U docent."
            )
        if found < tables.SCHEMA_VERSION:
            from catalog.migrate import upgrade  # Alembic takes 0.3 s to import; only a schema change needs it

            upgrade(self)

    def schema_version(self) -> int:
        """The schema version of the database; 0 when it is empty."""
        with self.reading() as connection:
            if not self.engine.dialect.has_table(connection, "meta"):
                return 0
            found = connection.execute(select(tables.meta.c.value).where(tables.meta.c.key == "schema")).scalar()
        return int(found or 0)

    def insert_ignore(self, connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
        """Insert rows, leaving those that are already there as they are."""
        if not rows:
            return
        if self.is_sqlite:
            connection.execute(insert(table).prefix_with("OR IGNORE"), rows)
        else:
            from sqlalchemy.dialects.postgresql import insert as pg_insert

            connection.execute(pg_insert(table).on_conflict_do_nothing(), rows)

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database and parsed.database != ":memory:":
            _prepare_file(Path(parsed.database))
        engine = create_engine(parsed)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise ConfigInvalid(
            f"The catalog URL '{_without_password(url)}' cannot be used: {error}. "
            "Use 'sqlite:///path/to/catalog.db' or 'postgresql://user@host/database'."
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _without_password(url: str) -> str:
    head, at, tail = url.rpartition("@")
    scheme, slashes, rest = head.partition("://")
    return f"{scheme}{slashes}{rest.partition(':')[0]}{at}{tail}" if at else url


def _prepare_file(path: Path) -> None:
    """Make the folder and the file readable by their owner only."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in (
        f"busy_timeout={BUSY_SECONDS * 1000}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
    ):
        _with_patience(connection, f"PRAGMA {pragma}")


def _with_patience(connection: Any, statement: str) -> None:
    """Switching to WAL ignores the busy timeout, so several processes that open a new file at once must retry."""
    import sqlite3

    for attempt in range(50):
        try:
            connection.execute(statement).fetchall()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or attempt == 49:
                raise DocentError(f"Cannot open the catalog: {error}. Is another program using the file?") from error
            time.sleep(0.02)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get(_WRITE)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
