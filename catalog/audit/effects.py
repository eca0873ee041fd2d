"""Checking the audit against what it speaks of: answers, changes and runs, each with its row, and no row without.

Reads the catalog's tables and the audit's; writes nothing. An effect without a row was written around the audit, or
while it was off; a row whose effect is gone or reads otherwise means that the effect was tampered with.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, func, select

from catalog import tables
from catalog.audit.chain import Span, span_of
from catalog.audit.record import Row, sealed, texts
from catalog.audit.rows import Place, read_spans, rows
from catalog.audit.verify import Break, Verdict, check_tables

ANSWERING = ("answer", "denial")
# Of an answer: what its row holds fast.
SEALED = ("question", "answer", "viewer", "asked_at", "catalog_version", "conversation", "call")
EFFECTS = "effects"  # what stands for a writer where no row can be named


def verify(connection: Connection) -> Verdict:
    """Check the whole audit: its tables, then what they speak of. Breaks in the chains come first."""
    found = check_tables(connection)
    breaks = (*found.breaks, *_changes(connection), *_answers(connection), *_runs(connection))
    return Verdict(found.rows, found.erased, found.heads, breaks)


def _changes(connection: Connection) -> Iterator[Break]:
    begun, spans = read_spans(connection)
    end = begun
    for place, span in sorted(spans.items(), key=lambda item: (item[1].after, item[1].last)):
        yield from _unaccounted(connection, end, span.after)
        yield from _span(connection, place, span)
        end = max(end, span.last)
    if spans or begun or _began(connection):
        yield from _unaccounted(connection, end, None)


def _began(connection: Connection) -> bool:
    return connection.execute(select(tables.audit.c.n).limit(1)).first() is not None


def _span(connection: Connection, place: Place, span: Span) -> Iterator[Break]:
    found = span_of(connection, span.after, span.last)
    if found != span:
        what = f"it wrote changes {span.after + 1} to {span.last}, and they are not as it wrote them"
        yield Break(*place, f"{what} ({found.points} of {span.points} are there)")


def _unaccounted(connection: Connection, after: int, until: int | None) -> Iterator[Break]:
    h = tables.history.c
    where = (h.seq > after) if until is None else (h.seq > after) & (h.seq <= until)
    count, low, high = connection.execute(select(func.count(), func.min(h.seq), func.max(h.seq)).where(where)).one()
    if count:
        yield Break(EFFECTS, 0, f"{count} changes ({low} to {high}) have no row")


def _answers(connection: Connection) -> Iterator[Break]:
    c = tables.answers.c
    query = select(c.answer_id, *(c[name] for name in SEALED))
    held = {row.answer_id: row for row in connection.execute(query)}
    begun = connection.execute(select(func.min(tables.audit.c.at))).scalar()
    for row in rows(connection, ANSWERING):
        if row.payload is not None:
            answer_id = str(row.body().get("answer_id"))
            yield from _answer(row, answer_id, held.pop(answer_id, None))
    for row in rows(connection, ("erase",)):
        for answer_id in texts(row.body().get("answers")):
            held.pop(answer_id, None)
    if begun is None:
        return
    for answer_id, one in sorted(held.items()):
        if one.question is not None and one.asked_at > begun:
            yield Break(EFFECTS, 0, f"the answer {answer_id} has no row")


def _answer(row: Row, answer_id: str, held: object) -> Iterator[Break]:
    if held is None:
        yield Break(row.writer, row.n, f"the answer {answer_id} that it speaks of is gone")
        return
    if row.body().get("content") != sealed(row.salt or "", *(str(getattr(held, name)) for name in SEALED)):
        yield Break(row.writer, row.n, f"the answer {answer_id} is not the one that was given")


def _runs(connection: Connection) -> Iterator[Break]:
    c = tables.runs.c
    held = {run: (status, report) for run, status, report in connection.execute(select(c.run_id, c.status, c.report))}
    noted: dict[int, Row] = {}
    for row in rows(connection, ("run",)):
        run = row.body().get("run")
        if isinstance(run, int):
            before = noted.get(run)
            noted[run] = row if before is None or before.body().get("status") == "running" else before
    for run, row in sorted(noted.items()):
        body = row.body()
        status, report = held.get(run, ("", ""))
        if status != body.get("status") or (status != "running" and report != body.get("report")):
            yield Break(row.writer, row.n, f"run {run} is not as it was noted")
