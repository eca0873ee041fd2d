"""Redacting: a value or text without what was erased. Pure functions over a Recogniser; no store.

Works on canonical JSON, so that fields this version does not know are cleaned too. The result is a function of the
value and the erasures alone: the same redacted value comes out whenever and in whatever order either arrives.
"""

from __future__ import annotations

import json
import re
from typing import Any

from catalog import codec
from catalog.erase.marks import Erasure, Recogniser
from catalog.errors import RecordInvalid, UrnInvalid
from catalog.redaction import without_columns
from catalog.urn import PREFIX, make, parse

ERASED = "[erased]"
_PLAIN_URN = re.compile(r"[^\s,()\"'<>\[\]{}|\\`]+")
_ENDING = ".;:!?*_"  # a sentence may end right behind a URN
_PERSON_FIELDS = frozenset(
    ("modified_by", "by", "owner", "approved_by", "manager", "lead", "contact", "members", "email", "viewer")
)
_COLUMN_ASPECTS = frozenset(("schema", "lineage", "profile", "usage", "checks", "classification"))


def redact_value(known: Recogniser, urn: str, aspect: str, text: str, at: int | None = None) -> str:
    """The canonical JSON of an aspect less everything erased; the same text when there is nothing to take out."""
    if not known:
        return text
    if known.has_columns and aspect in _COLUMN_ASPECTS:
        text = _without_columns(known, urn, aspect, text, at)
    body = json.loads(text)
    redacted = _walk(known, body, "", at)
    if redacted == body:
        return text
    return json.dumps(redacted, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def redact_text(known: Recogniser, text: str, at: int | None = None) -> str:
    """Running text less every URN, name and address that was erased."""
    if not text or not known:
        return text
    text = redact_urns(known, text, at) if PREFIX in text else text
    out, done = [], 0
    for hit in known.names_in(text, at):
        if hit.start >= done:
            out += [text[done : hit.start], ERASED]
            done = hit.end
    return "".join((*out, text[done:])) if out else text


def redact_urns(known: Recogniser, text: str, at: int | None = None) -> str:
    """Text with the URNs of erased things, and URNs that hold such, replaced by opaque ones."""
    out, done = [], 0
    position = text.find(PREFIX)
    while position >= 0:
        end = _end_of_urn(text, position)
        whole = text[position:end]
        trimmed = whole.rstrip(_ENDING)
        new = next((n for u in dict.fromkeys((whole, trimmed)) if (n := redact_urn(known, u, at)) != u), whole)
        if new != whole:
            tail = whole[len(trimmed) :] if redact_urn(known, whole, at) == whole else ""
            out += [text[done:position], new, tail]
            done = end
        position = text.find(PREFIX, end)
    return "".join((*out, text[done:])) if out else text


def _end_of_urn(text: str, start: int) -> int:
    colon = text.find(":", start + len(PREFIX))
    if colon < 0:
        return start + len(PREFIX)
    if text[colon + 1 : colon + 2] == "(":
        depth = 0
        for i in range(colon + 1, len(text)):
            depth += (text[i] == "(") - (text[i] == ")")
            if depth == 0:
                return i + 1
    found = _PLAIN_URN.match(text, colon + 1)
    return found.end() if found else colon + 1


def redact_urn(known: Recogniser, urn: str, at: int | None = None) -> str:
    """The opaque URN of an erased thing or of a part of one; any other URN as it is."""
    erasure = known.urn(urn, at)
    if erasure is not None:
        return erasure.opaque
    holder = holder_of(known, urn, at)
    if holder is None:
        return urn
    return make(parse(urn).entity, holder.opaque, "erased")


def holder_of(known: Recogniser, urn: str, at: int | None = None) -> Erasure | None:
    """The erasure of a thing that this URN names a part of: the table of a column, the flow of a task."""
    try:
        parts = parse(urn).parts
    except UrnInvalid:
        return None
    for part in parts:
        if part.startswith(PREFIX):
            found = known.urn(part, at) or holder_of(known, part, at)
            if found is not None:
                return found
    return None


def covered(known: Recogniser, urn: str, at: int | None = None) -> Erasure | None:
    """The erasure of this URN or of what it is a part of."""
    return known.urn(urn, at) or holder_of(known, urn, at)


def _without_columns(known: Recogniser, urn: str, aspect: str, text: str, at: int | None) -> str:
    try:
        value = codec.decode(aspect, text)
    except RecordInvalid:
        return text  # nothing can read its columns; names in it are still taken out
    return codec.encode(without_columns(value, urn, lambda asset, name: known.column(asset, name, at) is not None))


def _walk(known: Recogniser, value: Any, key: str, at: int | None) -> Any:
    if isinstance(value, str):
        return _text(known, value, key, at)
    if isinstance(value, list):
        return [_walk(known, item, key, at) for item in value]
    if isinstance(value, dict):
        return _parts_named_elsewhere(known, {k: _walk(known, item, k, at) for k, item in value.items()}, value, at)
    return value


def _text(known: Recogniser, value: str, key: str, at: int | None) -> str:
    if key in _PERSON_FIELDS and (erasure := known.ident(value, at)) is not None:
        return erasure.opaque.rpartition(":")[2]
    return redact_text(known, value, at)


def _parts_named_elsewhere(known: Recogniser, new: dict[str, Any], old: dict[str, Any], at: int | None) -> Any:
    """What others say of an erased asset's columns: which they read, which their keys point at."""
    source = old.get("source_urn")
    if isinstance(source, str) and "source_column" in new and covered(known, source, at) is not None:
        new = new | {"source_column": ERASED} | ({"expression": ERASED} if "expression" in new else {})
    target = old.get("target")
    if isinstance(target, str) and "target_columns" in new and covered(known, target, at) is not None:
        new = new | {"target_columns": [ERASED] * len(new["target_columns"])}
    return new
