"""Counting what a log says: a shape of statement at a time, then table by table. Pure but for the parsing it asks for.

Owns what is held in memory: at most SHAPES shapes at once, each with its counts; the least recently seen is folded into
the tables it reads and forgotten. A table keeps counts, its people, its joins and its best examples.
"""

from __future__ import annotations

import math
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b

from catalog.aspects import Aspect, ExampleQuery, Join, Joins, Queries, Usage
from indexer.enrich.pieces import Piece
from indexer.enrich.sql.platforms import platform
from indexer.sources.sql.formats import Entry
from indexer.sources.sql.meaning import Meaning, columns_of
from indexer.sources.sql.words import shape_of

SHAPES = 20_000  # held at once; with text and counts about 5 KB each
_TEXTS = 50_000  # exact texts whose shape is remembered
_EXAMPLES_KEPT = 40  # candidates for each table while reading
_JOINS_KEPT = 200  # of each table
TOP_USERS = 10
WRITES = "writes this table"
HALF_LIFE_DAYS = 30.0  # an example last run a month before the newest counts half

Read = Callable[[Entry], Meaning]


@dataclass
class _Shape:
    key: bytes
    meaning: Meaning
    runs: int = 0
    services: int = 0
    users: Counter[str] = field(default_factory=Counter)
    last: datetime | None = None


@dataclass
class _Example:
    text: str
    title: str
    reads: tuple[tuple[str, str], ...]
    runs: int = 0
    users: Counter[str] = field(default_factory=Counter)
    last: datetime | None = None


@dataclass
class _JoinCount:
    queries: int = 0
    users: set[str] = field(default_factory=set)
    last: datetime | None = None


@dataclass
class _Table:
    queries: int = 0
    services: int = 0
    users: Counter[str] = field(default_factory=Counter)
    columns: Counter[str] = field(default_factory=Counter)
    last: datetime | None = None
    joins: dict[tuple[tuple[str, ...], str, tuple[str, ...]], _JoinCount] = field(default_factory=dict)
    examples: dict[bytes, _Example] = field(default_factory=dict)
    made: Piece = field(default_factory=Piece)


class Tally:
    """The counts of one or many logs. `read` parses a statement; `person` gives its user's URN, or None."""

    def __init__(self, read: Read, person: Callable[[str], str | None], dialect: str, shapes: int = SHAPES) -> None:
        self._read = read
        self._person = person
        self._dialect = dialect
        self._folds = not platform(dialect).table_case_counts()
        self._limit = shapes
        self._shapes: OrderedDict[bytes, _Shape] = OrderedDict()
        self._keys: dict[tuple[str, str, str], bytes] = {}
        self.tables: dict[str, _Table] = {}
        self.parsed = 0
        self.first: datetime | None = None
        self.last: datetime | None = None

    def add(self, entry: Entry) -> Meaning:
        """Count one run of a statement, unless its meaning has a problem."""
        shape = self._shape(entry)
        if shape.meaning.problem:
            return shape.meaning
        shape.runs += 1
        person = self._person(entry.user)
        if person is None:
            shape.services += 1
        else:
            shape.users[person] += 1
        shape.last = _later(shape.last, entry.at)
        self.last = _later(self.last, entry.at)
        if self.first is None or entry.at < self.first:
            self.first = entry.at
        return shape.meaning

    def _shape(self, entry: Entry) -> _Shape:
        exact = (entry.text, entry.database, entry.schema)
        key = self._keys.get(exact)
        if key is None:
            text = "\x1f".join((shape_of(entry.text, self._dialect, self._folds), entry.database, entry.schema))
            key = blake2b(text.encode(errors="replace"), digest_size=16).digest()
            if len(self._keys) >= _TEXTS:
                self._keys.clear()
            if len(entry.text) < 4_000:
                self._keys[exact] = key
        shape = self._shapes.get(key)
        if shape is None:
            self.parsed += 1
            shape = self._shapes[key] = _Shape(key, self._read(entry))
            if len(self._shapes) > self._limit:
                self._fold(self._shapes.popitem(last=False)[1])
        else:
            self._shapes.move_to_end(key)
        return shape

    def _fold(self, shape: _Shape) -> None:
        """Add what a shape has counted to the tables."""
        if not shape.runs:
            return
        meaning = shape.meaning
        for urn, columns in meaning.reads:
            table = self.tables.setdefault(urn, _Table())
            table.queries += shape.runs
            table.services += shape.services
            table.users.update(shape.users)
            for column in columns:
                table.columns[column] += shape.runs
            table.last = _later(table.last, shape.last)
            if meaning.example and not meaning.writes:
                self._add_example(table, shape)
        for left, ours, right, theirs in meaning.joins:
            self._add_join(left, _from(ours, right, theirs), shape)
            if left != right:
                self._add_join(right, _from(theirs, left, ours), shape)
        for urn, piece in meaning.writes.items():
            made = self.tables.setdefault(urn, _Table())
            made.made.add(piece)
            if meaning.example:
                self._add_example(made, shape)

    def _add_example(self, table: _Table, shape: _Shape) -> None:
        example = table.examples.get(shape.key)
        if example is None:
            title = WRITES if shape.meaning.writes else ""
            reads = columns_of(shape.meaning.reads)
            example = table.examples[shape.key] = _Example(shape.meaning.example, title, reads)
        example.runs += shape.runs
        example.users.update(shape.users)
        example.last = _later(example.last, shape.last)
        if len(table.examples) > 2 * _EXAMPLES_KEPT:
            best = sorted(table.examples.items(), key=lambda item: -self._worth(item[1]))[:_EXAMPLES_KEPT]
            table.examples = dict(best)

    def _add_join(self, urn: str, key: tuple[tuple[str, ...], str, tuple[str, ...]], shape: _Shape) -> None:
        joins = self.tables.setdefault(urn, _Table()).joins
        if key not in joins and len(joins) >= 2 * _JOINS_KEPT:
            best = sorted(joins.items(), key=lambda item: (-item[1].queries, item[0]))[:_JOINS_KEPT]
            joins.clear()
            joins.update(best)
        count = joins.setdefault(key, _JoinCount())
        count.queries += shape.runs
        count.users.update(shape.users)
        count.last = _later(count.last, shape.last)

    def _worth(self, example: _Example) -> float:
        """Popular and recent: people count before repetitions, which grow slowly."""
        age = (self.last - example.last).total_seconds() / 86_400 if self.last and example.last else 0.0
        return (1 + len(example.users)) * math.log2(1 + example.runs) * math.exp2(-age / HALF_LIFE_DAYS)

    def close(self) -> None:
        """Fold what is still held."""
        while self._shapes:
            self._fold(self._shapes.popitem()[1])

    def aspects(self, urn: str, days: int, examples: int) -> Iterator[Aspect]:
        """What was counted for one table, over the last `days` (0: over the whole log)."""
        table = self.tables[urn]
        if table.queries:
            yield Usage(
                queries=table.queries,
                users=len(table.users),
                days=days or self._days(),
                last_used_at=table.last,
                top_users=_top(table.users, TOP_USERS),
                columns=_top(table.columns, None),
                service_queries=table.services,
            )
        if table.joins:
            yield Joins(tuple(_join(key, count) for key, count in _by_count(table.joins)))
        if table.examples and examples:
            best = sorted(table.examples.values(), key=lambda one: (-self._worth(one), one.text))[:examples]
            yield Queries(tuple(_query(one) for one in best))
        lineage = table.made.lineage(urn)
        if lineage is not None:
            yield lineage

    def _days(self) -> int:
        if self.first is None or self.last is None:
            return 1
        return max(1, math.ceil((self.last - self.first).total_seconds() / 86_400))


def _from(ours: tuple[str, ...], other: str, theirs: tuple[str, ...]) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
    """A join seen from one side, its pairs in the order of that side's columns."""
    pairs = sorted(zip(ours, theirs, strict=True))
    return tuple(one for one, _ in pairs), other, tuple(two for _, two in pairs)


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return other if one is None else one if other is None else max(one, other)


def _top(counts: Counter[str], most: int | None) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most])


def _by_count(
    joins: dict[tuple[tuple[str, ...], str, tuple[str, ...]], _JoinCount],
) -> list[tuple[tuple[tuple[str, ...], str, tuple[str, ...]], _JoinCount]]:
    return sorted(joins.items(), key=lambda item: (-item[1].queries, item[0]))[:_JOINS_KEPT]


def _join(key: tuple[tuple[str, ...], str, tuple[str, ...]], count: _JoinCount) -> Join:
    return Join(*key, count.queries, len(count.users), count.last)


def _query(example: _Example) -> ExampleQuery:
    by = min(example.users, key=lambda user: (-example.users[user], user)) if example.users else ""
    return ExampleQuery(example.text, example.title, by, example.last, example.runs, example.reads)
