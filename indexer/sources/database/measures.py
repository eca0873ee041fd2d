"""What is asked of a table when it is profiled, and what the answer means. Pure: SQL text out, rows in.

Owns which statistics a type allows, the splitting of wide tables, and which column tells when data was last loaded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from catalog.aspects import ColumnProfile
from indexer.sources.database import personal
from indexer.sources.database.records import ColumnFact, Relation, Row

Kind = Literal["number", "time", "boolean", "text", "other"]

COLUMNS_AT_ONCE = 100
"""Columns of one statement: engines take between 1,000 and 2,000 results of one, and each column asks for four."""

_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("boolean", re.compile(r"^(bool|boolean|tinyint\(1\)|bit)$")),
    (
        "number",
        re.compile(
            r"^(u?(tiny|small|medium|big|huge)?int(eger)?[248]?|unsigned big int|numeric|decimal|dec|number|real|double"
            r"|float[48]?|serial|bigserial|smallserial)\b"
        ),
    ),
    ("time", re.compile(r"^(date|datetime|timestamp|timestamptz|smalldatetime)\b")),
    ("text", re.compile(r"^(n?(var)?char|character|text|string|citext|uuid|enum|n?clob|(tiny|medium|long)text)\b")),
)
_ARRAY = re.compile(r"(\[\d*\]|^array|list|struct|map)", re.IGNORECASE)
_LOADED = (
    (re.compile(r"load|ingest|synced|extracted_at|etl|inserted_at|imported"), 0),
    (re.compile(r"updated?|modified|changed|refresh|_mod$|lastmod"), 1),
    (re.compile(r"created|recorded|inserted|event_(time|ts|at)|^ts$|^timestamp$"), 2),
)
_SLACK = timedelta(days=1)  # a clock may be ahead, or a time without zone be local; later times are placeholders


@dataclass(frozen=True)
class Question:
    """One column of a statement: what is asked of it."""

    column: ColumnFact
    kind: Kind
    ranged: bool


def kind_of(type_: str) -> Kind:
    """What sort of values a type as the engine writes it holds."""
    written = type_.strip().lower()
    if _ARRAY.search(written):
        return "other"
    return next((kind for kind, pattern in _KINDS if pattern.match(written)), "other")


def questions(relation: Relation, classes: dict[str, tuple[str, ...]]) -> list[Question]:
    """What is asked of each column. `classes`: the sensitive ones by column in lower case; "" for the whole table."""
    people = personal.is_about_people((relation.schema, relation.name))
    asked = []
    for column in relation.columns:
        kind = kind_of(column.type)
        may = personal.may_show_range(column.name, people, classes_of(column.name, classes))
        asked.append(Question(column, kind, may and kind in ("number", "time")))
    return asked


def classes_of(column: str, classes: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The classes of a column and of its whole table."""
    return classes.get(column.casefold(), ()) + classes.get("", ())


def statement(asked: Sequence[Question], sample: str, quote: dict[str, str], finite: str = "{0}") -> str:
    """One row: the number of rows, then of each column its values, its different values, its lowest and highest.

    `finite`: how the engine leaves out times without end, which no calendar has.
    """
    wanted = ["count(*)"]
    for one in asked:
        name = quote[one.column.name]
        wanted.append(f"count({name})")
        if one.kind != "other":
            wanted.append(f"count(DISTINCT {name})")
        if one.ranged:
            real = finite.format(name) if one.kind == "time" else name
            wanted += [f"min({real})", f"max({real})"]
    return f"SELECT {', '.join(wanted)} FROM ({sample}) AS sampled"


@dataclass(frozen=True)
class Measured:
    """One column's figures of the rows that were read. `distinct` None: the type has no equality."""

    question: Question
    rows: int
    filled: int
    distinct: int | None
    low: object
    high: object

    def profile(self, whole: bool, values: tuple[str, ...], now: datetime) -> ColumnProfile:
        """As it is stored. The number of different values is told only if all rows were read."""
        low, high = personal.shown_range(self.low, self.high, now)
        share = round(self.distinct / self.filled, 4) if self.distinct is not None and self.filled else None
        return ColumnProfile(
            column=self.question.column.name,
            null_share=round(1 - self.filled / self.rows, 4) if self.rows else None,
            distinct=self.distinct if whole else None,
            low=low,
            high=high,
            samples=values,
            distinct_share=share,
        )


def measured(asked: Sequence[Question], row: Row) -> Iterator[Measured]:
    """The row that `statement` gives, column by column."""
    rows, cells = int(row[0]), iter(row[1:])
    for one in asked:
        filled = int(next(cells))
        distinct = int(next(cells)) if one.kind != "other" else None
        low, high = (next(cells), next(cells)) if one.ranged else (None, None)
        if one.kind == "time":
            low, high = moment(low) or low, moment(high) or high
        yield Measured(one, rows, filled, distinct, low, high)


def load_column(relation: Relation) -> str:
    """The column that tells when rows were loaded or changed; "" if none does."""
    found = [
        (rank, column.position, column.name)
        for column in relation.columns
        for pattern, rank in _LOADED
        if personal.may_show_range(column.name, False, ())
        and kind_of(column.type) == "time"
        and pattern.search(column.name.lower())
    ]
    return min(found)[2] if found else ""


def moment(value: object) -> datetime | date | None:
    """A time as a driver or SQLite's text gives it; one without a zone counts as UTC."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    return value if isinstance(value, date) else None


def latest(now: datetime) -> datetime:
    """The latest time that may be true."""
    return now + _SLACK


def newest(value: object, now: datetime) -> datetime | None:
    """The time of the newest row; None for what lies in the future, which is a placeholder."""
    found = moment(value)
    if found is not None and not isinstance(found, datetime):
        found = datetime(found.year, found.month, found.day, tzinfo=UTC)
    return found if found is not None and found <= latest(now) else None
