"""Reading a database of thousands of tables: a throw-away schema on PostgreSQL is made, indexed twice, and dropped.

Prints tables per second of reading alone and of indexing, the statements that the server got, what a second, unchanged
reading costs, and what profiling adds on a small part of the tables.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from catalog.catalog import Catalog
from catalog.change import Skipped
from catalog.errors import BadInput
from indexer import source_urls
from indexer.run import RunReport, run_source
from indexer.sources.database import read

_COLUMNS = (
    "id bigint PRIMARY KEY, parent_id bigint, code varchar(40) NOT NULL, label text, kind varchar(20) DEFAULT 'plain', "
    "quantity integer, amount numeric(12,2), is_open boolean, happened_on date, loaded_at timestamptz, payload jsonb, "
    "note text"
)
_VIEW_EVERY = 50
_PROFILED = 50
_ROWS = 20_000


def bench_database(tables: int, url: str) -> dict[str, float | int]:
    """The figures. `url`: a PostgreSQL database in which a schema may be made. Raises BadInput."""
    schema = f"bench_{uuid4().hex[:10]}"
    engine = create_engine(_psycopg(url), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
    except SQLAlchemyError as error:
        why = " ".join(str(getattr(error, "orig", error)).split())
        raise BadInput(f"No schema can be made in '{source_urls.hidden(url)}': {why}") from None
    try:
        with engine.connect() as connection:
            _make(connection, schema, tables)
        with tempfile.TemporaryDirectory() as folder:
            return _measure(url, schema, tables, Path(folder))
    finally:
        with engine.connect() as connection:
            _drop(connection, schema)


def _psycopg(url: str) -> Any:
    parsed = make_url(url)
    if parsed.get_backend_name() != "postgresql":
        raise BadInput("The trial is on PostgreSQL. Give --url postgresql://user@host/database.")
    return parsed


def _make(connection: Connection, schema: str, tables: int) -> None:
    connection.exec_driver_sql("SET synchronous_commit = off")
    for at in range(tables):
        connection.exec_driver_sql(f"CREATE TABLE {schema}.t{at} ({_COLUMNS})")
        if at % 10 == 1:
            connection.exec_driver_sql(
                f"ALTER TABLE {schema}.t{at} ADD FOREIGN KEY (parent_id) REFERENCES {schema}.t{at - 1} (id)"
            )
            connection.exec_driver_sql(f"COMMENT ON TABLE {schema}.t{at} IS 'Table number {at}'")
        if at % _VIEW_EVERY == _VIEW_EVERY - 1:
            connection.exec_driver_sql(
                f"CREATE VIEW {schema}.v{at} AS SELECT a.id, b.amount + 1 AS more FROM {schema}.t{at} a "
                f"JOIN {schema}.t{at - 1} b ON b.id = a.parent_id"
            )
    for at in range(0, min(_PROFILED, tables), 10):  # a large one among nine empty ones
        connection.exec_driver_sql(
            f"INSERT INTO {schema}.t{at} SELECT i, NULL, 'c' || i, 'x', 'plain', i, i * 1.5, mod(i, 2) = 0, "
            f"'2026-01-01', '2026-01-01'::timestamptz + i * interval '1 second', '{{}}', NULL "
            f"FROM generate_series(1, {_ROWS}) i"
        )
        connection.exec_driver_sql(f"ANALYZE {schema}.t{at}")


def _drop(connection: Connection, schema: str) -> None:
    """A table at a time: dropping thousands at once takes more locks than a server has room for."""
    relations = connection.exec_driver_sql(
        "SELECT relname, relkind = 'v' FROM pg_class WHERE relkind IN ('r', 'v') AND relnamespace = "
        f"'{schema}'::regnamespace ORDER BY relkind DESC"
    ).all()
    for name, view in relations:
        connection.exec_driver_sql(f"DROP {'VIEW' if view else 'TABLE'} IF EXISTS {schema}.{name} CASCADE")
    connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")


def _measure(url: str, schema: str, tables: int, folder: Path) -> dict[str, float | int]:
    figures: dict[str, float | int] = {"tables": tables, "columns_each": 12, "views": tables // _VIEW_EVERY}
    begun = time.perf_counter()
    with _counted() as statements:
        records = sum(1 for _ in read(url, schemas=(schema,)))
    seconds = time.perf_counter() - begun
    figures |= {
        "read_s": round(seconds, 2),
        "read_tables_per_s": round(tables / seconds),
        "records": records,
        "statements": len(statements),
    }
    catalog = Catalog(f"sqlite:///{folder}/catalog.db")
    catalog.register("bench", "database")
    first, again = _index(catalog, url, schema), _index(catalog, url, schema)
    catalog.database.close()
    figures |= {
        "index_s": round(first.seconds, 2),
        "tables_per_s": round(tables / first.seconds),
        "index_again_s": round(again.seconds, 2),
        "changed_again": again.applied.changed + again.applied.added + again.applied.removed,
        "errors": first.errors + again.errors,
    }
    return figures | _profiled(url, schema, min(_PROFILED, tables))


def _index(catalog: Catalog, url: str, schema: str) -> RunReport:
    return run_source(catalog, "bench", read(url, source="bench", schemas=(schema,)))


def _profiled(url: str, schema: str, part: int) -> dict[str, float | int]:
    """Seconds for the same few tables with and without measuring them."""
    others = tuple(f"{schema}.{name}" for name in ("t[5-9]?", "t???*", "v*"))
    taken: dict[bool, float] = {}
    counts: dict[bool, int] = {}
    skipped = 0
    for profile in (False, True):
        begun = time.perf_counter()
        with _counted() as statements:
            records = list(read(url, schemas=(schema,), exclude=others, profile=profile))
        taken[profile], counts[profile] = time.perf_counter() - begun, len(statements)
        skipped = sum(isinstance(one, Skipped) for one in records)
    return {
        "part_tables": part,
        "part_s": round(taken[False], 2),
        "part_with_profile_s": round(taken[True], 2),
        "profile_ms_per_table": round(1000 * (taken[True] - taken[False]) / part, 1),
        "profile_statements": counts[True] - counts[False],
        "profile_skipped": skipped,
    }


@contextmanager
def _counted() -> Iterator[list[str]]:
    """The statements that PostgreSQL gets meanwhile."""
    seen: list[str] = []

    def note(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if connection.dialect.name == "postgresql":
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)
