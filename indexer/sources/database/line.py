"""A line to a database through SQLAlchemy: without a pool, in autocommit, read-only as the engine's file sets it.

Owns connecting, the words of its failures, and the translation of every database error into two: StatementFailed (the
rest goes on) and SourceUnreadable (the line is gone). No message of a driver passes without its secrets taken out.
Autocommit, so that no transaction stays open that would hold back a vacuum or a log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from catalog.errors import ConfigInvalid, SourceUnreadable
from indexer import source_urls
from indexer.sources.database.address import Address
from indexer.sources.database.records import Row, StatementFailed

T = TypeVar("T")
CONNECT_SECONDS = 10
_EXTRAS = {"psycopg": "postgres", "pymysql": "mysql", "duckdb": "duckdb"}


class Line:
    """One open connection."""

    def __init__(
        self,
        address: Address,
        prepare: Callable[[Connection], None],
        arguments: dict[str, Any] | None = None,
        creator: Callable[[], Any] | None = None,
        autocommit: bool = True,
    ) -> None:
        self._secrets = address.secrets
        self.shown = address.shown
        options: dict[str, Any] = {"creator": creator} if creator else {"connect_args": arguments or {}}
        if autocommit:
            options["isolation_level"] = "AUTOCOMMIT"
        try:
            engine = create_engine(address.url, poolclass=NullPool, hide_parameters=True, **options)
            self.connection = engine.connect()
            prepare(self.connection)
        except (NoSuchModuleError, ModuleNotFoundError) as error:
            raise ConfigInvalid(no_driver(self.shown, error)) from None
        except (SQLAlchemyError, OSError, TypeError, ValueError) as error:
            # A driver raises TypeError and ValueError for parameters of the URL that it does not take.
            raise SourceUnreadable(unreachable(self.shown, self.plain(error))) from None

    def plain(self, error: BaseException) -> str:
        """What the driver says, on one line, without secrets, statement and links."""
        said = str(error.orig if isinstance(error, DBAPIError) else error)
        return source_urls.without(" ".join(said.split()), self._secrets)[:500].rstrip(" .?")

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Translate what goes wrong. Raises StatementFailed, SourceUnreadable."""
        try:
            yield
        except DBAPIError as error:
            if error.connection_invalidated or self.connection.invalidated:
                raise SourceUnreadable(lost(self.shown, self.plain(error))) from None
            self.connection.rollback()
            raise StatementFailed(self.plain(error)) from None
        except SQLAlchemyError as error:
            raise StatementFailed(self.plain(error)) from None

    def rows(self, sql: str, **values: object) -> Sequence[Row]:
        """All rows of a statement with :named values. Raises StatementFailed, SourceUnreadable."""
        with self.guarded():
            return [tuple(row) for row in self.connection.execute(text(sql), values)]

    def raw_rows(self, sql: str) -> Sequence[Row]:
        """All rows of a statement as it is: names in it may hold colons and percent signs."""
        with self.guarded():
            result = self.connection.execution_options(no_parameters=True).exec_driver_sql(sql)
            return [tuple(row) for row in result]

    def quoted(self, name: str) -> str:
        """An identifier, quoted as this database quotes."""
        preparer = self.connection.dialect.identifier_preparer  # whose own method doubles percent signs for drivers
        end = preparer.final_quote
        return f"{preparer.initial_quote}{name.replace(end, end * 2)}{end}"

    def close(self) -> None:
        """Give the connection back."""
        self.connection.close()
        self.connection.engine.dispose()


def no_driver(shown: str, error: BaseException) -> str:
    """What to install when a driver is missing."""
    module = getattr(error, "name", None) or ""
    extra = _EXTRAS.get(module.partition(".")[0], "")
    install = f"pip install 'docent[{extra}]'" if extra else "install the SQLAlchemy dialect of this database"
    return f"'{shown}' needs a driver that is not installed ({error}). To read it: {install}."


def unreachable(shown: str, why: str) -> str:
    """What to do when a database cannot be opened."""
    file = shown.startswith(("sqlite", "duckdb"))
    check = "the path, and that no other program is writing it" if file else "address, user, password and that it runs"
    return f"The database '{shown}' cannot be opened: {why}. Check {check}."


def lost(shown: str, why: str) -> str:
    """What to do when the connection broke in the middle."""
    return f"The connection to '{shown}' was lost: {why}. What was read before stays; index again."
