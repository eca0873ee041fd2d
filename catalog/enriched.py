"""What an enricher has done already, per asset, with digests of what it read. Owns the table `enriched`.

A projection: losing it costs the time to work everything through again, nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from catalog import tables
from catalog.database import Database

_CHUNK = 400


@dataclass(frozen=True)
class Done:
    """One asset's state. `inputs`, `context`: digests of what was read of itself and of others; `notes`: JSON."""

    urn: str
    inputs: str
    context: str
    notes: str = "{}"


def read_done(database: Database, enricher: str) -> dict[str, Done]:
    """Everything an enricher has done, by URN."""
    c = tables.enriched.c
    query = select(c.urn, c.inputs, c.context, c.notes).where(c.enricher == enricher)
    with database.reading() as connection:
        return {row.urn: Done(*row) for row in connection.execute(query)}


def read_done_one(database: Database, enricher: str, urn: str) -> Done | None:
    """What an enricher has noted of one asset ("": of the catalog as a whole)."""
    c = tables.enriched.c
    query = select(c.urn, c.inputs, c.context, c.notes).where(c.enricher == enricher, c.urn == urn)
    with database.reading() as connection:
        row = connection.execute(query).first()
    return Done(*row) if row else None


def write_done(database: Database, enricher: str, done: Sequence[Done], gone: Iterable[str] = ()) -> None:
    """Note what was done, in place of what was noted before; forget what is gone."""
    c = tables.enriched.c
    urns = sorted({*(one.urn for one in done), *gone})
    with database.writing() as connection:
        for start in range(0, len(urns), _CHUNK):
            some = urns[start : start + _CHUNK]
            connection.execute(delete(tables.enriched).where(c.enricher == enricher, c.urn.in_(some)))
        if done:
            rows = [{"enricher": enricher, **vars(one)} for one in done]
            connection.execute(insert(tables.enriched), rows)
