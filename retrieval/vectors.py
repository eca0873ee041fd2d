"""Vectors of assets: the texts they come from, how they are stored, and an exact scan that is exact to the bit.

Owns quantisation and dot products. Touches no file. Never uses another row to score a row: hiding an asset changes no
score of another, not even in its last bit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.analyzer import Analyzer, split
from retrieval.document import NAMED_COLUMNS, Document, column_names

Codes = NDArray[np.int16]
VIEWS = ("name", "columns")
"""The two texts embedded for each asset."""

LEXICON = "lexicon"
"""The third set of vectors: single words of names, for words that mean nearly the same."""

SCALE = 4080.0
"""Unit vectors are stored as integers of this length: a dot product of two stays below 2**24, where float32 still adds
whole numbers exactly in any order. So results do not depend on how a matrix library blocks its rows."""
BLOCK = 8192
"""Rows widened to float32 at a time: 12 MB, about the size of the last-level cache."""


def asset_texts(document: Document, analyzer: Analyzer) -> tuple[str, str]:
    """The text of each view: where and what it is called; the same with its first columns and description."""
    name = analyzer.spoken(" ".join((*document.path[-2:], document.title or document.name)))
    columns = ", ".join(analyzer.spoken(c.title or c.name) for c in document.columns[:NAMED_COLUMNS])
    about = ". ".join(text for text in (columns, document.description[: 200 if columns else 400]) if text)
    return name, f"{name}: {about}"


def lexicon_of(documents: Sequence[Document]) -> list[str]:
    """Words of names, containers and columns, sorted. Of public assets only: no hidden word stands in for another."""
    texts: set[str] = set()
    for document in documents:
        if document.public:
            texts.update((document.name, document.title, *document.path))
            texts.update(name for column in document.columns for name in column_names(column))
    return sorted({word for text in texts for word in split(text) if len(word) > 2 and word.isalpha()})


def text_hash(text: str) -> str:
    """What tells whether a text was embedded before."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def quantise(vectors: NDArray[np.float32]) -> Codes:
    """Unit vectors to integer codes, each row by itself."""
    return np.asarray(np.rint(vectors * SCALE), np.int16)


def cosines(codes: Codes, queries: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cosine of every row with unit query vectors: shape [rows] for one of shape [dim], [rows, n] for [n, dim]."""
    wanted = np.rint(queries * SCALE).astype(np.float32).T
    out = np.empty((len(codes), *queries.shape[:-1]), np.float32)
    for start in range(0, len(codes), BLOCK):
        out[start : start + BLOCK] = codes[start : start + BLOCK].astype(np.float32) @ wanted
    return np.asarray(out / np.float32(SCALE * SCALE), np.float32)
