"""The trial of reading a large database: it prints its figures and leaves nothing behind."""

from __future__ import annotations

import os

import pytest
from sqlalchemy import create_engine, text

from catalog.errors import BadInput
from evals.bench_database import bench_database


def trial_schemas(url: str) -> set[str]:
    engine = create_engine(url)
    with engine.connect() as connection:
        names = set(connection.execute(text("SELECT nspname FROM pg_namespace WHERE nspname ~ '^bench_'")).scalars())
    engine.dispose()
    return names


@pytest.mark.postgres
def test_the_trial_measures_and_cleans_up() -> None:
    url = os.environ.get("DOCENT_TEST_POSTGRES", "")
    if not url:
        pytest.skip("DOCENT_TEST_POSTGRES names no database")
    before = trial_schemas(url)
    figures = bench_database(60, url)
    assert (figures["tables"], figures["views"], figures["errors"], figures["changed_again"]) == (60, 1, 0, 0)
    assert figures["part_tables"] == 50
    assert figures["profile_statements"] > 0
    assert figures["statements"] < 40  # a few for a schema, whatever the number of its tables
    assert trial_schemas(url) <= before


def test_another_engine_is_refused() -> None:
    with pytest.raises(BadInput, match="on PostgreSQL"):
        bench_database(5, "sqlite:///shop.db")
