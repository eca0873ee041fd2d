"""The JSON Schema of the files, for editors: made from the records of the format, so that both say the same.

`python -m indexer.sources.files.schema PATH` writes it. schema.json beside this file is the same; a test holds it so.
"""

from __future__ import annotations

import inspect
import json
import sys
import types
from dataclasses import is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from indexer.sources.files.ai_entries import SECTIONS
from indexer.sources.files.entries import Key, Ref, keys_of

_TEXT: dict[str, Any] = {
    "type": ["string", "number", "boolean"]
}  # YAML's `version: 1.10` and `name: true` are read as written
_PLAIN: dict[Any, dict[str, Any]] = {
    str: _TEXT,
    Ref: {"type": ["string", "number"]},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    datetime: {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}"},
}


def schema() -> dict[str, Any]:
    """The schema of one YAML file (JSON Schema 2020-12)."""
    defs: dict[str, Any] = {}
    properties: dict[str, Any] = {
        "observed_at": _PLAIN[datetime] | {"description": "Makes the file history: when all it says was so."},
        "platform": _TEXT | {"description": "Platform of the entries that do not say their own."},
        "removed": _many(_PLAIN[Ref]) | {"description": "In history: what went away then."},
    }
    for section, (_, record) in SECTIONS.items():
        items = _record(record, defs)
        properties[section] = {"description": record.__doc__, "type": ["array", "null"], "items": items}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Docent: what people write",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "$defs": dict(sorted(defs.items())),
    }


def _record(record: type, defs: dict[str, Any]) -> dict[str, Any]:
    """A reference to the definition of `record`, which is made when it is first needed."""
    name = record.__name__.removesuffix("Entry")
    if name not in defs:
        defs[name] = {}  # before its keys, which may need it
        keys = keys_of(record)
        defs[name] = {
            "description": record.__doc__,
            "type": "object",
            "properties": {key.name: _shared(record, key, defs) for key in keys.values()},
            "required": [key.name for key in keys.values() if key.required],
            "additionalProperties": False,
        }
    reference = {"$ref": f"#/$defs/{name}"}
    short = getattr(record, "SHORT", "")
    return {"anyOf": [_value(keys_of(record)[short].hint, defs), reference]} if short else reference


def _shared(record: type, key: Key, defs: dict[str, Any]) -> dict[str, Any]:
    """A key that many records inherit is described once."""
    owner = next(base for base in record.__mro__ if key.name in inspect.get_annotations(base))
    if owner is record:
        return _key(key, defs)
    name = f"{owner.__name__.removesuffix('Entry')}.{key.name}"
    if name not in defs:
        defs[name] = _key(key, defs)
    return {"$ref": f"#/$defs/{name}"}


def _key(key: Key, defs: dict[str, Any]) -> dict[str, Any]:
    made = _value(key.hint, defs) | {"description": key.doc}
    return made | {"pattern": f"^{key.pattern}$"} if key.pattern else made


def _value(hint: Any, defs: dict[str, Any]) -> dict[str, Any]:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _value(next(arg for arg in get_args(hint) if arg is not type(None)), defs)
    if origin is Literal:
        return {"enum": [word for word in get_args(hint) if word]}
    if origin is tuple:
        inner = get_args(hint)[0]
        if get_origin(inner) is tuple:
            return {"type": "object", "additionalProperties": _value(get_args(inner)[1], defs)}
        return _many(_value(inner, defs))
    if is_dataclass(hint) and hint is not Ref:
        return _record(hint, defs)  # type: ignore[arg-type]
    return dict(_PLAIN[hint])


def _many(item: dict[str, Any]) -> dict[str, Any]:
    """A list, or one item without brackets."""
    return {"anyOf": [{"type": "array", "items": item}, item]}


def text() -> str:
    """The schema as it stands in schema.json: one definition on a line, so that a diff shows what changed."""
    made = schema()
    lines = [
        f"{json.dumps(name)}: {json.dumps(made.pop(name))}" for name in list(made) if not isinstance(made[name], dict)
    ]
    for block, definitions in made.items():
        inner = ",\n  ".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in definitions.items())
        lines.append(f"{json.dumps(block)}: {{\n  {inner}\n }}")
    return "{\n " + ",\n ".join(lines) + "\n}\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(text(), encoding="utf-8")
