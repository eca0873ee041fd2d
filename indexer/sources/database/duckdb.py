"""DuckDB by its own Python API: the SQLAlchemy dialect for it tells neither keys nor comments.

Opens the file read-only and cuts it off from everything outside (network, other files, extensions), since views in it
may read anything. A statement is stopped by interrupting it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from threading import Timer
from typing import Any

from catalog.errors import ConfigInvalid, SourceUnreadable
from indexer.sources.database.address import Address
from indexer.sources.database.line import no_driver, unreachable
from indexer.sources.database.records import (
    ColumnFact,
    Index,
    Reference,
    Relation,
    Row,
    SchemaFact,
    StatementFailed,
    Trouble,
    Wanted,
)
from indexer.sources.database.sampling import share

_CUT_OFF = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
_HERE = "database_name = current_database()"
_SCHEMAS = f"""
SELECT schema_name, coalesce(comment, '') FROM duckdb_schemas()
WHERE {_HERE} AND schema_name NOT IN ('information_schema', 'pg_catalog') ORDER BY 1
"""
_RELATIONS = f"""
SELECT table_name, 'table', coalesce(comment, ''), estimated_size, '' FROM duckdb_tables()
WHERE {_HERE} AND schema_name = $1 AND NOT temporary AND NOT internal
UNION ALL SELECT view_name, 'view', coalesce(comment, ''), NULL, coalesce(sql, '') FROM duckdb_views()
WHERE {_HERE} AND schema_name = $1 AND NOT temporary AND NOT internal ORDER BY 1
"""
_COLUMNS = f"""
SELECT table_name, column_name, data_type, column_index, is_nullable, column_default, coalesce(comment, ''),
  CASE WHEN is_generated THEN generation_expression END
FROM duckdb_columns() WHERE {_HERE} AND schema_name = $1 AND NOT internal ORDER BY table_name, column_index
"""
_CONSTRAINTS = f"""
SELECT table_name, constraint_type, coalesce(constraint_name, ''), constraint_column_names, referenced_table,
  referenced_column_names
FROM duckdb_constraints() WHERE {_HERE} AND schema_name = $1
  AND constraint_type IN ('PRIMARY KEY', 'UNIQUE', 'FOREIGN KEY') ORDER BY table_name, constraint_index
"""
_INDEXES = f"""
SELECT table_name, index_name, is_unique, expressions FROM duckdb_indexes()
WHERE {_HERE} AND schema_name = $1 ORDER BY table_name, index_name
"""


class DuckDb:
    """A DuckDB file."""

    finite = "CASE WHEN isfinite({0}) THEN {0} END"
    profiles = True
    counts = True

    def __init__(self, address: Address, seconds: float) -> None:
        shown = address.shown
        try:
            import duckdb
        except ModuleNotFoundError as error:
            raise ConfigInvalid(no_driver(shown, error)) from None
        self._failure: type[Exception] = duckdb.Error
        self._seconds = seconds
        try:
            self._connection: Any = duckdb.connect(address.url.database or ":memory:", read_only=True, config=_CUT_OFF)
        except self._failure as error:
            raise SourceUnreadable(unreachable(shown, " ".join(str(error).split())[:500])) from None

    def schemas(self) -> list[SchemaFact]:
        """All schemas of the file."""
        return [SchemaFact(name, comment) for name, comment in self._rows(_SCHEMAS)]

    def relations(self, schema: str, wanted: Wanted) -> Iterator[Relation | Trouble]:
        """Tables and views."""
        columns: dict[str, list[ColumnFact]] = defaultdict(list)
        for table, name, kind, at, nullable, default, comment, made in self._rows(_COLUMNS, schema):
            written = "" if made or default in (None, "NULL") else str(default)
            columns[table].append(ColumnFact(name, kind, at, nullable, written, comment, made or ""))
        primary, references, indexes = self._keys(schema)
        for name, shape, comment, rows, sql in self._rows(_RELATIONS, schema):
            if not wanted(name):
                continue
            yield Relation(
                schema=schema,
                name=name,
                shape=shape,
                comment=comment,
                columns=tuple(columns[name]),
                primary_key=primary.get(name, ()),
                references=tuple(references[name]),
                indexes=tuple(indexes[name]),
                sql=sql,
                rows=rows,
                broken="" if columns[name] else "it has no columns any more",
            )

    def _keys(
        self, schema: str
    ) -> tuple[dict[str, tuple[str, ...]], dict[str, list[Reference]], dict[str, list[Index]]]:
        primary: dict[str, tuple[str, ...]] = {}
        references: dict[str, list[Reference]] = defaultdict(list)
        indexes: dict[str, list[Index]] = defaultdict(list)
        for table, kind, name, columns, target, theirs in self._rows(_CONSTRAINTS, schema):
            if kind == "PRIMARY KEY":
                primary[table] = tuple(columns)
            elif kind == "UNIQUE":
                indexes[table].append(Index(name, tuple(columns), True))
            else:
                references[table].append(Reference(tuple(columns), schema, target, tuple(theirs), name))
        for table, name, unique, expressions in self._rows(_INDEXES, schema):
            plain = tuple(part.strip(" '\"") for part in str(expressions).strip("[]").split(","))
            indexes[table].append(Index(name, plain, bool(unique)))
        return primary, references, indexes

    def rows(self, sql: str) -> Sequence[Row]:
        """Run one reading statement."""
        return self._rows(sql)

    def _rows(self, sql: str, *values: str) -> Sequence[Row]:
        stop = Timer(self._seconds, self._connection.interrupt)
        stop.start()
        try:
            found: Sequence[Row] = self._connection.execute(sql, list(values)).fetchall()
        except self._failure as error:
            raise StatementFailed(" ".join(str(error).split())[:500]) from None
        finally:
            stop.cancel()
        return found

    def quoted(self, name: str) -> str:
        """An identifier, quoted."""
        return '"' + name.replace('"', '""') + '"'

    def sample(self, relation: Relation, columns: str, rows: int) -> str:
        """Some blocks of the table, the same ones every time."""
        table = f"{self.quoted(relation.schema)}.{self.quoted(relation.name)}"
        percent = share(rows, relation.rows)
        return f"SELECT {columns} FROM {table} TABLESAMPLE system({percent} PERCENT) REPEATABLE (1) LIMIT {rows}"

    def finds_newest(self, relation: Relation, column: str) -> bool:
        """Always: one column is read without the others."""
        return True

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
