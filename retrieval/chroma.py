"""The durable store of vectors: embedded Chroma, keyed by model and text hash, so no text is ever encoded twice.

Owns one Chroma folder and the lock on it. Touches nothing else. Holds no text and no urn; never on the query path, and
never open in two processes, which damages it. What is in it can always be made again.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.embedder import Embedder
from retrieval.errors import VectorStoreUnusable
from retrieval.soundness import break_seal, is_trustworthy, seal
from retrieval.vectors import snapped, text_hash

BATCH = 5000
"""Chroma refuses more than 5,461 records at a time."""
ENCODE_BATCH = 2048
"""Texts encoded between two writes: what is lost at most when a build is interrupted."""
log = logging.getLogger(__name__)


class Named(Protocol):
    """What of an embedder tells its vectors from those of others."""

    @property
    def model_id(self) -> str: ...
    @property
    def dim(self) -> int: ...


@dataclass
class Reuse:
    """How many distinct texts came from the store and how many had to be encoded."""

    reused: int = 0
    encoded: int = 0


class VectorStore:
    """An opened store for one model. Use `open_store`, which holds the lock.

    A store that fails under way costs its contents, never the build: the rest is encoded, and the next build starts a
    new store.
    """

    def __init__(self, collection: Any, embedder: Embedder, errors: tuple[type[Exception], ...]) -> None:
        self._collection = collection
        self._embedder = embedder
        self._errors = errors
        self.reuse = Reuse()
        self.damaged = False

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of texts, shape [len(texts), dim]: known ones read back, the rest encoded and kept."""
        distinct = list(dict.fromkeys(texts))
        vectors: dict[str, NDArray[np.float32]] = {}
        for start in range(0, len(distinct), BATCH):
            vectors |= self._known(distinct[start : start + BATCH])
        missing = [text for text in distinct if text not in vectors]
        self.reuse.reused += len(vectors)
        for start in range(0, len(missing), ENCODE_BATCH):
            some = missing[start : start + ENCODE_BATCH]
            made = dict(zip(some, snapped(self._embedder.encode(some)), strict=True))
            self.keep(made)
            vectors |= made
            self.reuse.encoded += len(some)
        rows = [vectors[text] for text in texts]
        return snapped(np.stack(rows)) if rows else np.zeros((0, self._embedder.dim), np.float32)

    def count(self) -> int:
        """Vectors held for this model."""
        return int(self._collection.count())

    def _known(self, texts: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Stored vectors of those texts that have a sound one; unsound ones are dropped from the store."""
        if self.damaged:
            return {}
        by_hash = {text_hash(text): text for text in texts}
        try:
            found = self._collection.get(ids=list(by_hash), include=["embeddings"])
            pairs = [(key, np.asarray(v, np.float32)) for key, v in zip(found["ids"], found["embeddings"], strict=True)]
            if unsound := [key for key, vector in pairs if not self._sound(vector)]:
                self._collection.delete(ids=unsound)
        except self._errors as error:
            self._give_up(error)
            return {}
        return {by_hash[key]: vector for key, vector in pairs if self._sound(vector)}

    def keep(self, vectors: Mapping[str, NDArray[np.float32]]) -> None:
        """Store vectors by the text they are of, at most BATCH at a time."""
        if self.damaged:
            return
        try:
            self._collection.add(ids=[text_hash(text) for text in vectors], embeddings=list(vectors.values()))
        except self._errors as error:
            self._give_up(error)

    def _sound(self, vector: NDArray[np.float32]) -> bool:
        return len(vector) == self._embedder.dim and abs(float(vector @ vector) - 1) < 1e-2

    def _give_up(self, error: Exception) -> None:
        self.damaged = True
        log.warning(
            "The vector store failed (%s); this build encodes the rest anew, the next one begins a store.", error
        )


@contextmanager
def open_store(folder: Path, embedder: Embedder) -> Iterator[VectorStore]:
    """Open the store of one model while holding its lock; a damaged store is dropped and begun anew.

    Raises VectorStoreUnusable if another process holds it, or if the package chromadb is not installed.
    """
    try:
        import chromadb
    except ImportError:
        raise VectorStoreUnusable(
            "The package chromadb is not installed. Install the extra `vectors`; until then every build encodes anew."
        ) from None
    errors = (chromadb.errors.ChromaError, OSError, ValueError, KeyError, RuntimeError)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with locked(folder / ".lock") as lock:
        path = newest(folder)
        if not is_trustworthy(path, lock):
            log.warning("The vector store in %s is damaged; it is begun anew.", path)
            path = begin_anew(path)
        break_seal(path)
        try:
            client, collection = open_collection(chromadb, path, embedder)
        except errors as error:
            log.warning("The vector store in %s cannot be read (%s); it is begun anew.", path, error)
            path = begin_anew(path)
            client, collection = open_collection(chromadb, path, embedder)
        store = VectorStore(collection, embedder, errors)
        try:
            yield store
        finally:
            client.close()
            if store.damaged:
                begin_anew(path)
            else:
                seal(path)


def newest(folder: Path) -> Path:
    """The store in use. A new one gets a new number: Chroma remembers a path that failed while the process lives."""
    numbers = [int(path.name.removeprefix("chroma-")) for path in folder.glob("chroma-*") if path.name[7:].isdigit()]
    return folder / f"chroma-{max(numbers, default=1)}"


def begin_anew(path: Path) -> Path:
    """Drop a store; return the path of its successor, which then exists."""
    successor = begin_after(path)
    shutil.rmtree(path, ignore_errors=True)
    return successor


def begin_after(path: Path) -> Path:
    """The successor of a store, empty."""
    successor = path.with_name(f"chroma-{int(path.name.removeprefix('chroma-')) + 1}")
    successor.mkdir(mode=0o700)
    return successor


def open_collection(chromadb: Any, path: Path, embedder: Named) -> tuple[Any, Any]:
    """The client and the collection of one model; reading one record proves that its files hold together."""
    client = chromadb.PersistentClient(path=str(path), settings=chromadb.config.Settings(anonymized_telemetry=False))
    name = "m-" + hashlib.sha256(f"{embedder.model_id}/{embedder.dim}".encode()).hexdigest()[:32]
    collection = client.get_or_create_collection(
        name,
        embedding_function=None,
        metadata={"model_id": embedder.model_id, "dim": embedder.dim},
        configuration={"hnsw": {"space": "cosine"}},
    )
    if collection.count():
        collection.get(limit=1, include=["embeddings"])
    return client, collection


@contextmanager
def locked(path: Path) -> Iterator[int]:
    """Hold an exclusive lock on a file; gives its descriptor. Raises VectorStoreUnusable if another process has it."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise VectorStoreUnusable(
                f"{str(path)!r} is held by another index build. Wait for it to end, then index again."
            ) from None
        yield file.fileno()
