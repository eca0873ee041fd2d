"""Stretches of time as people say them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from assistant.times import only_time, stretch_in

NOW = datetime(2026, 11, 26, 21, 30, tzinfo=UTC)  # a Thursday


def at(text: str) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None


@pytest.mark.parametrize(
    ("words", "since", "until"),
    [
        ("what changed in orders since monday", "2026-11-23", ""),
        ("what changed today", "2026-11-26", "2026-11-27"),
        ("what changed yesterday?", "2026-11-25", "2026-11-26"),
        ("what changed this week", "2026-11-23", ""),
        ("and last week?", "2026-11-16", "2026-11-23"),
        ("since last week", "2026-11-16", ""),
        ("what changed last month", "2026-10-01", "2026-11-01"),
        ("this quarter", "2026-10-01", ""),
        ("last year", "2025-01-01", "2026-01-01"),
        ("what did it say in March", "2026-03-01", "2026-04-01"),
        ("what did it say in december", "2025-12-01", "2026-01-01"),
        ("before March 2025", "", "2025-03-01"),
        ("on 2026-03-05", "2026-03-05", "2026-03-06"),
        ("in 2026-03", "2026-03-01", "2026-04-01"),
        ("since 2026-03-05", "2026-03-05", ""),
        ("until 2026-03-05", "", "2026-03-06"),
        ("in the last 3 days", "2026-11-23 21:30", ""),
        ("over the past two weeks", "2026-11-12 21:30", ""),
        ("3 days ago", "2026-11-23 21:30", ""),
        ("on friday", "2026-11-20", "2026-11-21"),
        ("on thursday", "2026-11-26", "2026-11-27"),
        ("last thursday", "2026-11-19", "2026-11-20"),
        ("may I see the changes of orders", "", ""),
        ("what changed in orders", "", ""),
        ("on 2026-13-45", "", ""),
    ],
)
def test_a_question_names_a_stretch_of_time(words: str, since: str, until: str) -> None:
    found = stretch_in(words, NOW)
    assert (found.since, found.until) == (at(since), at(until))


def test_words_for_times_name_no_asset() -> None:
    assert only_time("last 3 days")
    assert not only_time("all days of the plan")
    assert not only_time("")
