"""Queries: what flows into each column of a result. Edges are written as lineage_text.py says."""

from __future__ import annotations

import pytest
from lineage_text import SHOP, edges_text, influences_text, lineage

from indexer.enrich.sql import DictSchema, extract

QUERIES = [
    ("snowflake", "select a as x, x + 1 as y from s", "s.a => x; s.a ~> y"),
    ("postgres", "select a as x, x from nowhere", "nowhere.a => x; nowhere.x => x"),
    ("postgres", "with w(x, y) as (select a, b from s) select y, x from w", "s.a => x; s.b => y"),
    (
        "snowflake",
        "with recursive r (id, p) as (select id, a from s union all select s.id, r.p from s join r on s.a = r.id) "
        "select * from r",
        "s.a => p; s.id => id",
    ),
    (
        "postgres",
        "with recursive r as (select a, b from s union all select b, a from r) select * from r",
        "s.a => a; s.a => b; s.b => a; s.b => b",
    ),
    ("postgres", "select a from s union all select b from t", "s.a => a; t.b => a"),
    ("duckdb", "select a, b from s union all by name select b, a from t", "s.a => a; s.b => b; t.a => a; t.b => b"),
    (
        "snowflake",
        "select row_number() over (partition by a order by b) as n, sum(a) over (order by id) as z from s qualify n = 1",
        "s.a +> z; s.a ~> n; s.b ~> n; s.id ~> z",
    ),
    ("postgres", "select sum(a) over w as z from s window w as (partition by b)", "s.a +> z; s.b ~> z"),
    (
        "snowflake",
        "select * from s pivot(sum(a) for b in ('x')) as q (id, arr, x)",
        "s.a +> x; s.arr => arr; s.id => id",
    ),
    ("bigquery", "select * from t pivot(sum(a) as z for b in ('x', 'y'))", "t.a +> z_x; t.a +> z_y; t.id => id"),
    ("snowflake", "select id, k, v from t unpivot(v for k in (a, b))", "t.a => v; t.b => v; t.id => id"),
    ("duckdb", "unpivot t on a, b into name n value v", "t.a => v; t.b => v; t.id => id"),
    ("snowflake", "select f.value:x as v from s, lateral flatten(input => s.arr) f", "s.arr ~> v"),
    ("snowflake", "select f.value from s, table(flatten(s.arr)) f", "s.arr ~> value"),
    ("bigquery", "select x, o from s, unnest(s.arr) as x with offset as o", "s.arr ~> o; s.arr ~> x"),
    ("bigquery", "select i.sku from s, s.arr as i", "s.arr ~> sku"),
    ("redshift", "select o.x from s c, c.arr o", "s.arr ~> x"),
    (
        "spark",
        "select id, x, k from s lateral view explode(arr) e as x lateral view outer explode(a) as k, v",
        "s.a ~> k; s.arr ~> x; s.id => id",
    ),
    ("trino", "select x, k from s cross join unnest(arr, b) as q(x, k)", "s.arr ~> x; s.b ~> k"),
    ("clickhouse", "select a, x from s array join arr as x", "s.a => a; s.arr ~> x"),
    ("postgres", "select u.x, n from s, lateral unnest(s.arr) with ordinality as u(x, n)", "s.arr ~> n; s.arr ~> x"),
    ("oracle", "select j.x from s, json_table(s.a, '$' columns (x varchar2 path '$.x')) j", "s.a ~> x"),
    (
        "tsql",
        "select j.v, q.b from s cross apply openjson(s.arr) with (v int '$.v') j "
        "outer apply (select top 1 b from t where t.id = s.id) q",
        "s.arr ~> v; t.b => b",
    ),
    ("postgres", "select (select max(c) from u where u.id = s.id) as m from s", "u.c +> m"),
    ("postgres", "select exists(select 1 from t where t.id = s.id) as e from s", ""),
    ("postgres", "select case when a > 1 then b end as e from s", "s.a ~> e; s.b ~> e"),
    ("postgres", "select s.* from s join u on s.id = u.id", "s.a => a; s.arr => arr; s.b => b; s.id => id"),
    ("duckdb", "select * exclude (arr) replace (b + 1 as b) rename (a as z) from s", "s.a => z; s.b ~> b; s.id => id"),
    ("snowflake", "select * exclude (a, arr) rename b as c from s", "s.b => c; s.id => id"),
    ("snowflake", "select * ilike 'A%' from s", "s.a => a; s.arr => arr"),
    ("bigquery", "select * except (arr, a) from s", "s.b => b; s.id => id"),
    ("postgres", "select * from u left join t using (id)", "t.a => a; t.b => b; t.id => id; u.c => c; u.id => id"),
    ("postgres", "select id from u full join t using (id)", "t.id ~> id; u.id ~> id"),
    ("postgres", "select * from (values (1, 'x')) v(m, n)", ""),
    ("postgres", "select row_to_json(u) as j from u", "u.c ~> j; u.id ~> j"),
    ("presto", "select transform(arr, x -> x + b) as q from s", "s.arr ~> q; s.b ~> q"),
    ("oracle", "select a, level from s connect by prior id = b", "s.a => a"),
    ("bigquery", "from s |> extend a + 1 as d |> aggregate sum(d) as z group by b", "s.a +> z; s.b => b"),
    (
        "bigquery",
        "select st.x as w from (select struct(a as x, b as y) as st from s)",
        "s.a => w",
    ),
    ("bigquery", "select addr.city, p.addr.zip as z from p", "p.addr.city => city; p.addr.zip => z"),
    ("bigquery", "select addr.* from p", "p.addr.city => city; p.addr.zip => zip"),
    ("bigquery", "with w as (select addr from p) select addr.city from w", "p.addr ~> city"),
    (
        "bigquery",
        "select if(x.id is null, x, y).* replace (x.c + y.c as c) from u x join u y using (id)",
        "u.c ~> c; u.id ~> id",
    ),
    (
        "snowflake",
        "select m from s match_recognize(partition by a order by b measures first(c.b) as m pattern (d c+) "
        "define c as a > 1)",
        "s.b +> m",
    ),
    ("snowflake", "select $1, t.$2:x::int as y from @st/p (file_format => 'f') t", "@st/p.$1 => $1; @st/p.$2 ~> y"),
    ("spark", "select * from s left semi join t using (id)", "s.a => a; s.arr => arr; s.b => b; s.id => id"),
    ("clickhouse", "with toDate(a) as d, (select max(c) from u) as n select d, n from s", "s.a ~> d; u.c +> n"),
    ("clickhouse", "select b as a, a + 1 as z from s", "s.b => a; s.b ~> z"),
    ("clickhouse", "select * except (arr, id) apply (toString) from s", "s.a ~> a; s.b ~> b"),
    ("hive", "select transform (a, b) using 'x' as (c, d) from s", "s.a ~> c; s.a ~> d; s.b ~> c; s.b ~> d"),
    ("duckdb", "select [x + b for x in arr if x > 0] as z from s", "s.arr ~> z; s.b ~> z"),
    ("duckdb", "select max(columns(*)) from u", "u.c +> c; u.id +> id"),
    ("postgres", "select to_jsonb(u.*) as j, count(u.*) as n from u", "u.c ~> j; u.id ~> j"),
    ("bigquery", "from u |> set c = c + id |> rename c as d |> drop id |> as q |> where d > 1", "u.c ~> d; u.id ~> d"),
    ("bigquery", "select as value struct(a as x, b as y) from s", "s.a => x; s.b => y"),
    ("tsql", "select n = (select max(c) from u), [a] as [x y] from s", "s.a => x y; u.c +> n"),
    ("clickhouse", "select a from remote('h', d.n) where b in u", "d.n.a => a"),
    ("duckdb", "select x from 'd/x.parquet'", "d/x.parquet.x => x"),
    ("duckdb", "select x from read_csv('x.csv')", "x.csv.x => x"),
    ("clickhouse", "select dictGet('d.names', 'n', a) as n from s", "s.a ~> n"),
    ("oracle", "select s.a, seq.nextval, sysdate from s, dual", "s.a => a"),
]


@pytest.mark.parametrize(("dialect", "sql", "expected"), QUERIES)
def test_result_columns_come_from(dialect: str, sql: str, expected: str) -> None:
    assert lineage(sql, dialect) == expected


def test_star_over_unknown_table_passes_named_columns_through() -> None:
    sql = "select x, y from (select *, 1 as y from nowhere) q"
    assert lineage(sql, "postgres") == "nowhere.x => x"


def test_star_over_one_known_and_one_unknown_table() -> None:
    sql = "with w as (select * from s join nowhere on true) select a, z from w"
    assert lineage(sql, "postgres") == "nowhere.z => z; s.a => a"


def test_star_at_the_top_over_unknown_table_says_what_is_missing() -> None:
    script = extract("select * from nowhere", "postgres", SHOP)
    assert not script.complete
    assert "columns of nowhere are not known" in script.statements[0].problems[0]


def test_column_of_several_unknown_tables_is_given_to_none() -> None:
    script = extract("select a from x1 join x2 on x1.id = x2.id", "postgres", SHOP)
    assert edges_text(script) == ""
    assert "'a' may belong to any of several tables" in script.statements[0].problems[0]


def test_unused_cte_counts_as_read_but_gives_nothing() -> None:
    script = extract("with w as (select a from s) select b from t", "postgres", SHOP)
    assert {str(name) for name in script.statements[0].in_tables} == {"s", "t"}
    assert edges_text(script) == "t.b => b"


def test_conditions_influence_and_do_not_flow() -> None:
    sql = "select s.a from s join t on s.id = t.id where s.b in (select c from u where u.id > 1)"
    script = extract(sql, "postgres", SHOP)
    assert edges_text(script) == "s.a => a"
    assert influences_text(script) == "filter s.b; filter u.c; filter u.id; join s.id; join t.id"


def test_conditions_of_an_unused_cte_do_not_influence() -> None:
    script = extract("with w as (select a from s where b = 1) select a from t", "postgres", SHOP)
    assert influences_text(script) == ""


def test_expression_text_and_place() -> None:
    sql = "select\n  a,\n  coalesce(cast(b as int), 0)\n    as z\nfrom s"
    edges = {edge.to_column: edge for edge in extract(sql, "postgres", SHOP).edges()}
    assert edges["z"].expression == "coalesce(cast(b as int), 0)"
    place = edges["z"].place
    assert place is not None
    assert (place.line, place.column) == (3, 3)
    assert sql[place.start : place.end] == edges["z"].expression


@pytest.mark.parametrize(
    "expression",
    [
        "(a + b) * 2",
        "cast(cast(a as int) as text)",
        "case when a > 1 then 'q' when true then null end",
        "sum(a) over (partition by b order by coalesce(a, 1))",
        "upper(trim(a || 'x'))",
        "-a",
        "a::int",
        "(select max(c) from u)",
    ],
)
def test_expression_text_is_whole(expression: str) -> None:
    script = extract(f"select b, {expression} as z, id from s", "postgres", SHOP)
    assert {edge.expression for edge in script.edges() if edge.to_column == "z"} == {expression}


def test_confidence_says_how_much_the_schema_knows() -> None:
    script = extract("select a, zz from s", "postgres", DictSchema({"s": ("a",)}))
    assert {e.from_column: e.confidence for e in script.edges()} == {"a": 0.95, "zz": 0.5}
    assert [e.confidence for e in extract("select a from s", "postgres", DictSchema({})).edges()] == [0.8]


def test_wide_chain_of_ctes_is_read_once_a_column() -> None:
    columns = [f"c{n}" for n in range(30)]
    ctes = [f"s0 as (select {', '.join(columns)} from base)"]
    ctes += [f"s{n} as (select {', '.join(f'{c} + 1 as {c}' for c in columns)} from s{n - 1})" for n in range(1, 20)]
    script = extract(f"with {', '.join(ctes)} select * from s19", "postgres", DictSchema({}))
    assert len(list(script.edges())) == 30
