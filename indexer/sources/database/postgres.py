"""PostgreSQL: what its own catalog tells beside the Inspector, and how it is read without hurting it.

Reads pg_catalog only; profiling reads tables by pages (TABLESAMPLE). Takes no lock but the one every SELECT takes, and
gives up after a second if that one has to wait, so that nobody queues behind it. Sizes are the engine's statistics.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection

from indexer.sources.database.address import Address
from indexer.sources.database.line import CONNECT_SECONDS, Line
from indexer.sources.database.records import Relation, Row, SchemaFact, Trouble, Wanted
from indexer.sources.database.reflection import Extra, reflect
from indexer.sources.database.sampling import indexed, share

_SETTINGS = (
    "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    "SET lock_timeout = '1s'",
    "SET search_path TO ''",  # so that every name in a view, key or type is written in full
    "SET timezone = 'UTC'",
    "SET max_parallel_workers_per_gather = 0",  # one core at most
)

_SCHEMAS = """
SELECT nspname, obj_description(oid, 'pg_namespace'), has_schema_privilege(oid, 'USAGE')
FROM pg_catalog.pg_namespace
WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY nspname
"""

# One row for each relation: what belongs to an extension, is temporary or is a partition is no relation of its own.
_RELATIONS = """
SELECT c.relname, c.relkind::text,
  CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END,
  CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,
  CASE WHEN c.relkind = 'p' THEN leaves.n ELSE 0 END,
  CASE WHEN c.relkind = 'p' THEN leaves.rows WHEN c.reltuples >= 0 THEN c.reltuples END,
  CASE WHEN c.relkind = 'p' THEN leaves.pages WHEN c.reltuples >= 0 THEN c.relpages END
    * current_setting('block_size')::bigint,
  GREATEST(pg_stat_get_last_analyze_time(c.oid), pg_stat_get_last_autoanalyze_time(c.oid)),
  obj_description(c.oid, 'pg_class')
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN LATERAL (
  SELECT count(*) AS n, sum(NULLIF(l.reltuples, -1)) AS rows, sum(l.relpages) AS pages
  FROM pg_partition_tree(c.oid) t JOIN pg_catalog.pg_class l ON l.oid = t.relid
  WHERE t.isleaf AND l.oid <> c.oid
) leaves ON c.relkind = 'p'
WHERE n.nspname = :schema AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND NOT c.relispartition AND c.relpersistence <> 't'
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
"""

_TYPES = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE n.nspname = :schema AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
"""

_SHAPES = {"r": "table", "p": "partitioned table", "v": "view", "m": "materialized view", "f": "foreign table"}
_NO_RIGHT = (
    "the role has no right to it. To have it read: GRANT USAGE ON SCHEMA {name} TO the role; to leave it out for good: "
    "exclude = [{quoted}]"
)


class Postgres:
    """A PostgreSQL database."""

    finite = "CASE WHEN isfinite({0}) THEN {0} END"
    profiles = True
    counts = False

    def __init__(self, address: Address, seconds: float) -> None:
        arguments: dict[str, Any] = {"connect_timeout": CONNECT_SECONDS, "application_name": "docent"}
        driver = address.url.get_driver_name()
        taken = arguments if driver in ("psycopg", "psycopg2") else {}
        if driver == "psycopg":
            taken["prepare_threshold"] = None  # a pooler between may give each statement another connection

        def prepare(connection: Connection) -> None:
            for statement in (*_SETTINGS, f"SET statement_timeout = {int(seconds * 1000)}"):
                connection.exec_driver_sql(statement)

        self._line = Line(address, prepare, {key: taken[key] for key in taken if key not in address.url.query})

    def schemas(self) -> list[SchemaFact]:
        """All but pg_* and information_schema; those without USAGE are refused, though their names could be read."""
        return [
            SchemaFact(
                name, comment or "", "" if allowed else _NO_RIGHT.format(name=self.quoted(name), quoted=f'"{name}"')
            )
            for name, comment, allowed in self._line.rows(_SCHEMAS)
        ]

    def relations(self, schema: str, wanted: Wanted) -> Iterator[Relation | Trouble]:
        """Tables with their partitions folded in, views, materialised views, foreign tables."""
        types: dict[str, dict[str, str]] = {}
        for table, column, written in self._line.rows(_TYPES, schema=schema):
            types.setdefault(table, {})[column] = written
        extras = {
            name: Extra(
                shape=_SHAPES[kind],
                sql=(sql or "").strip(),
                comment=comment or "",
                types=types.get(name, {}),
                rows=None if rows is None else int(rows),
                bytes=None if size is None else int(size),
                counted_at=counted,
                partitions=parts,
                partitioned_by=(by or "").lower(),
            )
            for name, kind, sql, by, parts, rows, size, counted, comment in self._line.rows(_RELATIONS, schema=schema)
            if wanted(name)
        }
        yield from reflect(self._line, schema, extras, schema)

    def rows(self, sql: str) -> Sequence[Row]:
        """Run one reading statement."""
        return self._line.raw_rows(sql)

    def quoted(self, name: str) -> str:
        """An identifier, quoted."""
        return self._line.quoted(name)

    def sample(self, relation: Relation, columns: str, rows: int) -> str:
        """Some pages of the table, the same ones every time."""
        table = f"{self.quoted(relation.schema)}.{self.quoted(relation.name)}"
        percent = share(rows, relation.rows)
        return f"SELECT {columns} FROM {table} TABLESAMPLE SYSTEM ({percent}) REPEATABLE (1) LIMIT {rows}"

    def finds_newest(self, relation: Relation, column: str) -> bool:
        """With an index that begins with the column."""
        return indexed(relation, column)

    def close(self) -> None:
        """Give the connection back."""
        self._line.close()
