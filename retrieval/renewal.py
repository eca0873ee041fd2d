"""Making an index without a trace of what it held before: after something was erased.

Deleting a vector from Chroma leaves its bytes in the store's files, and older generations stay for readers. So vectors
that are still needed go into a new store, written by a process that has seen no others, and every other store,
generation and half-built folder goes. Owns that clean-up; the caller holds the build lock.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.chroma import VectorStore, begin_after, newest, open_store
from retrieval.embedder import Embedder
from retrieval.generation import current_name
from retrieval.vectors import text_hash


class Renewal:
    """Encodes as a VectorStore does, and remembers which texts are still needed."""

    def __init__(self, store: VectorStore) -> None:
        self._store = store
        self.needed: dict[str, None] = {}

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of texts, from the old store where it has them."""
        self.needed |= dict.fromkeys(texts)
        return self._store.encode(texts)

    def save(self, target: Path) -> None:
        """The hashes of the texts needed and their vectors, as one .npz file."""
        texts = list(self.needed)
        np.savez(target, ids=np.array([text_hash(text) for text in texts]), vectors=self._store.encode(texts))


@contextmanager
def renewed_store(folder: Path, embedder: Embedder) -> Iterator[Renewal]:
    """A store to build with. On leaving, what the build needed is in a new store and the old ones are gone.

    Raises VectorStoreUnusable as open_store does.
    """
    successor = None
    with open_store(folder, embedder) as store:
        renewal = Renewal(store)
        yield renewal
        if not store.damaged:
            successor = begin_after(newest(folder))
            if not _refilled(renewal, successor, embedder):
                shutil.rmtree(successor)
                successor.mkdir(mode=0o700)
    for path in folder.glob("chroma-*"):
        if path != (successor or newest(folder)):
            shutil.rmtree(path)


def _refilled(renewal: Renewal, successor: Path, embedder: Embedder) -> bool:
    """Whether another process has filled the new store; if not, the next build encodes anew."""
    file = successor.with_name(f".{successor.name}.npz")
    renewal.save(file)
    command = [
        sys.executable,
        "-m",
        "retrieval.refill",
        str(successor),
        str(file),
        embedder.model_id,
        str(embedder.dim),
    ]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    finally:
        file.unlink()


def drop_vectors(folder: Path) -> None:
    """Drop every vector store: nothing in it is needed, or nobody can say what is in it."""
    for path in folder.glob("chroma-*"):
        shutil.rmtree(path)


def drop_other_generations(index: Path) -> None:
    """Leave the current generation alone in its folder. Who has an older one open keeps reading it until they look."""
    current = current_name(index)
    for path in (*index.glob("gen-*"), *index.glob(".building-*")):
        if path.name != current:
            shutil.rmtree(path)
