"""Writes vectors from one file into a new Chroma folder. Run as a program, in a process that has seen no others.

Chroma's index writes the memory it has set aside to its files, also where it has not used it yet; what stands there is
whatever the process held before. `python -m retrieval.refill FOLDER FILE MODEL_ID DIM`
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from retrieval.chroma import BATCH, open_collection
from retrieval.soundness import seal


@dataclass(frozen=True)
class Model:
    """What tells the collections of models apart."""

    model_id: str
    dim: int


def refill(folder: Path, source: Path, model: Model) -> None:
    """Make a store of the ids and vectors in an .npz file, and seal it."""
    import chromadb

    with np.load(source, allow_pickle=False) as held:
        ids, vectors = held["ids"].tolist(), held["vectors"]
    client, collection = open_collection(chromadb, folder, model)
    for start in range(0, len(ids), BATCH):
        collection.add(ids=ids[start : start + BATCH], embeddings=vectors[start : start + BATCH])
    client.close()
    seal(folder)


if __name__ == "__main__":
    refill(Path(sys.argv[1]), Path(sys.argv[2]), Model(sys.argv[3], int(sys.argv[4])))
