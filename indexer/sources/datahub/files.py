"""The JSON values of a metadata file, one at a time. Touches the files it is given; knows nothing of DataHub.

A list is read through a window that moves over the file, so that only the record at hand is in memory. Each record is
then parsed by indexer/safe_load, which holds the limits: one refused record does not stop the others.
"""

from __future__ import annotations

import codecs
import json
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from catalog.errors import RecordInvalid, SourceUnreadable
from indexer.safe_load import parse_json

SUFFIXES = (".json", ".jsonl", ".ndjson")
FILE_BYTES = 2 * 2**30  # of 109 MB of schemas 120 MB stay in memory: a file needs about its own size
RECORD_CHARS = 64 * 2**20  # a schema of 10,000 columns with long descriptions is near 10 MB
_CHUNK = 2**20
_SPACE = " \t\r\n"


@dataclass(frozen=True)
class Item:
    """One value of a file and its place, counted from 0. `fault` says why it could not be read; then value is None."""

    index: int
    value: object
    fault: str = ""


def written_at(path: Path) -> datetime:
    """When the file was last written (aware UTC). Raises SourceUnreadable for a pipe, a device or too much."""
    try:
        info = path.stat()
    except OSError as error:
        raise SourceUnreadable(f"Cannot read '{path}': {error.strerror}. Check the path.") from error
    if not stat.S_ISREG(info.st_mode):
        raise SourceUnreadable(f"'{path}' is not a regular file. Give a DataHub metadata file, or a folder of them.")
    if info.st_size > FILE_BYTES:
        raise SourceUnreadable(f"'{path}' has {info.st_size:,} bytes; at most {FILE_BYTES:,} are read. Split it.")
    return datetime.fromtimestamp(info.st_mtime, UTC)


def items(path: Path) -> Iterator[Item]:
    """The values of a JSON list, of JSON lines, or of a single object. Raises SourceUnreadable for a broken file."""
    try:
        with path.open("rb") as stream:
            yield from _Window(path, stream).items()
    except OSError as error:
        raise SourceUnreadable(f"Cannot read '{path}': {error.strerror}. Check path and permissions.") from error


class _Window:
    """The part of the file that is being looked at. `text[pos:]` has not been used yet."""

    def __init__(self, path: Path, stream: BinaryIO) -> None:
        self._path, self._stream = path, stream
        self._decode = codecs.getincrementaldecoder("utf-8-sig")("strict")
        self._scan = json.JSONDecoder(strict=False).raw_decode
        self._text, self._pos, self._ended = "", 0, False

    def items(self) -> Iterator[Item]:
        listed = self._peek() == "["
        if listed:
            self._pos += 1
        index = 0
        while (char := self._peek()) and not (listed and char == "]"):
            yield self._item(index, listed)
            index += 1
            if listed:
                self._comma(index)
        if listed:
            self._close()

    def _close(self) -> None:
        if self._peek() != "]":
            raise SourceUnreadable(f"'{self._path}' ends before its list is closed: it was cut off. Write it again.")
        self._pos += 1
        if self._peek():
            raise SourceUnreadable(f"'{self._path}' goes on after its list is closed. Keep one JSON list in a file.")

    def _comma(self, index: int) -> None:
        char = self._peek()
        if char == ",":
            self._pos += 1
        elif char and char != "]":
            raise SourceUnreadable(f"'{self._path}': no comma after record [{index - 1}]. The file is not JSON.")

    def _item(self, index: int, listed: bool) -> Item:
        try:
            end = self._end()
        except _TornError as error:
            if listed:
                raise SourceUnreadable(f"'{self._path}', record [{index}]: {error}. Write the file again.") from error
            self._skip_line()
            return Item(index, None, f"{error}")
        text, self._pos = self._text[self._pos : end], end
        try:
            return Item(index, parse_json(text, f"{self._path}[{index}]"))
        except RecordInvalid as error:
            return Item(index, None, str(error))

    def _end(self) -> int:
        """Where the value that begins at `pos` ends, reading on until it is whole. Raises _TornError."""
        wanted = _CHUNK
        while True:
            try:
                _, end = self._scan(self._text, self._pos)
                if end < len(self._text) or self._ended:
                    return end
            except json.JSONDecodeError as error:
                if self._ended:
                    raise _TornError(f"not JSON, or cut off ({error.msg})") from error
            except RecursionError as error:
                raise _TornError("nested too deeply") from error
            except ValueError as error:
                raise _TornError(str(error)) from error
            if len(self._text) - self._pos > RECORD_CHARS:
                raise _TornError(f"longer than {RECORD_CHARS:,} characters")
            self._more(wanted)
            wanted *= 2

    def _peek(self) -> str:
        """The next character that is not a space, or "" at the end."""
        while True:
            while self._pos < len(self._text):
                if self._text[self._pos] not in _SPACE:
                    return self._text[self._pos]
                self._pos += 1
            if self._ended:
                return ""
            self._more(_CHUNK)

    def _skip_line(self) -> None:
        while (end := self._text.find("\n", self._pos)) < 0 and not self._ended:
            self._pos = len(self._text)
            self._more(_CHUNK)
        self._pos = end + 1 if end >= 0 else len(self._text)

    def _more(self, size: int) -> None:
        data = self._stream.read(size)
        self._ended = not data
        try:
            added = self._decode.decode(data, final=self._ended)
        except UnicodeDecodeError as error:
            raise SourceUnreadable(f"'{self._path}' is not UTF-8 text ({error.reason}). Save it as UTF-8.") from error
        self._text, self._pos = self._text[self._pos :] + added, 0


class _TornError(ValueError):
    """The value at hand has no end."""
