"""MySQL and MariaDB from information_schema: five statements a schema, however many tables there are.

The Inspector would ask for every table apart (SHOW CREATE TABLE). Reads only; sessions are read-only with a time limit
for each statement. Sizes are the engine's statistics, and so is the time of the last write, where the engine keeps it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection

from indexer.sources.database.address import Address
from indexer.sources.database.line import CONNECT_SECONDS, Line
from indexer.sources.database.records import ColumnFact, Index, Reference, Relation, Row, SchemaFact, Trouble, Wanted
from indexer.sources.database.sampling import both_ends, indexed

_SCHEMAS = """
SELECT schema_name FROM information_schema.schemata
WHERE schema_name NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys') ORDER BY schema_name
"""
_TABLES = """
SELECT t.table_name, t.table_type, t.table_comment, t.table_rows, t.data_length + t.index_length, t.create_time,
  t.update_time, t.create_options, v.view_definition,
  (SELECT count(*) FROM information_schema.partitions p WHERE p.table_schema = t.table_schema
     AND p.table_name = t.table_name AND p.partition_name IS NOT NULL AND t.create_options LIKE '%partitioned%')
FROM information_schema.tables t
LEFT JOIN information_schema.views v ON v.table_schema = t.table_schema AND v.table_name = t.table_name
WHERE t.table_schema = :schema AND t.table_type <> 'SEQUENCE' AND t.table_type NOT LIKE '%TEMPORARY%'
ORDER BY t.table_name
"""
_COLUMNS = """
SELECT table_name, column_name, column_type, ordinal_position, is_nullable, column_default, column_comment, extra,
  generation_expression
FROM information_schema.columns WHERE table_schema = :schema ORDER BY table_name, ordinal_position
"""
_KEYS = """
SELECT table_name, constraint_name, column_name, referenced_table_schema, referenced_table_name, referenced_column_name
FROM information_schema.key_column_usage WHERE table_schema = :schema AND referenced_table_name IS NOT NULL
ORDER BY table_name, constraint_name, ordinal_position
"""
_INDEXES = """
SELECT table_name, index_name, non_unique, column_name, sub_part, index_type
FROM information_schema.statistics WHERE table_schema = :schema ORDER BY table_name, index_name, seq_in_index
"""
_BROKEN = "references invalid table"


class MySql:
    """A MySQL or MariaDB server, seen from one of its databases or from all."""

    finite = "{0}"
    profiles = True
    counts = False

    def __init__(self, address: Address, seconds: float) -> None:
        arguments = {"connect_timeout": CONNECT_SECONDS, "read_timeout": int(seconds) + CONNECT_SECONDS}
        taken = arguments if address.url.get_driver_name() == "pymysql" else {}
        self._only = address.only_schema

        def prepare(connection: Connection) -> None:
            mariadb = bool(getattr(connection.dialect, "is_mariadb", False))
            limit = f"max_statement_time = {seconds}" if mariadb else f"max_execution_time = {int(seconds * 1000)}"
            connection.exec_driver_sql("SET SESSION TRANSACTION READ ONLY")
            connection.exec_driver_sql(f"SET SESSION {limit}, lock_wait_timeout = 1, time_zone = '+00:00'")

        self._line = Line(address, prepare, {key: taken[key] for key in taken if key not in address.url.query})

    def schemas(self) -> list[SchemaFact]:
        """The database of the URL; without one, all that the user may see."""
        names = [name for (name,) in self._line.rows(_SCHEMAS)]
        return [SchemaFact(name) for name in names if not self._only or name.lower() == self._only.lower()]

    def relations(self, schema: str, wanted: Wanted) -> Iterator[Relation | Trouble]:
        """Tables and views."""
        columns = self._columns(schema)
        references, indexes, primary = self._references(schema), *self._indexes(schema)
        for name, kind, comment, rows, size, made, changed, _, sql, parts in self._line.rows(_TABLES, schema=schema):
            if not wanted(name):
                continue
            view = "VIEW" in kind
            broken = comment if view and _BROKEN in comment else ""
            if view and not broken and sql == "":
                why = "the user may not read its SQL. To have it read: GRANT SHOW VIEW ON the database TO the user"
                yield Trouble(name, why, "SQL of a view", error=False)
            yield Relation(
                schema=schema,
                name=name,
                shape="view" if view else "table",
                comment="" if view else comment,
                columns=tuple(columns[name]),
                primary_key=tuple(primary[name]),
                references=tuple(references[name]),
                indexes=tuple(indexes[name]),
                sql=sql or "",
                rows=None if view else rows,
                bytes=None if view else size,
                created_at=_time(made),
                loaded_at=_time(changed),
                partitions=parts,
                broken=broken,
            )

    def _columns(self, schema: str) -> dict[str, list[ColumnFact]]:
        found: dict[str, list[ColumnFact]] = defaultdict(list)
        for table, name, kind, at, nullable, default, comment, extra, made_from in self._line.rows(
            _COLUMNS, schema=schema
        ):
            generated = made_from or ("identity" if "auto_increment" in extra.lower() else "")
            default = "" if default is None or default == "NULL" else str(default)
            found[table].append(ColumnFact(name, kind, at, nullable == "YES", default, comment or "", generated))
        return found

    def _references(self, schema: str) -> dict[str, list[Reference]]:
        parts: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in self._line.rows(_KEYS, schema=schema):
            parts[row[0], row[1]].append(row)
        found: dict[str, list[Reference]] = defaultdict(list)
        for (table, name), rows in parts.items():
            own, theirs = tuple(row[2] for row in rows), tuple(row[5] for row in rows)
            found[table].append(Reference(own, rows[0][3], rows[0][4], theirs, name))
        return found

    def _indexes(self, schema: str) -> tuple[dict[str, list[Index]], dict[str, list[str]]]:
        """Indexes, and primary keys. Only a part of a value in an index makes the whole neither unique nor ordered."""
        parts: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in self._line.rows(_INDEXES, schema=schema):
            parts[row[0], row[1]].append(row)
        found: dict[str, list[Index]] = defaultdict(list)
        primary: dict[str, list[str]] = defaultdict(list)
        for (table, name), rows in parts.items():
            columns = [row[3] for row in rows]
            if name == "PRIMARY":
                primary[table] = columns
            elif all(columns):
                whole = all(row[4] is None for row in rows)
                ordered = whole and rows[0][5] == "BTREE"
                found[table].append(Index(name, tuple(columns), whole and not rows[0][2], ordered))
        return found, primary

    def rows(self, sql: str) -> Sequence[Row]:
        """Run one reading statement."""
        return self._line.raw_rows(sql)

    def quoted(self, name: str) -> str:
        """An identifier, quoted."""
        return self._line.quoted(name)

    def sample(self, relation: Relation, columns: str, rows: int) -> str:
        """The first and last rows by primary key; without one, the first that come."""
        table = f"{self.quoted(relation.schema)}.{self.quoted(relation.name)}"
        if not relation.primary_key:
            return f"SELECT {columns} FROM {table} LIMIT {rows}"
        return both_ends(table, columns, map(self.quoted, relation.primary_key), rows)

    def finds_newest(self, relation: Relation, column: str) -> bool:
        """With an index that begins with the column."""
        return indexed(relation, column)

    def close(self) -> None:
        """Give the connection back."""
        self._line.close()


def _time(value: datetime | None) -> datetime | None:
    return None if value is None else value.replace(tzinfo=UTC)
