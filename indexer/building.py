"""Building the search generation from the catalog: documents in, an immutable folder out. Owns the build lock.

Vectors come from the durable vector store where their text is unchanged, so only new texts are encoded. Without an
encoder the generation holds words alone and search says so.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from catalog.catalog import Catalog
from catalog.errors import WorkspaceBusy
from indexer.documents import access_digest, documents, synonyms
from indexer.past import confirmed
from retrieval.embedder import Embedder
from retrieval.errors import GenerationUnusable
from retrieval.generation import Encode, Generation, build_generation, embedder_fits, open_current


@dataclass(frozen=True)
class IndexFolders:
    """Where the index and the vectors of a workspace are kept."""

    index: Path
    vectors: Path
    lock: Path


@contextmanager
def build_lock(path: Path) -> Iterator[None]:
    """Hold the lock that only one builder may have. Raises WorkspaceBusy when another process has it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WorkspaceBusy(
                "Another process is building this workspace's index. Wait for it to finish, then try again."
            ) from None
        yield
    finally:
        os.close(descriptor)


def is_current(catalog: Catalog, folders: IndexFolders, embedder: Embedder | None) -> bool:
    """Whether the generation reflects the catalog as it is, with vectors of this embedder."""
    try:
        generation = open_current(folders.index)
    except GenerationUnusable:
        return False
    if generation.manifest.catalog_version != str(catalog.version()):
        return False
    if generation.manifest.access != access_digest(catalog):
        return False
    return embedder is None or embedder_fits(generation, embedder)


def build(catalog: Catalog, folders: IndexFolders, embedder: Embedder | None, encode: Encode | None) -> Generation:
    """Build a generation of the catalog as it is and make it current. The caller holds the build lock."""
    version, access = str(catalog.version()), access_digest(catalog)
    words, past = synonyms(catalog), confirmed(catalog)
    return build_generation(folders.index, documents(catalog), version, embedder, encode, words, access, past)
