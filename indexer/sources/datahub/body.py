"""Typed access to the JSON of one DataHub aspect. Pure; what is missing is empty, what has the wrong type is refused.

DataHub's files write a union either bare or as {"type": value}; both read the same here. A reference that is no URN is
left out and noted in `faults`, so that one bad reference does not cost the rest of its aspect.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from catalog.aspects import Pairs
from catalog.errors import RecordInvalid, UrnInvalid
from catalog.urn import parse

_UNION = {"string", "int", "long", "float", "double", "boolean", "array", "map"}
_LATEST = 253402300799  # the last second of the year 9999: the largest time Python holds


def is_urn(text: str) -> bool:
    """Whether `text` is a URN in the catalog's form."""
    try:
        parse(text)
    except UrnInvalid:
        return False
    return True


def from_millis(value: object) -> datetime | None:
    """Milliseconds since 1970 as a time; 0, which DataHub writes for "not known", and what is no time are None."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value / 1000 <= _LATEST:
        return None
    return datetime.fromtimestamp(value / 1000, UTC)


def unwrap(value: Any) -> Any:
    """The value inside {"string": value} or {"com.linkedin...Name": value}."""
    if isinstance(value, dict) and len(value) == 1:
        name, inner = next(iter(value.items()))
        if name in _UNION or name.startswith("com.linkedin."):
            return inner
    return value


@dataclass(frozen=True)
class Body:
    """A JSON object and its path, for messages. `faults` is shared by all that is read from one aspect."""

    fields: dict[str, Any]
    path: str = ""
    faults: list[str] = field(default_factory=list, compare=False)

    def __bool__(self) -> bool:
        return bool(self.fields)

    def has(self, name: str) -> bool:
        """Whether the field is there and not null."""
        return self.fields.get(name) is not None

    def text(self, *names: str) -> str:
        """The first of the fields that holds a text that is not blank; numbers and booleans as text."""
        for name in names:
            value = unwrap(self.fields.get(name))
            if isinstance(value, dict | list):
                raise self._wrong(name, value, "text")
            if value is not None and (text := _plain(value)):
                return text
        return ""

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts, blanks left out."""
        found = [unwrap(item) for item in self._list(name)]
        return tuple(_plain(item) for item in found if not isinstance(item, dict | list) and _plain(item))

    def urn(self, name: str) -> str:
        """A reference, or ""."""
        return next(iter(self._references([self.fields.get(name)], name)), "")

    def urns(self, name: str) -> tuple[str, ...]:
        """A list of references, in order and once each."""
        return self._references(self._list(name), name)

    def body(self, *path: str) -> Body:
        """The object under a path of names; empty if it is not there."""
        here = self
        for name in path:
            value = unwrap(here.fields.get(name))
            if value is not None and not isinstance(value, dict):
                raise here._wrong(name, value, "an object")
            here = Body(value or {}, f"{here.path}.{name}", self.faults)
        return here

    def bodies(self, name: str) -> list[Body]:
        """A list of objects; what is no object in it is noted."""
        made = []
        for index, item in enumerate(self._list(name)):
            value = unwrap(item)
            if isinstance(value, dict):
                made.append(Body(value, f"{self.path}.{name}[{index}]", self.faults))
            else:
                self.faults.append(f"{self.path}.{name}[{index}] is not an object")
        return made

    def flag(self, name: str) -> bool | None:
        """True, False, or None if it is not said."""
        value = unwrap(self.fields.get(name))
        return value if isinstance(value, bool) else None

    def whole(self, name: str) -> int | None:
        """A whole number, or None."""
        value = self.number(name)
        return None if value is None else int(value)

    def number(self, name: str) -> float | None:
        """A finite number, also one written as text, or None."""
        value = unwrap(self.fields.get(name))
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            return None
        try:
            number = float(value)
        except (ValueError, OverflowError):
            return None
        return number if math.isfinite(number) else None

    def time(self, *names: str) -> datetime | None:
        """The first of the fields that holds a time: milliseconds, or an audit stamp {"time": milliseconds}."""
        for name in names:
            value = unwrap(self.fields.get(name))
            while isinstance(value, dict):
                value = unwrap(value.get("time", value.get("lastModified", value.get("created"))))
            if (found := from_millis(value)) is not None:
                return found
        return None

    def actor(self, *path: str) -> str:
        """Who an audit stamp names, or "" for the placeholder that DataHub writes when it does not know."""
        who = self.body(*path).text("actor")
        return "" if who.endswith((":unknown", ":UNKNOWN", ":__datahub_system")) or not who.startswith("urn:") else who

    def pairs(self, name: str) -> Pairs:
        """A map from text to plain values, by key."""
        held = unwrap(self.fields.get(name))
        if held is None:
            return ()
        if not isinstance(held, dict):
            raise self._wrong(name, held, "an object")
        flat = {key: unwrap(value) for key, value in held.items()}
        return tuple(
            sorted((k, _plain(v)) for k, v in flat.items() if v is not None and not isinstance(v, dict | list))
        )

    def _list(self, name: str) -> list[Any]:
        value = unwrap(self.fields.get(name))
        if value is None:
            return []
        if not isinstance(value, list):
            raise self._wrong(name, value, "a list")
        return value

    def _references(self, values: list[Any], name: str) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for value in map(unwrap, values):
            if value is None or value == "":
                continue
            if isinstance(value, str) and is_urn(value):
                found[value] = None
            else:
                self.faults.append(f"{self.path}.{name}: '{str(value)[:120]}' is not a URN")
        return tuple(found)

    def _wrong(self, name: str, value: object, wanted: str) -> RecordInvalid:
        kind = {dict: "an object", list: "a list", str: "text", bool: "a boolean"}.get(type(value), "a number")
        return RecordInvalid(f"{self.path}.{name} is {kind}; expected {wanted}")


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))  # DataHub's numbers are doubles: 365 days come as 365.0
    return str(value).strip()
