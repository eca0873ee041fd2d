"""Statements as examples to show: no comments, and of the literals only those that cannot be about a person.

Owns what may stay: dates, units and formats of date functions, words of a fixed list such as a status, small numbers
that are not looked up. Everything else becomes a parameter, `:1`. What then still looks like an address or a number of
a person makes the whole statement unfit to be shown. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from indexer.enrich.sql.words import words
from indexer.sources.sql.words import words_of

MAX_SHOWN = 2_000  # characters; longer statements are generated, and no example to anybody

_DATE = re.compile(r"^\d{4}-\d\d(?:-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?)?$")
_SPAN = re.compile(r"^-?\d{1,4} ?(?:microsecond|millisecond|second|minute|hour|day|week|month|quarter|year)s?$", re.I)
_CODE = re.compile(r"^(?:[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*|[A-Z][A-Z0-9]*(?:[_-][A-Z0-9]+)*)$")
_UNIT = re.compile(
    r"^(?:(?:micro|milli)?second|minute|hour|day|week|month|quarter|year|decade|epoch|dow|doy|iso(?:dow|week|year))s?$",
    re.I,
)
_FORMAT = re.compile(
    r"^(?:%-?[A-Za-z]|I?YYYY|YY|MM|MON|MONTH|DD|DY|DAY|HH24|HH12|HH|MI|SS|FF\d?|MS|US|TZ|Q|WW|IW|AM|PM|[-/: .,_T\"])+$",
    re.I,
)
_FIXED = re.compile(
    r"(?:^|_)(?:status|state|type|kind|category|country|currency|channel|tier|plan|region|level|mode|event|medium|"
    r"segment|priority|language|locale|platform|os|device|env|environment|stage|severity|unit|period|granularity)"
    r"(?:_code|_name|_id)?$"
)
_ABOUT_PEOPLE = re.compile(r"birth|born|dob|death|deceased|diagnos|health|religio|ethnic|salary|wage|gender|sex|person")
_YES_OR_NO = re.compile(r"^(?:is|has|was)_|(?:^|_)(?:flag|active|deleted|enabled)$")
_DATE_PART = re.compile(r"(?:^|_)(?:year|month|quarter|week|day|hour|minute|dow)s?$")
_FORMATTING = words(
    "date_trunc datetrunc trunc date_part datepart extract to_char to_date to_timestamp strftime strptime "
    "format_date format_timestamp format_datetime parse_date parse_timestamp date_format date_add dateadd "
    "date_sub datesub date_diff datediff timestampdiff timestamp_diff timestamp_trunc datetime_trunc time_bucket "
    "convert_timezone"
)
_EQUAL = frozenset({"=", "<>", "!=", "in", "like", "ilike", "rlike", "similar", "regexp", "is", "between", "==", "<=>"})
_KEYWORDS = words(
    "select from where and or not on as by having group order limit offset when then else case end join using "
    "values set with union all distinct interval date timestamp time null true false over partition escape"
)
_RESIDUES = (
    re.compile(r"[^\s@'\"`]+@[^\s@'\"`]+\.[A-Za-z]{2,}"),
    re.compile(r"(?<![\w.])\+?\d[\d ()/.-]{6,}\d(?!\w)"),
    re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,}"),
    re.compile(r"\d{7,}"),
)


@dataclass
class _Context:
    """Where in the statement the masking is: what the next literal is compared with."""

    column: str = ""
    operator: str = ""
    before: str = ""
    calls: list[str] = field(default_factory=list)
    columns: list[tuple[str, str]] = field(default_factory=list)

    def see(self, kind: str, text: str) -> None:
        low = text.lower()
        if kind == "sign" and text == "(":
            self.calls.append(self.before)
            self.columns.append((self.column, self.operator))
        elif kind == "sign" and text == ")":
            if self.calls:
                self.calls.pop()
                self.column, self.operator = self.columns.pop()[0], ""
        elif low in _EQUAL or text in ("<", ">", "<=", ">="):
            self.operator = low
        elif kind == "name" or (kind == "word" and low not in _KEYWORDS):
            self.column, self.operator = text.strip('"`[]').lower(), ""
        elif kind == "word" and low in ("and", "or", "where", "on", "when", "then", "else", "having", "select"):
            self.column = self.operator = ""
        elif kind in ("string", "number") and self.operator not in ("in", "between"):
            self.operator = ""
        self.before = low


def masked(text: str, dialect: str, personal: Sequence[str] = ()) -> str | None:
    """The statement as it may be shown, or None when it may not. `personal`: patterns of columns (in small letters)
    whose values are never shown, whatever they look like.
    """
    if len(text) > MAX_SHOWN * 4:
        return None
    context, numbers, parts = _Context(), 0, []
    for kind, word in words_of(text.strip().rstrip(";").rstrip(), dialect):
        if kind == "comment":
            parts.append("\n" if word.startswith(("--", "#")) else " ")
            continue
        if dialect == "sqlite" and kind == "name" and word[0] == '"' and context.before in _EQUAL:
            kind = "string"  # where there is no such column, SQLite takes it as one
        if (kind == "string" and not _may_stay(_content(word), context, personal)) or (
            kind == "number" and not _number_may_stay(word, context, personal)
        ):
            numbers += 1
            parts.append(f":{numbers}")
        else:
            parts.append(word)
        if kind != "space":
            context.see(kind, word)
    shown = "\n".join(line.rstrip() for line in "".join(parts).splitlines() if line.strip())
    return shown if len(shown) <= MAX_SHOWN and not _looks_personal(shown) else None


def _content(literal: str) -> str:
    quote = next((at for at, sign in enumerate(literal) if sign in "'\"$"), 0)
    return literal[quote:].strip("'\"$")


def _may_stay(value: str, context: _Context, personal: Sequence[str]) -> bool:
    """Whether a text cannot be about a person, where it stands."""
    if _is_personal(context.column, personal):
        return False
    if _DATE.match(value) or (context.before == "interval" and _SPAN.match(value)):
        return True
    call = context.calls[-1] if context.calls else ""
    if call in _FORMATTING and not context.operator:
        return bool(_UNIT.match(value) or _FORMAT.match(value))
    return bool(context.operator and _FIXED.search(context.column) and len(value) <= 30 and _CODE.match(value))


def _number_may_stay(value: str, context: _Context, personal: Sequence[str]) -> bool:
    """Whether a number is a size, a place or a date part, and not what somebody looked up."""
    if context.before == ":" or (_is_personal(context.column, personal) and context.operator):
        return False
    digits = len(re.sub(r"\D", "", value))
    if _DATE_PART.search(context.column) and digits <= 4:
        return True
    if context.operator in _EQUAL:
        return value in ("0", "1") and context.operator != "in" and bool(_YES_OR_NO.search(context.column))
    return digits <= 3 or bool(re.match(r"^(?:19|20)\d\d$", value))


def _is_personal(column: str, personal: Sequence[str]) -> bool:
    return bool(_ABOUT_PEOPLE.search(column)) or any(fnmatchcase(column, pattern) for pattern in personal)


def _looks_personal(shown: str) -> bool:
    """A last look at what would be shown: a miss above must not come through."""
    without_dates = re.sub(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?", "", shown)
    without_shards = re.sub(r"(?<=[A-Za-z_])(?:19|20)\d{6}\b", "", without_dates)
    return any(pattern.search(without_shards) for pattern in _RESIDUES)
