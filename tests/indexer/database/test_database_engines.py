"""What only one engine has: partitions, materialised views, rights, broken views; and that reading is only reading."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from database_words import Place
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from catalog.aspects import Freshness, Info, Lineage, Logic, Profile, Schema
from catalog.errors import SourceUnreadable
from indexer.sources.database import address
from indexer.sources.database.engines import open_engine
from indexer.sources.database.records import StatementFailed

# PostgreSQL -------------------------------------------------------------------------------------------------------


def test_partitions_are_folded_into_their_table(postgres: Place) -> None:
    postgres.run(
        "CREATE TABLE events (day date, n integer) PARTITION BY RANGE (day)",
        "CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') "
        "PARTITION BY LIST (n)",
        "CREATE TABLE events_2025_1 PARTITION OF events_2025 FOR VALUES IN (1)",
        "CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
        "INSERT INTO events SELECT '2026-05-01', i FROM generate_series(1, 300) i",
        "INSERT INTO events VALUES ('2025-05-01', 1)",
        "ANALYZE events",
    )
    told = postgres.tell()
    assert told.tables == ["events"]
    info = told.get(postgres.urn("events"), Info)
    assert info.subtype == "partitioned table"
    assert dict(info.properties) == {"partitions": "2", "partitioned_by": "range (day)"}
    profile = told.get(postgres.urn("events"), Profile)
    assert (profile.rows, profile.columns) == (301, ())
    assert profile.bytes


def test_materialised_views_types_of_ones_own_and_generated_columns(postgres: Place) -> None:
    postgres.run(
        "CREATE TYPE mood AS ENUM ('glad', 'sad')",
        "CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY, m mood, tags text[], j json, "
        "net numeric, gross numeric GENERATED ALWAYS AS (net * 1.2) STORED)",
        "CREATE MATERIALIZED VIEW v AS SELECT m, count(*) AS n FROM t GROUP BY m",
        "INSERT INTO t (m, tags, j) VALUES ('glad', '{a}', '{}')",
        "REFRESH MATERIALIZED VIEW v",
        "CREATE TEMPORARY TABLE passing (a integer)",
    )
    told = postgres.tell(profile=True)
    assert (told.tables, told.skipped) == (["t", "v"], [])
    types = {column.name: column.type for column in told.get(postgres.urn("t"), Schema).columns}
    assert types["m"] == f"{postgres.schema}.mood"
    assert (types["tags"], types["j"]) == ("text[]", "json")
    made = {
        column.name: dict(column.properties).get("generated") for column in told.get(postgres.urn("t"), Schema).columns
    }
    assert made["id"] == "identity"
    assert "1.2" in str(made["gross"])
    view = told.get(postgres.urn("v"), Info)
    assert (view.kind, view.subtype) == ("view", "materialized view")
    assert told.get(postgres.urn("v"), Lineage).columns[0].column == "m"
    assert told.get(postgres.urn("v"), Profile).rows == 1


@contextmanager
def reader(place: Place) -> Iterator[str]:
    """The URL of a role that may do nothing yet; `%s` is its name."""
    name = f"r_{uuid4().hex[:10]}"
    place.run(f"CREATE ROLE {name}")
    try:
        options = f"-c role={name}"
        yield make_url(place.url).update_query_dict({"options": options}).render_as_string(hide_password=False), name  # type: ignore[misc]
    finally:
        place.run(f"DROP OWNED BY {name}", f"DROP ROLE {name}")


def test_a_schema_without_rights_is_told_and_keeps_what_it_had(postgres: Place) -> None:
    postgres.run("CREATE TABLE t (a integer)", "INSERT INTO t VALUES (1)")
    with reader(postgres) as (url, role):
        denied = Place("postgresql", url, postgres.schema, postgres.run).tell()
        (skipped,) = denied.skipped
        assert skipped.error
        assert "GRANT USAGE ON SCHEMA" in skipped.why
        assert denied.complete == []
        assert denied.tables == []
        postgres.run(f"GRANT USAGE ON SCHEMA {postgres.schema} TO {role}")
        names_only = Place("postgresql", url, postgres.schema, postgres.run).tell(profile=True)
        assert names_only.tables == ["t"]
        (skipped,) = names_only.skipped
        assert (skipped.what, skipped.error) == ("profile", False)
        assert "permission denied" in skipped.why
        assert not names_only.has(postgres.urn("t"), Profile)
        assert not any(locator.endswith("#profile") for locator in names_only.complete)
        postgres.run(f"GRANT SELECT ON ALL TABLES IN SCHEMA {postgres.schema} TO {role}")
        allowed = Place("postgresql", url, postgres.schema, postgres.run).tell(profile=True)
        assert allowed.get(postgres.urn("t"), Profile).rows == 1


def test_what_an_extension_brought_is_left_out(postgres: Place) -> None:
    try:
        postgres.run(f"CREATE EXTENSION pg_buffercache SCHEMA {postgres.schema}")
    except Exception as error:  # noqa: BLE001  not every server has contributed extensions
        pytest.skip(str(error).splitlines()[0])
    try:
        postgres.run("CREATE TABLE mine (a integer)")
        assert postgres.tell().tables == ["mine"]
    finally:
        postgres.run("DROP EXTENSION pg_buffercache")


def test_a_locked_table_is_not_waited_for(postgres: Place) -> None:
    """Whoever waits for a lock makes others wait behind: a profile gives up instead."""
    postgres.run("CREATE TABLE held (a integer)", "CREATE TABLE free (a integer)")
    url = make_url(postgres.url).set(drivername="postgresql+psycopg")
    with create_engine(url).connect() as holder:
        holder.exec_driver_sql(f"LOCK TABLE {postgres.schema}.held IN ACCESS EXCLUSIVE MODE")
        told = postgres.tell(profile=True)
        holder.rollback()
    assert told.tables == ["free", "held"]
    (skipped,) = told.skipped
    assert (skipped.what, skipped.pointer, skipped.error) == ("profile", "held", False)
    assert "lock timeout" in skipped.why
    assert told.has(postgres.urn("free"), Profile)


def test_a_connection_that_breaks_ends_the_source(postgres: Place) -> None:
    engine = open_engine(address.parse(postgres.url, "", "PROD", True), 10)
    ((process,),) = engine.rows("SELECT pg_backend_pid()")
    postgres.run(f"SELECT pg_terminate_backend({process})")
    with pytest.raises(SourceUnreadable, match=r"was lost.*index again"):
        engine.rows("SELECT 1")
    engine.close()


# MariaDB ----------------------------------------------------------------------------------------------------------


def test_a_broken_view_of_mariadb_is_told_and_the_rest_goes_on(mariadb: Place) -> None:
    mariadb.run(
        "CREATE TABLE gone (a integer)",
        "CREATE VIEW broken AS SELECT a FROM gone",
        "DROP TABLE gone",
        "CREATE TABLE t (d integer) PARTITION BY RANGE (d) (PARTITION a VALUES LESS THAN (9), "
        "PARTITION b VALUES LESS THAN MAXVALUE)",
        "CREATE TEMPORARY TABLE passing (a integer)",
        "CREATE SEQUENCE numbers",
    )
    told = mariadb.tell()
    assert told.tables == ["broken", "t"]
    (skipped,) = told.skipped
    assert (skipped.what, skipped.pointer, skipped.error) == ("broken view", "broken", True)
    assert "gone" in told.get(mariadb.urn("broken"), Logic).text
    assert "broken" in dict(told.get(mariadb.urn("broken"), Info).properties)
    assert not told.has(mariadb.urn("broken"), Schema)
    info = told.get(mariadb.urn("t"), Info)
    assert dict(info.properties)["partitions"] == "2"
    assert info.created_at is not None
    assert told.complete[-1] == ""


def test_mariadb_tells_sizes_and_the_last_write(mariadb: Place) -> None:
    mariadb.run("CREATE TABLE t (a integer PRIMARY KEY)", "INSERT INTO t VALUES (1), (2)", "ANALYZE TABLE t")
    told = mariadb.tell()
    profile = told.get(mariadb.urn("t"), Profile)
    assert profile.rows == 2
    assert profile.bytes
    assert told.get(mariadb.urn("t"), Freshness).loaded_at is not None


# SQLite and DuckDB ------------------------------------------------------------------------------------------------


def test_a_broken_view_of_sqlite_is_told_and_the_rest_goes_on(sqlite: Place) -> None:
    sqlite.run(
        "CREATE TABLE gone (a)",
        "CREATE VIEW broken AS SELECT a FROM gone",
        "CREATE TABLE t (a MONEY)",
        "CREATE VIEW good AS SELECT a FROM t",
        "DROP TABLE gone",
    )
    told = sqlite.tell()
    assert told.tables == ["broken", "good", "t"]
    (skipped,) = told.skipped
    assert (skipped.what, skipped.pointer, skipped.error) == ("broken view", "broken", True)
    assert told.get(sqlite.urn("t"), Schema).columns[0].type == "MONEY"
    assert told.has(sqlite.urn("good"), Lineage)


def test_inner_tables_of_a_full_text_index_are_left_out(sqlite: Place) -> None:
    try:
        sqlite.run("CREATE VIRTUAL TABLE texts USING fts5 (body)")
    except sqlite3.OperationalError as error:
        pytest.skip(str(error))
    told = sqlite.tell()
    assert told.tables == ["texts"]
    assert told.get(sqlite.urn("texts"), Info).subtype == "virtual table"


def test_views_of_duckdb_cannot_reach_other_files(duckdb: Place) -> None:
    secret = str(duckdb.path) + ".csv"
    with open(secret, "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write("word\nhidden\n")
    duckdb.run(f"CREATE VIEW outside AS SELECT * FROM read_csv('{secret}')")
    told = duckdb.tell(profile=True)
    assert [column.name for column in told.get(duckdb.urn("outside"), Schema).columns] == ["word"]
    engine = open_engine(address.parse(duckdb.url, "", "PROD", True), 10)
    with pytest.raises(StatementFailed, match=r"(?i)permission|disabled"):
        engine.rows("SELECT * FROM outside")
    engine.close()


# All --------------------------------------------------------------------------------------------------------------


def test_the_connection_cannot_write(place: Place) -> None:
    place.run("CREATE TABLE t (a integer)")
    engine = open_engine(address.parse(place.url, "", "PROD", True), 10)
    name = f"{engine.quoted(place.schema)}.{engine.quoted('t')}"
    for statement in (f"INSERT INTO {name} VALUES (1)", f"DROP TABLE {name}"):
        with pytest.raises(StatementFailed):
            engine.rows(statement)
    assert engine.rows(f"SELECT count(*) FROM {name}") == [(0,)]
    engine.close()


ENDLESS = {
    "postgresql": "SELECT count(*) FROM generate_series(1, 10000000000)",
    "mariadb": "SELECT count(*) FROM information_schema.columns a, information_schema.columns b, "
    "information_schema.columns c",
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
    "duckdb": "SELECT count(*) FROM range(1000000000) a, range(1000000000) b WHERE hash(a.range) = hash(b.range + 1)",
}


def test_a_statement_that_takes_too_long_is_stopped(place: Place) -> None:
    engine = open_engine(address.parse(place.url, "", "PROD", True), 0.3)
    with pytest.raises(StatementFailed):
        engine.rows(ENDLESS[place.engine])
    assert engine.rows("SELECT 1") == [(1,)]
    engine.close()


def test_a_writer_is_not_held_up_by_an_open_reader(place: Place) -> None:
    if place.engine == "duckdb":
        pytest.skip("DuckDB lets one process write a file or many read it")
    place.run("CREATE TABLE t (a integer)", "INSERT INTO t VALUES (1)")
    engine = open_engine(address.parse(place.url, "", "PROD", True), 10)
    engine.rows(f"SELECT * FROM {engine.quoted(place.schema)}.t")
    done = threading.Event()

    def alter() -> None:
        Place(place.engine, place.url, place.schema, place.run).run("ALTER TABLE t ADD COLUMN b integer")
        done.set()

    thread = threading.Thread(target=alter, daemon=True)
    thread.start()
    assert done.wait(10)
    thread.join()
    engine.close()
