"""Statements that write: what flows into which column of which table."""

from __future__ import annotations

import pytest
from lineage_text import SHOP, edges_text, influences_text, lineage

from indexer.enrich.sql import extract

WRITES = [
    ("postgres", "create table n as select a, b + 1 as c from s", "s.a => n.a; s.b ~> n.c"),
    ("postgres", "create view v (x, y) as select a, b from s", "s.a => v.x; s.b => v.y"),
    ("postgres", "create materialized view mv as select a from s with no data", "s.a => mv.a"),
    ("snowflake", "create table n clone u", "u.c => n.c; u.id => n.id"),
    ("mysql", "create table n like s", ""),
    ("clickhouse", "create materialized view mv to t (a Int8) as select b as a from s", "s.b => t.a"),
    ("duckdb", "create table n as from u", "u.c => n.c; u.id => n.id"),
    ("postgres", "insert into t (b, a) select a, b from s", "s.a => t.b; s.b => t.a"),
    ("postgres", "insert into t select id, b, a from s", "s.a => t.b; s.b => t.a; s.id => t.id"),
    ("postgres", "insert into nowhere select a, b as z from s", "s.a => nowhere.a; s.b => nowhere.z"),
    ("duckdb", "insert into t by name select b, a from s", "s.a => t.a; s.b => t.b"),
    ("mysql", "insert into t set a = (select max(c) from u)", "u.c +> t.a"),
    ("mysql", "replace into t (a) select b from s", "s.b => t.a"),
    ("mysql", "insert into t (a, b) select a, b from s on duplicate key update b = values(a) + t.b",
     "s.a => t.a; s.a ~> t.b; s.b => t.b; t.b ~> t.b"),
    ("postgres", "insert into t (a, b) select a, b from s on conflict (a) do update set b = excluded.a",
     "s.a => t.a; s.a => t.b; s.b => t.b"),
    ("hive", "insert overwrite table t partition (b = 'x') select a, id from s", "s.a => t.id; s.id => t.a"),
    ("hive", "from s insert overwrite table n1 select a where b > 1 insert into table n2 select b",
     "s.a => n1.a; s.b => n2.b"),
    ("snowflake", "insert all when a > 1 then into n1 (x) values (b) into n2 select a, b from s",
     "s.a => n2.a; s.b => n1.x; s.b => n2.b"),
    ("tsql", "select a, b into n from s", "s.a => n.a; s.b => n.b"),
    ("postgres", "update t set a = s.a, b = t.b || 'x' from s where t.id = s.id", "s.a => t.a; t.b ~> t.b"),
    ("tsql", "update q set q.a = s.b from t q join s on q.id = s.id", "s.b => t.a"),
    ("tsql", "update t set a = s.b output deleted.a into u (c) from s where s.id = t.id", "s.b => t.a; t.a => u.c"),
    ("tsql", "with w as (select a, b from t) update w set a = b", "t.b => t.a"),
    ("mysql", "update t join s on t.id = s.id set t.a = s.b, s.a = t.b", "s.b => t.a; t.b => s.a"),
    ("oracle", "update t set (a, b) = (select a, arr from s where s.id = t.id)", "s.a => t.a; s.arr => t.b"),
    ("teradata", "update t from s set a = s.b where t.id = s.id", "s.b => t.a"),
    ("snowflake",
     "merge into t using (select * from s) x on t.id = x.id when matched and x.b > 1 then delete "
     "when matched then update set t.a = x.b when not matched then insert (id, a) values (x.id, x.a)",
     "s.a => t.a; s.b => t.a; s.id => t.id"),
    ("databricks", "merge into u using t on u.id = t.id when matched then update set * when not matched then insert *",
     "t.id => u.id"),
    ("bigquery", "merge t using t as x on t.id = x.id when not matched then insert row",
     "t.a => t.a; t.b => t.b; t.id => t.id"),
    ("postgres", "delete from t using s where t.id = s.id", ""),
    ("postgres", "with d as (delete from t where a = 1 returning *) insert into u (c) select b from d", "t.b => u.c"),
    ("redshift", "alter table t append from u", "u.c => t.c; u.id => t.id"),
    ("snowflake", "copy into t (a, b) from (select $1, $2:x from @st/p)", "@st/p.$1 => t.a; @st/p.$2 ~> t.b"),
    ("snowflake", "copy into @st/p from u", "u.c => @st/p.c; u.id => @st/p.id"),
    ("postgres", "copy (select a from s) to '/x.csv'", "s.a => /x.csv.a"),
    ("redshift", "unload ('select a from t where b = ''1''') to 's3://k'", "t.a => s3://k.a"),
    ("athena", "unload (select a from t) to 's3://k' with (format = 'parquet')", "t.a => s3://k.a"),
    ("bigquery", "export data options (uri = 'gs://k/*.csv') as select a from t", "t.a => gs://k/*.csv.a"),
    ("spark", "insert overwrite directory '/x' using parquet select a from s", "s.a => /x.a"),
]  # fmt: skip


@pytest.mark.parametrize(("dialect", "sql", "expected"), WRITES)
def test_written_columns_come_from(dialect: str, sql: str, expected: str) -> None:
    assert lineage(sql, dialect) == expected


TABLES = [
    ("redshift", "copy t from 's3://k' iam_role 'x' csv", "s3://k", "t"),
    ("hive", "load data inpath '/x' into table t", "/x", "t"),
    ("mysql", "load data local infile '/x' into table t fields terminated by ','", "/x", "t"),
    ("bigquery", "load data into d.n from files (format = 'CSV', uris = ['gs://x'])", "gs://x", "d.n"),
    ("sqlite", "drop table d.n", "", "d.n"),
    ("snowflake", "drop schema d", "", ""),
    ("snowflake", "truncate table t", "", "t"),
    ("mysql", "delete t from t join s on t.id = s.id", "s t", "t"),
    ("tsql", "with w as (select a, row_number() over (order by b) as n from s) delete from w where n > 1", "", "s"),
    ("postgres", "delete from t where a = (select max(a) from t)", "t", "t"),
    ("snowflake", "merge into t using s on t.id = s.id when matched then update set a = s.a", "s", "t"),
    ("snowflake", "merge into t using s on t.id = s.id when matched then update set a = t.a + s.a", "s t", "t"),
    ("snowflake", "update t set a = 1", "t", "t"),
    ("sqlite", "insert into t (a) values (1)", "", "t"),
    ("sqlite", "create table n (x int)", "", "n"),
]


@pytest.mark.parametrize(("dialect", "sql", "reads", "writes"), TABLES)
def test_tables_read_and_written(dialect: str, sql: str, reads: str, writes: str) -> None:
    (statement,) = extract(sql, dialect, SHOP).statements
    assert " ".join(sorted(str(name) for name in statement.in_tables)) == reads
    assert " ".join(sorted(str(name) for name in statement.out_tables)) == writes


def test_deletion_is_influenced_by_its_conditions() -> None:
    script = extract("delete from t using s where t.id = s.id", "postgres", SHOP)
    assert influences_text(script) == "filter s.id; filter t.id"


def test_insert_of_more_columns_than_the_table_has_is_a_problem() -> None:
    script = extract("insert into u select id, a, b from t", "postgres", SHOP)
    assert "3 columns are inserted into u" in script.statements[0].problems[0]
    assert edges_text(script) == "t.a => u.c; t.id => u.id"
