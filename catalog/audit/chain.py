"""Appending to the audit, in the transaction of what is recorded: the row and its effect are there together or not.

Owns the tables `audit`, `audit_payloads`, `audit_heads` and `audit_index`, apart from erasing (catalog/audit/forget).
A writer is a door on a machine ("cli@host"); processes that share one go on with its chain, since only one transaction
writes at a time. Knows nothing of what the events mean.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal

from sqlalchemy import Connection, insert, select, update

from catalog import tables
from catalog.audit.record import FIRST, Anchor, Event, Json, Row, anchors_text, entries_of, make_row
from catalog.database import micros

Mode = Literal["required", "best_effort", "off"]


def writer_name(door: str) -> str:
    """What the chain of a door on this machine is called."""
    return f"{door}@{platform.node() or 'localhost'}"


@dataclass(frozen=True)
class AuditSettings:
    """How this process keeps its audit. `required`: no row, no answer. `best_effort`: the answer says it has none."""

    mode: Mode = "best_effort"
    writer: str = ""  # "": the library on this machine
    readers: tuple[str, ...] = ("role:auditor", "urn:li:corpuser:local")


class Audit:
    """Appends rows for one process. `clock` gives their time."""

    def __init__(self, settings: AuditSettings, clock: Callable[[], datetime]) -> None:
        self.settings = settings
        self.writer = settings.writer or writer_name("library")
        self.clock = clock
        self._anchored: dict[str, str] = {}  # the heads of other chains that a row of this process named last

    @property
    def is_on(self) -> bool:
        """Whether rows are written at all."""
        return self.settings.mode != "off"

    def append(self, connection: Connection, event: Event) -> Row | None:
        """Add a row in the transaction of `connection`; None while the audit is off."""
        if not self.is_on:
            return None
        return append(connection, self.writer, micros(self.clock()), event, self._anchored)

    def append_changes(self, connection: Connection, after: int, kind: str, detail: Mapping[str, Json]) -> None:
        """Add the row of changes that this transaction wrote: all those numbered above `after`."""
        if self.is_on:
            event = Event(kind, detail={**span_of(connection, after).to_json(), **detail})
            append(connection, self.writer, micros(self.clock()), event, self._anchored, after)


def append(
    connection: Connection,
    writer: str,
    at: int,
    event: Event,
    anchored: dict[str, str] | None = None,
    after: int | None = None,
) -> Row:
    """Add a row to the chain of `writer`. `anchored`: heads that need not be named again; brought up to date.

    `after`: the catalog version before this transaction, when it differs from what is there now.
    """
    known = anchored if anchored is not None else {}
    heads = {one.writer: one for one in read_heads(connection)}
    last = _last(connection, writer, heads.get(writer))
    if last is None:
        begin = Event("begin", detail={"catalog_version": _newest(connection) if after is None else after})
        last = _store(connection, make_row(writer, 1, at, begin, (), FIRST), new_head=True)
    anchors = _new_anchors(heads, writer, known)
    row = make_row(writer, last.n + 1, at, event, anchors, last.hash)
    _store(connection, row, new_head=False)
    return row


def read_heads(connection: Connection) -> list[Anchor]:
    """The newest row of every chain, by writer."""
    h = tables.audit_heads.c
    return [Anchor(*row) for row in connection.execute(select(h.writer, h.n, h.hash).order_by(h.writer))]


def _new_anchors(heads: Mapping[str, Anchor], writer: str, known: dict[str, str]) -> tuple[Anchor, ...]:
    found = tuple(one for one in heads.values() if one.writer != writer and known.get(one.writer) != one.hash)
    known.update({one.writer: one.hash for one in found})
    return found


def _last(connection: Connection, writer: str, head: Anchor | None) -> Anchor | None:
    """The row to go on from. Where head and chain disagree, the later: a cut chain is not mended by writing on."""
    a = tables.audit.c
    query = select(a.writer, a.n, a.hash).where(a.writer == writer).order_by(a.n.desc()).limit(1)
    found = connection.execute(query).first()
    last = Anchor(*found) if found else None
    if last is None or head is None:
        return last or head
    return head if head.n >= last.n else last


def _store(connection: Connection, row: Row, new_head: bool) -> Anchor:
    place = {"writer": row.writer, "n": row.n}
    values = {"at": row.at, "kind": row.kind, "commitment": row.commitment, "anchors": anchors_text(row.anchors)}
    connection.execute(insert(tables.audit), [place | values | {"previous": row.previous, "hash": row.hash}])
    connection.execute(insert(tables.audit_payloads), [place | {"salt": row.salt, "payload": row.payload}])
    entries = [place | {"role": role, "value": value} for role, value in sorted(entries_of(row.payload))]
    if entries:
        connection.execute(insert(tables.audit_index), entries)
    head = Anchor(row.writer, row.n, row.hash)
    if new_head:
        connection.execute(insert(tables.audit_heads), [{"writer": head.writer, "n": head.n, "hash": head.hash}])
    else:
        h = tables.audit_heads.c
        connection.execute(update(tables.audit_heads).where(h.writer == head.writer).values(n=head.n, hash=head.hash))
    return head


def _newest(connection: Connection) -> int:
    """The catalog version: what was written up to here is vouched for by no row of a chain that begins now."""
    h = tables.history.c
    return connection.execute(select(h.seq).order_by(h.seq.desc()).limit(1)).scalar() or 0


@dataclass(frozen=True)
class Span:
    """The changes numbered above `after` up to `last`: how many, and a digest of them all in their order."""

    after: int
    last: int
    points: int
    digest: str

    def to_json(self) -> dict[str, Json]:
        """As it stands in a payload."""
        return {"after": self.after, "last": self.last, "points": self.points, "digest": self.digest}


def span_of(connection: Connection, after: int, last: int | None = None) -> Span:
    """The span of what stands in the history now."""
    h = tables.history.c
    query = select(tables.history).where(h.seq > after)
    if last is not None:
        query = query.where(h.seq <= last)
    digest, points, end = sha256(), 0, after
    for row in connection.execute(query.order_by(h.seq)):
        digest.update("\x1f".join(map(str, row)).encode("utf-8", "surrogatepass") + b"\x1e")
        points, end = points + 1, row.seq
    return Span(after, end if last is None else last, points, digest.hexdigest())
