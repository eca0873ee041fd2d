"""Past questions with the assets that answered them: what was right for a like question is likely right again.

Owns the signal that history gives and its gates. Touches nothing but arrays. Never holds the words of a question: only
its vector and the assets confirmed for it. Whoever builds the index gives only what everyone may see.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.fusion import Scores
from retrieval.vectors import Codes, cosines
from retrieval.visible import Mask

HISTORY = "history"
"""The vectors of past questions, beside those of the views."""
FLOOR = 0.20
"""Questions less alike than this tell nothing of one another (the mean of unrelated ones is near .1)."""
NEAREST = 30
FEW = 20
"""With so many past questions the signal counts half: the nearest of a few is seldom near."""


@dataclass(frozen=True)
class PastQuestion:
    """One question and the assets that someone confirmed as its answer."""

    question: str
    urns: tuple[str, ...]


@dataclass(frozen=True)
class HistoryWeights:
    """How much the single nearest question, all near ones together, and their schemas count."""

    nearest: float = 1.5
    shared: float = 1.0
    schema: float = 0.3


@dataclass(frozen=True)
class Past:
    """Assets of past questions as rows of a segment: those of question i end at `ends[i]`."""

    ends: NDArray[np.int64]
    rows: NDArray[np.int64]

    @staticmethod
    def none() -> Past:
        return Past(np.zeros(0, np.int64), np.zeros(0, np.int64))

    @staticmethod
    def of(rows: Sequence[Sequence[int]]) -> Past:
        ends = np.cumsum([len(some) for some in rows], dtype=np.int64)
        return Past(ends, np.array([row for some in rows for row in some], np.int64))

    def moved(self, to: NDArray[np.int64]) -> Past:
        """The same questions about rows that have moved: row i is now `to[i]`, or gone where that is negative."""
        return Past(self.ends, to[self.rows])

    def within(self, visible: Mask) -> NDArray[np.int64]:
        """The questions all of whose assets are visible: the others would tell of what is hidden."""
        if not len(self):
            return np.zeros(0, np.int64)
        starts = np.concatenate((np.zeros(1, np.int64), self.ends[:-1]))
        return np.flatnonzero(np.logical_and.reduceat((self.rows >= 0) & visible[self.rows], starts))

    def about(self, question: int) -> NDArray[np.int64]:
        """The rows of one question."""
        return self.rows[int(self.ends[question - 1]) if question else 0 : int(self.ends[question])]

    def __len__(self) -> int:
        return len(self.ends)


def usable(history: Sequence[PastQuestion], place: Mapping[str, int]) -> tuple[list[str], Past]:
    """Each distinct question whose assets are all there, with their rows; sorted, so that no order of asking shows."""
    held = {(one.question, tuple(sorted(set(one.urns)))) for one in history if one.urns and one.question.strip()}
    kept = [(text, urns) for text, urns in sorted(held) if all(urn in place for urn in urns)]
    return [text for text, _ in kept], Past.of([[place[urn] for urn in urns] for _, urns in kept])


def remembered(
    past: Past, codes: Codes, query: NDArray[np.float32], groups: NDArray[np.int32], visible: Mask
) -> Scores:
    """What history says for each row, 0 or more: nothing where no past question is near. Shape of `visible`."""
    out = np.zeros(len(visible), np.float32)
    known = past.within(visible)
    likeness = np.maximum(cosines(codes, query[None])[:, 0] - FLOOR, 0) / (1 - FLOOR)
    near = known[np.argsort(-likeness[known], kind="stable")[:NEAREST]]
    near = near[likeness[near] > 0]
    if not len(near):
        return out
    weights = HistoryWeights()
    squared = likeness[near].astype(np.float64) ** 2
    nearest, shared = np.zeros(len(visible)), np.zeros(len(visible))
    by_group = np.zeros(int(groups.max()) + 1)
    for which, gain in zip(near.tolist(), squared.tolist(), strict=True):
        held = past.about(which)
        nearest[held] = np.maximum(nearest[held], gain)
        shared[held] += gain
        by_group[np.unique(groups[held])] += gain
    sure = float(likeness[near[0]]) / float(squared.sum())
    told = weights.nearest * nearest + sure * (weights.shared * shared + weights.schema * by_group[groups])
    amount = len(known) / (len(known) + FEW)
    return np.where(visible, amount * told, 0).astype(np.float32)
