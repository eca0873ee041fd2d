"""The fuzzing bench: it runs, the same seed gives the same texts, and it notices what it is there to notice."""

from __future__ import annotations

from evals import fuzz_lineage as bench
from indexer.enrich.sql import SchemaLookup, ScriptLineage, extract


def test_the_extractor_survives_a_sample() -> None:
    report = bench.fuzz_lineage(300)
    assert (report["statements"], report["crashes"], report["over_budget"], report["bad"]) == (300, 0, 0, [])


def test_the_same_seed_gives_the_same_texts() -> None:
    first, again, other = ([text for _, text, _ in bench.texts(50, seed)] for seed in (1, 1, 2))
    assert first == again != other


def test_an_extractor_that_breaks_is_noticed() -> None:
    def breaks(sql: str, dialect: str, schema: SchemaLookup) -> ScriptLineage:
        if "merge" in sql:
            raise KeyError("merge")
        return extract(sql, dialect, schema)

    report = bench.fuzz_lineage(100, extract=breaks)
    assert report["crashes"] > 0
    assert "merge" in report["bad"][0]["sql"]


def test_an_extractor_that_is_slow_is_noticed() -> None:
    def slow(sql: str, dialect: str, schema: SchemaLookup) -> ScriptLineage:
        return extract(sql, dialect, schema, seconds=-1)

    assert bench.fuzz_lineage(50, extract=slow)["over_budget"] > 0
