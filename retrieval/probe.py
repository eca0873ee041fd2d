"""Reads every vector of one Chroma folder and ends with 0 if that went well. Run as a program: it may not survive.

`python -m retrieval.probe FOLDER`
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

PAGE = 2000


def probe(folder: Path) -> int:
    """How many vectors a store holds, all of them finite and of unit length. Raises whatever reading raises."""
    import chromadb

    client = chromadb.PersistentClient(path=str(folder), settings=chromadb.config.Settings(anonymized_telemetry=False))
    read = 0
    for collection in client.list_collections():
        total = collection.count()
        for start in range(0, total, PAGE):
            found = np.asarray(collection.get(limit=PAGE, offset=start, include=["embeddings"])["embeddings"])
            if not np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-2):
                raise ValueError("a vector is not of unit length")
            read += len(found)
    return read


if __name__ == "__main__":
    probe(Path(sys.argv[1]))
