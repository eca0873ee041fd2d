"""What an export holds: its files, the fields of their rows, its manifest. Pure; reads the table declarations only.

A row is a JSON object of a table's columns. Values stand as JSON objects under `value`, not as text inside text, and
are checked against their digest when they are read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Integer, Table

from catalog import codec, tables
from catalog.errors import ExportUnusable

FORMAT = "docent-export"
VERSION = 1
MANIFEST = "manifest.json"
SCHEMA = "schema.json"

# In the order in which they are loaded: values before the points that name them.
TABLES: dict[str, Table] = {
    "sources.jsonl": tables.sources,
    "runs.jsonl": tables.runs,
    "erasures.jsonl": tables.erasures,
    "contents.jsonl": tables.contents,
    "points.jsonl": tables.history,
    "sightings.jsonl": tables.sightings,
    "events.jsonl": tables.events,
    "answers.jsonl": tables.answers,
    "feedback.jsonl": tables.feedback,
}
PRIVATE = frozenset(("answers.jsonl", "feedback.jsonl"))
"""What people asked: exported only when asked for."""


@dataclass(frozen=True)
class FileFacts:
    """One file of an export: its rows, bytes and sha256."""

    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class ExportManifest:
    """What an export says about itself."""

    made_at: str
    docent_version: str
    schema_version: int
    catalog_version: int
    state_hash: str
    files: Mapping[str, FileFacts]

    def to_json(self) -> str:
        """The text of manifest.json."""
        files = {name: vars(facts) for name, facts in self.files.items()}
        return json.dumps({"format": FORMAT, "version": VERSION} | vars(self) | {"files": files}, indent=2) + "\n"


def read_manifest(text: bytes) -> ExportManifest:
    """Parse manifest.json. Raises ExportUnusable, also for a newer format."""
    try:
        body = json.loads(text)
        if body["format"] != FORMAT:
            raise ExportUnusable(f"This is a '{body['format']}', not a '{FORMAT}'. Give a file 'docent export' made.")
        if body["version"] > VERSION or body["schema_version"] > tables.SCHEMA_VERSION:
            raise ExportUnusable("A newer Docent made this export. Upgrade Docent: pip install -U docent.")
        files = {str(name): _facts(facts) for name, facts in body["files"].items()}
        if unknown := set(files) - set(TABLES) - {SCHEMA}:
            raise ExportUnusable(f"The manifest lists files that no export has: {', '.join(sorted(unknown))[:200]}.")
        return ExportManifest(
            str(body["made_at"]),
            str(body["docent_version"]),
            int(body["schema_version"]),
            int(body["catalog_version"]),
            str(body["state_hash"]),
            files,
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ExportUnusable(f"{MANIFEST} of the export cannot be read: {error!r}. Make the export again.") from error


def _facts(body: Any) -> FileFacts:
    return FileFacts(int(body["rows"]), int(body["bytes"]), str(body["sha256"]))


def row_json(name: str, row: Mapping[str, Any]) -> str:
    """One row as a line of an export. ASCII, so that any text survives any editor."""
    body = dict(row)
    if name == "contents.jsonl":
        held = body.pop("json")
        body["value"] = None if held is None else json.loads(held)
    return json.dumps(body, sort_keys=True, separators=(",", ":"))


def row_of(name: str, line: bytes) -> dict[str, Any]:
    """The row that a line holds, checked. Raises ValueError saying what is wrong with it."""
    try:
        body = json.loads(line)
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None
    if not isinstance(body, dict):
        raise ValueError("a row must be a JSON object")
    if name == "contents.jsonl":
        body = _with_text(body)
    table = TABLES[name]
    if unknown := set(body) - {column.name for column in table.c}:
        raise ValueError(f"unknown field {sorted(unknown)[0]!r}")
    return {column.name: _field(column, body) for column in table.c}


def _with_text(body: dict[str, Any]) -> dict[str, Any]:
    value = body.pop("value", None)
    if value is None:
        return body | {"json": None}
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if codec.digest(text, str(body.get("inputs") or "")) != body.get("digest"):
        raise ValueError(f"the value does not have the digest {body.get('digest')!r}")
    codec.decode(str(body.get("aspect")), text)  # raises RecordInvalid
    return body | {"json": text}


def _field(column: Column[Any], body: dict[str, Any]) -> Any:
    expected: Any = _type(column)
    if column.name not in body:
        if column.default is not None:
            return column.default.arg  # type: ignore[attr-defined]
        if column.nullable:
            return None
        raise ValueError(f"the field {column.name!r} is missing")
    value: Any = body[column.name]
    if value is None and column.nullable:
        return None
    if type(value) is not expected:
        raise ValueError(f"the field {column.name!r} must be {expected.__name__}, not {type(value).__name__}")
    if expected is int and not -(2**63) <= value < 2**63:
        raise ValueError(f"the field {column.name!r} is out of range")
    if expected is str and not value.isascii():
        value.encode("utf-8")  # raises UnicodeEncodeError for half a character, which no database takes
    if expected is str and "\x00" in value:
        raise ValueError(f"the field {column.name!r} holds a NUL character")
    return value


def _type(column: Column[Any]) -> type:
    if isinstance(column.type, Boolean):
        return bool
    return int if isinstance(column.type, BigInteger | Integer) else str


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a row of each file, under `$defs` by file name."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A row of each file of a Docent export, version 1",
        "$defs": {name: _row_schema(name, table) for name, table in TABLES.items()},
    }


def _row_schema(name: str, table: Table) -> dict[str, Any]:
    words = {str: "string", int: "integer", bool: "boolean"}
    properties: dict[str, Any] = {}
    for column in table.c:
        if name == "contents.jsonl" and column.name == "json":
            properties["value"] = {"type": ["object", "null"], "description": "the aspect; null when it was erased"}
        else:
            word = words[_type(column)]
            properties[column.name] = {"type": [word, "null"] if column.nullable else word}
    return {"type": "object", "properties": properties, "required": sorted(properties), "additionalProperties": False}
