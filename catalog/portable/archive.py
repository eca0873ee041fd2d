"""A set of named files as one .tar.gz or as a folder: writing, and reading what a stranger may have made.

Owns the container. Nothing is ever unpacked under a name that an archive gives: members are known names, read in order,
as streams, within the sizes that the manifest and the caps allow. Only plain files count: a link, a device or an
extended header ends the reading.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import tarfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from catalog.errors import ExportUnusable

BLOCK = 512
MAX_MEMBER = 1 << 40
MAX_TOTAL = 1 << 40  # bytes unpacked: more than any catalog, less than any disk array
MAX_LINE = 32 << 20  # bytes of one row
_COPY = 1 << 20
_BROKEN = (OSError, EOFError, zlib.error, ValueError)


def is_archive(path: Path) -> bool:
    """Whether a path names an archive; anything else is a folder."""
    return path.name.endswith((".tar.gz", ".tgz"))


def pack(target: Path, files: list[Path]) -> None:
    """Write files into a .tar.gz, in the given order, readable by its owner only, and put it in place whole."""
    beside = target.with_name(f".{target.name}.partial-{os.getpid()}")
    descriptor = os.open(beside, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    try:
        with (
            os.fdopen(descriptor, "wb") as raw,
            tarfile.open(fileobj=raw, mode="w:gz", format=tarfile.GNU_FORMAT) as tar,
        ):
            for path in files:
                tar.add(path, arcname=path.name, recursive=False, filter=_anonymous)
        with beside.open("rb") as written:
            os.fsync(written.fileno())
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def _anonymous(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    info.mode = 0o600
    return info


@dataclass
class Member:
    """One file being read: at most `size` bytes, counted and hashed on the way."""

    name: str
    size: int
    _read: Callable[[int], bytes]

    def __post_init__(self) -> None:
        self.left = self.size
        self._hash = hashlib.sha256()
        self._held = b""

    @property
    def sha256(self) -> str:
        """Of what has been read."""
        return self._hash.hexdigest()

    def read(self, size: int = _COPY) -> bytes:
        """Up to `size` bytes. Raises ExportUnusable where the archive ends early."""
        piece = self._read(min(size, self.left)) if self.left else b""
        if self.left and not piece:
            raise ExportUnusable(f"The export ends in the middle of {self.name}. Copy or make it again.")
        self.left -= len(piece)
        self._hash.update(piece)
        return piece

    def lines(self) -> Iterator[bytes]:
        """Lines without their ends. Raises ExportUnusable for one longer than MAX_LINE."""
        rest = b""
        while piece := self.read():
            *whole, rest = (rest + piece).split(b"\n")
            yield from whole
            if len(rest) > MAX_LINE:
                raise ExportUnusable(f"{self.name} of the export has a line of more than {MAX_LINE >> 20} MB.")
        if rest:
            yield rest

    def skip(self) -> None:
        """Read to the end."""
        while self.read():
            pass


@contextmanager
def members(path: Path, known: Sequence[str]) -> Iterator[Iterator[Member]]:
    """The files of an archive or folder, the first of `known` first. Raises ExportUnusable for any other."""
    if path.is_dir():
        yield _folder_members(path, known)
        return
    try:
        with gzip.open(path, "rb") as stream:
            yield _archive_members(cast(BinaryIO, stream), known)
    except FileNotFoundError:
        raise ExportUnusable(f"There is no {path}. Give a file or folder that 'docent export' made.") from None
    except (gzip.BadGzipFile, EOFError, zlib.error, IsADirectoryError, PermissionError) as error:
        raise ExportUnusable(f"{path} cannot be read: {error}. Copy or make it again.") from error


def _folder_members(folder: Path, known: Sequence[str]) -> Iterator[Member]:
    for name in known:
        path = folder / name
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise ExportUnusable(f"{path} is not a plain file. Give a folder that 'docent export' made.")
        if path.exists():
            with path.open("rb") as stream:
                yield Member(name, path.stat().st_size, stream.read)
        elif name == known[0]:
            raise ExportUnusable(f"There is no {path}. Give a folder that 'docent export' made.")


def _archive_members(stream: BinaryIO, known: Sequence[str]) -> Iterator[Member]:
    seen: set[str] = set()
    total = 0
    while (header := _exactly(stream, BLOCK)).strip(b"\x00"):
        name, size = _parse(header)
        if name not in known or name in seen:
            raise ExportUnusable(f"The archive holds {name[:80]!r}, which does not belong there. Nothing was taken.")
        if not seen and name != known[0]:
            raise ExportUnusable(f"The archive does not begin with {known[0]}. Pack it again, that file first.")
        total += size
        if size > MAX_MEMBER or total > MAX_TOTAL:
            raise ExportUnusable(f"{name} says that it is {size:,} bytes long; that is more than Docent reads.")
        seen.add(name)
        member = Member(name, size, stream.read)
        yield member
        member.skip()
        _exactly(stream, -size % BLOCK)
    if len(stream.read(_COPY)) >= _COPY:  # the padding at the end; reading it compares the checksum of the whole
        raise ExportUnusable("The archive goes on after its end. Copy or make it again.")
    if not seen:
        raise ExportUnusable("The archive is empty. Give a file that 'docent export' or 'docent backup' made.")


def _exactly(stream: BinaryIO, size: int) -> bytes:
    piece = stream.read(size) if size else b""
    if len(piece) < size:
        raise ExportUnusable("The archive ends early. Copy or make it again.")
    return piece


def _parse(header: bytes) -> tuple[str, int]:
    """Name and size in a tar header of a plain file. Raises ExportUnusable for any other kind of member."""
    try:
        stated = int(header[148:156].strip(b"\x00 "), 8)
        summed = sum(header[:148]) + 8 * 32 + sum(header[156:])
        size = int.from_bytes(header[125:136], "big") if header[124] & 0x80 else int(header[124:136].strip(b"\x00 "), 8)
        name = header[:100].rstrip(b"\x00").decode("ascii")
    except _BROKEN as error:
        raise ExportUnusable(f"The archive is damaged: {error}. Copy or make it again.") from error
    if stated != summed:
        raise ExportUnusable("The archive is damaged: a header's checksum differs. Copy or make it again.")
    if header[156:157] not in (b"0", b"\x00"):
        raise ExportUnusable(
            f"The archive holds {name[:80]!r}, which is no plain file. Pack it with 'tar --format=gnu'."
        )
    return name.removeprefix("./"), size
