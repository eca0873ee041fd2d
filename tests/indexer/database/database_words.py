"""Real databases for the connector's tests, one interface over four engines, and what the connector tells of them."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from catalog.aspects import Aspect
from catalog.change import Change, Complete, Record, Skipped
from indexer.sources.database import read

A = TypeVar("A", bound=Aspect)
POSTGRES, MARIADB = "DOCENT_TEST_POSTGRES", "DOCENT_TEST_MARIADB"


@dataclass(frozen=True)
class Place:
    """A database with an empty schema that is the test's own. `run` executes statements in it."""

    engine: str
    url: str
    schema: str
    run: Callable[..., None]
    path: Path | None = None

    @property
    def platform(self) -> str:
        return {"postgresql": "postgres"}.get(self.engine, self.engine)

    @property
    def within(self) -> str:
        """What stands before a table's name: shop.main."""
        if self.engine in ("mariadb", "mysql"):
            return self.schema
        if self.path is not None:
            return f"{self.path.stem}.{self.schema}"
        return f"{make_url(self.url).database}.{self.schema}"

    def urn(self, table: str, schema: str = "") -> str:
        within = self.within.removesuffix(self.schema) + (schema or self.schema)
        return f"urn:li:dataset:(urn:li:dataPlatform:{self.platform},{within}.{table},PROD)"

    def tell(self, **options: Any) -> Told:
        return Told(list(read(self.url, **({"schemas": (self.schema,)} | options))))


@dataclass(frozen=True)
class Told:
    """All records of one reading."""

    records: list[Record]
    aspects: dict[tuple[str, str], Aspect] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for one in self.records:
            if isinstance(one, Change) and isinstance(one.value, Aspect):
                assert (one.urn, one.value.NAME) not in self.aspects, f"told twice: {one.urn} {one.value.NAME}"
                self.aspects[one.urn, one.value.NAME] = one.value

    def get(self, urn: str, kind: type[A]) -> A:
        found = self.aspects[urn, kind.NAME]
        assert isinstance(found, kind)
        return found

    def has(self, urn: str, kind: type[Aspect]) -> bool:
        return (urn, kind.NAME) in self.aspects

    @property
    def tables(self) -> list[str]:
        return sorted(
            urn.split(",")[1].rsplit(".", 1)[-1] for urn, name in self.aspects if name == "info" and ":dataset:" in urn
        )

    @property
    def skipped(self) -> list[Skipped]:
        return [one for one in self.records if isinstance(one, Skipped)]

    @property
    def complete(self) -> list[str]:
        return [one.locator for one in self.records if isinstance(one, Complete)]


@contextmanager
def opened(engine: str, folder: Path) -> Iterator[Place]:
    """A place of an engine. Skips the test where the server is not named."""
    if engine == "sqlite":
        yield _sqlite(folder / "shop.db")
    elif engine == "duckdb":
        yield _duckdb(folder / "shop.duckdb")
    elif engine == "postgresql":
        yield from _served(engine, POSTGRES, "SCHEMA", " CASCADE")
    else:
        yield from _served(engine, MARIADB, "DATABASE", "")


def _sqlite(path: Path) -> Place:
    def run(*statements: str) -> None:
        with sqlite3.connect(path) as connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()

    run("VACUUM")
    return Place("sqlite", f"sqlite:///{path}", "main", run, path)


def _duckdb(path: Path) -> Place:
    import duckdb

    def run(*statements: str) -> None:
        with duckdb.connect(str(path)) as connection:
            for statement in statements:
                connection.execute(statement)

    run()
    return Place("duckdb", f"duckdb:///{path}", "main", run, path)


def _served(engine: str, variable: str, noun: str, cascade: str) -> Iterator[Place]:
    url = os.environ.get(variable, "")
    if not url:
        pytest.skip(f"{variable} names no database")
    schema = f"t_{uuid4().hex[:12]}"
    connection = create_engine(
        make_url(url).set(drivername={"postgresql": "postgresql+psycopg", "mariadb": "mariadb+pymysql"}[engine]),
        isolation_level="AUTOCOMMIT",
    ).connect()

    def run(*statements: str) -> None:
        for statement in statements:
            connection.execution_options(no_parameters=True).exec_driver_sql(statement)

    try:
        run(f"CREATE {noun} {schema}")
        run(f"SET search_path = {schema}" if engine == "postgresql" else f"USE {schema}")
        yield Place(engine, url, schema, run)
    finally:
        run(f"DROP {noun} {schema}{cascade}")
        connection.close()
        connection.engine.dispose()
