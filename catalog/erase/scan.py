"""Looking for what is left in files: texts in every form they take, and vectors as their bytes. Reads; never writes.

Every needle is looked for at every byte of every file. One pass compares eight bytes at a time with eight bytes out of
each needle, those that the fewest needles share, so that thousands of them cost little more than one.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ANCHOR = 8
_PIECE = 8 << 20  # bytes read at a time
_JOINED = 1 << 20
_VECTOR_PART = 32  # bytes: eight numbers, which no other text's vector has in a row
MIN_FORM = 4  # bytes


@dataclass(frozen=True)
class Residue:
    """Something found: in which file, at which byte, the number of the needle, and in what form."""

    path: Path
    offset: int
    needle: int
    form: str


@dataclass
class Proof:
    """What a scan read and what it found."""

    files: int = 0
    bytes: int = 0
    needles: int = 0
    residues: list[Residue] = field(default_factory=list)

    def by_needle(self) -> Counter[int]:
        """How often each needle was found."""
        return Counter(residue.needle for residue in self.residues)


def forms_of(text: str) -> dict[bytes, str]:
    """The byte strings by which a text may stand in a file: as it is and in small letters, in several encodings."""
    forms: dict[bytes, str] = {}
    for shape, one in (("", text), (" in small letters", text.casefold())):
        escaped = json.dumps(one)[1:-1]
        sql = one.replace("'", "''")
        for name, data in (
            ("UTF-8", one.encode("utf-8", "surrogatepass")),
            ("UTF-16", one.encode("utf-16-le", "surrogatepass")),
            ("UTF-16 big-endian", one.encode("utf-16-be", "surrogatepass")),
            ("JSON", escaped.encode("ascii")),
            ("JSON in UTF-8", json.dumps(one, ensure_ascii=False)[1:-1].encode("utf-8", "surrogatepass")),
            ("SQL", sql.encode("utf-8", "surrogatepass")),
        ):
            forms.setdefault(data, name + shape)
    return {data: name for data, name in forms.items() if len(data) >= MIN_FORM}


def forms_of_vector(vector: NDArray[np.float32]) -> dict[bytes, str]:
    """Parts of a vector as float32: pages of a database cut it anywhere, so parts of it are looked for.

    A vector that is mostly zeros has parts in common with others; that one is looked for whole.
    """
    forms: dict[bytes, str] = {}
    norm = float(np.linalg.norm(vector)) or 1.0
    for name, one in (("vector", vector), ("normalised vector", np.asarray(vector / np.float32(norm), np.float32))):
        data = one.astype("<f4").tobytes()
        if np.count_nonzero(one) < 0.75 * len(one):
            forms.setdefault(data, name)
            continue
        for start in (0, len(data) // 3 // 4 * 4, len(data) * 2 // 3 // 4 * 4, len(data) - _VECTOR_PART):
            forms.setdefault(data[max(start, 0) : max(start, 0) + _VECTOR_PART], name)
    return forms


class Scanner:
    """Looks for needles, each given as its forms. Their order gives them their numbers."""

    def __init__(self, needles: Sequence[dict[bytes, str]]) -> None:
        self.count = len(needles)
        self._long: dict[int, list[tuple[bytes, int, int, str]]] = defaultdict(list)
        self._short: list[tuple[bytes, int, str]] = []
        long = {data for forms in needles for data in forms if len(data) >= ANCHOR}
        windows = Counter(data[i : i + ANCHOR] for data in long for i in range(len(data) - ANCHOR + 1))
        for number, forms in enumerate(needles):
            for data, form in forms.items():
                if len(data) < ANCHOR:
                    self._short.append((data, number, form))
                else:
                    place = _rarest(data, windows)
                    anchor = int.from_bytes(data[place : place + ANCHOR], "little")
                    self._long[anchor].append((data, place, number, form))
        self._anchors = np.array(sorted(self._long), "<u8")
        self._overlap = max((len(data) for forms in needles for data in forms), default=ANCHOR)

    def files(self, paths: Iterable[Path], skip: Iterable[Path] = ()) -> Proof:
        """Scan files, and all files below folders."""
        proof = Proof(needles=self.count)
        left_out = {path.resolve() for path in skip}
        for path in sorted(set(_all_files(paths))):
            if path.resolve() in left_out:
                continue
            proof.files += 1
            for offset, data in _pieces(path, self._overlap):
                proof.bytes += len(data)
                proof.residues += [Residue(path, offset + at, n, form) for at, n, form in self.find(data)]
        proof.residues = sorted(set(proof.residues), key=lambda r: (str(r.path), r.offset, r.needle, r.form))
        return proof

    def find(self, data: bytes) -> Iterator[tuple[int, int, str]]:
        """Where needles stand in a piece of bytes: (offset, number of the needle, form)."""
        for needle, number, form in self._short:
            at = data.find(needle)
            while at >= 0:
                yield at, number, form
                at = data.find(needle, at + 1)
        if len(self._anchors):
            for at in self._places(data):
                anchor = int.from_bytes(data[at : at + ANCHOR], "little")
                for needle, place, number, form in self._long.get(anchor, ()):
                    if at >= place and data.startswith(needle, at - place):
                        yield at - place, number, form

    def in_texts(self, texts: Iterable[str]) -> Counter[int]:
        """How often each needle stands in texts; joined on the way, since each pass costs some 50 microseconds."""
        found: Counter[int] = Counter()
        held, size = [], 0
        for text in texts:
            data = text.encode("utf-8", "surrogatepass")
            held.append(data)
            size += len(data) + 1
            if size > _JOINED:
                found.update(number for _, number, _ in self.find(b"\x00".join(held)))
                held, size = [], 0
        found.update(number for _, number, _ in self.find(b"\x00".join(held)))
        return found

    def _places(self, data: bytes) -> list[int]:
        found: list[int] = []
        for shift in range(ANCHOR):
            count = (len(data) - shift) // ANCHOR
            if count > 0:
                words: NDArray[Any] = np.frombuffer(data, "<u8", count, shift)
                place = np.searchsorted(self._anchors, words)
                place[place == len(self._anchors)] = 0
                found += (np.flatnonzero(self._anchors[place] == words) * ANCHOR + shift).tolist()
        return sorted(found)


def _rarest(data: bytes, windows: Counter[bytes]) -> int:
    """Where in a needle the eight bytes stand that are least shared, the most varied of those."""
    places = range(len(data) - ANCHOR + 1)
    return min(places, key=lambda i: (windows[data[i : i + ANCHOR]], -len(set(data[i : i + ANCHOR]))))


def _all_files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from (one for one in path.rglob("*") if one.is_file() and not one.is_symlink())
        elif path.is_file():
            yield path


def _pieces(path: Path, overlap: int) -> Iterator[tuple[int, bytes]]:
    """A file in pieces that overlap by the longest needle. A name counts too: it is read as a piece of its own."""
    yield -1, path.name.encode("utf-8", "surrogateescape")
    offset, rest = 0, b""
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            data = rest + piece
            yield offset, data
            keep = min(overlap, len(data))
            rest = data[-keep:]
            offset += len(data) - keep
