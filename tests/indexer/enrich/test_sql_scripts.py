"""Scripts: statements in order, tables made on the way, procedures, dynamic SQL, templates, names."""

from __future__ import annotations

import pytest
from lineage_text import SHOP, edges_text, lineage

from indexer.enrich.sql import DictSchema, TableName, extract, lasting, outer_tables

SCRIPTS = [
    ("snowflake", "create temp table w as select a from s; insert into t (a) select * from w", "s.a => w.a; w.a => t.a"),
    ("tsql", "select a, b into #w from s; insert into t (a) select b from #w", "#w.b => t.a; s.a => #w.a; s.b => #w.b"),
    ("postgres", "create table n (x int, y int); insert into n select a, b from s", "s.a => n.x; s.b => n.y"),
    ("snowflake", "use schema d.x; select a from n", "d.x.n.a => a"),
    ("mysql", "use d; select a from n", "d.n.a => a"),
    ("snowflake", "create procedure p() returns string language sql as $$ begin insert into t(a) select b from s; end $$",
     "s.b => t.a"),
    ("snowflake", "create task k warehouse = w schedule = '1 minute' as insert into t (a) select b from s", "s.b => t.a"),
    ("tsql", "create procedure p as\nbegin\n insert into t (a)\n select b from s\n update t set a = b\n if @x > 1\n"
     "  delete from t\nend", "s.b => t.a; t.b => t.a"),
    ("postgres", "create function f() returns void as $$ begin insert into t(a) select b from s; end $$ language plpgsql",
     "s.b => t.a"),
    ("oracle", "create or replace procedure p is v number; begin for r in (select a from s) loop "
     "insert into t(a) select b from s; end loop; commit; end;\n/\nselect c from u", "s.b => t.a; u.c => c"),
    ("mysql", "delimiter //\ncreate procedure p() begin insert into t(a) select b from s; end //\ndelimiter ;\n"
     "select c from u", "s.b => t.a; u.c => c"),
    ("bigquery", "begin insert into t (a) select b from s; end", "s.b => t.a"),
    ("tsql", "insert into t (a) select b from s\ngo\nselect c from u\ngo", "s.b => t.a; u.c => c"),
    ("tsql", "exec sp_executesql N'insert into t (a) select b from s'", "s.b => t.a"),
    ("snowflake", "execute immediate 'insert into t(a) select b from s where id = ''x'''", "s.b => t.a"),
    ("oracle", "begin execute immediate 'insert into t(a) select b from s' using x; end;", "s.b => t.a"),
    ("postgres", "grant select on s to x; commit; ;; select c from u", "u.c => c"),
    ("postgres", "select (((( from; select c from u", "u.c => c"),
]  # fmt: skip


@pytest.mark.parametrize(("dialect", "sql", "expected"), SCRIPTS)
def test_script_edges(dialect: str, sql: str, expected: str) -> None:
    assert lineage(sql, dialect) == expected


def test_temporary_tables_are_named() -> None:
    script = extract("create temp table w as select a from s; select a from w", "postgres", SHOP)
    assert script.temporary == {TableName(("w",))}


def test_statement_text_and_place_are_kept() -> None:
    sql = "select a from s;\n\n  select c\nfrom u;"
    second = extract(sql, "postgres", SHOP).statements[1]
    assert second.text == "select c\nfrom u"
    assert (second.place.line, second.place.column) == (3, 3)


def test_statement_that_no_grammar_reads_keeps_its_tables() -> None:
    script = extract("upsert magic into d.t what from d.s, d.u join d.v on 1", "postgres", SHOP)
    (statement,) = script.statements
    assert statement.basis == "inferred"
    assert not statement.complete
    assert {str(name) for name in statement.in_tables} == {"d.s", "d.v"}
    assert {str(name) for name in statement.out_tables} == {"d.t"}


NAMES = [
    ("postgres", 'select A, "B" from Sales', "db.ns.sales.B => B; db.ns.sales.a => a"),
    ("postgres", 'select a from "Sales"', "db.ns.Sales.a => a"),
    ("snowflake", 'select A, "B", "c" from Sales', "db.ns.sales.a => a; db.ns.sales.b => b; db.ns.sales.c => c"),
    ("snowflake", "select a from x.Sales", "db.x.sales.a => a"),
    ("snowflake", "select a from y..Sales", "y.public.sales.a => a"),
    ("tsql", "select [A] from y..[Sales]", "y.dbo.sales.a => a"),
    ("bigquery", "select A from `p-1.d.Sales`", "p-1.d.Sales.a => a"),
    ("clickhouse", "select A from Sales", "db.ns.Sales.A => A"),
    ("bigquery", "select a from `p.d.e_20240131`", "p.d.e_yyyymmdd.a => a"),
    ("bigquery", "select a from `p.d.e_2024*`", "p.d.e_yyyymmdd.a => a"),
    ("bigquery", "select a from `p.d.e$20240131`", "p.d.e.a => a"),
    ("postgres", "select a from e_20240131", "db.ns.e_20240131.a => a"),
]


@pytest.mark.parametrize(("dialect", "sql", "expected"), NAMES)
def test_unknown_names_are_folded_as_the_platform_does(dialect: str, sql: str, expected: str) -> None:
    assert lineage(sql, dialect, DictSchema({}), "db", "ns") == expected


def test_known_names_are_spelled_as_the_catalog_has_them() -> None:
    schema = DictSchema({"db.ns.Orders": ("OrderId", "Total"), "db.ns.Out": ("TOTAL",)})
    sql = "insert into OUT (total) select sum(TOTAL) from orders"
    assert lineage(sql, "snowflake", schema, "db", "ns") == "db.ns.Orders.Total +> db.ns.Out.TOTAL"


def test_date_suffixed_table_is_its_family_where_the_catalog_keeps_one() -> None:
    schema = DictSchema({"ns.e_yyyymmdd": ("a",)})
    assert lineage("select a from ns.e_20240131", "postgres", schema) == "ns.e_yyyymmdd.a => a"


def test_exact_spelling_wins_over_another_case() -> None:
    schema = DictSchema({"t": ("A", "a")})
    assert lineage('select "A" from t', "postgres", schema) == "t.A => A"


TEMPLATES = [
    ("select a from {{ ref('s') }}", "s.a => a"),
    ("select c from {{ source('raw', 'u') }}", "raw.u.c => c"),
    ("{{ config(materialized='table') }} select a from {{ ref('pkg', 's') }} {# select b from t #}", "s.a => a"),
    ("select a {% if is_incremental() %}, b {% else %}, id {% endif %} from {{ ref('s') }}", "s.a => a; s.id => id"),
    ("select {% for c in ['a', 'b'] %}{{ c }} as x_{{ c }}{% if not loop.last %}, {% endif %}{% endfor %} from s",
     "s.a => x_a; s.b => x_b"),
    ("{% set cols = ['a'] %}{% set k = 'b' %}select {{ cols[0] if 0 else k }} from s", "s.unknown_expression => unknown_expression"),
    ("{% set k = 'b' %}select {{ k }} from s where a > {{ var('from', 3) }}", "s.b => b"),
    ("{% macro m() %}select b from t{% endmacro %}select a from s", "s.a => a"),
    ("{% snapshot x %}select a from s{% endsnapshot %}", "s.a => a"),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "expected"), TEMPLATES)
def test_dbt_templates_are_rendered_far_enough(sql: str, expected: str) -> None:
    assert lineage(sql, "postgres") == expected


def test_unknown_template_expression_is_a_problem() -> None:
    script = extract("select {{ my_macro() }} as x, a from s", "postgres", SHOP)
    assert "my_macro()" in script.problems[0]
    assert "s.a => a" in edges_text(script)
    assert not script.complete


RUNS = [
    (
        "tsql",
        "declare @v table (x int, y int); insert into @v select a, b from s; update @v set y = x; "
        "insert into t (a, b) select x, y + 1 from @v",
        "s.a => t.a; s.a ~> t.b; s.b ~> t.b",
    ),
    (
        "redshift",
        "create temp table w (like u); insert into w select id, sum(a) from s group by 1; insert into u select * from w",
        "s.a +> u.c; s.id => u.id",
    ),
    ("spark", "cache table w as select a from s; create table n as select max(a) as m from w", "s.a +> n.m"),
    ("postgres", "create table n as select a from s; insert into t (a) select a from n", "n.a => t.a; s.a => n.a"),
    ("postgres", "create temp table w as select a from s", "s.a => w.a"),
]


@pytest.mark.parametrize(("dialect", "sql", "expected"), RUNS)
def test_temporary_tables_are_resolved_through(dialect: str, sql: str, expected: str) -> None:
    marks = {"identity": "=", "expression": "~", "aggregate": "+"}
    edges = lasting(extract(sql, dialect, SHOP))
    texts = {f"{e.from_table}.{e.from_column} {marks[e.how]}> {e.to_table}.{e.to_column}" for e in edges}
    assert "; ".join(sorted(texts)) == expected


def test_temporary_tables_are_neither_read_nor_written_from_outside() -> None:
    sql = "create temp table w as select a from s; insert into t (a) select a from w"
    reads, writes = outer_tables(extract(sql, "postgres", SHOP))
    assert (set(map(str, reads)), set(map(str, writes))) == ({"s"}, {"t"})


ROUTINES = [
    (
        "oracle",
        "declare v number; begin select max(a) into v from s; update t set a = v where id = 1; "
        "for r in (select id, b from s) loop update t set b = r.b where id = r.id; end loop; end;",
        "s.a +> t.a; s.b => t.b",
    ),
    ("tsql", "declare @v int; select @v = max(c) from u; insert into t (a) values (@v)", "u.c +> t.a"),
    ("tsql", "set @v = (select max(c) from u); insert into t (a) values (@v)", "u.c +> t.a"),
    ("mysql", "create procedure p(in x int) begin insert into t (a, b) select a, x from s; end", "s.a => t.a"),
    (
        "oracle",
        "create or replace trigger k before update on s for each row begin insert into t (a, b) "
        "values (:new.a, :old.b); update u set c = :new.b; end;",
        "s.a => t.a; s.b => t.b; s.b => u.c",
    ),
    (
        "tsql",
        "create trigger k on s after update as begin insert into u (id, c) select i.id, d.a from inserted i "
        "join deleted d on d.id = i.id end",
        "s.a => u.c; s.id => u.id",
    ),
    (
        "sqlite",
        "create trigger k after update of a on s begin insert into u (id) values (new.id); end; select c from u",
        "s.id => u.id; u.c => c",
    ),
    ("postgres", "create rule k as on update to s do also insert into u (id) values (new.id)", "s.id => u.id"),
    ("postgres", "do $$ begin insert into t (a) select a from s; end $$", "s.a => t.a"),
]


@pytest.mark.parametrize(("dialect", "sql", "expected"), ROUTINES)
def test_bodies_count_as_if_they_ran(dialect: str, sql: str, expected: str) -> None:
    assert lineage(sql, dialect) == expected


REDUCED = [
    ("oracle", "create table n nologging parallel 4 as select a from s", "s.a => n.a"),
    ("mysql", "create algorithm = undefined sql security invoker view v (x) as select a from s", "s.a => v.x"),
    ("databricks", "create or refresh streaming table n (constraint k expect (a > 1)) as select a from stream(s)",
     "s.a => n.a"),
    ("bigquery", "create snapshot table n clone u options (x = 1)", "u.c => n.c; u.id => n.id"),
    ("teradata", "create table n as u with no data", ""),
]  # fmt: skip


@pytest.mark.parametrize(("dialect", "sql", "expected"), REDUCED)
def test_create_with_unknown_options_is_reduced_to_its_query(dialect: str, sql: str, expected: str) -> None:
    script = extract(sql, dialect, SHOP)
    assert edges_text(script) == expected
    assert script.complete


def test_clause_that_the_grammar_lacks_is_left_out_and_named() -> None:
    script = extract("select a, b from s frobnicate by b where a > 1", "oracle", SHOP)
    assert edges_text(script) == "s.a => a; s.b => b"
    assert not script.complete
    assert "left out: '" in script.statements[0].problems[0]


JOINS = [
    ("select 1 from s join t on s.id = t.a and s.b > 1 and s.a = t.b", "s.a = t.b, s.id = t.a"),
    ("select 1 from s, t where (s.id = t.a) and s.b = 'x'", "s.id = t.a"),
    ("select 1 from s left join t using (a)", "s.a = t.a"),
    ("with q as (select id as k from s) select 1 from q join t on q.k = t.a", "s.id = t.a"),
    ("select 1 from s where exists (select 1 from t where t.a = s.id)", "s.id = t.a"),
    ("select 1 from s join t on lower(s.a) = t.b or s.id = t.a", ""),
    ("select 1 from s x join s y on x.id = y.a", "s.a = s.id"),
    ("merge into t using s on t.a = s.id when matched then update set b = s.b", "s.id = t.a"),
    ("update t set b = s.b from s where s.id = t.a", "s.id = t.a"),
]


@pytest.mark.parametrize(("sql", "keys"), JOINS)
def test_columns_that_a_condition_sets_equal_are_join_keys(sql: str, keys: str) -> None:
    (statement,) = extract(sql, "postgres", SHOP).statements
    found = [f"{key.left}.{one} = {key.right}.{two}" for key in statement.joins for one, two in key.pairs]
    assert ", ".join(sorted(found)) == keys
