"""`docent bench lineage --fuzz N`: mangled and made-up SQL through the extractor, which must answer all of it in time.

Owns the mangling. Half of the texts are statements of our corpus with words cut, doubled, swapped or put in from
elsewhere; the rest are put together from pieces of SQL, or are no SQL at all. The same seed gives the same texts. They
go through the worker process that indexing uses, so that one which kills it is counted and costs no more.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from evals.lineage_cases import Case, read_cases
from indexer.enrich.sql import SchemaLookup, ScriptLineage
from indexer.enrich.sql.bounded import Extractor
from indexer.enrich.sql.words import words

SECONDS = 5.0
CORPUS = tuple(sorted((Path(__file__).parent / "data").glob("lineage_corpus_*.json")))
DIALECTS = (
    *("snowflake", "bigquery", "databricks", "spark", "redshift", "postgres", "mysql", "tsql", "oracle", "trino"),
    *("presto", "clickhouse", "duckdb", "sqlite", "athena", "teradata", "hive"),
)
PIECES = sorted(
    words(
        "select from where group order by having union all ( ) , . * ; ' \" ` [ ] { } {{ }} {% %} $$ -- /* */ with as "
        "insert into update set merge using when matched then delete create table view a s t.b 1 'x' case end over "
        "partition lateral unnest flatten pivot for in qualify :: -> => := @ # $1 not null exists values join on begin "
        "declare |> rename output returning trigger procedure loop recursive cross apply match_recognize"
    )
)
_KEPT = 20  # texts that went wrong, to be looked at

Extract = Callable[[str, str, SchemaLookup], ScriptLineage]


def fuzz_lineage(count: int, seed: int = 1, extract: Extract | None = None) -> dict[str, Any]:
    """Read `count` texts. `crashes`: the worker died or an error came out; `over_budget`: longer than 5 s."""
    if extract is not None:
        return _run(count, seed, extract)
    with Extractor(seconds=SECONDS) as extractor:
        return _run(count, seed, extractor.extract)


def _run(count: int, seed: int, extract: Extract) -> dict[str, Any]:
    crashes = over = 0
    slowest = 0.0
    bad: list[dict[str, str]] = []
    begun = time.perf_counter()
    for dialect, sql, case in texts(count, seed):
        started = time.perf_counter()
        try:
            told = " ".join(problem for s in extract(sql, dialect, case.lookup()).statements for problem in s.problems)
        except Exception as error:  # noqa: BLE001  whatever comes out is what is looked for
            told = f"{type(error).__name__}: {error} brought the parser down"
        took = time.perf_counter() - started
        slowest = max(slowest, took)
        crashed = "brought the parser down" in told or "could not be followed: " in told.split("parsed but ")[0]
        late = took > SECONDS or "took longer than" in told or "could not be read within" in told
        crashes += crashed
        over += late
        if (crashed or late) and len(bad) < _KEPT:
            bad.append({"dialect": dialect, "sql": sql[:2_000], "told": told[:300]})
    seconds = time.perf_counter() - begun
    return {
        "statements": count,
        "seed": seed,
        "crashes": crashes,
        "over_budget": over,
        "budget_s": SECONDS,
        "slowest_s": round(slowest, 3),
        "statements_per_s": round(count / seconds, 1),
        "bad": bad,
    }


def texts(count: int, seed: int) -> Iterator[tuple[str, str, Case]]:
    """(dialect, text, the case it was made of) in an order that the seed decides."""
    cases = [case for path in CORPUS for case in read_cases(path)]
    chance = random.Random(seed)
    for _ in range(count):
        case = chance.choice(cases)
        kind = chance.random()
        if kind < 0.6:
            sql = mangled(case.sql, chance)
        elif kind < 0.7:
            sql = mangled(f"{case.sql}; {chance.choice(cases).sql}", chance)
        elif kind < 0.95:
            sql = " ".join(chance.choice(PIECES) for _ in range(chance.randint(1, 60)))
        else:
            sql = "".join(
                chr(chance.choice((chance.randrange(32, 127), chance.randrange(1, 0x2FF)))) for _ in range(80)
            )
        yield (case.dialect if chance.random() < 0.6 else chance.choice(DIALECTS)), sql, case


def mangled(sql: str, chance: random.Random) -> str:
    """The text with one to five words changed."""
    parts = sql.split(" ")
    for _ in range(chance.randint(1, 5)):
        at = chance.randrange(len(parts))
        what = chance.random()
        if what < 0.3:
            parts[at] = chance.choice(PIECES)
        elif what < 0.5:
            parts.insert(at, chance.choice(PIECES))
        elif what < 0.65 and len(parts) > 1:
            del parts[at]
        elif what < 0.8:
            other = chance.randrange(len(parts))
            parts[at], parts[other] = parts[other], parts[at]
        elif what < 0.9:
            parts[at] = parts[at][: chance.randint(0, len(parts[at]))]
        else:
            parts = parts[: at + 1] + parts[at:]
    return " ".join(parts)
