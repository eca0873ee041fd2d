"""Erasures as rows: reading and writing the table `erasures`. Touches that table only."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from catalog import tables
from catalog.erase.marks import Erasure, Recogniser, marks_of, new_salt
from catalog.erase.redact import covered

_cached: dict[tuple[Any, ...], Recogniser] = {}


def read_erasures(connection: Connection) -> list[Erasure]:
    """Every erasure, oldest first."""
    c = tables.erasures.c
    rows = connection.execute(select(tables.erasures).order_by(c.erased_at, c.erasure_id))
    return [erasure_of(row._asdict()) for row in rows]


def erasure_of(row: dict[str, Any]) -> Erasure:
    """A row as an Erasure. Raises ValueError, KeyError or TypeError when it is none."""
    return Erasure(**(row | {"marks": marks_of(row["marks"])}))


def row_of(erasure: Erasure) -> dict[str, object]:
    """An Erasure as a row."""
    return {
        "erasure_id": erasure.erasure_id,
        "kind": erasure.kind,
        "opaque": erasure.opaque,
        "erased_at": erasure.erased_at,
        "lifted_at": erasure.lifted_at,
        "salt": erasure.salt,
        "marks": erasure.marks.to_json(),
        "reason": erasure.reason,
    }


def salt_of(connection: Connection) -> str:
    """The key of this catalog's marks: that of its newest erasure, or a new one."""
    c = tables.erasures.c
    return connection.execute(select(c.salt).order_by(c.erased_at.desc(), c.erasure_id)).scalar() or new_salt()


def recogniser(connection: Connection) -> Recogniser:
    """What recognises all that was erased. Kept while the erasures stay as they are: most catalogs have none."""
    c = tables.erasures.c
    key = tuple(
        tuple(row) for row in connection.execute(select(c.erasure_id, c.salt, c.lifted_at).order_by(c.erasure_id))
    )
    if not key:
        return _NOTHING
    if key not in _cached:
        _cached.clear()
        _cached[key] = Recogniser(read_erasures(connection))
    return _cached[key]


def is_erased(connection: Connection, urn: str) -> bool:
    """Whether a URN, or what it is a part of, was ever erased; a lifted erasure took its old values all the same."""
    return covered(recogniser(connection), urn, 0) is not None


_NOTHING = Recogniser(())
