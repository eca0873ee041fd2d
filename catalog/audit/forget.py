"""Erasing from the audit: what mentions a victim loses its payload and salt, and a row of kind "erase" says so.

The hashes stay, so the chain still verifies, and nothing is left to guess the payload from. What an erasure rewrote in
the history is stated anew in that same row, so that later checks compare with what was left on purpose.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, delete, select, tuple_, update

from catalog import tables
from catalog.audit.chain import Span, append, span_of, writer_name
from catalog.audit.record import Event, Json, Row
from catalog.audit.rows import read_spans, rows
from catalog.database import micros, now

_WORD = re.compile(r"\w+")
_CHUNK = 300
Place = tuple[str, int]


class Victim(Protocol):
    """What is to be erased: a person, asset, column, answer or conversation, with the strings that name it."""

    @property
    def kind(self) -> str:
        """person, asset, column, answer or conversation."""
        ...

    @property
    def key(self) -> str:
        """Its URN, or the id of the answer or conversation."""
        ...

    def strings(self) -> set[str]:
        """Every string that identifies it."""
        ...


def forget(connection: Connection, victims: Sequence[Victim], writer: str = "", at: datetime | None = None) -> int:
    """Empty every row that mentions a victim, or belongs to an answer that was emptied; returns how many.

    To be called last in the transaction of an erasure. Rows that say what was written stay: they name nobody.
    """
    wanted = _Wanted(victims)
    emptied = _emptied_answers(connection)
    gone = [row for row in rows(connection) if row.payload is not None and wanted.concerns(row, emptied)]
    places = [row.place for row in gone]
    _empty(connection, places)
    begun, spans = read_spans(connection)
    covered = max((span.last for span in spans.values()), default=begun)
    detail: dict[str, Json] = {
        "what": sorted(victim.kind for victim in victims),
        "erased": [list(place) for place in places],
        "answers": sorted(str(answer) for row in gone if (answer := row.body().get("answer_id"))),
        "restated": [[*place, span.to_json()] for place, span in _restated(connection, spans)],
        **span_of(connection, covered).to_json(),
    }
    append(connection, writer or writer_name("erasing"), micros(at or now()), Event("erase", detail=detail))
    return len(places)


class _Wanted:
    """Recognises what is to be forgotten in payloads: whole words, whatever stands between them."""

    def __init__(self, victims: Iterable[Victim]) -> None:
        held = list(victims)
        self.ids = {victim.key for victim in held if victim.kind in ("answer", "conversation")}
        self.phrases = {phrase for victim in held for text in victim.strings() for phrase in _phrases(text)}
        self.phrases |= {phrase for victim in held if victim.key not in self.ids for phrase in _phrases(victim.key)}

    def concerns(self, row: Row, emptied: set[str]) -> bool:
        if row.kind == "erase":
            return False  # numbers only, and what explains every emptied row
        body = row.body()
        if body.get("answer_id") in emptied | self.ids or body.get("conversation") in self.ids:
            return True
        held = _plain(" ".join(_strings(body)))
        return any(phrase in held for phrase in self.phrases)


def _plain(text: str) -> str:
    return f" {' '.join(_WORD.findall(text.casefold()))} "


def _phrases(text: str) -> Iterator[str]:
    words = _WORD.findall(text.casefold())
    if words:
        yield f" {' '.join(words)} "
    if len(words) == 2:
        yield f" {words[1]} {words[0]} "  # "Souza, Ana"


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def _emptied_answers(connection: Connection) -> set[str]:
    c = tables.answers.c
    return set(connection.execute(select(c.answer_id).where(c.question.is_(None))).scalars())


def _empty(connection: Connection, places: Sequence[Place]) -> None:
    for start in range(0, len(places), _CHUNK):
        some = places[start : start + _CHUNK]
        payloads, index = tables.audit_payloads, tables.audit_index
        mine = tuple_(payloads.c.writer, payloads.c.n).in_(some)
        connection.execute(update(payloads).where(mine).values(salt=None, payload=None))
        connection.execute(delete(index).where(tuple_(index.c.writer, index.c.n).in_(some)))


def _restated(connection: Connection, spans: dict[Place, Span]) -> Iterator[tuple[Place, Span]]:
    """The spans whose changes read otherwise now."""
    for place, span in sorted(spans.items()):
        found = span_of(connection, span.after, span.last)
        if found != span:
            yield place, found
