"""Checking the audit's own tables: chains, commitments, anchors, heads, index. The core is pure over rows.

What no check can see without a copy kept elsewhere: a whole database put back to an earlier state, or every row made
anew. Compare with an earlier export for that (catalog/audit/export).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from catalog import tables
from catalog.audit.chain import read_heads
from catalog.audit.record import FIRST, Anchor, Row, commit, entries_of, hash_of
from catalog.audit.rows import Place, rows


@dataclass(frozen=True)
class Break:
    """Something wrong at a row, or at an effect that a row speaks of. `n` 0: of the whole chain."""

    writer: str
    n: int
    what: str

    def __str__(self) -> str:
        place = f"{self.writer}, row {self.n}" if self.n else self.writer
        return f"{place}: {self.what}"


@dataclass(frozen=True)
class Verdict:
    """What a check found. `heads`: the newest row of each chain. `erased`: rows emptied on request."""

    rows: int = 0
    erased: int = 0
    heads: tuple[Anchor, ...] = ()
    breaks: tuple[Break, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is broken."""
        return not self.breaks


@dataclass
class _Seen:
    """What a pass over all rows gathers."""

    hashes: dict[Place, str] = field(default_factory=dict)
    anchors: list[tuple[Place, Anchor]] = field(default_factory=list)
    empty: list[Place] = field(default_factory=list)
    erased: set[Place] = field(default_factory=set)  # that rows of kind "erase" name
    heads: dict[str, Anchor] = field(default_factory=dict)
    breaks: list[Break] = field(default_factory=list)


def check_rows(found: Iterable[Row], withheld: frozenset[Place] = frozenset()) -> Verdict:
    """Check chains by themselves. `found`: by writer and number. `withheld`: rows whose payload was kept back."""
    seen = _Seen()
    last: Row | None = None
    for row in found:
        before = last if last is not None and last.writer == row.writer else None
        seen.breaks += _check_row(row, before)
        _gather(row, seen, withheld)
        last = row
    seen.breaks += _check_empty(seen)
    seen.breaks += _check_anchors(seen)
    erased = sum(place in seen.erased for place in seen.empty)
    return Verdict(len(seen.hashes), erased, tuple(seen.heads.values()), tuple(seen.breaks))


def _check_row(row: Row, before: Row | None) -> Iterator[Break]:
    n, previous = (before.n + 1, before.hash) if before else (1, FIRST)
    if row.n != n:
        missing = f"row {n} is missing" if row.n == n + 1 else f"rows {n} to {row.n - 1} are missing"
        yield Break(row.writer, row.n, f"{missing} before it")
    elif row.previous != previous:
        yield Break(row.writer, row.n, "it does not follow from the row before it")
    if row.hash != hash_of(row.writer, row.n, row.at, row.kind, row.commitment, row.anchors, row.previous):
        yield Break(row.writer, row.n, "its hash is not that of what it says")
    if (row.salt is None) != (row.payload is None):
        yield Break(row.writer, row.n, "only half of its payload is there")
    elif row.salt is not None and row.payload is not None and commit(row.salt, row.payload) != row.commitment:
        yield Break(row.writer, row.n, "its payload is not what it committed to")


def _gather(row: Row, seen: _Seen, withheld: frozenset[Place]) -> None:
    seen.hashes[row.place] = row.hash
    seen.anchors += [(row.place, anchor) for anchor in row.anchors]
    seen.heads[row.writer] = Anchor(row.writer, row.n, row.hash)
    if row.payload is None and row.place not in withheld:
        seen.empty.append(row.place)
    if row.kind == "erase":
        places = row.body().get("erased")
        seen.erased.update((str(w), n) for w, n in places if isinstance(n, int)) if isinstance(places, list) else None


def _check_empty(seen: _Seen) -> Iterator[Break]:
    for writer, n in seen.empty:
        if (writer, n) not in seen.erased:
            yield Break(writer, n, "its payload is gone, and no erasure says so")


def _check_anchors(seen: _Seen) -> Iterator[Break]:
    for (writer, n), anchor in seen.anchors:
        held = seen.hashes.get((anchor.writer, anchor.n))
        if held != anchor.hash:
            what = "is missing" if held is None else "is another"
            yield Break(anchor.writer, anchor.n, f"it {what}, though row {n} of {writer} saw it")


def check_tables(connection: Connection) -> Verdict:
    """Check everything the audit's own tables hold."""
    found = list(rows(connection))
    verdict = check_rows(found)
    breaks = [*verdict.breaks, *_check_heads(connection, verdict), *_check_index(connection, found)]
    breaks += _check_strays(connection, {row.place for row in found})
    return Verdict(verdict.rows, verdict.erased, verdict.heads, tuple(breaks))


def _check_heads(connection: Connection, verdict: Verdict) -> Iterator[Break]:
    noted = {head.writer: head for head in read_heads(connection)}
    found = {head.writer: head for head in verdict.heads}
    for writer in sorted(noted.keys() | found.keys()):
        head, end = noted.get(writer), found.get(writer)
        if end is None and head is not None:
            yield Break(writer, 0, f"all of its {head.n} rows are missing")
        elif head is None:
            yield Break(writer, 0, "its head is not noted")
        elif end is not None and head.n > end.n:
            yield Break(writer, end.n + 1, f"rows {end.n + 1} to {head.n} are missing from its end")
        elif head != end:
            yield Break(writer, head.n, "it is noted as the head, and is not")


def _check_index(connection: Connection, found: Iterable[Row]) -> Iterator[Break]:
    i = tables.audit_index.c
    held: dict[Place, set[tuple[str, str]]] = {}
    for writer, n, role, value in connection.execute(select(i.writer, i.n, i.role, i.value)):
        held.setdefault((writer, n), set()).add((role, value))
    for row in found:
        if held.pop(row.place, set()) != entries_of(row.payload):
            yield Break(row.writer, row.n, "the index of viewers and assets does not agree with it")
    for writer, n in sorted(held):
        yield Break(writer, n, "the index names it, and it is not there")


def _check_strays(connection: Connection, places: set[Place]) -> Iterator[Break]:
    p = tables.audit_payloads.c
    for writer, n in connection.execute(select(p.writer, p.n).order_by(p.writer, p.n)):
        if (writer, n) not in places:
            yield Break(writer, n, "its payload is there, and its row is not")
