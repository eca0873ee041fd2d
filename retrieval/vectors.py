"""Vectors of assets: the texts they come from, how they are stored, and an exact scan that is exact to the bit.

Owns quantisation and dot products. Touches no file. Never uses another row to score a row: hiding an asset changes no
score of another, not even in its last bit.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from retrieval.analyzer import Analyzer
from retrieval.document import NAMED_COLUMNS, Document

Codes = NDArray[np.int16]
VIEWS = ("name", "columns")
"""The two texts embedded for each asset."""

SCALE = 4080.0
"""Unit vectors are stored as integers of this length: a dot product of two stays below 2**24, where float32 still adds
whole numbers exactly in any order. So results do not depend on how a matrix library blocks its rows."""
BLOCK = 8192
"""Rows widened to float32 at a time: 12 MB, about the size of the last-level cache."""


def asset_texts(document: Document, analyzer: Analyzer) -> tuple[str, str]:
    """The text of each view: where and what it is called; the same with its first columns and description."""
    name = analyzer.spoken(" ".join((*document.path[-2:], document.title or document.name)))
    columns = ", ".join(analyzer.spoken(c.title or c.name) for c in document.columns[:NAMED_COLUMNS])
    return name, f"{name}: {columns or document.description[:400]}"


def text_hash(text: str) -> str:
    """What tells whether a text was embedded before."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def quantise(vectors: NDArray[np.float32]) -> Codes:
    """Unit vectors to integer codes, each row by itself."""
    return np.asarray(np.rint(vectors * SCALE), np.int16)


def cosines(codes: Codes, query: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cosine of every row with one unit query vector, shape [rows]."""
    wanted = np.rint(query * SCALE).astype(np.float32)
    out = np.empty(len(codes), np.float32)
    for start in range(0, len(codes), BLOCK):
        out[start : start + BLOCK] = codes[start : start + BLOCK].astype(np.float32) @ wanted
    return out / np.float32(SCALE * SCALE)
