"""Whether files are what was written: checksums of generation files when they are opened, seals of vector stores.

Owns reading, checking and sealing. A damaged byte in a vector moves a ranking and shows in no other way, so every byte
is compared before it is used: small indexes are read into memory on the way, where nothing that happens to their files
can reach a running program; large ones are mapped and compared at once up to AT_ONCE bytes, beyond that in the
background.
"""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
import threading
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import GenerationUnusable

IN_MEMORY = 64 << 20
"""Generations up to so many bytes (some 40,000 assets) are read whole."""
AT_ONCE = 1 << 30
"""Bytes of vectors compared before the first search: half a second. A checksum runs at 2.3 GB a second on one core."""
SEAL = ".sealed.json"
PROBE_SECONDS = 120
log = logging.getLogger(__name__)
Files = Mapping[str, tuple[int, int]]


class Background:
    """A comparison that goes on while the index is used. `fault`: what it found, "" so far or for good."""

    def __init__(self, folder: Path, files: Files) -> None:
        self.fault = ""
        self.thread = threading.Thread(target=self._run, args=(folder, files), name="index-check", daemon=True)
        self.thread.start()

    def _run(self, folder: Path, files: Files) -> None:
        for name, (_, checksum) in files.items():
            try:
                sound = crc(folder / name) == checksum
            except OSError:
                return  # replaced by a newer generation meanwhile; what is mapped stays readable
            if not sound:
                self.fault = f"{str(folder / name)!r} is damaged (checksum differs). Rebuild the index."
                log.error("%s", self.fault)
                return


def read_arrays(folder: Path, files: Files) -> tuple[dict[str, NDArray[Any]], Background | None]:
    """Every array of a generation, checked. Raises GenerationUnusable, naming the file that is not as written."""
    total = sum(size for size, _ in files.values())
    late = {name: facts for name, facts in files.items() if name.startswith("vectors.") and total > AT_ONCE}
    arrays = {}
    for name, facts in files.items():
        try:
            arrays[name.removesuffix(".npy")] = _read(folder / name, facts, total <= IN_MEMORY, name not in late)
        except (OSError, ValueError, EOFError) as error:
            raise GenerationUnusable(f"Cannot read {str(folder / name)!r}: {error}. Rebuild the index.") from error
    return arrays, Background(folder, late) if late else None


def _read(path: Path, facts: tuple[int, int], whole: bool, check: bool) -> NDArray[Any]:
    size, checksum = facts
    if whole:
        data = path.read_bytes()
        _compare(path, len(data) == size and zlib.crc32(data) == checksum)
        return np.asarray(np.load(io.BytesIO(data), allow_pickle=False))
    _compare(path, path.stat().st_size == size and (not check or crc(path) == checksum))
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))


def _compare(path: Path, sound: bool) -> None:
    if not sound:
        raise GenerationUnusable(f"{str(path)!r} is damaged (size or checksum differs). Rebuild the index.")


def crc(path: Path) -> int:
    """crc32 of a file, read in pieces."""
    value = 0
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            value = zlib.crc32(piece, value)
    return value


# Vector stores ---------------------------------------------------------------------------------------------------


def seal(store: Path) -> None:
    """Note what the files of a closed vector store are, so that the next opening knows them again."""
    facts = _facts(store)
    fresh = store / (SEAL + ".new")
    fresh.write_text(json.dumps(facts), encoding="utf-8")
    fresh.replace(store / SEAL)


def break_seal(store: Path) -> None:
    """A store that is open for writing has no seal; if the process ends now, the next one looks closer."""
    (store / SEAL).unlink(missing_ok=True)


def is_trustworthy(store: Path, lock: int) -> bool:
    """Whether a store may be opened in this process: its files are as sealed, or another process can read them all.

    Its engine ends the whole process on some damaged files, and reads others as if nothing were wrong. `lock`: the
    descriptor of the held lock; the other process shares it, so that it stays held should this one be killed.
    """
    if not store.exists():
        return True
    try:
        sealed = json.loads((store / SEAL).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return not any(store.iterdir()) or _opens_elsewhere(store, lock)
    except (OSError, ValueError):
        return False
    return bool(sealed == _facts(store))


def _facts(store: Path) -> dict[str, list[int]]:
    paths = sorted(path for path in store.rglob("*") if path.is_file() and not path.name.startswith(SEAL))
    return {str(path.relative_to(store)): [path.stat().st_size, crc(path)] for path in paths}


def _opens_elsewhere(store: Path, lock: int) -> bool:
    """Read every vector of a store that was not closed, in a process of its own."""
    command = [sys.executable, "-m", "retrieval.probe", str(store)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=PROBE_SECONDS, check=False, pass_fds=(lock,))
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
