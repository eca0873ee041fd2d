"""Measuring tables: counts, shares, ranges and the newest load, of a sample where the table is large.

Owns the order of work and its limits: each statement has the engine's time limit, the whole has its own, and what was
not reached is told and keeps the figures it had. Views and foreign tables are not run. Writes nothing anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic

from catalog.aspects import Freshness, Profile
from catalog.change import Change, Skipped
from indexer.sources.database import personal
from indexer.sources.database.measures import (
    COLUMNS_AT_ONCE,
    Measured,
    Question,
    classes_of,
    latest,
    load_column,
    measured,
    newest,
    questions,
    statement,
)
from indexer.sources.database.records import Engine, Relation, StatementFailed
from indexer.sources.database.telling import Teller

MEASURED = "#profile"
"""Stands behind the locator of what was measured, which is read apart from the rest and may be left unread."""

_SHAPES = ("table", "partitioned table", "materialized view")


def is_measured(relation: Relation) -> bool:
    """Whether it holds rows of its own. A view would be computed, a foreign table fetched."""
    return relation.shape in _SHAPES and bool(relation.columns)


Classified = Callable[[str], dict[str, tuple[str, ...]]]
"""What people classed a table (URN) as: classes by column in lower case, "" for the whole table."""


@dataclass(frozen=True)
class Profiler:
    """Measures the tables of one database."""

    engine: Engine
    teller: Teller
    rows: int
    seconds: float
    classified: Classified

    def profile(self, relations: Iterable[Relation]) -> Iterator[Change | Skipped]:
        """Small tables first, so that a time limit costs few of them."""
        deadline = monotonic() + self.seconds
        wanted = [one for one in relations if is_measured(one)]
        wanted.sort(key=lambda one: (one.rows or 0, one.schema, one.name))
        for at, relation in enumerate(wanted):
            if monotonic() > deadline:
                why = f"profile_seconds = {self.seconds:g} is over; {len(wanted) - at:,} tables keep their old figures"
                for left in wanted[at:]:
                    yield self._skipped(left, why)
                return
            try:
                yield from self._table(relation)
            except StatementFailed as error:
                yield self._skipped(relation, f"it keeps the figures it had: {error}")

    def _skipped(self, relation: Relation, why: str) -> Skipped:
        locator = self.teller.address.locator(relation.schema) + MEASURED
        return Skipped("profile", why, locator, relation.name)

    def _table(self, relation: Relation) -> Iterator[Change]:
        urn = self.teller.address.urn(relation.schema, relation.name)
        plain = self.teller.origin(relation.schema, relation.name)
        origin, now = replace(plain, locator=plain.locator + MEASURED), self.teller.now
        classes = self.classified(urn)
        relation = self._counted(relation)
        columns: list[Measured] = []
        asked = questions(relation, classes)
        for start in range(0, len(asked), COLUMNS_AT_ONCE):
            columns += self._measure(relation, asked[start : start + COLUMNS_AT_ONCE])
        seen = columns[0].rows
        whole = seen <= self.rows and not self._is_large(relation)
        profile = Profile(
            rows=seen if whole else relation.rows,
            bytes=relation.bytes,
            measured_at=now,
            columns=tuple(one.profile(whole, self._values(relation, one, classes), now) for one in columns),
            sampled_rows=None if whole else seen,
        )
        yield Change(urn, profile, origin)
        loaded = self._loaded(relation, columns, whole) or relation.loaded_at
        if loaded is not None:
            yield Change(urn, Freshness(loaded, checked_at=now), origin)

    def _counted(self, relation: Relation) -> Relation:
        """With a number of rows, where counting is cheap and the engine's statistics have none."""
        if relation.rows is not None or not self.engine.counts:
            return relation
        try:
            return replace(relation, rows=int(self.engine.rows(f"SELECT count(*) FROM {self._name(relation)}")[0][0]))
        except StatementFailed:
            return relation

    def _is_large(self, relation: Relation) -> bool:
        return relation.rows is not None and relation.rows > self.rows

    def _name(self, relation: Relation) -> str:
        return f"{self.engine.quoted(relation.schema)}.{self.engine.quoted(relation.name)}"

    def _sample(self, relation: Relation, columns: Sequence[str]) -> str:
        """All rows of a small table; one more than that of a table that was thought small shows that it is large."""
        listed = ", ".join(columns)
        if self._is_large(relation):
            return self.engine.sample(relation, listed, self.rows)
        return f"SELECT {listed} FROM {self._name(relation)} LIMIT {self.rows + 1}"

    def _measure(self, relation: Relation, asked: Sequence[Question]) -> Iterator[Measured]:
        quote = {one.column.name: self.engine.quoted(one.column.name) for one in asked}
        sql = statement(asked, self._sample(relation, list(quote.values())), quote, self.engine.finite)
        return measured(asked, self.engine.rows(sql)[0])

    def _values(self, relation: Relation, one: Measured, classes: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
        """The frequent values of a column that holds a short list of codes."""
        column, kind = one.question.column.name, one.question.kind
        people = personal.is_about_people((relation.schema, relation.name))
        few = one.distinct is not None and 0 < one.distinct <= personal.MAX_VALUES
        if kind != "text" or not few or not personal.may_show_values(column, people, classes_of(column, classes)):
            return ()
        name = self.engine.quoted(column)
        sql = f"SELECT {name}, count(*) FROM ({self._sample(relation, [name])}) AS sampled GROUP BY {name}"
        return personal.shown_values((value, int(count)) for value, count in self.engine.rows(sql))

    def _loaded(self, relation: Relation, columns: Sequence[Measured], whole: bool) -> datetime | None:
        """The newest value of the column that tells it, if it can be known without reading a large table."""
        column = load_column(relation)
        if not column:
            return None
        known = next(one for one in columns if one.question.column.name == column)
        now = self.teller.now
        if whole and (found := newest(known.high, now)):
            return found
        if not whole and not self.engine.finds_newest(relation, column):
            return None
        name, last = self.engine.quoted(column), latest(now).strftime("%Y-%m-%d %H:%M:%S")
        sql = f"SELECT max({name}) FROM {self._name(relation)} WHERE {name} <= '{last}'"
        return newest(self.engine.rows(sql)[0][0], now)
