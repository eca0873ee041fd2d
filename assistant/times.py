"""Stretches of time as people say them: "since Monday", "last week", "in March", "the last 3 days". Pure.

Weeks begin on Monday; days begin at midnight UTC, the time zone of the catalog. A month or weekday without a year or
date is the last one that has begun.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_COUNTS = {"a": 1, "one": 1, "couple of": 2, "two": 2, "three": 3, "few": 3, "four": 4, "five": 5, "six": 6, "seven": 7}
_UNIT = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1), "month": timedelta(days=30),
         "quarter": timedelta(days=91), "year": timedelta(days=365)}  # fmt: skip
TIME_WORDS = " ".join(
    (*_DAYS, *_MONTHS, *_COUNTS, *_UNIT, *(f"{unit}s" for unit in _UNIT), "today yesterday this last past previous ago",
     "since after from until till before up to in on at during between and the")
)  # fmt: skip
_DATE = re.compile(r"\b(\d{4})-(\d{2})(?:-(\d{2}))?\b")
_MONTH = re.compile(rf"\b({'|'.join(_MONTHS)})\b(?:\s+(\d{{4}}))?")
_DAY = re.compile(rf"\b(last\s+)?({'|'.join(_DAYS)})\b")
_LAST = re.compile(
    rf"\b(?:last|past|previous)\s+(\d+|{'|'.join(_COUNTS)})\s+({'|'.join(_UNIT)})s?\b"
    rf"|\b(\d+|{'|'.join(_COUNTS)})\s+({'|'.join(_UNIT)})s?\s+ago\b"
)
_NAMED = re.compile(r"\b(today|yesterday|(?:this|last|past|previous)\s+(?:week|month|quarter|year))\b")
_OPEN = re.compile(r"\b(since|after|from)\b[^.?!]*$")
_CLOSED = re.compile(r"\b(until|till|before|up to)\b[^.?!]*$")


def only_time(text: str) -> bool:
    """Whether a text is made of words for times alone."""
    known = set(TIME_WORDS.split())
    words = re.findall(r"[^\W_]+", text.casefold())
    return bool(words) and all(one in known or one.isdigit() for one in words)


@dataclass(frozen=True)
class Stretch:
    """From `since` to `until`; None: open. `words`: those that said so."""

    since: datetime | None = None
    until: datetime | None = None
    words: str = ""


def stretch_in(text: str, now: datetime) -> Stretch:
    """The stretch of time that a question names; open on both sides when it names none."""
    text = text.casefold()
    for find in (_by_date, _by_count, _by_name, _by_month, _by_weekday):
        found = find(text, now)
        if found is not None:
            return _bounded(text, found)
    return Stretch()


def _bounded(text: str, found: Stretch) -> Stretch:
    """A period after "since" has no end; before "until" no beginning."""
    head = text[: text.find(found.words) + len(found.words)]
    if found.since and (said := _OPEN.search(head)):
        return Stretch(found.since, None, f"{said.group(1)} {found.words}")
    if found.since and (said := _CLOSED.search(head)):
        end = found.since if said.group(1) == "before" else found.until
        return Stretch(None, end, f"{said.group(1)} {found.words}")
    return found


def _by_date(text: str, now: datetime) -> Stretch | None:
    match = _DATE.search(text)
    if match is None:
        return None
    year, month, day = int(match[1]), int(match[2]), match[3]
    try:
        since = datetime(year, month, int(day or 1), tzinfo=UTC)
    except ValueError:
        return None
    return Stretch(since, since + timedelta(days=1) if day else _next_month(since), match.group())


def _by_count(text: str, now: datetime) -> Stretch | None:
    match = _LAST.search(text)
    if match is None:
        return None
    count, unit = (match[1], match[2]) if match[1] else (match[3], match[4])
    back = _UNIT[unit] * (int(count) if count.isdigit() else _COUNTS[count])
    return Stretch(now - back, None, match.group())


def _by_name(text: str, now: datetime) -> Stretch | None:
    match = _NAMED.search(text)
    if match is None:
        return None
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if match.group() in ("today", "yesterday"):
        begin = today if match.group() == "today" else today - timedelta(days=1)
        return Stretch(begin, begin + timedelta(days=1), match.group())
    which, unit = match.group().split()
    begin = _begin_of(unit, today)
    if which == "this":
        return Stretch(begin, None, match.group())
    return Stretch(_begin_of(unit, begin - timedelta(days=1)), begin, match.group())


def _begin_of(unit: str, day: datetime) -> datetime:
    if unit == "week":
        return day - timedelta(days=day.weekday())
    month = {"month": day.month, "quarter": (day.month - 1) // 3 * 3 + 1, "year": 1}[unit]
    return day.replace(month=month, day=1)


def _by_month(text: str, now: datetime) -> Stretch | None:
    for match in _MONTH.finditer(text):
        if match[1] == "may" and not re.search(r"\b(in|since|until|before|after|last)\s+may\b", text):
            continue  # "may I use it"
        month = _MONTHS.index(match[1]) + 1
        year = int(match[2]) if match[2] else now.year - (month > now.month)
        since = datetime(year, month, 1, tzinfo=UTC)
        return Stretch(since, _next_month(since), match.group())
    return None


def _by_weekday(text: str, now: datetime) -> Stretch | None:
    match = _DAY.search(text)
    if match is None:
        return None
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    back = (today.weekday() - _DAYS.index(match[2])) % 7
    since = today - timedelta(days=back or (7 if match[1] else 0))
    return Stretch(since, since + timedelta(days=1), match.group())


def _next_month(begin: datetime) -> datetime:
    return (begin.replace(day=1) + timedelta(days=32)).replace(day=1)
