"""A fresh place on every engine: SQLite and DuckDB always, the servers where DOCENT_TEST_POSTGRES and
DOCENT_TEST_MARIADB name databases in which schemas may be made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from database_words import Place, opened

ENGINES = [
    pytest.param("sqlite"),
    pytest.param("duckdb"),
    pytest.param("postgresql", marks=pytest.mark.postgres),
    pytest.param("mariadb", marks=pytest.mark.mariadb),
]


@pytest.fixture(params=ENGINES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with opened(request.param, tmp_path) as found:
        yield found


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Place]:
    with opened("postgresql", tmp_path) as found:
        yield found


@pytest.fixture
def mariadb(tmp_path: Path) -> Iterator[Place]:
    with opened("mariadb", tmp_path) as found:
        yield found


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Place]:
    with opened("sqlite", tmp_path) as found:
        yield found


@pytest.fixture
def duckdb(tmp_path: Path) -> Iterator[Place]:
    with opened("duckdb", tmp_path) as found:
        yield found
