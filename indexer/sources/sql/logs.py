"""Query logs as files: CSV and JSON lines, plain or gzipped, read a record at a time. Does file I/O; keeps nothing.

Owns what of a file is refused: lines beyond a size, records that are not what their format says. A bad record is told
with its line and passed over; a file that breaks off is told, and what came before it counts.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from catalog.change import Skipped
from catalog.errors import RecordInvalid
from indexer.sources.sql.formats import (
    CSVLOG,
    POSTGRES,
    Entry,
    Fields,
    Format,
    csvlog_entry,
    entry_of,
    format_of,
    plain_name,
)

SUFFIXES = (".csv", ".csv.gz", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz", ".json", ".json.gz")
MAX_LINE = 2 * 2**20  # characters of one line; statements beyond 256 KB are not parsed anyway
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_CSVLOG_TIME = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


@dataclass(frozen=True)
class Reading:
    """How logs are to be read: a format by name ("" to find out), and columns that are called otherwise."""

    format: str
    columns: Mapping[str, str]


@dataclass(frozen=True)
class Logged:
    """An entry with its place; `dialect` as the format tells, or ""."""

    entry: Entry
    line: int
    dialect: str


def read_log(path: Path, locator: str, reading: Reading) -> Iterator[Logged | Skipped]:
    """The entries of one file in order; Skipped with `error` for what is broken in it."""
    rows = _json_rows if ".csv" not in path.name.lower() else _csv_rows
    line = 0
    try:
        with _opened(path) as stream:
            for line, record in rows(stream, reading):
                if isinstance(record, str):
                    yield Skipped("log line", f"{record}. The line was passed over.", locator, f"line {line}", True)
                elif record is None:
                    yield Skipped("log line that is no statement", "it runs no SQL", locator, f"line {line}")
                else:
                    yield Logged(record[0], line, record[1])
    except RecordInvalid as error:
        yield Skipped("log file", f"Not a query log: {error}.", locator, f"line {line + 1}", error=True)
    except (OSError, EOFError, zlib.error, csv.Error) as error:
        why = f"It cannot be read further: {error}. What came before counts; the rest does not."
        yield Skipped("log file", why, locator, f"line {line + 1}", error=True)


Row = tuple[int, tuple[Entry, str] | str | None]


def _opened(path: Path) -> TextIO:
    if path.name.lower().endswith(".gz"):
        return gzip.open(path, "rt", encoding="utf-8-sig", errors="replace", newline="")
    return path.open("r", encoding="utf-8-sig", errors="replace", newline="")


def _lines(stream: TextIO) -> Iterator[str]:
    """Lines with their ends. Raises RecordInvalid for one that is too long."""
    while line := stream.readline(MAX_LINE):
        if len(line) == MAX_LINE and not line.endswith("\n"):
            raise RecordInvalid(f"a line is longer than {MAX_LINE:,} characters")
        yield _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", line) if "\x00" in line else line


def _csv_rows(stream: TextIO, reading: Reading) -> Iterator[Row]:
    csv.field_size_limit(MAX_LINE)
    reader = csv.reader(_lines(stream), strict=True)
    header = next(reader, None)
    if header is None:
        return
    if reading.format == POSTGRES or (len(header) >= len(CSVLOG) and _CSVLOG_TIME.match(header[0])):
        yield _row(reader.line_num, lambda: csvlog_entry(header), POSTGRES)
        for row in reader:
            line = reader.line_num
            if len(row) < len(CSVLOG):
                yield line, f"it has {len(row)} columns; PostgreSQL's csvlog has {len(CSVLOG)} or more"
            else:
                yield _row(line, lambda row=row: csvlog_entry(row), POSTGRES)  # type: ignore[misc]
        return
    names = [plain_name(name) for name in header]
    of = format_of(names, reading.format, reading.columns)
    for row in reader:
        if len(row) != len(names):
            if row:
                yield reader.line_num, f"it has {len(row)} columns where the header has {len(names)}"
            continue
        fields = dict(zip(names, row, strict=True))
        yield _row(reader.line_num, lambda fields=fields: entry_of(fields, of), of.dialect)  # type: ignore[misc]


def _row(line: int, entry: Callable[[], Entry | None], dialect: str) -> Row:
    try:
        found = entry()
    except RecordInvalid as error:
        return line, str(error)
    return line, (found, dialect) if found is not None else None


def _json_rows(stream: TextIO, reading: Reading) -> Iterator[Row]:
    of: Format | None = None
    for number, line in enumerate(_lines(stream), 1):
        if not line.strip():
            continue
        if number == 1 and line.lstrip().startswith("["):
            raise RecordInvalid("it is one JSON array. Write one object a line, for example with jq -c '.[]'")
        try:
            body = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield number, f"not JSON: {error}"
            continue
        if not isinstance(body, dict):
            yield number, "not a JSON object"
            continue
        fields = _flat(body)
        if of is None:
            of = format_of(fields, reading.format, reading.columns)
        yield _row(number, lambda fields=fields, of=of: entry_of(fields, of), of.dialect)  # type: ignore[misc]


def _flat(body: dict[str, object]) -> Fields:
    """The fields by plain name; those of inner objects too, where the outer ones have no such name."""
    fields: dict[str, object] = {}
    for key, value in body.items():
        fields[plain_name(key)] = value
        if isinstance(value, dict):
            for inner, held in value.items():
                fields.setdefault(plain_name(str(inner)), held)
    return {
        key: _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value) if isinstance(value, str) else value
        for key, value in fields.items()
    }
