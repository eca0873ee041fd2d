"""Reading the audit's tables into rows, and what the rows say of the history. Unfiltered: for checks and erasing only.

People read through catalog/audit/reading, which keeps back what they may not see.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, Select, select

from catalog import tables
from catalog.audit.chain import Span
from catalog.audit.record import Anchor, Row, read_anchors

WRITING = ("write", "policy", "erase")  # kinds whose rows vouch for a span of the history
_BROKEN = (Anchor("", 0, ""),)  # anchors that cannot be read: they give the row another hash
Place = tuple[str, int]


def rows(connection: Connection, kinds: Iterable[str] | None = None) -> Iterator[Row]:
    """All rows, by writer and number."""
    query = statement()
    if kinds is not None:
        query = query.where(tables.audit.c.kind.in_(list(kinds)))
    a = tables.audit.c
    for found in connection.execute(query.order_by(a.writer, a.n)):
        yield row_of(found)


def statement() -> Select[Any]:
    """Rows with their payloads."""
    a, p = tables.audit.c, tables.audit_payloads.c
    joined = tables.audit.outerjoin(tables.audit_payloads, (a.writer == p.writer) & (a.n == p.n))
    columns = (a.writer, a.n, a.at, a.kind, a.commitment, a.anchors, a.previous, a.hash, p.salt, p.payload)
    return select(*columns).select_from(joined)


def row_of(found: Any) -> Row:
    """A stored row."""
    writer, n, at, kind, commitment, anchors, previous, digest, salt, payload = found
    held = read_anchors(anchors)
    return Row(writer, n, at, kind, commitment, _BROKEN if held is None else held, previous, digest, salt, payload)


def read_spans(connection: Connection) -> tuple[int, dict[Place, Span]]:
    """From which catalog version on changes are vouched for, and the span of each row, as later erasures restate it."""
    begun: list[int] = []
    spans: dict[Place, Span] = {}
    restated: dict[Place, Span] = {}
    for row in sorted(rows(connection, ("begin", *WRITING)), key=lambda row: (row.at, row.place)):
        body = row.body()
        version = body.get("catalog_version")
        if row.kind == "begin" and isinstance(version, int):
            begun.append(version)
        if row.kind in WRITING and (span := span_in(body)) is not None:
            spans[row.place] = span
        if row.kind == "erase":
            restated.update(_restated(body.get("restated")))
    spans.update(restated)
    return min(begun, default=0), spans


def span_in(body: object) -> Span | None:
    """The span that a payload states."""
    if not isinstance(body, dict):
        return None
    after, last, points, digest = (body.get(key) for key in ("after", "last", "points", "digest"))
    if isinstance(after, int) and isinstance(last, int) and isinstance(points, int) and isinstance(digest, str):
        return Span(after, last, points, digest)
    return None


def _restated(found: object) -> Iterator[tuple[Place, Span]]:
    for item in found if isinstance(found, list) else ():
        writer, n, body = item if isinstance(item, list) and len(item) == 3 else ("", 0, None)
        if (span := span_in(body)) is not None:
            yield (writer, n), span
