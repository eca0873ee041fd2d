"""Erasing and lifting: one transaction each. The only writer of the table `erasures`, apart from loading an export."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import Connection, insert, update

from catalog import tables
from catalog.database import Database
from catalog.erase.marks import Erasure, Recogniser, make_marks, new_opaque
from catalog.erase.records import recogniser, row_of, salt_of
from catalog.erase.redact import redact_text
from catalog.erase.sweep import Counts, Sweep, forget_answers
from catalog.erase.victims import Victim
from catalog.errors import NotFound
from catalog.urn import parse

Hook = Callable[[Connection, Sequence[Victim]], int]
"""Erases from tables that belong to others, in the same transaction; returns how many rows it emptied."""


def erase(
    database: Database,
    victims: Sequence[Victim],
    at: int,
    reason: str = "",
    hooks: Iterable[tuple[str, Hook]] = (),
    dry_run: bool = False,
) -> tuple[list[Erasure], Counts]:
    """Take victims out of every table and keep them out. `at`: now, in microseconds. A dry run counts and undoes."""
    with database.writing() as connection:
        erasures = _record(connection, victims, at, reason)
        known = Recogniser(erasures)
        sweep = Sweep(database, connection, known, at)
        for victim in victims:
            if victim.kind in ("answer", "conversation"):
                sweep.counts["answers"] += forget_answers(connection, victim.kind, victim.key)
        if known:
            sweep.run()
        for name, hook in hooks:
            sweep.counts[name] += hook(connection, victims)
        if dry_run:
            connection.rollback()
    return erasures, sweep.counts


def _record(connection: Connection, victims: Sequence[Victim], at: int, reason: str) -> list[Erasure]:
    salt = salt_of(connection)
    known = recogniser(connection)
    made = []
    for victim in victims:
        if victim.kind in ("answer", "conversation"):
            continue
        before = known.urn(victim.key)
        opaque = before.opaque if before else new_opaque(parse(victim.key).entity)
        made.append(Erasure(secrets.token_hex(8), victim.kind, opaque, at, salt, make_marks(salt, victim.names)))
    clean = redact_text(Recogniser(made), reason)
    made = [Erasure(e.erasure_id, e.kind, e.opaque, e.erased_at, e.salt, e.marks, None, clean) for e in made]
    if made:
        connection.execute(insert(tables.erasures), [row_of(one) for one in made])
    return made


def lift(database: Database, urn: str, at: int) -> list[str]:
    """Let what is observed of a URN after its erasure in again. Returns the erasures lifted. Raises NotFound."""
    with database.writing() as connection:
        known = recogniser(connection)
        lifted = []
        while (found := known.urn(urn)) is not None:
            c = tables.erasures.c
            connection.execute(update(tables.erasures).where(c.erasure_id == found.erasure_id).values(lifted_at=at))
            lifted.append(found.erasure_id)
            known = recogniser(connection)
    if not lifted:
        raise NotFound(f"No erasure of '{urn}' is in force. Give the whole URN, as it was erased.")
    return lifted
