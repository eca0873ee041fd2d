"""The pinned BM25 reference, reimplemented: what every retrieval figure is compared with.

Owns its own tokens, weights and ranking, and shares none of them with `retrieval`, so that a change there cannot move
the yardstick. Touches nothing.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
import Stemmer
from numpy.typing import NDArray

K1 = 1.2
B = 0.75
STOP_WORDS = """
a an the of in on for to and or is are was were be what which who whom how many much show list find give all each every
with by from that this those these do does did has have had there their it its at as not me please we you i
"""
STOP = frozenset(STOP_WORDS.split())


def spaced(text: str) -> str:
    """Lower case, with spaces at case borders, before digits and for every other character."""
    text = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", text)
    text = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", text)
    text = re.sub(r"([A-Za-z])([0-9])", r"\1 \2", text)
    return re.sub(r"[^A-Za-z0-9]+", " ", text).strip().lower()


def tokens(text: str) -> list[str]:
    """Stems of the words that are no stop words."""
    stems: list[str] = Stemmer.Stemmer("english").stemWords([w for w in spaced(text).split() if w not in STOP])
    return stems


def scores(documents: Sequence[str], questions: Sequence[str]) -> NDArray[np.float32]:
    """BM25 of every question and document, shape [questions, documents]."""
    held = [tokens(text) for text in documents]
    lengths = np.array([len(words) for words in held], float)
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for row, words in enumerate(held):
        for term, count in Counter(words).items():
            found[term].append((row, count))
    out = np.zeros((len(questions), len(held)), np.float32)
    for i, question in enumerate(questions):
        for term in set(tokens(question)) & found.keys():
            rows, counts = np.array(found[term]).T
            weight = np.log(1 + (len(held) - len(rows) + 0.5) / (len(rows) + 0.5))
            out[i, rows] += weight * counts * (K1 + 1) / (counts + K1 * (1 - B + B * lengths[rows] / lengths.mean()))
    return out
