"""YAML nodes to the records of the format, with the line of every mistake. Pure functions; resolves no references.

All mistakes of an entry are found in one pass, because people correct them in one pass.
"""

from __future__ import annotations

import re
import types
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from rapidfuzz import fuzz, process

from indexer.safe_load import Fields, Items, Node, Scalar
from indexer.sources.files.entries import Key, Ref, keys_of

Mistake = tuple[int, str]  # line, what is wrong and what to do
T = TypeVar("T")

_LARGEST = 10**15  # counts beyond are mistakes, and JSON numbers lose digits soon after
_KEY_LIKENESS = 60  # rapidfuzz WRatio, 0 to 100: "desc" still finds "description", "foo" finds nothing


class _WrongError(Exception):
    """A value that does not fit its key; the mistake has been noted."""


def nearest(word: str, among: list[str]) -> str:
    """The one of `among`, in lower case, that `word` is meant for, though it may be but a part of it; or ""."""
    found = process.extractOne(word.lower(), among, scorer=fuzz.WRatio, score_cutoff=_KEY_LIKENESS)
    return str(found[0]) if found else ""


def misspelt(word: str, among: list[str], likeness: int) -> str:
    """The one of `among`, in lower case, that `word` as a whole is a slip of, or "". `likeness`: 0 to 100."""
    found = process.extractOne(word.lower(), among, scorer=fuzz.ratio, score_cutoff=likeness)
    return str(found[0]) if found else ""


def unknown_key(word: str, among: list[str], where: str) -> str:
    """What to say of a key that does not exist."""
    guess = nearest(word, among)
    hint = f"Did you mean '{guess}'?" if guess else f"The keys are: {', '.join(among)}."
    return f"'{word[:80]}' is not a key of {where}. {hint}"


def parse_time(text: str) -> datetime | None:
    """A date or time as people write it, in UTC; None if it is neither."""
    try:
        value = datetime.fromisoformat(text.strip())
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def parse_entry(record: type[T], node: Node, where: str) -> tuple[T | None, list[Mistake]]:
    """The entry that `node` says, or None and its mistakes. `where` names what it is an entry of."""
    reader = _Reader(where)
    try:
        return reader.record(record, node), reader.mistakes
    except _WrongError:
        return None, reader.mistakes


class _Reader:
    """Reads one entry, noting every mistake."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.mistakes: list[Mistake] = []

    def wrong(self, line: int, what: str) -> _WrongError:
        """Note a mistake, to be raised where the value cannot be had."""
        self.mistakes.append((line, what))
        return _WrongError()

    def record(self, record: type[T], node: Node, where: str = "") -> T:
        """A record from a mapping, or from the short form that some records have."""
        where = where or self.where
        short = getattr(record, "SHORT", "")
        if short and isinstance(node, Scalar):
            node = Fields({short: node}, {short: node.line}, node.line)
        if not isinstance(node, Fields):
            raise self.wrong(node.line, f"{where} must be a mapping ('key: value' lines), not {_noun(node)}")
        keys = keys_of(record)
        values: dict[str, Any] = {}
        before = len(self.mistakes)
        for name, value in node.fields.items():
            if name not in keys:
                self.wrong(node.lines[name], unknown_key(name, list(keys), where))
            elif not (isinstance(value, Scalar) and value.value is None):
                try:
                    values[name] = self.value(keys[name].hint, value, keys[name])
                except _WrongError:
                    continue
        for key in keys.values():
            if key.required and key.name not in node.fields:
                self.wrong(node.line, f"{where} has no '{key.name}'. Add it: {key.doc}")
            elif key.required and key.name not in values and len(self.mistakes) == before:
                self.wrong(node.lines[key.name], f"'{key.name}' is empty. Fill it in: {key.doc}")
        if len(self.mistakes) > before:
            raise _WrongError
        if "line" in (item.name for item in fields(record)):  # type: ignore[arg-type]
            values["line"] = node.line
        return record(**values)

    def value(self, hint: Any, node: Node, key: Key) -> Any:
        """A value of the declared type."""
        origin = get_origin(hint)
        if origin in (Union, types.UnionType):
            return self.value(next(arg for arg in get_args(hint) if arg is not type(None)), node, key)
        if origin is tuple:
            return self._many(get_args(hint)[0], node, key)
        if is_dataclass(hint) and hint is not Ref:
            return self.record(hint, node, f"'{key.name}'")  # type: ignore[arg-type]
        if not isinstance(node, Scalar):
            raise self.wrong(node.line, f"'{key.name}' must be {_expected(hint)}, not {_noun(node)}. {key.doc}")
        if origin is Literal:
            return self._choice(get_args(hint), node, key)
        return self._plain(hint, node, key)

    def _many(self, hint: Any, node: Node, key: Key) -> Any:
        if get_origin(hint) is tuple:
            return self._pairs(get_args(hint)[1], node, key)
        items = node.items if isinstance(node, Items) else (node,)
        values = []
        for item in items:
            try:
                values.append(self.value(hint, item, key))
            except _WrongError:
                continue  # noted; the next items may have mistakes of their own
        if len(values) < len(items):
            raise _WrongError
        return tuple(values)

    def _pairs(self, hint: type, node: Node, key: Key) -> Any:
        if not isinstance(node, Fields):
            raise self.wrong(node.line, f"'{key.name}' must be a mapping, not {_noun(node)}. {key.doc}")
        pairs = []
        for name, value in sorted(node.fields.items()):
            if not isinstance(value, Scalar):
                raise self.wrong(node.lines[name], f"'{name}' in '{key.name}' must be {_expected(hint)}. {key.doc}")
            pairs.append((name, self._plain(hint, value, key)))
        return tuple(pairs)

    def _choice(self, allowed: tuple[str, ...], node: Scalar, key: Key) -> str:
        if node.text in allowed:
            return node.text
        words = [word for word in allowed if word]
        guess = nearest(node.text, words)
        hint = f" Did you mean '{guess}'?" if guess else ""
        raise self.wrong(node.line, f"'{key.name}' must be one of {', '.join(words)}, not '{node.text[:80]}'.{hint}")

    def _plain(self, hint: type, node: Scalar, key: Key) -> Any:
        if hint is str:
            return self._text(node, key)
        if hint is Ref:
            return Ref(node.text.strip(), node.line)
        if hint is bool and isinstance(node.value, bool):
            return node.value
        if hint is datetime and (time := parse_time(node.text)):
            return time
        number = node.value
        if isinstance(number, int | float) and not isinstance(number, bool) and abs(number) <= _LARGEST:
            if hint is float:
                return float(number)
            if hint is int and isinstance(number, int):
                return number
        raise self.wrong(node.line, f"'{key.name}' must be {_expected(hint)}, not '{node.text[:80]}'. {key.doc}")

    def _text(self, node: Scalar, key: Key) -> str:
        text = node.text.strip()
        if key.pattern and not re.fullmatch(key.pattern, text):
            rule = "no spaces, commas, parentheses or '#', 300 characters at most" if key.name == "id" else key.doc
            raise self.wrong(node.line, f"'{text[:80]}' cannot be the '{key.name}' of {self.where}: {rule}")
        return text


def _noun(node: Node) -> str:
    if isinstance(node, Scalar):
        return f"'{node.text[:80]}'"
    return "a list" if isinstance(node, Items) else "a mapping"


def _expected(hint: Any) -> str:
    names = {str: "text", int: "a whole number", float: "a number", bool: "true or false", Ref: "a reference"}
    names[datetime] = "a date or time (2026-03-01 or 2026-03-01T08:30:00Z)"
    return names.get(hint, "one word")
