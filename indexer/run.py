"""One run of one source: read, apply, take back what is gone, report. Owns the rules of absence and their guard.

Only what a connector reports as fully read can be found absent; what stood in a file that could not be read stays. A
run that would remove more than a fifth of a source's assets stops before removing anything and asks.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import select

from catalog import codec, tables
from catalog.catalog import Catalog
from catalog.change import Change, Complete, Origin, Record, Removed, Skipped
from catalog.database import micros, moment
from catalog.errors import MassRemoval, UrnInvalid
from catalog.store import Applied, inputs_of
from catalog.urn import parse

GUARD_SHARE = 0.2
GUARD_LEAST = 10  # below this many assets a large share is still a small thing
_BATCH = 500
_ERRORS_KEPT = 200
_PASSED_OVER_KEPT = 50

Key = tuple[str, str]
Progress = Callable[[int], None]


@dataclass(frozen=True)
class RunReport:
    """What a run did. `skipped` counts by what was skipped; `problems` are the broken records, the first 200;
    `passed_over` the first 50 that are not broken.
    """

    source: str
    applied: Applied = field(default_factory=Applied)
    unchanged: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    problems: tuple[Skipped, ...] = ()
    passed_over: tuple[Skipped, ...] = ()
    errors: int = 0
    seconds: float = 0.0

    def counts(self) -> dict[str, int]:
        """The figures that `docent status` keeps."""
        return {
            "added": self.applied.added,
            "changed": self.applied.changed,
            "removed": self.applied.removed,
            "unchanged": self.unchanged + self.applied.seen_again + self.applied.repeated,
            "skipped": sum(self.skipped.values()),
            "errors": self.errors,
        }


@dataclass(frozen=True)
class _Held:
    observed_at: int
    digest: str
    locator: str
    live: bool


class _Run:
    def __init__(self, catalog: Catalog, source: str, progress: Progress) -> None:
        self.catalog = catalog
        self.source = source
        self.progress = progress
        self.started: datetime = catalog.clock()
        self.held = _held(catalog, source)
        self.present: set[Key] = set()
        self.complete: set[str] = set()
        self.broken: set[str] = set()
        self.skipped: Counter[str] = Counter()
        self.problems: list[Skipped] = []
        self.passed_over: list[Skipped] = []
        self.errors = 0
        self.unchanged = 0
        self.seen = 0

    def changes(self, records: Iterable[Record]) -> Iterator[Change]:
        """The changes among the records that are news; everything else is noted."""
        for record in records:
            self.seen += 1
            if self.seen % _BATCH == 0:
                self.progress(self.seen)
            if isinstance(record, Complete):
                self.complete.add(record.locator)
            elif isinstance(record, Skipped):
                self._note(record)
            elif (change := self._news(record)) is not None:
                yield change

    def _note(self, record: Skipped) -> None:
        self.skipped[record.what] += 1
        if not record.error and len(self.passed_over) < _PASSED_OVER_KEPT:
            self.passed_over.append(record)
        if record.error:
            self.errors += 1
            self.broken.add(record.locator)
            if len(self.problems) < _ERRORS_KEPT:
                self.problems.append(record)

    def _news(self, change: Change) -> Change | None:
        try:
            parse(change.urn)
        except UrnInvalid as error:
            self._note(Skipped("invalid URN", str(error), change.origin.locator, change.origin.pointer, error=True))
            return None
        if isinstance(change.value, Removed) or change.origin.past:
            return change
        key = (change.urn, change.value.NAME)
        self.present.add(key)
        held = self.held.get(key)
        if held is None or change.origin.observed_at is None:
            return change
        observed = micros(change.origin.observed_at)
        if observed > held.observed_at and held.live:
            return change
        if held.live and codec.digest(codec.encode(change.value), inputs_of(change)) == held.digest:
            self.unchanged += 1
            return None
        # What a source says today is newer than what it said before, whatever the date of the file it says it in.
        told = max(change.origin.observed_at, self._after(held))
        return replace(change, origin=replace(change.origin, observed_at=told))

    def _after(self, held: _Held) -> datetime:
        """The time of this run, or just after what is held when that bears a date in the future."""
        return max(self.started, moment(held.observed_at + 1))

    def removals(self) -> list[Change]:
        """What the source no longer says, as far as it was fully read."""
        gone = [key for key, held in self.held.items() if held.live and key not in self.present and self._read(held)]
        return [
            Change(urn, Removed(aspect), Origin(self.source, held.locator, "", self._after(held)))
            for (urn, aspect), held in sorted((key, self.held[key]) for key in gone)
        ]

    def _read(self, held: _Held) -> bool:
        if held.locator in self.complete:
            return True
        return "" in self.complete and held.locator not in self.broken

    def guard(self, removals: list[Change]) -> None:
        """Raise MassRemoval when too many of the source's assets would vanish at once."""
        before = {urn for (urn, _), held in self.held.items() if held.live}
        left = {urn for urn, _ in self.present}
        gone = {change.urn for change in removals} - left
        if len(gone) >= GUARD_LEAST and len(gone) > GUARD_SHARE * len(before):
            some = ", ".join(sorted(gone)[:3])
            raise MassRemoval(
                f"Source '{self.source}' no longer has {len(gone)} of its {len(before)} assets ({some}, ...). Nothing "
                "was removed. If that is right, run 'docent index --allow-removal'; if not, check its path."
            )


def run_source(
    catalog: Catalog,
    source: str,
    records: Iterable[Record],
    progress: Progress = lambda seen: None,
    allow_removal: bool = False,
) -> RunReport:
    """Apply what a source says. Raises what reading raises, and MassRemoval; what was applied before then stays."""
    begun = time.monotonic()
    run = _Run(catalog, source, progress)
    applied = catalog.apply(run.changes(records))
    removals = run.removals()
    if not allow_removal:
        run.guard(removals)
    applied += catalog.apply(removals)
    run.progress(run.seen)
    return RunReport(
        source,
        applied,
        run.unchanged,
        dict(run.skipped.most_common()),
        tuple(run.problems),
        tuple(run.passed_over),
        run.errors,
        time.monotonic() - begun,
    )


def _held(catalog: Catalog, source: str) -> dict[Key, _Held]:
    c = tables.current.c
    query = select(c.urn, c.aspect, c.observed_at, c.digest, c.locator, c.live).where(c.source == source)
    with catalog.database.reading() as connection:
        return {(row.urn, row.aspect): _Held(*row[2:]) for row in connection.execute(query)}
