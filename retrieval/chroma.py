"""The durable store of vectors: embedded Chroma, keyed by model and text hash, so no text is ever encoded twice.

Owns one Chroma folder and the lock on it. Touches nothing else. Holds no text and no urn; never on the query path, and
never open in two processes, which damages it. What is in it can always be made again.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.embedder import Embedder
from retrieval.errors import VectorStoreUnusable
from retrieval.vectors import text_hash

BATCH = 5000
"""Chroma refuses more than 5,461 records at a time."""
ENCODE_BATCH = 2048
"""Texts encoded between two writes: what is lost at most when a build is interrupted."""
log = logging.getLogger(__name__)


@dataclass
class Reuse:
    """How many texts came from the store and how many had to be encoded."""

    reused: int = 0
    encoded: int = 0


class VectorStore:
    """An opened store for one model. Use `open_store`, which holds the lock."""

    def __init__(self, collection: Any, embedder: Embedder) -> None:
        self._collection = collection
        self._embedder = embedder
        self.reuse = Reuse()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of texts, shape [len(texts), dim]: known ones read back, the rest encoded and kept."""
        out = np.zeros((len(texts), self._embedder.dim), np.float32)
        missing = []
        for start in range(0, len(texts), BATCH):
            ids = [text_hash(text) for text in texts[start : start + BATCH]]
            known = self._read(ids)
            for i, key in enumerate(ids, start):
                if key in known:
                    out[i] = known[key]
                else:
                    missing.append(i)
        self.reuse.reused += len(texts) - len(missing)
        for start in range(0, len(missing), ENCODE_BATCH):
            rows = missing[start : start + ENCODE_BATCH]
            out[rows] = self._embedder.encode([texts[i] for i in rows])
            self._write({text_hash(texts[i]): out[i] for i in rows})
            self.reuse.encoded += len(rows)
        return out

    def count(self) -> int:
        """Vectors held for this model."""
        return int(self._collection.count())

    def _read(self, ids: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        found = self._collection.get(ids=sorted(set(ids)), include=["embeddings"])
        vectors = (np.asarray(vector, np.float32) for vector in found["embeddings"])
        return {key: vector for key, vector in zip(found["ids"], vectors, strict=True) if self._sound(vector)}

    def _sound(self, vector: NDArray[np.float32]) -> bool:
        return len(vector) == self._embedder.dim and abs(float(vector @ vector) - 1) < 1e-2

    def _write(self, vectors: dict[str, NDArray[np.float32]]) -> None:
        ids = sorted(vectors)
        self._collection.add(ids=ids, embeddings=[vectors[key] for key in ids])


@contextmanager
def open_store(folder: Path, embedder: Embedder) -> Iterator[VectorStore]:
    """Open the store of one model while holding its lock; a damaged store is emptied and begun anew.

    Raises VectorStoreUnusable if another process holds it, or if the package chromadb is not installed.
    """
    try:
        import chromadb
    except ImportError:
        raise VectorStoreUnusable(
            "The package chromadb is not installed. Install the extra `vectors`; until then every build encodes anew."
        ) from None
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with locked(folder / ".lock"):
        store = folder / "chroma"
        try:
            collection = open_collection(chromadb, store, embedder)
        except (chromadb.errors.ChromaError, OSError, ValueError, KeyError, RuntimeError) as error:
            log.warning("The vector store in %s cannot be read (%s); it is begun anew.", store, error)
            shutil.rmtree(store, ignore_errors=True)
            collection = open_collection(chromadb, store, embedder)
        yield VectorStore(collection, embedder)


def open_collection(chromadb: Any, store: Path, embedder: Embedder) -> Any:
    """The collection of one model; reading one record proves that its files hold together."""
    client = chromadb.PersistentClient(path=str(store), settings=chromadb.config.Settings(anonymized_telemetry=False))
    name = "m-" + hashlib.sha256(f"{embedder.model_id}/{embedder.dim}".encode()).hexdigest()[:32]
    collection = client.get_or_create_collection(
        name,
        embedding_function=None,
        metadata={"model_id": embedder.model_id, "dim": embedder.dim},
        configuration={"hnsw": {"space": "cosine"}},
    )
    if collection.count():
        collection.get(limit=1, include=["embeddings"])
    return collection


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on a file. Raises VectorStoreUnusable at once if another process has it."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise VectorStoreUnusable(
                f"{str(path)!r} is held by another index build. Wait for it to end, then index again."
            ) from None
        yield
