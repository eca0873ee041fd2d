"""Which file reads which engine. One line each; what is not listed is read through SQLAlchemy's Inspector alone."""

from __future__ import annotations

from importlib import import_module

from indexer.sources.database.address import Address
from indexer.sources.database.records import Engine

_ENGINES = {
    "postgresql": "postgres:Postgres",
    "mysql": "mysql:MySql",
    "mariadb": "mysql:MySql",
    "sqlite": "sqlite:Sqlite",
    "duckdb": "duckdb:DuckDb",
}


def open_engine(address: Address, seconds: float) -> Engine:
    """Connect, read-only. `seconds`: limit of each statement. Raises ConfigInvalid, SourceUnreadable."""
    name = _ENGINES.get(address.url.get_backend_name(), "other:Other")
    module, _, kind = name.partition(":")
    opened: Engine = getattr(import_module(f"indexer.sources.database.{module}"), kind)(address, seconds)
    return opened
