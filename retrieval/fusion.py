"""Joins the signals of a search into one score per row: pure arithmetic over aligned arrays.

Owns normalisation, the convex combination and the multipliers of use and standing. Touches nothing. Never
looks at a hidden row: every function takes the visible mask or arrays already cut to it.

Source of the combination: Bruch, Gai, Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval" (2023).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.visible import Mask

Scores = NDArray[np.float32]
NEAR = 1000
IN_GROUP = 3


@dataclass(frozen=True)
class Weights:
    """How much each signal counts, each spread over 0 to 1. One setting for every catalog.

    Chosen on four public sets together; a tenth more or less on any of them changes recall by under a point.
    """

    words: float = 0.40
    columns: float = 0.40
    place: float = 0.20
    name: float = 0.20
    schema: float = 0.60
    covers: float = 0.30
    """How much of the question one schema speaks of."""
    together: float = 0.12
    """The three best assets of a schema, taken together."""
    few_schemas: float = 50.0
    """With so many schemas the schema signal counts half: among a handful it tells little."""
    one_vector: float = 6.0
    """Words that one vector holds well. A longer question speaks of several things, which its vector blurs."""


@dataclass(frozen=True)
class Shape:
    """What the weights depend on: the words of the question, the visible schemas, and whether meaning is compared."""

    words: int
    schemas: int
    semantic: bool


def weight_of(signal: str, weights: Weights, shape: Shape) -> float:
    """The weight of one signal; without vectors the words take over the weight of meaning."""
    if signal in ("schema", "covers", "together"):
        among = shape.schemas / (shape.schemas + weights.few_schemas) if shape.schemas > 1 else 0.0
        return float(among * getattr(weights, signal))
    if signal == "name":
        return weights.name
    if signal == "words":
        return weights.words if shape.semantic else weights.words + weights.columns + weights.place
    clear = math.sqrt(min(1.0, weights.one_vector / max(shape.words, 1)))
    return float(clear * (weights.columns if signal == "columns" else weights.place))


def normalise(scores: Scores, visible: Mask) -> Scores:
    """Spread the visible scores over 0 to 1; hidden rows get 0. A lone asset counts from 0, not from itself."""
    seen = scores[visible]
    if not len(seen):
        return np.zeros_like(scores)
    low, high = (seen.min() if len(seen) > 1 else np.float32(0)), seen.max()
    spread = (scores - low) / np.float32(max(float(high - low), 1e-9))
    return np.where(visible, spread, np.float32(0)).astype(np.float32)


def combine(signals: Mapping[str, Scores], visible: Mask, weights: Weights, shape: Shape) -> dict[str, Scores]:
    """Each signal, spread over 0 to 1 and weighted; their sum is the fused score. History comes weighed already."""
    return {
        name: scores if name == "history" else normalise(scores, visible) * np.float32(weight_of(name, weights, shape))
        for name, scores in signals.items()
    }


def together(scores: Scores, groups: NDArray[np.int32], visible: Mask, weight: float) -> Scores:
    """`weight` for the assets of the group whose three best are best, less for others: a place that answers in several.

    Only the NEAR best visible rows are looked at, so that it costs the same at any size.
    """
    out = np.zeros_like(scores)
    rows = best(scores, np.flatnonzero(visible), NEAR) if weight else np.zeros(0, np.int64)
    if not len(rows):
        return out
    order = np.lexsort((rows, -scores[rows], groups[rows]))
    of, value = groups[rows][order], scores[rows][order]
    starts = np.flatnonzero(np.concatenate(([True], of[1:] != of[:-1])))
    place = np.arange(len(of)) - np.repeat(starts, np.diff(np.append(starts, len(of))))
    sums = np.bincount(np.cumsum(place == 0) - 1, np.where(place < IN_GROUP, value, 0))
    count = np.minimum(np.diff(np.append(starts, len(of))), IN_GROUP)
    means = sums / count
    low = float(means.min()) if len(means) > 1 else 0.0
    spread = (means - low) / max(float(means.max()) - low, 1e-9)
    out[rows[order]] = (weight * np.repeat(spread, np.diff(np.append(starts, len(of))))).astype(np.float32)
    return out


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
