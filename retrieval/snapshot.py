"""What one search reads: a generation, plus the changes since it was made, as one row space.

Owns the joining of segments and the masks over them. Touches no file. Never lets an overridden, removed or hidden row
through: every array it hands out goes with the mask that says which rows count.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from retrieval.analyzer import Analyzer
from retrieval.document import Document
from retrieval.generation import Encode, Generation, embed
from retrieval.lexical import Totals
from retrieval.segment import ALIAS, NAME, Row, Segment, build_segment
from retrieval.visible import Mask, Visible

KEPT_SCOPES = 64
"""Masks of recent scopes; one costs a byte an asset."""


@dataclass(frozen=True)
class Scope:
    """One viewer's rows over all segments: the mask, and the term totals behind their statistics."""

    mask: Mask
    totals: Totals

    @property
    def documents(self) -> int:
        return self.totals.documents


class Snapshot:
    """Segments side by side; row numbers run through them. Immutable, and safe to share between threads."""

    def __init__(self, generation: Generation, changes: Segment | None = None, removed: Collection[str] = ()) -> None:
        self.generation = generation
        self.segments: tuple[Segment, ...] = (generation.segment,) + ((changes,) if changes is not None else ())
        self.starts = [0, len(generation.segment)][: len(self.segments)]
        self.rows = sum(len(segment) for segment in self.segments)
        self._alive = np.ones(self.rows, np.bool_)
        for urn in {*removed, *(changes.urns.all() if changes is not None else ())}:
            row = generation.segment.find_urn(urn)
            if row is not None:
                self._alive[row] = False
        self._scopes: OrderedDict[str, Scope] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def analyzer(self) -> Analyzer:
        return self.generation.analyzer

    def with_changes(
        self, changed: Sequence[Document], removed: Collection[str] = (), encode: Encode | None = None
    ) -> Snapshot:
        """The same generation with these assets added or replaced and those removed (not on top of earlier changes).

        `encode` makes vectors for the changed assets; without it they are found by words until the next generation.
        """
        ordered = sorted({d.urn: d for d in changed}.values(), key=lambda d: d.urn.encode())
        vectors = embed(ordered, self.analyzer, encode) if encode and ordered and self.generation.has_vectors else None
        segment = build_segment(ordered, self.analyzer, vectors) if ordered else None
        return Snapshot(self.generation, segment, removed)

    def scope(self, visible: Visible) -> Scope:
        """The rows of a viewer; evaluated once per key."""
        with self._lock:
            known = self._scopes.get(visible.key)
            if known is not None:
                self._scopes.move_to_end(visible.key)
                return known
        mask = self._alive & np.concatenate([visible.allows(urns) for urns in self._urns])
        totals = [s.words.totals(mask[a : a + len(s)]) for s, a in zip(self.segments, self.starts, strict=True)]
        made = Scope(mask, totals[0] if len(totals) == 1 else totals[0] + totals[1])
        with self._lock:
            self._scopes[visible.key] = made
            while len(self._scopes) > KEPT_SCOPES:
                self._scopes.popitem(last=False)
        return made

    @cached_property
    def _urns(self) -> list[list[str]]:
        return [segment.urns.all() for segment in self.segments]

    @cached_property
    def groups(self) -> NDArray[np.int32]:
        """The schema of each row, numbered through all segments."""
        if len(self.segments) == 1:
            return self.segments[0].groups
        numbers: dict[str, int] = {}
        parts = []
        for segment in self.segments:
            renumbered = [numbers.setdefault(name, len(numbers)) for name in segment.group_names.all()]
            parts.append(np.array(renumbered, np.int32)[segment.groups])
        return np.concatenate(parts)

    @cached_property
    def popularity(self) -> NDArray[np.float32]:
        return np.concatenate([segment.popularity for segment in self.segments])

    @cached_property
    def flags(self) -> NDArray[np.uint8]:
        return np.concatenate([segment.flags for segment in self.segments])

    def visible_names(self, scope: Scope) -> list[str]:
        """Keys of the name index (names and other names, not columns) that visible assets carry."""
        found: set[str] = set()
        for segment, start in zip(self.segments, self.starts, strict=True):
            found.update(segment.names.words_of(scope.mask[start : start + len(segment)], (NAME, ALIAS)))
        return sorted(found)

    def row(self, i: int) -> Row:
        """Decode one asset."""
        segment, start = self._place(i)
        return segment.row(i - start)

    def urn(self, i: int) -> str:
        """The urn of a row."""
        segment, start = self._place(i)
        return segment.urns[i - start]

    def _place(self, i: int) -> tuple[Segment, int]:
        last = len(self.segments) - 1
        which = last if i >= self.starts[last] else 0
        return self.segments[which], self.starts[which]
