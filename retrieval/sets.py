"""Chooses assets that answer a question together: each next one for what it adds to those already chosen.

Owns the choice among the best candidates of one search. Touches nothing but the arrays it is given. Never looks at an
asset that was not already found, and leaves the first place as it was: that is the one people read.

Sources: Carbonell, Goldstein, "The Use of MMR" (1998), for likeness held against a candidate; Kothyari et al.,
"CRUSH4SQL" (2023), for covering the question's words by a set of tables.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.fusion import Scores
from retrieval.matching import TermScore

POOL = 60
"""Candidates looked at: the tables that a question needs were among so many in 9 of 10 cases (measured)."""
DEPTH = 10
KEY = re.compile(r"(^|_)(id|key|code|no|num|nr)$|(?<=[a-z])(Id|Key|Code|No)$", re.IGNORECASE)
"""Columns that tables are joined on."""


@dataclass(frozen=True)
class SetWeights:
    """How much a set counts beside each asset's own score."""

    covers: float = 0.60
    alike: float = 0.25
    joins: float = 0.12
    from_words: int = 8
    """Questions of fewer words are about one thing; from so many on, sets count, and fully six words later."""
    over_words: int = 6

    def share(self, words: int) -> float:
        """How much of the weights a question of so many words gets, 0 to 1."""
        return min(1.0, max(0.0, (words - self.from_words) / self.over_words))


def choose(
    scores: Scores,
    rows: NDArray[np.int64],
    by_word: Sequence[TermScore],
    columns: Sequence[Sequence[str]],
    weights: SetWeights,
    share: float,
) -> list[tuple[int, float]]:
    """Order `rows`, which come best first, and give each its new score. `columns` are their column names."""
    told = told_words(rows, by_word)
    alike, joined = likeness(columns), joins(columns)
    own = scores[rows].astype(np.float64)
    reach = np.maximum(own - own[min(DEPTH, len(own) - 1)], 0)
    own = own + share * weights.joins * (joined * reach[:, None]).max(axis=0) / max(float(reach.max()), 1e-9)
    chosen, left = [0], list(range(1, len(rows)))
    had = told[:, 0].copy() if len(told) else np.zeros(0)
    ordered = [(int(rows[0]), float(own[0]))]
    while left and len(chosen) < DEPTH:
        gain = np.maximum(told[:, left] - had[:, None], 0).sum(axis=0)
        values = own[left] + share * (weights.covers * gain - weights.alike * alike[chosen][:, left].max(axis=0))
        best = left[int(np.argmax(values))]
        ordered.append((int(rows[best]), min(float(values.max()), ordered[-1][1])))
        had = np.maximum(had, told[:, best])
        chosen.append(best)
        left.remove(best)
    lowest = ordered[-1][1]
    return ordered + [(int(rows[i]), min(float(scores[rows[i]]), lowest)) for i in left]


def told_words(rows: NDArray[np.int64], by_word: Sequence[TermScore]) -> NDArray[np.float64]:
    """What each word of the question gave each candidate, beside the best of any; rare words count more."""
    told = np.zeros((len(by_word), len(rows)))
    tops = np.array([float(word.words.max()) for word in by_word])
    for i, word in enumerate(by_word):
        at = np.minimum(np.searchsorted(word.rows, rows), len(word.rows) - 1)
        told[i] = np.where(word.rows[at] == rows, word.words[at], 0)
    return told / max(float(tops.sum()), 1e-9)


def likeness(columns: Sequence[Sequence[str]]) -> NDArray[np.float64]:
    """Shared column names of each pair beside all of both: near 1 for copies of one table."""
    held, sizes = incidence(columns)
    shared = held @ held.T
    return np.asarray(shared / np.maximum(sizes[:, None] + sizes[None, :] - shared, 1), np.float64)


def joins(columns: Sequence[Sequence[str]]) -> NDArray[np.float64]:
    """How surely each pair joins: by shared key columns, the rarer the surer; 1 for the surest of each row."""
    held, _ = incidence([[name for name in names if KEY.search(name)] for names in columns])
    counts = held.sum(axis=0)
    found = held @ (held / np.maximum(counts, 1)).T
    np.fill_diagonal(found, 0)
    return np.asarray(found / np.maximum(found.max(axis=1, keepdims=True), 1e-9), np.float64)


def incidence(columns: Sequence[Sequence[str]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Which candidate has which column name, shape [candidates, names], and how many each has."""
    names = [{name.lower() for name in some} for some in columns]
    place = {name: i for i, name in enumerate(sorted(set().union(*names)))}
    held = np.zeros((len(names), max(len(place), 1)))
    for row, some in enumerate(names):
        held[row, [place[name] for name in some]] = 1
    return held, held.sum(axis=1)
