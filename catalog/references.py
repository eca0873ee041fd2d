"""Where values name other assets: finding every URN in an aspect, and taking those out that a scope may not see. Pure.

Works on any aspect by the types of its fields, so an aspect added later is covered too. A field that names one asset is
emptied; of a list the item goes; a record (an owner, an edge, a foreign key) goes as a whole with the asset it names.
Free text is left as people wrote it; SQL has `mentions`.
"""

from __future__ import annotations

import json
import re
import typing
from collections.abc import Callable, Container, Iterator
from dataclasses import MISSING, fields, is_dataclass, replace
from functools import cache
from typing import Any, TypeVar, cast

from catalog.aspects import Aspect, ExampleQuery, Logic, Queries
from catalog.urn import PREFIX

A = TypeVar("A", bound=Aspect)
_IDENTIFIER = re.compile(r'[\w$"`\[\]]+(?:\.[\w$"`\[\]]+)*')
_QUOTES = str.maketrans("", "", '"`[]')


def references(value: Aspect) -> list[str]:
    """Every URN that a value names."""
    found: list[str] = []
    _collector(type(value))(value, found)
    if PREFIX in value.extra:
        found += [text for text in _texts(json.loads(value.extra)) if text.startswith(PREFIX)]
    return found


def without_references(value: A, hidden: Container[str]) -> A:
    """The value less all it says of the `hidden` assets."""
    cleaned = _cleaned(value, hidden)
    if PREFIX in value.extra and any(text in hidden for text in _texts(json.loads(value.extra))):
        cleaned = replace(cleaned, extra="")
    return cast(A, cleaned)


def mentions(sql: str, names: Container[str]) -> bool:
    """Whether a statement names one of `names` (in small letters, dotted or not)."""
    return any(
        word in names
        for match in _IDENTIFIER.finditer(sql)
        for word in _runs(match.group().translate(_QUOTES).casefold())
    )


def statements(value: Aspect) -> bool:
    """Whether the value holds SQL."""
    return isinstance(value, Logic | Queries)


def without_statements(value: A, names: Container[str]) -> A:
    """The value less the SQL that names one of `names`."""
    if isinstance(value, Logic) and mentions(value.text, names):
        return replace(value, text="")
    if isinstance(value, Queries):
        kept: tuple[ExampleQuery, ...] = tuple(one for one in value.queries if not mentions(one.sql, names))
        return value if len(kept) == len(value.queries) else replace(value, queries=kept)
    return value


def _runs(dotted: str) -> Iterator[str]:
    """A dotted name and every part of it: `prod.shop.orders.id` may name `shop.orders`, or its column `id`."""
    parts = dotted.split(".")
    for start in range(len(parts)):
        for end in range(start + 1, len(parts) + 1):
            yield ".".join(parts[start:end])


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _texts(item)


# One plan for each type of record -------------------------------------------------------------------------------

Collect = Callable[[Any, list[str]], None]
R = TypeVar("R")


def _kept(make: Callable[[Any], R]) -> Callable[[Any], R]:
    """Remember what was made for each type; there are few."""
    return cast(Callable[[Any], R], cache(make))


@_kept
def _collector(cls: Any) -> Collect:
    """Appends the URNs of a record of this type to a list."""
    hints = typing.get_type_hints(cls)
    plain = [item.name for item in fields(cls) if hints[item.name] is str and item.name != "extra"]
    nested = [item.name for item in fields(cls) if typing.get_origin(hints[item.name]) is tuple]

    def collect(value: Any, found: list[str]) -> None:
        for name in plain:
            if (text := getattr(value, name)).startswith(PREFIX):
                found.append(text)
        for name in nested:
            for item in getattr(value, name):
                _collect_item(item, found)

    return collect


def _collect_item(item: Any, found: list[str]) -> None:
    if isinstance(item, str):
        if item.startswith(PREFIX):
            found.append(item)
    elif isinstance(item, tuple):
        for part in item:
            _collect_item(part, found)
    elif is_dataclass(item):
        _collector(type(item))(item, found)


def _cleaned(value: Any, hidden: Container[str]) -> Any:
    changed: dict[str, Any] = {}
    for item in fields(value):
        held = getattr(value, item.name)
        if isinstance(held, str) and held in hidden and item.default is not MISSING:
            changed[item.name] = item.default
        elif isinstance(held, tuple):
            kept = tuple(_cleaned(one, hidden) if is_dataclass(one) else one for one in held if not _names(one, hidden))
            if kept != held:
                changed[item.name] = kept
    return replace(value, **changed) if changed else value


def _names(item: Any, hidden: Container[str]) -> bool:
    """Whether an item of a list is about a hidden asset: it is one, or one of its own plain fields names one."""
    if isinstance(item, str):
        return item in hidden
    if isinstance(item, tuple):
        return any(_names(part, hidden) for part in item)
    if is_dataclass(item):
        return any(isinstance(held := getattr(item, one.name), str) and held in hidden for one in fields(item))
    return False
