"""One JSON object of a dbt artifact, read with care. Owns the turning of foreign JSON into plain typed values.

A field that is absent or null is empty. A field of an absurd type is empty too, and is reported once with its place,
so that one odd field costs itself and not its node. Touches no file and knows no dbt.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NoReturn

from catalog.change import Skipped
from catalog.errors import RecordInvalid

Free = dict[str, object]  # JSON that people shape as they like: `meta`

_NAMES = {dict: "an object", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}


@dataclass(frozen=True)
class Body:
    """A JSON object, where it stands (`locator`, `pointer`), and the list that takes what is wrong in it."""

    held: Free
    locator: str
    pointer: str
    report: list[Skipped]

    def text(self, *keys: str) -> str:
        """The first of `keys` that holds text, without the spaces around it; "" if none does."""
        for key in keys:
            value = self.held.get(key)
            if isinstance(value, str):
                if value.strip():
                    return value.strip()
            elif value is not None:
                self._odd(key, value, "text")
        return ""

    def scalar(self, key: str) -> str:
        """A version, count or name as text, whether it was written as text or as a number."""
        value = self.held.get(key)
        if isinstance(value, bool | dict | list):
            self._odd(key, value, "text or a number")
            return ""
        return "" if value is None else str(value).strip()

    def flag(self, key: str) -> bool:
        """True only if the field is `true`."""
        value = self.held.get(key)
        if value is not None and not isinstance(value, bool):
            self._odd(key, value, "true or false")
        return value is True

    def number(self, key: str) -> float | None:
        """A number, or None."""
        value = self.held.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        if value is not None:
            self._odd(key, value, "a number")
        return None

    def time(self, key: str) -> datetime | None:
        """A time in UTC, or None. dbt writes the year 1 for "no row had a time": None too."""
        value = self.text(key)
        if not value:
            return None
        try:
            made = datetime.fromisoformat(value)
            made = made.replace(tzinfo=UTC) if made.tzinfo is None else made.astimezone(UTC)
        except (ValueError, OverflowError):
            self.wrong(key, f"'{value[:40]}' is not a time in ISO 8601 form")
            return None
        return made if made.year > 1 else None

    def free(self, key: str) -> Free:
        """An object whose inside is anybody's."""
        value = self.held.get(key)
        if isinstance(value, dict):
            return value
        if value is not None:
            self._odd(key, value, "an object")
        return {}

    def body(self, key: str) -> Body:
        """An object inside this one; an empty one if there is none."""
        return Body(self.free(key), self.locator, self._at(key), self.report)

    def bodies(self, key: str) -> Iterator[tuple[str, Body]]:
        """The objects of an object of objects, with their keys."""
        for name, value in self.free(key).items():
            if isinstance(value, dict):
                yield name, Body(value, self.locator, f"{self._at(key)}.{name}", self.report)
            else:
                self._odd(f"{key}.{name}", value, "an object")

    def listed(self, key: str) -> Iterator[Body]:
        """The objects of a list of objects."""
        value = self.held.get(key)
        if value is not None and not isinstance(value, list):
            self._odd(key, value, "a list")
            return
        for place, item in enumerate(value or ()):
            if isinstance(item, dict):
                yield Body(item, self.locator, f"{self._at(key)}[{place}]", self.report)
            else:
                self._odd(f"{key}[{place}]", item, "an object")

    def texts(self, key: str) -> tuple[str, ...]:
        """The texts of a list of texts; a single text counts as a list of one."""
        value = self.held.get(key)
        if value is not None and not isinstance(value, list | str):
            self._odd(key, value, "a list of texts")
            return ()
        listed = value if isinstance(value, list) else [value or ""]
        if not all(isinstance(item, str) for item in listed):
            self.wrong(key, "holds something that is not text")
        return tuple(item.strip() for item in listed if isinstance(item, str) and item.strip())

    def wrong(self, key: str, why: str) -> None:
        """Report that the field `key` cannot be used."""
        where = f"'{key}' of '{self.pointer}'" if self.pointer else f"'{key}'"
        group = key.partition(".")[0].partition("[")[0]
        self.report.append(Skipped(f"field {group}", f"{where} {why}.", self.locator, self._at(key), error=True))

    def refuse(self, why: str) -> NoReturn:
        """Give up on this whole object. Raises RecordInvalid."""
        raise RecordInvalid(why, self.locator, self.pointer)

    def _odd(self, key: str, value: object, expected: str) -> None:
        self.wrong(key, f"is {_NAMES.get(type(value), 'null')}; {expected} was expected")

    def _at(self, key: str) -> str:
        return f"{self.pointer}.{key}" if self.pointer else key


def spoken(value: object) -> str:
    """A free JSON value as people read it: true, 3, alpha, beta; nested ones as `key: value; key: value`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(filter(None, map(spoken, value)))
    if isinstance(value, dict):
        return "; ".join(f"{key}: {spoken(item)}" for key, item in value.items())
    return "" if value is None else str(value).strip()
