"""Joins the signals of a search into one score per row: pure arithmetic over aligned arrays.

Owns normalisation, the convex combination, neighbour smoothing and the signal multipliers. Touches nothing. Never
looks at a hidden row: every function takes the visible mask or arrays already cut to it.

Source of the combination: Bruch, Gai, Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval" (2023).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.lexical import Scores
from retrieval.visible import Mask


@dataclass(frozen=True)
class Weights:
    """How much each text signal counts. Set once for every catalog; missing signals share out their part."""

    words: float = 0.40
    columns: float = 0.35
    name: float = 0.25
    neighbours: float = 0.5
    best_neighbours: int = 3

    def of(self, signal: str) -> float:
        """The weight of one text signal by its name."""
        return {"words": self.words, "columns": self.columns, "name": self.name}[signal]


def normalise(scores: Scores, visible: Mask) -> Scores:
    """Spread the visible scores over 0 to 1; hidden rows get 0. A lone asset counts from 0, not from itself."""
    seen = scores[visible]
    if not len(seen):
        return np.zeros_like(scores)
    low, high = (seen.min() if len(seen) > 1 else np.float32(0)), seen.max()
    spread = (scores - low) / np.float32(max(float(high - low), 1e-9))
    return np.where(visible, spread, np.float32(0)).astype(np.float32)


def combine(signals: Mapping[str, Scores], weights: Weights) -> dict[str, Scores]:
    """Each normalised signal times its share of the weights that are present; their sum is the fused score."""
    whole = sum(weights.of(name) for name in signals)
    return {name: scores * np.float32(weights.of(name) / whole) for name, scores in signals.items()}


def smooth(fused: Scores, groups: NDArray[np.int32], visible: Mask, weights: Weights) -> Scores:
    """What each row gains from its schema: the mean of the best fused scores there, times the neighbour weight.

    Tables that answer one question lie in one schema, so a schema with several good tables lifts all of them.
    """
    rows = np.flatnonzero(visible)
    if not len(rows):
        return np.zeros_like(fused)
    order = rows[np.lexsort((-fused[rows], groups[rows]))]
    starts = np.flatnonzero(np.concatenate(([True], groups[order][1:] != groups[order][:-1])))
    sizes = np.diff(np.append(starts, len(order)))
    total = np.zeros(len(starts), np.float64)
    for place in range(weights.best_neighbours):
        there = sizes > place
        total[there] += fused[order[starts[there] + place]]
    mean = total / np.minimum(sizes, weights.best_neighbours)
    lift = np.zeros_like(fused)
    lift[order] = np.repeat(mean, sizes).astype(np.float32) * np.float32(weights.neighbours)
    return lift


def multiplier(popularity: NDArray[np.float32], flags: NDArray[np.uint8]) -> Scores:
    """Modest factors for use and standing: between .6 and 1.25, so that they order equals and never beat words."""
    # log2(1 + uses) / 40 reaches +.25 at 1,000 uses or so, where differences stop meaning anything.
    factor = 1 + np.minimum(np.log2(1 + popularity) / 40, 0.25)
    factor = factor * np.where(flags & 1, 1.05, 1.0)
    factor = factor * np.where(flags >> 1 & 1, 0.75, 1.0)
    return (factor * np.where(flags >> 3 & 1, 0.95, 1.0)).astype(np.float32)


def best(scores: Scores, rows: NDArray[np.int64], limit: int) -> NDArray[np.int64]:
    """The best `limit` of `rows`, ties broken by row order (which is urn order within a segment)."""
    if limit < len(rows):
        edge = np.partition(scores[rows], len(rows) - limit)[len(rows) - limit]
        rows = rows[scores[rows] >= edge]
    return rows[np.lexsort((rows, -scores[rows]))][:limit]
