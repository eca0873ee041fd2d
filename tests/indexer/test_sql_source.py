"""The sql connector: logs of each platform, who reads what, joins, examples without personal data, files of SQL."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest

from catalog.aspects import (
    Aspect,
    Column,
    Documentation,
    ExampleQuery,
    Info,
    Join,
    Joins,
    Lineage,
    Logic,
    Queries,
    Schema,
    Usage,
)
from catalog.catalog import Catalog
from catalog.change import Change, Complete, Origin, Record, Skipped
from catalog.errors import ConfigInvalid, SourceUnreadable
from catalog.redaction import upstreams_of, without_columns, without_upstreams
from catalog.urn import dataset, parse
from evals.fuzz_lineage import texts
from indexer.connectors import SourceConfig, records
from indexer.enrich.known import read_known
from indexer.run import run_source
from indexer.sources.sql import read
from indexer.sources.sql.formats import CSVLOG, Entry
from indexer.sources.sql.masking import masked
from indexer.sources.sql.meaning import Meaning
from indexer.sources.sql.tally import Tally

A = TypeVar("A", bound=Aspect)
ORDERS, PEOPLE = dataset("postgres", "shop.public.orders"), dataset("postgres", "shop.public.customers")
ANA, BEN = "urn:li:corpuser:ana", "urn:li:corpuser:ben"


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    opened = Catalog(f"sqlite:///{tmp_path}/catalog.db")
    columns = {ORDERS: ("id", "Customer_ID", "amount", "status"), PEOPLE: ("id", "email", "name", "country")}
    opened.apply(
        Change(urn, Schema(tuple(Column(name) for name in names)), Origin("warehouse"))
        for urn, names in columns.items()
    )
    yield opened
    opened.database.close()


def log(folder: Path, *queries: tuple[str, str, str], name: str = "log.jsonl") -> Path:
    """A generic log: (query, user, day of October)."""
    folder.mkdir(exist_ok=True)
    lines = [
        json.dumps({"query": query, "user": user, "started_at": f"2026-10-{day}T09:00:00Z"})
        for query, user, day in queries
    ]
    (folder / name).write_text("\n".join(lines) + "\n")
    return folder


def told(folder: Path, catalog: Catalog | None = None, **options: Any) -> list[Record]:
    options = {"dialect": "postgres", "database": "shop"} | options
    if catalog is None:
        return list(read(folder, **options))
    return list(records(SourceConfig("sql", "sql", str(folder), options), Path(), known=lambda: read_known(catalog)))


def aspect(found: Sequence[Record], urn: str, kind: type[A]) -> A:
    (value,) = [
        one.value for one in found if isinstance(one, Change) and one.urn == urn and isinstance(one.value, kind)
    ]
    return value


def errors(found: Sequence[Record]) -> list[str]:
    return [f"{one.locator} {one.pointer}: {one.why}" for one in found if isinstance(one, Skipped) and one.error]


def test_who_reads_what_how_often_and_when(tmp_path: Path, catalog: Catalog) -> None:
    folder = log(
        tmp_path / "logs",
        ("select amount from orders where status = 'paid'", "ana@shop.example", "01"),
        ("SELECT amount FROM public.ORDERS where status = 'open'", "ana@shop.example", "05"),
        ("select id from orders", "ben@shop.example", "11"),
        ("select id from orders", "svc_looker", "09"),
    )
    usage = aspect(told(folder, catalog), ORDERS, Usage)
    assert usage == Usage(
        queries=4,
        users=2,
        days=10,
        last_used_at=datetime(2026, 10, 11, 9, tzinfo=UTC),
        top_users=((ANA, 2), (BEN, 1)),
        columns=(("amount", 2), ("id", 2), ("status", 2)),
        service_queries=1,
    )


def test_columns_of_a_star_and_of_unqualified_names_come_from_the_catalog(tmp_path: Path, catalog: Catalog) -> None:
    folder = log(
        tmp_path / "logs",
        ("select * from customers", "ana", "01"),
        ("select amount, country from orders join customers on customer_id = customers.id", "ana", "01"),
    )
    found = told(folder, catalog)
    assert dict(aspect(found, PEOPLE, Usage).columns) == {"id": 2, "email": 1, "name": 1, "country": 2}
    assert dict(aspect(found, ORDERS, Usage).columns) == {"amount": 1, "Customer_ID": 1}


def test_joins_are_counted_on_both_sides_pair_by_pair(tmp_path: Path, catalog: Catalog) -> None:
    on = "select 1 from orders o join customers c on o.customer_id = c.id"
    folder = log(
        tmp_path / "logs",
        (on, "ana", "01"),
        (on + " where o.amount > 5", "ben", "02"),
        ("select 1 from orders o, customers c where c.id = o.customer_id and c.country = o.status", "ana", "03"),
    )
    found = told(folder, catalog)
    one = Join(("Customer_ID",), PEOPLE, ("id",), 2, 2, datetime(2026, 10, 2, 9, tzinfo=UTC))
    two = Join(("Customer_ID", "status"), PEOPLE, ("id", "country"), 1, 1, datetime(2026, 10, 3, 9, tzinfo=UTC))
    assert aspect(found, ORDERS, Joins).joins == (one, two)
    assert [(join.columns, join.target, join.target_columns) for join in aspect(found, PEOPLE, Joins).joins] == [
        (("id",), ORDERS, ("Customer_ID",)),
        (("country", "id"), ORDERS, ("status", "Customer_ID")),
    ]


def test_examples_are_one_a_shape_the_popular_and_recent_first(tmp_path: Path, catalog: Catalog) -> None:
    old = [("select id from orders where amount > 1", "ana", "01")] * 3
    popular = [(f"select status,  amount from orders where id = {n} -- ask {n}", f"p{n}", "28") for n in range(4)]
    found = told(log(tmp_path / "logs", *old, *popular), catalog)
    first, second = aspect(found, ORDERS, Queries).queries
    assert first.sql == "select status,  amount from orders where id = :1"
    assert (first.runs, second.runs) == (4, 3)
    assert first.reads == ((ORDERS, ""), (ORDERS, "amount"), (ORDERS, "id"), (ORDERS, "status"))


def test_values_of_columns_that_the_catalog_knows_to_be_sensitive_are_not_shown(tmp_path: Path) -> None:
    folder = log(tmp_path / "logs", ("select id from orders where plan_type = 'gold' and state = 'paid'", "ana", "01"))
    found = told(folder, classified=lambda urn: {"plan_type": ("confidential",)} if urn == ORDERS else {})
    assert [q.sql for q in aspect(found, ORDERS, Queries).queries] == [
        "select id from orders where plan_type = :1 and state = 'paid'"
    ]


def test_examples_over_what_one_may_not_see_are_not_shown() -> None:
    open_one = ExampleQuery("select id from orders", reads=((ORDERS, ""), (ORDERS, "id")))
    joined = ExampleQuery("select email ...", reads=((ORDERS, ""), (PEOPLE, ""), (PEOPLE, "email")))
    both = Queries((open_one, joined))
    assert upstreams_of(both) == {ORDERS, PEOPLE}
    assert without_upstreams(both, {PEOPLE}) == Queries((open_one,))
    assert without_columns(both, ORDERS, lambda urn, column: (urn, column) == (PEOPLE, "email")) == Queries((open_one,))
    joins = Joins((Join(("a",), PEOPLE, ("email",)), Join(("b",), ORDERS, ("id",))))
    assert without_upstreams(joins, {PEOPLE}) == Joins((joins.joins[1],))
    assert without_columns(joins, ORDERS, lambda urn, column: column == "email") == Joins((joins.joins[1],))


def test_what_logged_statements_write_gets_lineage(tmp_path: Path, catalog: Catalog) -> None:
    folder = log(
        tmp_path / "logs",
        ("create table mart.paid__dbt_tmp as select id, amount * 2 as twice from orders where status='x'", "dbt", "01"),
        ("insert into mart.paid select id, amount from orders where 'ana@x.example' = status", "dbt", "02"),
    )
    found = told(folder, catalog)
    target = dataset("postgres", "shop.mart.paid")
    made = aspect(found, target, Lineage)
    assert {(e.source_column, e.column, e.how) for e in made.columns if e.column != "*"} == {
        ("id", "id", "identity"),
        ("amount", "twice", "expression"),
        ("amount", "amount", "identity"),
    }
    assert [up.urn for up in made.upstreams] == [ORDERS]
    assert {query.title for query in aspect(found, target, Queries).queries} == {"writes this table"}
    assert "ana@" not in repr(found)
    assert aspect(found, ORDERS, Usage).users == 0


def test_sql_files_become_tasks_with_their_text_and_heading(tmp_path: Path) -> None:
    (tmp_path / "etl").mkdir()
    text = "/* Loads paid orders.\n * Every night. */\ninsert into paid select * from orders;\n"
    (tmp_path / "etl" / "load.sql").write_text(text)
    (tmp_path / "empty.sql").write_text(" \n")
    found = told(tmp_path, schema="sales")
    flow = "urn:li:dataFlow:(postgres,sql,PROD)"
    urn = f"urn:li:dataJob:({flow},etl/load.sql)"
    info = aspect(found, urn, Info)
    assert (info.kind, info.name, info.subtype, info.parent) == ("task", "load", "SQL script", flow)
    assert info.properties == (("default_database", "shop"), ("default_schema", "sales"))
    assert aspect(found, urn, Logic) == Logic(text, "sql", "postgres")
    assert aspect(found, urn, Documentation).text == "Loads paid orders.\nEvery night."
    assert found[-1] == Complete()


def csv_log(folder: Path, name: str, header: Sequence[str], *rows: Sequence[str]) -> Path:
    folder.mkdir(exist_ok=True)
    with (folder / name).open("w", newline="") as stream:
        csv.writer(stream).writerows([header, *rows] if header else rows)
    return folder


SNOWFLAKE = ("QUERY_TEXT", "USER_NAME", "START_TIME", "WAREHOUSE_NAME", "DATABASE_NAME", "SCHEMA_NAME", "EXECUTION_STATUS", "TOTAL_ELAPSED_TIME", "ROWS_PRODUCED")  # fmt: skip


def test_snowflake_query_history(tmp_path: Path) -> None:
    folder = csv_log(
        tmp_path / "logs",
        "history.csv",
        SNOWFLAKE,
        ("select id\nfrom orders", "ANA", "2026-10-01 10:00:00.000 -0800", "WH", "SHOP", "SALES", "SUCCESS", "12", "3"),
        ("select id from orders", "ANA", "2026-10-02 10:00:00.000 -0800", "WH", "SHOP", "SALES", "FAIL", "12", ""),
    )
    found = told(folder, dialect="", database="")
    usage = aspect(found, dataset("snowflake", "shop.sales.orders"), Usage)
    assert (usage.queries, usage.top_users) == (1, ((ANA, 1),))
    assert usage.last_used_at == datetime(2026, 10, 1, 18, tzinfo=UTC)
    assert [one.what for one in found if isinstance(one, Skipped)] == ["query that failed"]


def test_bigquery_jobs_with_shards_and_service_accounts(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    rows: list[dict[str, Any]] = [
        {"query": 'select a from `p.d.events_20260101` where b = "Ana"', "user_email": "ana@x.example"},
        {"query": "select a from `p.d.events_20260102`", "user_email": "job@p.iam.gserviceaccount.com"},
        {"query": "select a from `p.d.events_*`", "user_email": "ben@x.example", "error_result": {"reason": "invalid"}},
    ]
    common = {"creation_time": "2026-10-01 10:00:00.123456 UTC", "project_id": "p", "state": "DONE"}
    with gzip.open(folder / "jobs.json.gz", "wt") as stream:
        stream.writelines(json.dumps({**common, "error_result": None, **row}) + "\n" for row in rows)
    found = told(folder, dialect="", database="")
    usage = aspect(found, dataset("bigquery", "p.d.events_yyyymmdd"), Usage)
    assert (usage.queries, usage.users, usage.service_queries) == (2, 1, 1)
    assert "Ana" not in repr(found)


def test_postgres_csvlog_has_no_header(tmp_path: Path) -> None:
    def row(message: str, severity: str = "LOG", query: str = "", detail: str = "") -> list[str]:
        given = {"log_time": "2026-10-01 10:00:00.123 CET", "user_name": "ana", "database_name": "shop"}
        given |= {"error_severity": severity, "message": message, "query": query, "detail": detail}
        return [given.get(name, "") for name in (*CSVLOG, "backend_type")]

    folder = csv_log(
        tmp_path / "logs",
        "postgresql.csv",
        (),
        row("duration: 1.5 ms  statement: select id from orders"),
        row("execute S_1: select id from orders where email = $1", detail="parameters: $1 = 'ana@x.example'"),
        row("connection authorized: user=ana"),
        row('relation "nothing" does not exist', "ERROR", "select * from nothing"),
    )
    found = told(folder, dialect="", database="")
    assert aspect(found, ORDERS, Usage).queries == 2
    assert sorted(one.what for one in found if isinstance(one, Skipped)) == [
        "log line that is no statement",
        "query that failed",
    ]
    assert "ana@x" not in repr(found)


@pytest.mark.parametrize(
    ("record", "dialect"),
    [
        (
            {"query_text": "select id from public.orders", "user_id": "7", "start_time": "2026-10-01 10:00:00", "elapsed_time": "99", "status": "success", "database_name": "shop"},
            "redshift",
        ),
        ({"querytxt": "select id from public.orders", "userid": "7", "starttime": "2026-10-01 10:00:00", "aborted": "0", "database": "shop"}, "redshift"),
        ({"query_id": "x", "query": "select id from orders", "user": "ana", "created": "2026-10-01 10:00:00 UTC", "state": "FINISHED", "catalog": "shop", "schema": "public"}, "trino"),
        ({"metadata": {"queryId": "x", "query": "select id from orders", "queryState": "FINISHED"}, "context": {"user": "ana", "catalog": "shop", "schema": "public"}, "createTime": 1790000000.5}, "trino"),
        ({"statement_text": "select id from shop.public.orders", "executed_by": "ana@x.example", "start_time": "2026-10-01T10:00:00Z", "execution_status": "FINISHED"}, "databricks"),
    ],
)  # fmt: skip
def test_other_platforms_logs_tell_what_they_are(tmp_path: Path, record: dict[str, Any], dialect: str) -> None:
    (tmp_path / "log.jsonl").write_text(json.dumps(record) + "\n")
    found = told(tmp_path, dialect="", database="")
    assert aspect(found, dataset(dialect, "shop.public.orders"), Usage).queries == 1


def test_columns_called_otherwise_are_named_by_an_option(tmp_path: Path) -> None:
    folder = csv_log(
        tmp_path / "logs", "a.csv", ("what", "who", "when"), ("select id from orders", "ana", "2026-10-01")
    )
    assert "no column holds the query: there are what, when, who" in errors(told(folder))[0]
    found = told(folder, columns=("query=what", "user=who", "started_at=when"))
    assert aspect(found, ORDERS, Usage).top_users == ((ANA, 1),)


def test_users_become_people_and_services_do_not_count_as_such(tmp_path: Path) -> None:
    names = ("ACME\\Ana", "ana@other.example", "BEN_DB", "etl_nightly", "report-bot", "")
    folder = log(tmp_path / "logs", *(("select id from orders", name, "01") for name in names))
    found = told(folder, users=("BEN_DB=ben",), service_users=("etl_*",))
    usage = aspect(found, ORDERS, Usage)
    assert (usage.top_users, usage.users, usage.queries, usage.service_queries) == (((ANA, 2), (BEN, 1)), 2, 6, 3)
    whole = told(folder, user_names="whole")
    assert ("urn:li:corpuser:ana@other.example", 1) in aspect(whole, ORDERS, Usage).top_users


def test_only_the_last_days_count_when_asked(tmp_path: Path) -> None:
    folder = log(tmp_path / "logs", *(("select id from orders", "ana", day) for day in ("01", "20", "28")))
    usage = aspect(told(folder, days=10), ORDERS, Usage)
    assert (usage.queries, usage.days) == (2, 10)


def test_broken_lines_and_statements_are_told_and_the_rest_counts(tmp_path: Path) -> None:
    folder = log(tmp_path / "logs", ("select id from orders", "ana", "01"), ("selct nothing frm (", "ana", "01"))
    with (folder / "log.jsonl").open("a") as stream:
        stream.write('{"query": "select id from orders", "user": "ana", "started_at": "yesterday"}\nno json\n[1]\n')
    found = told(folder)
    assert aspect(found, ORDERS, Usage).queries == 1
    assert [one.split(": ")[0] for one in errors(found)] == [f"log.jsonl line {n}" for n in (3, 4, 5)]
    assert "'yesterday' is no time" in errors(found)[0]
    assert [s.what for s in found if isinstance(s, Skipped) and not s.error] == ["statement that could not be parsed"]
    assert not any(isinstance(one, Complete) for one in found)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.json", b'[{"query": "select 1"}]', "one JSON array"),
        ("a.csv", b'query,user,started_at\n"select 1,ana,2026-10-01\n', "cannot be read further"),
        ("a.csv", b"query,user,started_at\nselect 1,ana\n", "2 columns where the header has 3"),
        ("a.csv", b"x,y\n1,2\n", "no column holds the query"),
        ("a.csv.gz", b"not gzip", "cannot be read further"),
        ("a.jsonl.gz", gzip.compress(b'{"query": 1}' * 5000, mtime=0)[:60], "cannot be read further"),
        ("a.jsonl", b'{"query": "' + b"x" * (3 * 2**20) + b'"}', "a line is longer"),
        ("a.sql", b"select '\xff'", "is not UTF-8 text"),
    ],
)
def test_bad_files_get_clear_errors_and_stop_nothing(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    folder = log(tmp_path / "logs", ("select id from orders", "ana", "01"), name="good.jsonl")
    (folder / name).write_bytes(content)
    found = told(folder)
    (error,) = errors(found)
    assert said in error
    assert error.startswith(name)
    assert aspect(found, ORDERS, Usage).queries == 1


def test_options_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    log(tmp_path, ("select 1", "ana", "01"))
    (tmp_path / "a.sql").write_text("select 1")
    with pytest.raises(SourceUnreadable, match="nothing at"):
        told(tmp_path / "missing")
    with pytest.raises(ConfigInvalid, match="name their dialect"):
        told(tmp_path, dialect="")
    with pytest.raises(ConfigInvalid, match="'klingon' is unknown"):
        told(tmp_path, dialect="klingon")
    with pytest.raises(ConfigInvalid, match="Did you mean 'query'"):
        told(tmp_path, columns=("qery=a",))
    with pytest.raises(ConfigInvalid, match="not LOGIN=PERSON"):
        told(tmp_path, users=("ana",))
    (tmp_path / "a.sql").unlink()
    with pytest.raises(ConfigInvalid, match="do not tell their dialect"):
        told(tmp_path, dialect="")


def test_reading_again_changes_nothing_and_what_left_the_logs_goes(tmp_path: Path, catalog: Catalog) -> None:
    folder = log(tmp_path / "logs", ("select id from orders", "ana", "01"), ("select id from customers", "ana", "01"))
    catalog.register("sql", "sql")

    def run() -> dict[str, int]:
        config = SourceConfig("sql", "sql", str(folder), {"dialect": "postgres", "database": "shop"})
        return run_source(catalog, "sql", records(config, Path(), known=lambda: read_known(catalog))).counts()

    assert run()["added"] == 4
    assert run() | {"unchanged": 0} == dict.fromkeys(
        ("added", "changed", "removed", "unchanged", "skipped", "errors"), 0
    )
    log(folder, ("select id from orders", "ana", "01"))
    assert run()["removed"] == 2


def test_each_shape_is_parsed_once_and_memory_is_bounded(tmp_path: Path) -> None:
    parsed: list[str] = []

    def meaning(entry: Entry) -> Meaning:
        parsed.append(entry.text)
        return Meaning(((ORDERS, ("id",)),), example=entry.text)

    tally = Tally(meaning, lambda user: ANA, "postgres", shapes=10)
    at = datetime(2026, 10, 1, tzinfo=UTC)
    for n in range(3_000):
        tally.add(Entry(f"select c{n % 3} from orders where id = {n}", "ana", at))
    assert tally.parsed == 3
    for n in range(500):
        tally.add(Entry(f"select d{n} from orders", "ana", at))
    assert len(tally._shapes) <= 10
    tally.close()
    usage = next(value for value in tally.aspects(ORDERS, 0, 5) if isinstance(value, Usage))
    assert usage.queries == 3_500


MASKED = [
    (
        "select * from t where email = 'ana@x.example' and state = 'paid'",
        "select * from t where email = :1 and state = 'paid'",
    ),
    ("select * from t where name like '%Silva%' or note = $$Ana$$", "select * from t where name like :1 or note = :2"),
    (
        "select * from t where phone = '+49 151 2345678' or phone = 491512345678",
        "select * from t where phone = :1 or phone = :2",
    ),
    (
        "select * from t where id = 7 and id in (1, 2) limit 10",
        "select * from t where id = :1 and id in (:2, :3) limit 10",
    ),
    (
        "select * from t where birth_date = '1987-03-01' and day >= '2026-01-01'",
        "select * from t where birth_date = :1 and day >= '2026-01-01'",
    ),
    ("select * from t where gender = 'f' and country = 'DE'", "select * from t where gender = :1 and country = 'DE'"),
    (
        "select date_trunc('month', d), to_char(d, 'YYYY-MM'), d + interval '7 days' from t",
        "select date_trunc('month', d), to_char(d, 'YYYY-MM'), d + interval '7 days' from t",
    ),
    (
        "select case when status = 'open' then 'Ana' else 'Ben' end from t",
        "select case when status = 'open' then :1 else :2 end from t",
    ),
    (
        "select * from t where is_active = 1 and year = 2026 and n > 12345",
        "select * from t where is_active = 1 and year = 2026 and n > :1",
    ),
    ("select a -- ana@x.example\n/* Ben */ from t", "select a\n  from t"),
    ("select * from t where 'Ana' = first_name", "select * from t where :1 = first_name"),
    ("select * from t where status = 'ana schmidt'", "select * from t where status = :1"),
    ("select 'o''neill', e'a\\'b', n'c' from t", "select :1, :2, :3 from t"),
    ("select * from t where name = 'unterminated", "select * from t where name = :1"),
]


@pytest.mark.parametrize(("sql", "shown"), MASKED)
def test_literals_that_may_be_personal_become_parameters(sql: str, shown: str) -> None:
    assert masked(sql, "postgres") == shown


@pytest.mark.parametrize(
    ("sql", "dialect", "shown"),
    [
        ('select * from t where n = "Ana \\" Silva"', "bigquery", "select * from t where n = :1"),
        ("select * from t where n = 'it\\'s Ana'", "mysql", "select * from t where n = :1"),
        ("select * from t where n = q'[it's Ana]'", "oracle", "select * from t where n = :1"),
        ("select [Order Date] from t where n = N'Ana'", "tsql", "select [Order Date] from t where n = :1"),
        ('select * from t where n = "Ana"', "sqlite", "select * from t where n = :1"),
        (
            "select v:email::string from t where v:n = 'Ana'",
            "snowflake",
            "select v:email::string from t where v:n = :1",
        ),
    ],
)
def test_strings_end_where_the_dialect_says(sql: str, dialect: str, shown: str) -> None:
    assert masked(sql, dialect) == shown


@pytest.mark.parametrize("sql", ['select a as "ana@x.example" from t', 'select a as "+49 151 2345678" from t', "select " + "a, " * 5000 + "b from t"])  # fmt: skip
def test_statement_that_still_looks_personal_is_not_shown(sql: str) -> None:
    assert masked(sql, "postgres") is None


def test_personal_columns_can_be_named() -> None:
    assert masked("select 1 from t where plan = 'gold'", "postgres", ("plan",)) == "select 1 from t where plan = :1"


PERSONS = (
    "Ana Silva",
    "ana.silva@mail.example",
    "+49 (151) 234-5678",
    "DE89370400440532013000",
    "silva",
    "4111111111111111",
)
PLACES = (
    "select * from t where name = {}", "select * from t where status in ('paid', {})", "select {} as who from t",
    "select coalesce(name, {}) from t", "insert into t (name) values ({})", "select * from t where {} = user_name",
    "update t set name = {} where id = 1", "select * from t where lower(name) like {} escape '!'",
    "select case name when {} then 1 end from t", "select json_value(x, {}) from t", "select * from f({}, day => {})",
    "select * from t where status = 'paid' || {}", "select * from t where (status, name) = ('paid', {})",
    "select * from t where status between {} and {}", "select array[{}] from t", "select * from t where date_trunc({}, d) = d",
)  # fmt: skip


def leaks(mask: Callable[[str, str], str | None]) -> list[str]:
    found = []
    for place in PLACES:
        for person in PERSONS:
            if person == "silva" and "status" in place:
                continue  # a word in small letters where a status stands is taken for one
            for quote in ("'{}'", "e'{}'", "$${}$$", "$a${}$a$"):
                shown = mask(place.replace("{}", quote.replace("{}", person)), "postgres") or ""
                found += [shown] if person in shown or person.split()[0] in shown else []
    return found


def test_no_person_in_any_place_of_a_statement_is_shown() -> None:
    assert leaks(masked) == []


def test_masking_of_addresses_alone_would_be_caught() -> None:
    assert leaks(lambda sql, dialect: re.sub(r"\S+@\S+", ":1", sql))


def test_mangled_statements_in_a_log_never_stop_it(tmp_path: Path) -> None:
    lines = [
        json.dumps({"query": sql, "user": "ana", "started_at": "2026-10-01T09:00:00Z"}) for _, sql, _ in texts(200, 5)
    ]
    (tmp_path / "log.jsonl").write_text("\n".join(lines), encoding="utf-8", errors="replace")
    found = told(tmp_path)
    assert found[-1] == Complete()
    for change in found:
        if isinstance(change, Change):
            parse(change.urn)
