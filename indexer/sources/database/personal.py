"""Which columns may show a value. When in doubt, none does. Pure functions over names, types, classes and values.

Three things decide: the words of the table's and column's names, the sensitive classes that people gave the column, and
the shape of the values. Counts and shares are shown of every column; this is about lowest, highest and frequent values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from importlib.resources import files
from math import isfinite

from retrieval.analyzer import split


def _read_words() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    section = ""
    for line in files(__package__).joinpath("personal_words.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif not line.startswith("#"):
            found.setdefault(section, set()).update(line.split())
    return {name: frozenset(words) for name, words in found.items()}


_WORDS = _read_words()
_PEOPLE, _PERSONAL, _CODES = _WORDS["people"], _WORDS["personal"], _WORDS["codes"]
_BEGINNINGS = tuple(word for word in _PEOPLE | _PERSONAL if len(word) >= 4)
_ENDINGS = ("name", "mail", "phone", "addr", "ssn", "birth")
"""Of words written together: userid, custname."""

_ORDINARY_CLASSES = frozenset({"public", "internal", "none", "not sensitive", "non sensitive", "open"})
_SHAPES = re.compile(
    r"@|://|\d{4,}|(?:\d[ .()/-]?){6,}|\b\d{1,3}(?:\.\d{1,3}){3}\b|^[A-Z]{2}\d{2}|[0-9a-f]{2}(?::[0-9a-f]{2}){3}"
    r"|\b[A-ZÀ-Þ][\w'’-]+[ ,]+(?:[A-Z]\.? )?[A-ZÀ-Þ][\w'’-]+|[?!\n]"
)
"""E-mail, link, long number, phone, IP and MAC address, IBAN, two capitalised words (a name), a sentence."""

MAX_VALUES = 12
"""Different values of a column that is a list of codes; with more it may well be something else."""
LEAST_ROWS = 10
"""How often a value must occur to be shown: what few rows have may point at somebody."""
_LONGEST_VALUE = 30
_IDENTITY_FROM = 100_000_000  # nine digits: phone, tax, card and identity numbers have as many
_LIFETIME = timedelta(days=365 * 40)  # dates that begin so long ago are likely dates of birth


def is_about_people(names: Iterable[str]) -> bool:
    """Whether the names of a schema and table say that its rows are people."""
    return any(word in _PEOPLE for name in names for word in split(name))


def may_show_range(column: str, about_people: bool, classes: Iterable[str]) -> bool:
    """Whether the lowest and highest number or time of a column may be asked for at all."""
    if about_people or is_sensitive(classes):
        return False
    words = split(column)
    return "".join(words) not in _PERSONAL and not any(map(_is_personal, words))


def _is_personal(word: str) -> bool:
    return word in _PERSONAL or word in _PEOPLE or word.startswith(_BEGINNINGS) or word.endswith(_ENDINGS)


def may_show_values(column: str, about_people: bool, classes: Iterable[str]) -> bool:
    """Whether the frequent values of a text column may be asked for: only if its name says that it holds codes."""
    words = split(column)
    return bool(words) and words[-1] in _CODES and may_show_range(column, about_people, classes)


def is_sensitive(classes: Iterable[str]) -> bool:
    """Whether people classed the column as anything but ordinary."""
    return any(one.casefold().replace("-", " ").replace("_", " ") not in _ORDINARY_CLASSES for one in classes)


def shown_range(low: object, high: object, now: datetime) -> tuple[str, str]:
    """The range as text; two empty ones if the values look like somebody's number or day of birth."""
    if isinstance(low, bool) or low is None or high is None:
        return "", ""
    if isinstance(low, int | float | Decimal) and isinstance(high, int | float | Decimal):
        if _is_identity(low) or _is_identity(high):
            return "", ""
    elif isinstance(low, date):
        begun = low if isinstance(low, datetime) else datetime(low.year, low.month, low.day, tzinfo=UTC)
        begun = begun if begun.tzinfo else begun.replace(tzinfo=UTC)
        if begun < now - _LIFETIME:
            return "", ""
    else:
        return "", ""  # SQLite keeps any text in a column of numbers
    return _text(low), _text(high)


def shown_values(counted: Iterable[tuple[object, int]]) -> tuple[str, ...]:
    """The values, most frequent first; none at all if one of them is rare, long, or shaped like something personal."""
    found = [(str(value), count) for value, count in counted if value is not None]
    if not found or len(found) > MAX_VALUES:
        return ()
    if any(count < LEAST_ROWS or len(text) > _LONGEST_VALUE or _SHAPES.search(text) for text, count in found):
        return ()
    return tuple(text for text, _ in sorted(found, key=lambda pair: (-pair[1], pair[0])))


def _is_identity(number: int | float | Decimal) -> bool:
    return isfinite(number) and number == int(number) and abs(float(number)) >= _IDENTITY_FROM


def _text(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return str(value)
