"""Limits: size, depth, time, memory, and text that is no SQL at all."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lineage_text import SHOP, edges_text
from test_sql_changes import WRITES
from test_sql_queries import QUERIES

from indexer.enrich.sql import StatementLineage, extract, jinja
from indexer.enrich.sql.bounded import Extractor
from indexer.enrich.sql.extract import OutOfTime
from indexer.enrich.sql.guard import MAX_CHARACTERS, MAX_DEPTH

FUZZ = int(os.environ.get("DOCENT_FUZZ_STATEMENTS", "1500"))
"""How many mangled statements to try. The whole programme is 20,000: see docs/sql-lineage.md."""

SECONDS = 5.0


@pytest.fixture(scope="module")
def bounded() -> Iterator[Extractor]:
    with Extractor(seconds=SECONDS) as extractor:
        yield extractor


def only(statements: tuple[StatementLineage, ...]) -> StatementLineage:
    (statement,) = statements
    return statement


def test_text_over_the_size_limit_keeps_its_tables() -> None:
    sql = "insert into d.t select a from d.s where x in (" + "1," * (MAX_CHARACTERS // 2) + "1)"
    statement = only(extract(sql, "postgres", SHOP).statements)
    assert [str(name) for name in statement.in_tables] == ["d.s"]
    assert [str(name) for name in statement.out_tables] == ["d.t"]
    assert "characters" in statement.problems[0]


BOMBS = {
    "brackets": "select " + "(" * 100_000 + "1",
    "subqueries": "select * from (" * 15_000 + "select 1",
    "case": "select " + "case when 1 then " * 10_000 + "1",
    "not": "select " + "not " * 20_000 + "1",
    "minus": "select " + "- " * 20_000 + "1",
    "array types": "select cast(a as " + "array<" * 20_000 + "int",
    "arrows": "select " + "x -> " * 20_000 + "x",
    "intervals": "select " + "interval " * 10_000,
}


@pytest.mark.parametrize("shape", BOMBS)
def test_bomb_costs_its_statement_only(shape: str, bounded: Extractor) -> None:
    started = time.monotonic()
    script = bounded.extract(BOMBS[shape] + "; select c from u", "snowflake", SHOP)
    assert time.monotonic() - started < 2 * SECONDS + 1
    assert not script.statements[0].complete
    assert edges_text(script) == "u.c => c"


def test_depth_below_the_limit_is_followed() -> None:
    depth = MAX_DEPTH - 2
    sql = "select * from (" * (depth // 2) + "select a from s" + ") q" * (depth // 2)
    assert edges_text(extract(sql, "postgres", SHOP)) == "s.a => a"


def test_long_chain_of_operators_is_followed() -> None:
    sql = "select " + " + ".join(["a"] * 5_000) + " as z from s"
    assert edges_text(extract(sql, "postgres", SHOP)) == "s.a ~> z"


def test_long_chain_of_unions_is_followed() -> None:
    sql = " union all ".join(["select a from s"] * 1_000)
    assert edges_text(extract(sql, "postgres", SHOP)) == "s.a => a"


def test_statement_over_its_time_falls_back_to_tables() -> None:
    statement = only(extract("select a from s", "postgres", SHOP, seconds=-1).statements)
    assert [str(name) for name in statement.in_tables] == ["s"]
    assert "within -1 s" in statement.problems[0]
    assert issubclass(OutOfTime, Exception)


def test_worker_answers_as_the_function_does(bounded: Extractor) -> None:
    sql = "create temp table w as select * from s; insert into t (a) select b from w"
    assert bounded.extract(sql, "postgres", SHOP) == extract(sql, "postgres", SHOP)


def test_slow_statement_is_ended_and_the_others_are_read() -> None:
    slow = "select a" + "[1]" * 80_000 + " from s"
    with Extractor(seconds=1.5) as extractor:
        script = extractor.extract(f"select c from u; {slow}; select b from t", "postgres", SHOP)
    assert edges_text(script) == "t.b => b; u.c => c"
    assert "took longer than 1.5 s" in script.statements[1].problems[0]
    assert script.statements[1].basis == "inferred"


def test_worker_without_memory_leaves_tables() -> None:
    hungry = "select " + ", ".join(f"a + {n} as c{n}" for n in range(12_000)) + " from s"
    with Extractor(seconds=20, megabytes=110) as extractor:
        script = extractor.extract(hungry, "postgres", SHOP)
        assert edges_text(extractor.extract("select c from u", "postgres", SHOP)) == "u.c => c"
    assert [str(name) for name in script.statements[0].in_tables] == ["s"]


def test_template_loops_cannot_grow_without_end() -> None:
    loops = "".join(f"{{% for x{n} in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] %}}" for n in range(8))
    rendered = jinja.render(f"select 1 {loops} + 1 {'{% endfor %}' * 8}")
    assert len(rendered.text) <= jinja.MAX_RENDERED
    assert rendered.problems


PIECES = tuple(
    word
    for line in (
        "select from where group by order having union all ( ) , . * ; ' \" ` [ ] { } {{ }} {% %} $$ -- /* */ with as",
        "insert into update set merge using when matched then delete create table view a s t.b 1 'x' case end over",
        "partition lateral unnest flatten pivot for in qualify :: -> => := @ # $1 not null exists values join on begin",
        "declare |> rename output returning trigger procedure loop",
    )
    for word in line.split(" ")
)
DIALECTS = (
    *("snowflake", "bigquery", "databricks", "spark", "redshift", "postgres", "mysql", "tsql", "oracle", "trino"),
    *("presto", "clickhouse", "duckdb", "sqlite", "athena", "teradata", "hive"),
)


def mangled(seed: int) -> tuple[str, str]:
    """A statement of the tests with words cut, doubled, swapped or put in from elsewhere, and a dialect."""
    chance = random.Random(seed)
    dialect, sql, *_ = chance.choice([*QUERIES, *WRITES])
    words = sql.split(" ")
    for _ in range(chance.randint(1, 5)):
        at = chance.randrange(len(words))
        what = chance.random()
        if what < 0.3:
            words[at] = chance.choice(PIECES)
        elif what < 0.5:
            words.insert(at, chance.choice(PIECES))
        elif what < 0.65 and len(words) > 1:
            del words[at]
        elif what < 0.8:
            other = chance.randrange(len(words))
            words[at], words[other] = words[other], words[at]
        elif what < 0.9:
            words[at] = words[at][: chance.randint(0, len(words[at]))]
        else:
            words = words[: at + 1] + words[at:]
    return (dialect if chance.random() < 0.6 else chance.choice(DIALECTS)), " ".join(words)


def test_mangled_statements_never_raise_and_stay_in_time() -> None:
    slowest = 0.0
    for seed in range(FUZZ):
        dialect, sql = mangled(seed)
        started = time.monotonic()
        extract(sql, dialect, SHOP)
        slowest = max(slowest, time.monotonic() - started)
    assert slowest < SECONDS


@settings(max_examples=max(100, FUZZ // 10), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(PIECES), max_size=40).map(" ".join) | st.text(max_size=80), st.sampled_from(DIALECTS))
def test_any_text_is_answered(sql: str, dialect: str) -> None:
    extract(sql, dialect, SHOP)
