"""What the query logs of each platform call their columns, and how one record becomes an entry. Pure.

Column names are compared in small letters with `_` between words: `queryText` and `QUERY_TEXT` are one. Sources:
Snowflake QUERY_HISTORY, BigQuery INFORMATION_SCHEMA.JOBS, PostgreSQL csvlog, Redshift SYS_QUERY_HISTORY and STL_QUERY,
Trino system.runtime.queries and its query events, Databricks system.query.history.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import lru_cache

from catalog.errors import ConfigInvalid, RecordInvalid
from indexer.enrich.sql.words import words

Fields = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Entry:
    """One run of one statement. `at`: aware UTC. `failed`: it ended in an error or was cancelled."""

    text: str
    user: str
    at: datetime
    duration_ms: float | None = None
    rows: int | None = None
    failed: bool = False
    database: str = ""
    schema: str = ""


@dataclass(frozen=True)
class Format:
    """One kind of log. Each part lists the column names that may hold it, the best first; `needs`: what tells it."""

    name: str
    dialect: str
    needs: frozenset[str]
    query: tuple[str, ...]
    user: tuple[str, ...]
    at: tuple[str, ...]
    duration: tuple[str, ...] = ()
    duration_unit_ms: float = 1.0
    rows: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    error: tuple[str, ...] = ()
    database: tuple[str, ...] = ()
    schema: tuple[str, ...] = ()


PARTS = ("query", "user", "at", "duration", "rows", "status", "error", "database", "schema")
_OTHER_PART_NAMES = {"started_at": "at", "duration_ms": "duration"}

GENERIC = Format(
    "generic",
    "",
    frozenset(),
    query=("query", "query_text", "sql", "sql_text", "statement", "statement_text", "text"),
    user=("user", "user_name", "username", "user_email", "usename", "executed_by", "principal"),
    at=("started_at", "start_time", "starttime", "created_at", "creation_time", "time", "timestamp", "at"),
    duration=("duration_ms", "elapsed_ms", "total_elapsed_time"),
    rows=("rows", "rows_produced", "row_count"),
    status=("status", "state", "execution_status"),
    error=("error", "error_message", "error_code"),
    database=("database", "database_name", "catalog"),
    schema=("schema", "schema_name"),
)
FORMATS: tuple[Format, ...] = (
    Format(
        "snowflake",
        "snowflake",
        frozenset({"query_text", "user_name", "start_time", "warehouse_name"}),
        query=("query_text",),
        user=("user_name",),
        at=("start_time",),
        duration=("total_elapsed_time",),
        rows=("rows_produced",),
        status=("execution_status",),
        error=("error_code",),
        database=("database_name",),
        schema=("schema_name",),
    ),
    Format(
        "bigquery",
        "bigquery",
        frozenset({"query", "user_email", "creation_time"}),
        query=("query",),
        user=("user_email",),
        at=("start_time", "creation_time"),
        duration=("duration_ms",),
        status=("state",),
        error=("error_result",),
        database=("project_id",),
    ),
    Format(
        "redshift",
        "redshift",
        frozenset({"query_text", "user_id", "start_time", "elapsed_time"}),
        query=("query_text",),
        user=("usename", "user_name", "username", "user_id"),
        at=("start_time",),
        duration=("elapsed_time",),
        duration_unit_ms=0.001,
        rows=("returned_rows",),
        status=("status",),
        database=("database_name",),
    ),
    Format(
        "redshift",
        "redshift",
        frozenset({"querytxt", "starttime"}),
        query=("querytxt",),
        user=("usename", "username", "userid"),
        at=("starttime",),
        status=("aborted",),
        database=("database",),
    ),
    Format(
        "databricks",
        "databricks",
        frozenset({"statement_text", "executed_by", "start_time"}),
        query=("statement_text",),
        user=("executed_by",),
        at=("start_time",),
        duration=("total_duration_ms",),
        rows=("produced_rows",),
        status=("execution_status",),
        error=("error_message",),
    ),
    Format(
        "trino",
        "trino",
        frozenset({"query_id", "query", "user"}),
        query=("query",),
        user=("user",),
        at=("started", "execution_start_time", "created", "create_time"),
        status=("state", "query_state"),
        error=("error_code", "error_type"),
        database=("catalog",),
        schema=("schema",),
    ),
)
POSTGRES = "postgres"
CSVLOG = (
    "log_time", "user_name", "database_name", "process_id", "connection_from", "session_id", "session_line_num",
    "command_tag", "session_start_time", "virtual_transaction_id", "transaction_id", "error_severity",
    "sql_state_code", "message", "detail", "hint", "internal_query", "internal_query_pos", "context", "query",
    "query_pos", "location", "application_name",
)  # fmt: skip
"""PostgreSQL's csvlog has no header; later versions put further columns after these."""

NAMES = tuple(dict.fromkeys([*(one.name for one in FORMATS), POSTGRES, GENERIC.name]))

_FAILED = words(
    "fail failed failed_with_error failed_with_incident error canceled cancelled aborted 1 true timeout timed_out"
)
_STATEMENT = re.compile(r"^(?:duration: ([\d.]+) ms  )?(?:statement|execute [^:]*): (.*)$", re.DOTALL)
_ZONE = re.compile(r"^(.*\d)(?: ?(?:UTC|GMT|Z)| [A-Z]{2,5})$")
_OFFSET = re.compile(r"^(.*\d) ([+-]\d\d:?\d\d)$")


@lru_cache(maxsize=10_000)
def plain_name(name: str) -> str:
    """A column's name as names are compared here."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip()).lower().replace(" ", "_").replace("-", "_")


def mapped(columns: Sequence[str]) -> dict[str, str]:
    """The `columns` option, ["query=sql_text", ...], as part to column. Raises ConfigInvalid."""
    found = {}
    for item in columns:
        part, equals, column = item.partition("=")
        part = _OTHER_PART_NAMES.get(part.strip(), part.strip())
        if not equals or part not in PARTS or not column.strip():
            close = get_close_matches(part, PARTS, 1)
            hint = f" Did you mean '{close[0]}'?" if close else ""
            raise ConfigInvalid(f"columns: '{item}' is not PART=COLUMN with a part of {', '.join(PARTS)}.{hint}")
        found[part] = plain_name(column)
    return found


def format_of(header: Collection[str], wanted: str, columns: Mapping[str, str]) -> Format:
    """The format of a log by its column names; `wanted` names one, `columns` overrule it. Raises RecordInvalid."""
    named = [one for one in FORMATS if one.name == wanted] or ([GENERIC] if wanted == GENERIC.name else FORMATS)
    fitting = [one for one in named if one.needs <= set(header)]
    base = fitting[0] if fitting else named[0] if wanted else GENERIC
    chosen = _overruled(base, columns)
    for part, known in (("query", chosen.query), ("user", chosen.user), ("at", chosen.at)):
        if not set(known) & set(header):
            written = {"at": "started_at"}.get(part, part)
            raise RecordInvalid(
                f"no column holds the {written}: there are {', '.join(sorted(header)[:30]) or 'none'}. Name it with "
                f'columns = ["{written}=..."]'
            )
    return chosen


def _overruled(base: Format, columns: Mapping[str, str]) -> Format:
    parts = {part: (columns[part],) if part in columns else getattr(base, part) for part in PARTS}
    return Format(base.name, base.dialect, base.needs, duration_unit_ms=base.duration_unit_ms, **parts)


def entry_of(fields: Fields, of: Format) -> Entry | None:
    """One record as an entry; None when it is no statement. Raises RecordInvalid when its time cannot be read."""
    text = _text(fields, of.query)
    if not text.strip():
        return None
    error = _text(fields, of.error)
    return Entry(
        text,
        _text(fields, of.user).strip(),
        moment(_first(fields, of.at)),
        _scaled(_number(fields, of.duration), of.duration_unit_ms),
        _whole(_number(fields, of.rows)),
        _text(fields, of.status).strip().lower() in _FAILED or error.strip().lower() not in ("", "0", "null", "none"),
        _text(fields, of.database).strip(),
        _text(fields, of.schema).strip(),
    )


def csvlog_entry(row: Sequence[str]) -> Entry | None:
    """One row of PostgreSQL's csvlog; None for what is no statement. Parameters stand in `detail`, never read."""
    fields = dict(zip(CSVLOG, row, strict=False))
    found = _STATEMENT.match(fields.get("message", ""))
    failed = fields.get("error_severity") in ("ERROR", "FATAL", "PANIC")
    text = fields.get("query", "") if failed else found[2] if found else ""
    if not text.strip():
        return None
    at = moment(fields["log_time"])
    duration = float(found[1]) if found and found[1] else None
    return Entry(text, fields["user_name"], at, duration, None, failed, fields["database_name"])


def moment(value: object) -> datetime:
    """A time as logs write it: ISO, with or without zone (UTC then), or seconds to microseconds since 1970.

    Raises RecordInvalid.
    """
    text = str(value or "").strip()
    try:
        number = float(text) if text[:1].isdigit() and text.count("-") == 0 and ":" not in text else None
        if number is not None:
            return datetime.fromtimestamp(_seconds(number), UTC)
        found = datetime.fromisoformat(_zoned(text))
    except (ValueError, OverflowError, OSError):
        raise RecordInvalid(f"'{text[:60]}' is no time. Write ISO 8601, such as 2026-11-01T09:30:00Z") from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _seconds(number: float) -> float:
    """Seconds, milliseconds and microseconds since 1970 differ by so much that the size tells which it is."""
    for limit, unit in ((1e11, 1.0), (1e14, 1e3), (1e17, 1e6)):
        if number < limit:
            return number / unit
    return number / 1e9


def _zoned(text: str) -> str:
    if text.endswith("Z") or text[-1:].isdigit():
        found = _OFFSET.match(text)
        return found[1] + found[2] if found else text
    found = _ZONE.match(text)
    return found[1] if found else text


def _first(fields: Fields, names: Sequence[str]) -> object:
    for name in names:
        found = fields.get(name)
        if found is not None and found != "":
            return found
    return ""


def _text(fields: Fields, names: Sequence[str]) -> str:
    found = _first(fields, names)
    return found if isinstance(found, str) else "" if found is None or found == {} else str(found)


def _number(fields: Fields, names: Sequence[str]) -> float | None:
    try:
        return float(str(_first(fields, names)))
    except ValueError:
        return None


def _scaled(number: float | None, unit: float) -> float | None:
    return None if number is None else number * unit


def _whole(number: float | None) -> int | None:
    return int(number) if number is not None and abs(number) < 2**62 else None
