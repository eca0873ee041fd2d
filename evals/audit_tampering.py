"""Ways to tamper with an audit behind its back, straight in its tables. Each says what it did; None: it could not.

Seeded and repeatable. Everything happens in the transaction of the connection, which the caller rolls back.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select, update

from catalog import tables

_CHAIN = (tables.audit, tables.audit_payloads, tables.audit_index)
_EDITED = (*_CHAIN, tables.audit_heads, tables.history, tables.answers)
_LOOSE = {("answers", "turn")}  # what an answer's row does not hold fast
Tampering = Callable[[Connection, Random], str | None]


def edit(connection: Connection, random: Random) -> str | None:
    """Change one character or number anywhere in a row, of the audit or of what it speaks of."""
    table = random.choice(_EDITED)
    row = _any_row(connection, table, random)
    columns = [c for c in table.c if row is not None and row[c.name] not in (None, "") and not _is_loose(c)]
    if row is None or not columns:
        return None
    column = random.choice(columns)
    value = row[column.name]
    where = [c == row[c.name] for c in table.primary_key.columns]
    connection.execute(update(table).where(*where).values({column.name: _other(value, random)}))
    return f"edit {table.name}.{column.name}"


def _is_loose(column: Any) -> bool:
    return (column.table.name, column.name) in _LOOSE


def _other(value: Any, random: Random) -> Any:
    if isinstance(value, int):
        return value + random.choice((-1, 1)) * random.randrange(1, 1000) + 100_000
    at = random.randrange(len(value))
    return value[:at] + random.choice([char for char in "abcxyz019" if char != value[at]]) + value[at + 1 :]


def remove(connection: Connection, random: Random) -> str | None:
    """Delete a row of the audit: cleanly from all its tables, or from one alone; or what a row speaks of."""
    row = _any_row(connection, tables.audit, random)
    if row is None:
        return None
    some = random.choice((_CHAIN, _CHAIN[:1], _CHAIN[1:2], (tables.answers,), (tables.history,)))
    if some[0] not in _CHAIN:
        victim = _any_row(connection, some[0], random)
        if victim is None:
            return None
        connection.execute(delete(some[0]).where(*(c == victim[c.name] for c in some[0].primary_key.columns)))
        return f"remove from {some[0].name}"
    for table in some:
        connection.execute(delete(table).where(table.c.writer == row["writer"], table.c.n == row["n"]))
    return f"remove from {' and '.join(table.name for table in some)}"


def swap(connection: Connection, random: Random) -> str | None:
    """Let two rows of a chain change places, or their payloads only."""
    row = _any_row(connection, tables.audit, random)
    mine = [] if row is None else _numbers(connection, str(row["writer"]))
    if row is None or len(mine) < 2:
        return None
    one, two = random.sample(mine, 2)
    some = random.choice((_CHAIN, _CHAIN[1:2]))
    for table in some:
        for old, new in ((one, -1), (two, one), (-1, two)):
            where = (table.c.writer == row["writer"]) & (table.c.n == old)
            connection.execute(update(table).where(where).values(n=new))
    return f"swap in {' and '.join(table.name for table in some)}"


def truncate(connection: Connection, random: Random) -> str | None:
    """Cut the end of a chain off; carefully, with its head put back, as far back as another chain has seen it."""
    row = _any_row(connection, tables.audit_heads, random)
    if row is None:
        return None
    writer, careful = str(row["writer"]), random.random() < 0.5
    seen = _seen_by_others(connection, writer)
    numbers = _numbers(connection, writer)
    if careful and not seen:
        return None
    keep = random.randrange(0, (seen if careful else numbers[-1]))
    for table in _CHAIN:
        connection.execute(delete(table).where(table.c.writer == writer, table.c.n > keep))
    if careful:
        _put_head_back(connection, writer, keep)
    return f"truncate {'with' if careful else 'without'} its head"


def _put_head_back(connection: Connection, writer: str, keep: int) -> None:
    a, heads = tables.audit.c, tables.audit_heads
    digest = connection.execute(select(a.hash).where(a.writer == writer, a.n == keep)).scalar()
    if digest is None:
        connection.execute(delete(heads).where(heads.c.writer == writer))
    else:
        connection.execute(update(heads).where(heads.c.writer == writer).values(n=keep, hash=digest))


def repeat(connection: Connection, random: Random) -> str | None:
    """Add a copy of a row at the end of its chain."""
    row = _any_row(connection, tables.audit, random)
    if row is None:
        return None
    last = _numbers(connection, str(row["writer"]))[-1]
    connection.execute(insert(tables.audit), [dict(row) | {"n": last + 1}])
    return "repeat a row"


TAMPERINGS: tuple[Tampering, ...] = (edit, edit, edit, remove, swap, truncate, repeat)


def tamper(connection: Connection, random: Random) -> str:
    """Do one of them."""
    while (done := random.choice(TAMPERINGS)(connection, random)) is None:
        pass
    return done


def _any_row(connection: Connection, table: Table, random: Random) -> dict[str, Any] | None:
    keys = list(table.primary_key.columns)
    found = connection.execute(select(table).order_by(*keys)).mappings().all()
    return dict(random.choice(found)) if found else None


def _numbers(connection: Connection, writer: str) -> list[int]:
    a = tables.audit.c
    return list(connection.execute(select(a.n).where(a.writer == writer).order_by(a.n)).scalars())


def _seen_by_others(connection: Connection, writer: str) -> int:
    """The newest row of a chain that another chain names."""
    a = tables.audit.c
    named = connection.execute(select(a.anchors).where(a.writer != writer, a.anchors.contains(f'"{writer}"'))).scalars()
    return max((n for text in named for one, n, _ in json.loads(text) if one == writer), default=0)
