"""The seams behind which a distributed engine can stand: one port for words, one for vectors.

Owns two protocols and their result. Touches nothing. Never says how an engine filters, only that it must filter before
it ranks and counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.analyzer import QueryWord
from retrieval.visible import Visible


@dataclass(frozen=True)
class Hits:
    """Urns best first with their scores; `total` is how many matched at all, None if the engine does not know."""

    urns: tuple[str, ...]
    scores: tuple[float, ...]
    total: int | None


class LexicalIndex(Protocol):
    """Finds assets by terms. Statistics must be taken over the visible set; ties break by urn."""

    def find(self, query: Sequence[QueryWord], visible: Visible, limit: int) -> Hits: ...


class VectorIndex(Protocol):
    """Finds assets by one unit vector in one view (see `retrieval.vectors.VIEWS`)."""

    def nearest(self, vector: NDArray[np.float32], view: str, visible: Visible, limit: int) -> Hits: ...
