"""Builds the demo company's DuckDB warehouse: raw schemas only, the rest is dbt's. Writes one file, reads none.

The same seed and day give the same rows, and so the same fingerprint, on every machine.
"""

from __future__ import annotations

import argparse
import hashlib
from datetime import datetime
from pathlib import Path

from demo.raw import app, billing, business, erp, operations
from demo.raw.tables import RawTable, statements
from demo.raw.world import World, build_world

SEED = 20160401  # the day the company opened its first shop
TODAY = datetime(2026, 11, 23, 5, 10)  # the demo's clock; the committed dbt artifacts are of this morning

TABLE_COMMENTS = {
    (
        "raw_billing",
        "invoices",
    ): "One row per invoice as issued by the billing provider. Only status changes after issue.",
    ("raw_events", "bike_pings"): "IoT v4 pings. Sampled to 1 in 50 before load.",
    ("legacy_erp", "BKPF_DOC"): "Buchungsbelege",
}


def raw_tables(world: World) -> list[RawTable]:
    """All source tables, in the order they are loaded."""
    return [table for system in (app, billing, business, operations, erp) for table in system.tables(world)]


def fingerprint(tables: list[RawTable]) -> str:
    """SHA-256 over the SQL that makes the tables: two builds with the same fingerprint hold the same rows."""
    digest = hashlib.sha256()
    for table in tables:
        for statement in statements(table):
            digest.update(statement.encode())
    return digest.hexdigest()


def build(path: Path, now: datetime = TODAY, seed: int = SEED) -> int:
    """Write the warehouse to `path`, replacing what is there; returns the number of rows. Needs the duckdb package."""
    import duckdb

    path.unlink(missing_ok=True)
    tables = raw_tables(build_world(seed, now))
    with duckdb.connect(str(path)) as connection:
        for schema in dict.fromkeys(table.schema for table in tables):
            connection.execute(f"CREATE SCHEMA {schema}")
        connection.execute("BEGIN")
        for table in tables:
            for statement in statements(table):
                connection.execute(statement)
        for (schema, name), comment in TABLE_COMMENTS.items():
            connection.execute(f"COMMENT ON TABLE {schema}.\"{name}\" IS '{comment}'")
        connection.execute("COMMIT")
    return sum(len(table.rows) for table in tables)


def main() -> None:
    parser = argparse.ArgumentParser(description="Build the demo company's DuckDB warehouse.")
    parser.add_argument("path", type=Path, help="DuckDB file to write, for example /tmp/veldrad.duckdb")
    rows = build(path := parser.parse_args().path)
    print(f"{path}: {rows} rows")  # noqa: T201  (a script speaks on standard output)


if __name__ == "__main__":
    main()
