"""Short ways to say things in the catalog's tests: a clock that stands, days counted from a beginning, changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from catalog.aspects import Aspect
from catalog.change import Change, Origin, Removed

BEGIN = datetime(2026, 3, 1, 9, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that stands still until the test moves it."""

    at: datetime = BEGIN

    def __call__(self) -> datetime:
        return self.at

    def move(self, days: float = 1) -> None:
        self.at += timedelta(days=days)


def day(number: float) -> datetime:
    """The moment so many days after the beginning."""
    return BEGIN + timedelta(days=number)


def said(urn: str, value: Aspect | Removed, source: str = "dbt", on: float | None = 0, event: str = "") -> Change:
    """A change as `source` states it on a day."""
    observed = None if on is None else day(on)
    return Change(urn, value, Origin(source, f"{source}.json", f"nodes.{urn}", observed, event))
