"""Taking out of the tables what was erased, in one transaction. Owns the rewriting; needs nothing but the marks.

Values are emptied, digests stay, points move to an opaque URN and end in tombstones, and what others say of the thing
is replaced by the redacted value at the same times: the catalog is then what it would be had the erasure come first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Table, Text, delete, exists, insert, select, update
from sqlalchemy.sql.sqltypes import String

from catalog import codec, tables
from catalog.change import Removed
from catalog.database import Database
from catalog.erase.marks import Recogniser, new_opaque
from catalog.erase.redact import covered, redact_text, redact_value
from catalog.history import REMOVED, WHOLE
from catalog.restate import restate
from catalog.urn import parse

GONE = "erased:"
"""Before the digest of each point of an erased asset."""
_CHUNK = 400
_PAGE = 2000
_SAID = tuple(column for column in tables.answers.c if column.nullable)
"""What was asked and told: NULL once it is erased."""
_UNSAID: dict[str, object] = {column.name: None for column in _SAID}
_OTHERWISE = frozenset((
    "contents", "history", "sightings", "current", "assets", "labels", "edges", "column_edges", "past_assets",
    "past_edges", "unsettled", "erasures", "answers", "meta",
))  # fmt: skip
"""Tables that are swept row by row, or made anew from those."""
_POINTS = (tables.history, tables.sightings)
Counts = Counter[str]


class Sweep:
    """One pass over a catalog inside its transaction. Running it again changes nothing."""

    def __init__(self, database: Database, connection: Connection, known: Recogniser, at: int) -> None:
        self.database = database
        self.connection = connection
        self.known = known
        self.at = at
        self.counts: Counts = Counter()
        self.touched: set[str] = set()
        self.gone: set[str] = set()

    def run(self) -> Counts:
        """Everything: the points and values of what was erased, what others say of it, answers, other tables."""
        self._empty(self._move_points())
        self._redact_values()
        self._clean_origins()
        self._state_anew()
        self._clean_answers()
        self._clean_others()
        self.connection.execute(delete(tables.enriched))  # names in pieces; the next index run makes it anew
        return self.counts

    # What was erased itself ---------------------------------------------------------------------------------------

    def _move_points(self) -> set[str]:
        """Points of erased assets move to opaque URNs, without where they were read; returns their digests."""
        digests: set[str] = set()
        names = {urn for table in (*_POINTS, tables.current) for urn in self._distinct(table.c.urn)}
        for urn in sorted(names):
            erasure = covered(self.known, urn, 0)
            if erasure is None:
                continue
            until = None if erasure.lifted_at is None else erasure.erased_at
            opaque = erasure.opaque if self.known.urn(urn, 0) else new_opaque(parse(urn).entity)
            digests |= self._move(urn, opaque, until)
            if until is None:
                self.gone.add(urn)
            self.counts["assets"] += 1
        return digests

    def _move(self, urn: str, opaque: str, until: int | None) -> set[str]:
        digests: set[str] = set()
        for table in _POINTS:
            where = table.c.urn == urn if until is None else (table.c.urn == urn) & (table.c.observed_at <= until)
            digests |= set(self.connection.execute(select(table.c.digest).where(where)).scalars())
            c, twin = table.c, table.alias()
            same = [twin.c[name] == c[name] for name in ("aspect", "source", "observed_at")]
            moved = (twin.c.digest == GONE + c.digest) | ((c.digest == REMOVED) & (twin.c.digest == REMOVED))
            # From an export of a catalog that erased it earlier.
            self.connection.execute(delete(table).where(where, exists().where(twin.c.urn == opaque, *same, moved)))
            empty = {name: "" for name in ("event_id", "locator", "pointer") if name in table.c}
            self.connection.execute(update(table).where(where).values(urn=opaque, **empty))
            # Not the digest itself: another asset may hold the same value, and a look into the past would show it here.
            valued = (table.c.urn == opaque) & (table.c.digest != REMOVED) & (~table.c.digest.startswith(GONE))
            self.connection.execute(update(table).where(valued).values(digest=GONE + table.c.digest))
        self._bury(opaque)
        self.touched |= {urn, opaque}
        return digests - {REMOVED}

    def _bury(self, opaque: str) -> None:
        """Tombstones by every source that spoke, later than all it said; and one by a person, who asked for it."""
        last: dict[str, int] = {"person": self.at}
        for table in _POINTS:
            c = table.c
            for source, observed in self.connection.execute(select(c.source, c.observed_at).where(c.urn == opaque)):
                last[source] = max(last.get(source, self.at), observed + 1)
        stone = {"urn": opaque, "aspect": Removed().aspect, "digest": REMOVED, "recorded_at": self.at}
        h = tables.history.c
        known = select(h.source).where(h.urn == opaque, h.aspect == WHOLE, h.observed_at >= self.at)
        buried = set(self.connection.execute(known).scalars())
        rows = [stone | {"source": s, "observed_at": t} for s, t in sorted(last.items()) if s not in buried]
        if rows:
            self.connection.execute(insert(tables.history), rows)

    # What others say of it ---------------------------------------------------------------------------------------

    def _redact_values(self) -> None:
        for page in self._pages():
            for digest, aspect, text, inputs in page:
                renamed = codec.encode_inputs(map(self.known.renamed, codec.decode_inputs(inputs)))
                if self.known.has_columns:
                    self._redact_by_asset(digest, aspect, text, inputs, renamed)
                elif (redacted := redact_value(self.known, "", aspect, text)) != text or renamed != inputs:
                    self._replace(digest, aspect, redacted, renamed, None)

    def _pages(self) -> Iterator[list[tuple[str, str, str, str]]]:
        c, last = tables.contents.c, ""
        while True:
            query = select(c.digest, c.aspect, c.json, c.inputs).where(c.digest > last, c.json.is_not(None))
            page = [tuple(row) for row in self.connection.execute(query.order_by(c.digest).limit(_PAGE))]
            if not page:
                return
            yield page
            last = str(page[-1][0])

    def _redact_by_asset(self, digest: str, aspect: str, text: str, inputs: str, renamed: str) -> None:
        """An erased column is known by its asset, and assets may share a value: each gets its own."""
        for urn in self._speaking_of(digest):
            redacted = redact_value(self.known, urn, aspect, text)
            if redacted != text or renamed != inputs:
                self._replace(digest, aspect, redacted, renamed, urn)

    def _speaking_of(self, digest: str) -> list[str]:
        found: set[str] = set()
        for table in _POINTS:
            c = table.c
            found |= set(self.connection.execute(select(c.urn).where(c.digest == digest).distinct()).scalars())
        return sorted(found)

    def _replace(self, digest: str, aspect: str, redacted: str, inputs: str, urn: str | None) -> None:
        """Every point that holds a value holds the redacted one instead; made from an erased asset, nobody sees it."""
        new = codec.digest(redacted, inputs)
        if self._speaking_of(digest):
            row = {"digest": new, "aspect": aspect, "json": redacted, "inputs": inputs}
            self.database.insert_ignore(self.connection, tables.contents, [row])
        for table in _POINTS:
            c, twin = table.c, table.alias()
            mine = (c.digest == digest) if urn is None else (c.digest == digest) & (c.urn == urn)
            same = [twin.c[name] == c[name] for name in ("urn", "aspect", "source", "observed_at")]
            there = exists().where(twin.c.digest == new, *same)
            self.touched |= set(self.connection.execute(select(c.urn).where(mine).distinct()).scalars())
            self.connection.execute(delete(table).where(mine, there))
            self.connection.execute(update(table).where(mine).values(digest=new))
        self.counts["mentions"] += 1
        self._empty({digest})

    def _empty(self, digests: set[str]) -> None:
        """Empty values that nobody holds any more; their digests stay, so that citing them says so."""
        ordered = sorted(digests)
        for start in range(0, len(ordered), _CHUNK):
            some = ordered[start : start + _CHUNK]
            held: set[str] = set()
            for table in _POINTS:
                query = select(table.c.digest).where(table.c.digest.in_(some)).distinct()
                held |= set(self.connection.execute(query).scalars())
            gone = [digest for digest in some if digest not in held]
            c = tables.contents.c
            done = self.connection.execute(
                update(tables.contents).where(c.digest.in_(gone), c.json.is_not(None)).values(json=None, inputs="")
            )
            self.counts["values"] += done.rowcount

    # The rest ----------------------------------------------------------------------------------------------------

    def _clean_origins(self) -> None:
        """Where values were read: a file or record named after what was erased."""
        for column in (tables.history.c.locator, tables.history.c.pointer, tables.history.c.event_id):
            self._clean_column(tables.history, column)
        for column in (tables.current.c.locator, tables.current.c.pointer):
            self._clean_column(tables.current, column)

    def _state_anew(self) -> None:
        restate(self.database, self.connection, self.touched)
        links = tables.identity_links
        named = (
            *(table.c.urn for table in (tables.unsettled, tables.spellings, tables.identities, links, tables.enriched)),
            links.c.other,
        )
        for urn in sorted(self.gone):
            for column in named:
                self.connection.execute(delete(column.table).where(column == urn))

    def _clean_answers(self) -> None:
        """Answers to or about it lose their text; whoever asked becomes nobody."""
        c = tables.answers.c
        query = select(c.answer_id, c.conversation, c.viewer, *_SAID)
        for ident, conversation, viewer, *held in self.connection.execute(query).all():
            asker = self.known.urn(viewer)
            talk = redact_text(self.known, conversation)
            said = [text for text in held if text is not None]
            if asker is None and talk == conversation and not any(self._is_about(text) for text in said):
                continue
            values = _UNSAID | {"conversation": talk, "viewer": asker.opaque if asker else viewer}
            self.connection.execute(update(tables.answers).where(c.answer_id == ident).values(**values))
            f = tables.feedback.c
            self.connection.execute(update(tables.feedback).where(f.answer_id == ident).values(note=""))
            self.counts["answers"] += bool(said)

    def _is_about(self, text: str) -> bool:
        """Whether an answer's text or JSON names what was erased."""
        return (
            redact_value(self.known, "", "", text) != text if text[:1] == "{" else redact_text(self.known, text) != text
        )

    def _clean_others(self) -> None:
        """Every other text in every other table, whatever a later version keeps there."""
        for table in tables.metadata.sorted_tables:
            if table.name not in _OTHERWISE and not table.name.startswith("audit"):
                for column in table.c:
                    if isinstance(column.type, String | Text):
                        self.counts["other rows"] += self._clean_column(table, column)

    def _clean_column(self, table: Table, column: Any) -> int:
        changed = 0
        for text in self._distinct(column):
            new = redact_text(self.known, text) if text else text
            if new != text:
                changed += self.connection.execute(
                    update(table).where(column == text).values(**{column.name: new})
                ).rowcount
        return changed

    def _distinct(self, column: Any) -> Sequence[str]:
        return list(self.connection.execute(select(column).where(column.is_not(None)).distinct()).scalars())


def forget_answers(connection: Connection, kind: str, ident: str) -> int:
    """Empty one answer, or all of a conversation. Returns how many had text."""
    c = tables.answers.c
    mine = (c.answer_id if kind == "answer" else c.conversation) == ident
    ids = list(connection.execute(select(c.answer_id).where(mine)).scalars())
    done = connection.execute(update(tables.answers).where(mine, c.question.is_not(None)).values(**_UNSAID))
    for start in range(0, len(ids), _CHUNK):
        f = tables.feedback.c
        some = ids[start : start + _CHUNK]
        connection.execute(update(tables.feedback).where(f.answer_id.in_(some)).values(note=""))
    return done.rowcount


def counted(counts: Counts) -> dict[str, int]:
    """The counts that are not nothing, by name."""
    return {name: count for name, count in sorted(counts.items()) if count}
