"""Reading files that nobody vouches for: text, JSON and YAML, with bounds on size, depth and expansion.

Owns the limits and the words of the errors. Touches only the files it is asked for. Never runs a constructor, never
follows a link out of the folder it was given, never returns text that a database could not store (NUL, surrogates).

Raised for a whole file: SourceUnreadable. For one text (a line, a record): RecordInvalid. Both say file, line, remedy.
YAML is built here from the parser's events, which do not recurse: a composer written in C overflows its stack at a
depth of 40,000 (80 KB of text) and takes the process with it.
"""

from __future__ import annotations

import json
import math
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import yaml

from catalog.errors import RecordInvalid, SourceUnreadable

JSON_BYTES = 256 * 2**20  # the largest dbt manifests seen are near 200 MB; parsed, a file takes 4 to 8 times its size
YAML_BYTES = 8 * 2**20  # people do not write more; YAML parses at about 1 MB/s
TEXT_BYTES = 8 * 2**20
MAX_DEPTH = 100  # dbt manifests and GX suites stay under 20; the recursion limit is 1,000
MAX_NODES = 400_000  # YAML values after aliases are expanded

_REPLACED = "\N{REPLACEMENT CHARACTER}"
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_ESCAPED_UNSTORABLE = re.compile(r"\x00|\\u0000|\\u[dD][89a-fA-F]|[\ud800-\udfff]")
_TAG = "tag:yaml.org,2002:"
_PLAIN_TAGS = {None, "!", *(_TAG + name for name in ("str", "int", "float", "bool", "null", "map", "seq", "timestamp"))}

Plain = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Scalar:
    """One YAML value. `text` is what was written, so that a version 1.10 is not 1.1; `line` counts from 1."""

    value: Plain
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Items:
    """A YAML list."""

    items: tuple[Node, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Fields:
    """A YAML mapping with text keys, and the line of each key."""

    fields: dict[str, Node]
    lines: dict[str, int]
    line: int


Node = Scalar | Items | Fields


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML file: its root, and what is wrong in it though it could be read: (line, message) of each doubled key."""

    root: Node
    problems: tuple[tuple[int, str], ...] = ()


def plain(node: Node) -> object:
    """The values of a node without their lines: dict, list, str, int, float, bool, None."""
    if isinstance(node, Fields):
        return {key: plain(value) for key, value in node.fields.items()}
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    return node.value


def storable(text: str) -> str:
    """`text` with every NUL and half surrogate replaced by U+FFFD: no database takes them."""
    return _UNSTORABLE.sub(_REPLACED, text)


# Files and folders


def read_bytes(path: Path, max_bytes: int) -> bytes:
    """The content of a regular file of at most `max_bytes`. Raises SourceUnreadable."""
    try:
        # Without O_NONBLOCK, opening a named pipe waits for a writer for ever.
        with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as stream:
            info = os.fstat(stream.fileno())
            if not stat.S_ISREG(info.st_mode):
                raise SourceUnreadable(f"'{path}' is not a regular file. Give the path of a file.")
            data = b"" if info.st_size > max_bytes else stream.read(max_bytes + 1)
    except OSError as error:
        raise SourceUnreadable(f"Cannot read '{path}': {error.strerror}. Check path and permissions.") from error
    except ValueError as error:  # a NUL in the path itself
        raise SourceUnreadable(f"{str(path)!r} is not a path: {error}. Give the path of a file.") from error
    size = max(info.st_size, len(data))
    if size > max_bytes:
        raise SourceUnreadable(f"'{path}' has {size:,} bytes; at most {max_bytes:,} are read. Split it or omit it.")
    return data


def read_text(path: Path, max_bytes: int = TEXT_BYTES) -> str:
    """A text file: UTF-8, or UTF-16 with its mark; line ends as \\n, NUL replaced. Raises SourceUnreadable."""
    data = read_bytes(path, max_bytes)
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        wrong = f"byte 0x{data[error.start]:02x} is not {error.encoding.upper()} text"
        raise SourceUnreadable(f"'{path}', line {line}: {wrong}. Save the file as UTF-8.") from error
    return storable(text.replace("\r\n", "\n"))


def inside(root: Path, relative: str) -> Path:
    """The path that `relative` names under `root`. Raises SourceUnreadable if it, or a link on it, leads outside."""
    if "\x00" in relative:
        raise SourceUnreadable(f"{relative!r} is not a path: it holds a NUL. Correct the file that names it.")
    path = root / relative
    try:
        leads_out = not path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError):  # a link that leads to itself
        leads_out = True
    if leads_out:
        raise SourceUnreadable(
            f"'{relative}' leads outside '{root}' and is not read. Move it inside or add its folder."
        )
    return path


def files_under(root: Path, suffixes: tuple[str, ...]) -> Iterator[Path | SourceUnreadable]:
    """Files below `root` with one of `suffixes`, in sorted order; in place of one that must not be read, its error.

    Hidden files and folders are passed over. Links to folders are not followed; links to files only inside `root`.
    The error of a folder that cannot be listed has an OSError as its cause: what it holds is unknown.
    """
    failed: list[OSError] = []
    for folder, names, files in os.walk(root, onerror=failed.append):
        here = Path(folder)
        names[:] = sorted(name for name in names if not name.startswith("."))
        for name in names:
            if (here / name).is_symlink():
                yield SourceUnreadable(f"'{here / name}' is a link to a folder, not followed. Add that folder itself.")
        for name in sorted(files):
            if name.startswith(".") or not name.lower().endswith(suffixes):
                continue
            try:
                yield inside(root, str((here / name).relative_to(root)))
            except SourceUnreadable as error:
                yield error
    for problem in failed:
        unlisted = SourceUnreadable(f"Cannot list '{problem.filename}': {problem.strerror}. Check its permissions.")
        unlisted.__cause__ = problem
        yield unlisted


# JSON


class _RefusedError(ValueError):
    """What the parser's hooks found: a message without the place."""


def read_json(path: Path, max_bytes: int = JSON_BYTES) -> object:
    """The value of a JSON file. Raises SourceUnreadable, saying file, line and remedy."""
    try:
        return parse_json(read_text(path, max_bytes), str(path))
    except RecordInvalid as error:
        raise SourceUnreadable(str(error)) from error


def parse_json(text: str, where: str) -> object:
    """The value of one JSON text. Refuses doubled keys, NaN, infinity and depth over MAX_DEPTH: RecordInvalid."""
    try:
        value: object = json.loads(
            text, object_pairs_hook=_object, parse_constant=_no_constant, parse_float=_finite, strict=False
        )
    except json.JSONDecodeError as error:
        place = f"'{where}', line {error.lineno}, column {error.colno}"
        raise RecordInvalid(
            f"{place}: not JSON ({error.msg}). Write it again.", where, f"line {error.lineno}"
        ) from error
    except RecursionError as error:
        raise _too_deep(where) from error
    except _RefusedError as error:
        raise RecordInvalid(f"'{where}': {error}", where) from error
    except ValueError as error:  # int() of more than 4,300 digits
        raise RecordInvalid(f"'{where}': a number has too many digits to be one. Write it as text.", where) from error
    if _deeper_than(value, MAX_DEPTH):
        raise _too_deep(where)
    return _all_storable(value) if _ESCAPED_UNSTORABLE.search(text) else value


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        doubled = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise _RefusedError(f"the key '{doubled[:80]}' stands twice in one object. Keep one of them.")
    return made


def _no_constant(name: str) -> NoReturn:
    raise _RefusedError(f"{name} is not a JSON number. Write null, or the number as text.")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise _RefusedError(f"the number {text[:40]} is too large. Write it as text.")
    return value


def _too_deep(where: str, line: int = 0) -> RecordInvalid:
    place = f", line {line}" if line else ""
    message = f"'{where}'{place}: nested more than {MAX_DEPTH} levels deep. Flatten it or leave it out."
    return RecordInvalid(message, where, f"line {line}" if line else "")


def _deeper_than(value: object, limit: int) -> bool:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(limit):
        if not level:
            return False
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, dict | list)
        ]
    return bool(level)


def _all_storable(value: object) -> object:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [_all_storable(item) for item in value]
    if isinstance(value, dict):
        return {storable(key): _all_storable(item) for key, item in value.items()}
    return value


# YAML


def read_yaml(path: Path, max_bytes: int = YAML_BYTES) -> Document:
    """A YAML file with the line of every value. Raises SourceUnreadable, saying file, line and remedy."""
    try:
        return parse_yaml(read_text(path, max_bytes), str(path))
    except RecordInvalid as error:
        raise SourceUnreadable(str(error)) from error


def parse_yaml(text: str, where: str, first_line: int = 1) -> Document:
    """One YAML document. `first_line`: where the text begins in its file. Raises RecordInvalid.

    Plain scalars mean what YAML 1.2's core schema says: `no`, `on` and `12:30` are text; dates are text.
    Aliases are expanded up to MAX_NODES in all; `<<` merges. Own tags are refused.
    """
    builder = _Builder(where, first_line)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for event in yaml.parse(_UNPRINTABLE.sub(_REPLACED, text), loader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        problem, line = error.problem or error.context or "", _line(error.problem_mark or error.context_mark)
        if "nesting depth" in problem:  # libyaml 0.2.6 and newer stop on their own at 10,000 levels
            raise _too_deep(where, first_line + line) from error
        builder.refuse(line, f"not YAML ({problem}). Check indentation, quotes and colons there")
    except yaml.YAMLError as error:
        builder.refuse(0, f"not YAML ({error}). Check the file")
    return Document(builder.root or Scalar(None, "", first_line), tuple(builder.problems))


def _line(mark: object) -> int:
    """The line of a parser's mark, counted from 0; the stubs allow it to be missing."""
    return int(getattr(mark, "line", 0))


@dataclass(slots=True)
class _Open:
    """A collection being built. `key` waits for its value."""

    line: int
    anchor: str | None
    is_map: bool
    size: int = 1
    items: list[Node] = field(default_factory=list)
    fields: dict[str, Node] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    merged: list[Fields] = field(default_factory=list)
    key: tuple[str, int] | None = None


class _Builder:
    """Makes nodes out of parser events with a stack of its own, counting depth and size as it goes."""

    def __init__(self, where: str, first_line: int) -> None:
        self.where, self.first_line = where, first_line
        self.root: Node | None = None
        self.problems: list[tuple[int, str]] = []
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._nodes = 0
        self._documents = 0

    def refuse(self, line: int, what: str) -> NoReturn:
        """Raise for `line`, counted from 0 in the text."""
        at = line + self.first_line
        raise RecordInvalid(f"'{self.where}', line {at}: {what}.", self.where, f"line {at}")

    def take(self, event: yaml.Event) -> None:
        """Add one event to what is built."""
        if isinstance(event, yaml.ScalarEvent):
            line = self._admit(event, event.tag)
            text = storable(event.value)
            node = Scalar(_value(text, event) if event.tag in (None, "!") else _tagged(text, event.tag), text, line)
            self._put(node, 1, event.anchor)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            line = self._admit(event, event.tag)
            if len(self._stack) >= MAX_DEPTH:
                raise _too_deep(self.where, line)
            self._stack.append(_Open(line, event.anchor, isinstance(event, yaml.MappingStartEvent)))
        elif isinstance(event, yaml.CollectionEndEvent):
            self._close()
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self.refuse(_line(event.start_mark), "a second document begins ('---'). Put it in a file of its own")

    def _admit(self, event: yaml.Event, tag: str | None) -> int:
        line = _line(event.start_mark)
        if tag not in _PLAIN_TAGS:
            self.refuse(line, f"the tag '{tag}' is not allowed. Remove it")
        self._count(1, line)
        return line + self.first_line

    def _count(self, nodes: int, line: int) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            self.refuse(line, f"more than {MAX_NODES:,} values, aliases expanded. Split the file, use fewer aliases")

    def _alias(self, event: yaml.AliasEvent) -> None:
        line = _line(event.start_mark)
        if event.anchor not in self._anchors:
            self.refuse(line, f"the alias '*{event.anchor}' has no anchor before it. Define it, or quote the text")
        node, size = self._anchors[event.anchor]
        self._count(size, line)
        self._put(node, size, None)

    def _close(self) -> None:
        done = self._stack.pop()
        if not done.is_map:
            self._put(Items(tuple(done.items), done.line), done.size, done.anchor)
            return
        for below in done.merged:
            for key, value in below.fields.items():
                if key not in done.fields:
                    done.fields[key], done.lines[key] = value, below.lines[key]
        self._put(Fields(done.fields, done.lines, done.line), done.size, done.anchor)

    def _put(self, node: Node, size: int, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = (node, size)
        if not self._stack:
            self.root = node
            return
        into = self._stack[-1]
        into.size += size
        if not into.is_map:
            into.items.append(node)
        elif into.key is None:
            if not isinstance(node, Scalar):
                self.refuse(node.line - self.first_line, "a key that is a list or mapping. Use text as the key")
            into.key = (node.text, node.line)
        else:
            self._set(into, *into.key, node)
            into.key = None

    def _set(self, into: _Open, key: str, line: int, node: Node) -> None:
        if key == "<<":
            parts = node.items if isinstance(node, Items) else (node,)
            if not all(isinstance(part, Fields) for part in parts):
                self.refuse(line - self.first_line, "'<<' takes a mapping, or a list of them")
            into.merged.extend(part for part in parts if isinstance(part, Fields))
        elif key in into.fields:
            self.problems.append((line, f"the key '{key[:80]}' stands twice here, first on line {into.lines[key]}"))
        else:
            into.fields[key], into.lines[key] = node, line


_NULL = {"", "~", "null", "Null", "NULL"}
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]{1,4000}|0o[0-7]{1,40}|0x[0-9a-fA-F]{1,40}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,10})?")


def _value(text: str, event: yaml.ScalarEvent) -> Plain:
    """A scalar's value: text if quoted or tagged '!', else by YAML 1.2's core schema (yaml.org/spec/1.2.2, 10.3.2)."""
    if event.style not in (None, "") or not event.implicit[0] or event.tag == "!":
        return text
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _INT.fullmatch(text):
        return int(text, 0 if text[:2] in ("0o", "0x") else 10)
    if _FLOAT.fullmatch(text):
        number = float(text)
        return text if math.isinf(number) else number
    return text


def _tagged(text: str, tag: str) -> Plain:
    """`!!str 5` is the text 5; the other plain tags change nothing that the core schema would not."""
    if tag in (_TAG + "str", _TAG + "timestamp"):
        return text
    return _value(text, yaml.ScalarEvent(None, None, (True, True), text))
