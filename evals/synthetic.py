"""A made-up catalog of any size for the benches of speed: names of real words, vectors near real ones.

Owns the names, columns and vectors it makes up, always the same for one seed. Touches nothing. Never meant for figures
of quality: its questions have no right answers.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.analyzer import read_abbreviations, read_words
from retrieval.document import ColumnText, Document, Signals
from retrieval.embedder import Embedder

COLUMNS = 12
SEED = 20261126
KNOWN = 2048
"""Texts really encoded; every other vector is one of these, moved."""
MOVED = 0.06
"""Noise a dimension: cosine of about .65 with the real vector it began at, as between columns of one subject."""


def documents(count: int) -> Iterator[Document]:
    """`count` tables in schemas of 50, with 12 columns each."""
    draw = random.Random(SEED)
    words = sorted(word for word in read_words("words.txt") if 3 < len(word) < 10)[:4000]
    short = sorted(read_abbreviations())
    draw.shuffle(words)
    columns = [ColumnText("_".join(draw.choice(words) for _ in range(2))) for _ in range(20_000)]
    columns += [ColumnText(f"{draw.choice(short)}_{draw.choice(words)}") for _ in range(10_000)]
    for i in range(count):
        name = f"{draw.choice(words)}_{draw.choice(words)}_{i % 997}"
        schema = f"{words[(i // 50) % 4000]}_{i // 50}"
        yield Document(
            urn=f"urn:li:dataset:(urn:li:dataPlatform:bench,{schema}.{name}.{i:08d},PROD)",
            name=name,
            platform="bench",
            path=("bench", schema),
            columns=tuple(draw.sample(columns, COLUMNS)),
            description=f"Holds the {draw.choice(words)} of each {draw.choice(words)}." if i % 3 else "",
            signals=Signals(popularity=float(i % 100)),
            public=True,
        )


def questions(count: int) -> list[str]:
    """Questions of 2 to 9 words, all different."""
    draw = random.Random(SEED + 1)
    words = sorted(word for word in read_words("words.txt") if 3 < len(word) < 10)[:4000]
    return [" ".join(draw.choice(words) for _ in range(2 + i % 8)) for i in range(count)]


class NearReal:
    """Encodes documents by moving the vectors of a few really encoded texts; questions are encoded for real."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        texts = [f"{d.name}: {', '.join(c.name for c in d.columns)}".replace("_", " ") for d in documents(KNOWN)]
        self._real = embedder.encode(texts)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, the same for the same text."""
        out = np.empty((len(texts), self._embedder.dim), np.float32)
        for start in range(0, len(texts), 4096):
            some = texts[start : start + 4096]
            marks = np.array([zlib.crc32(text.encode()) for text in some], np.int64)
            noise = np.random.default_rng(int(marks[0])).standard_normal((len(some), self._embedder.dim), np.float32)
            moved = self._real[marks % len(self._real)] + np.float32(MOVED) * noise
            out[start : start + len(some)] = moved / np.linalg.norm(moved, axis=1, keepdims=True)
        return out
