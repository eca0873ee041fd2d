"""Any other database with an SQLAlchemy dialect, through the Inspector alone. Reads metadata, never rows.

Profiling is not done here: without knowing the engine there is no promise that a statement can be stopped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, inspect

from indexer.enrich.sql.words import words
from indexer.sources.database.address import Address
from indexer.sources.database.line import Line
from indexer.sources.database.records import Relation, Row, SchemaFact, StatementFailed, Trouble, Wanted
from indexer.sources.database.reflection import Extra, reflect

# Schemas of the systems themselves, over all engines, in lower case.
_SYSTEM = words(
    "anonymous appqossys audsys ctxsys db_accessadmin db_backupoperator db_datareader db_datawriter db_ddladmin "
    "db_denydatareader db_denydatawriter db_owner db_securityadmin dbsfwuser dbsnmp dvf dvsys gsmadmin_internal "
    "guest information_schema lbacsys mddata mdsys mysql ojvmsys olapsys ordsys outln performance_schema pg_catalog "
    "pg_internal pg_toast remote_scheduler_agent sys sys$umf system wmsys xdb xs$null"
)


class Other:
    """A database whose engine has no file of its own here."""

    finite = "{0}"
    profiles = False
    counts = False

    def __init__(self, address: Address, seconds: float) -> None:
        self._only = address.only_schema
        self._line = Line(address, _nothing, autocommit=False)

    def schemas(self) -> list[SchemaFact]:
        """All but the system's."""
        with self._line.guarded():
            names = inspect(self._line.connection).get_schema_names()
        return [
            SchemaFact(name)
            for name in sorted(names)
            if name.lower() not in _SYSTEM and (not self._only or name.lower() == self._only.lower())
        ]

    def relations(self, schema: str, wanted: Wanted) -> Iterator[Relation | Trouble]:
        """Tables, views and materialised views."""
        inspector = inspect(self._line.connection)
        with self._line.guarded():
            found = dict.fromkeys(inspector.get_table_names(schema=schema), "table")
            found |= dict.fromkeys(inspector.get_view_names(schema=schema), "view")
        try:
            with self._line.guarded():
                found |= dict.fromkeys(inspector.get_materialized_view_names(schema=schema), "materialized view")
        except (NotImplementedError, StatementFailed):
            pass  # the dialect knows none
        extras = {name: Extra(shape, self._sql(schema, name, shape)) for name, shape in found.items() if wanted(name)}
        yield from reflect(self._line, schema, extras, schema)

    def _sql(self, schema: str, name: str, shape: str) -> str:
        if shape == "table":
            return ""
        try:
            with self._line.guarded():
                return (inspect(self._line.connection).get_view_definition(name, schema=schema) or "").strip()
        except (NotImplementedError, StatementFailed):
            return ""

    def rows(self, sql: str) -> Sequence[Row]:
        """Run one reading statement."""
        return self._line.raw_rows(sql)

    def quoted(self, name: str) -> str:
        """An identifier, quoted."""
        return self._line.quoted(name)

    def sample(self, relation: Relation, columns: str, rows: int) -> str:
        """The first rows that come."""
        return f"SELECT {columns} FROM {self.quoted(relation.schema)}.{self.quoted(relation.name)}"

    def finds_newest(self, relation: Relation, column: str) -> bool:
        """Never, as far as is known."""
        return False

    def close(self) -> None:
        """Give the connection back."""
        self._line.close()


def _nothing(connection: Connection) -> None:
    """No session settings that every engine takes."""
