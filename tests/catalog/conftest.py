"""What the catalog's tests share: a database URL for each engine, a clock that the test moves.

PostgreSQL runs when DOCENT_TEST_POSTGRES names a database that may be written to; each test has a schema of its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from catalog_words import Clock
from sqlalchemy import create_engine, text

from catalog.catalog import Catalog

POSTGRES = "DOCENT_TEST_POSTGRES"


def _schema_of(url: str) -> Iterator[str]:
    name = f"t_{uuid4().hex[:12]}"
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(f"CREATE SCHEMA {name}"))
        yield f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{name}%20-csynchronous_commit%3Doff"
        with engine.connect() as connection:
            connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
    finally:
        engine.dispose()


def _url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/catalog.db"
        return
    url = os.environ.get(POSTGRES, "")
    if not url:
        pytest.skip(f"{POSTGRES} names no database, for example postgresql+psycopg://user@host/docent_test")
    yield from _schema_of(url.replace("postgresql://", "postgresql+psycopg://"))


both = [pytest.param("sqlite"), pytest.param("postgres", marks=pytest.mark.postgres)]
catalog_url = pytest.fixture(params=both)(_url)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def catalog(catalog_url: str, clock: Clock) -> Iterator[Catalog]:
    """An empty catalog, on each engine."""
    opened = Catalog(catalog_url, clock=clock)
    yield opened
    opened.database.close()


@pytest.fixture
def local(tmp_path: Path, clock: Clock) -> Iterator[Callable[..., Catalog]]:
    """Makes catalogs on SQLite, for what does not depend on the engine."""
    opened: list[Catalog] = []

    def make(**settings: object) -> Catalog:
        made = Catalog(f"sqlite:///{tmp_path}/local{len(opened)}.db", clock=clock, **settings)  # type: ignore[arg-type]
        opened.append(made)
        return made

    yield make
    for one in opened:
        one.database.close()
