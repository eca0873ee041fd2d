"""What one search reads: a generation, plus the changes since it was made, as one row space.

Owns the joining of segments and the masks over them. Touches no file. Never lets an overridden, removed or hidden row
through: every array it hands out goes with the mask that says which rows count.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from retrieval.analyzer import Analyzer
from retrieval.document import Document
from retrieval.generation import Encode, Generation, embed
from retrieval.history import Past
from retrieval.recent import Recent
from retrieval.segment import ALIAS, NAME, Row, Segment, build_segment
from retrieval.vectors import LEXICON, Codes
from retrieval.visible import Mask, Visible

KEPT_SCOPES = 64
"""Masks of recent scopes; one costs a byte an asset."""
KEPT_NAMES = 8
"""Name lists of recent scopes; one costs some 60 bytes an asset."""
FIELD_WEIGHTS = np.array([3.0, 1.0, 1.0, 0.5, 0.7, 2.0], np.float32)
"""In the order of FIELDS: a word in the name says most. Anything from 2 to 4 for the name did as well (measured)."""
LENGTH_PULL = np.float32(0.75)
"""BM25's b: how far long texts are held back."""


@dataclass(frozen=True)
class Occurrences:
    """One term's postings over all segments, by row: field, count, and the length of that field."""

    rows: NDArray[np.int64]
    fields: NDArray[np.uint8]
    counts: NDArray[np.float32]
    lengths: NDArray[np.float32]

    def within(self, mask: Mask) -> Occurrences:
        """Only the rows that a mask holds."""
        seen = mask[self.rows]
        if seen.all():
            return self
        return Occurrences(self.rows[seen], self.fields[seen], self.counts[seen], self.lengths[seen])


@dataclass(frozen=True)
class Scope:
    """One viewer's rows over all segments, and the statistics taken over them.

    `averages` are mean field lengths, shape [fields]; `group_norms` the length factors of schemas, [fields, groups].
    """

    key: str
    mask: Mask
    documents: int
    groups: int
    averages: NDArray[np.float32]
    group_norms: NDArray[np.float32]


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
        self._scopes: Recent[Scope] = Recent(KEPT_SCOPES)
        self._names: Recent[list[str]] = Recent(KEPT_NAMES)

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
        known = self._scopes.get(visible.key)
        if known is not None:
            return known
        seen = [visible.allows(urns) for urns in self._urns]
        made = self._measure(visible.key, self._alive & np.concatenate(seen))
        self._scopes.put(visible.key, made)
        return made

    def _measure(self, key: str, mask: Mask) -> Scope:
        """Statistics over the rows of a mask; sums of whole numbers, so exact in any order."""
        lengths = np.concatenate([segment.words.postings.lengths for segment in self.segments], axis=1)
        groups = self.groups[mask]
        per_group = np.stack([np.bincount(groups, field[mask], self.group_count) for field in lengths])
        documents, seen = int(mask.sum()), len(np.unique(groups))
        sums = per_group.sum(axis=1)
        averages = np.where(sums > 0, sums / max(documents, 1), 1.0).astype(np.float32)
        group_averages = np.where(sums > 0, sums / max(seen, 1), 1.0)[:, None]
        norms = 1 / (1 - LENGTH_PULL + LENGTH_PULL * per_group / group_averages)
        return Scope(key, mask, documents, seen, averages, norms.astype(np.float32))

    def occurrences(self, term: str) -> Occurrences:
        """Where a term stands, hidden rows too: pass the result through `within`."""
        parts = []
        for segment, start in zip(self.segments, self.starts, strict=True):
            span = segment.words.span(term)
            p = segment.words.postings
            docs, fields = p.docs[span], p.fields[span]
            parts.append((docs.astype(np.int64) + start, fields, p.counts[span], p.lengths[fields, docs]))
        columns = [np.concatenate(column) if len(parts) > 1 else column[0] for column in zip(*parts, strict=True)]
        return Occurrences(columns[0], columns[1], columns[2].astype(np.float32), columns[3].astype(np.float32))

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
    def group_count(self) -> int:
        return int(self.groups.max()) + 1 if self.rows else 0

    @cached_property
    def past(self) -> Past:
        """Past questions about rows as they stand now: a changed asset stands among the changes, a removed one not."""
        past = self.generation.segment.past
        to = np.arange(len(self.generation.segment), dtype=np.int64)
        to[~self._alive[: len(to)]] = -1
        if len(self.segments) > 1:
            for place, urn in enumerate(self.segments[1].urns.all()):
                row = self.generation.segment.find_urn(urn)
                if row is not None:
                    to[row] = self.starts[1] + place
        return past.moved(to) if len(past) else past

    @cached_property
    def popularity(self) -> NDArray[np.float32]:
        return np.concatenate([segment.popularity for segment in self.segments])

    @cached_property
    def flags(self) -> NDArray[np.uint8]:
        return np.concatenate([segment.flags for segment in self.segments])

    def lexicon_codes(self, word: str) -> Codes | None:
        """The codes of a word of public names; None where no segment has it."""
        for segment in self.segments:
            place = segment.find_word(word)
            if place is not None and LEXICON in segment.vectors:
                return np.asarray(segment.vectors[LEXICON][place], np.int16)
        return None

    def visible_names(self, scope: Scope) -> list[str]:
        """Keys of the name index (names and other names, not columns) that visible assets carry."""
        known = self._names.get(scope.key)
        if known is None:
            found: set[str] = set()
            for segment, start in zip(self.segments, self.starts, strict=True):
                found.update(segment.names.words_of(scope.mask[start : start + len(segment)], (NAME, ALIAS)))
            known = sorted(found)
            self._names.put(scope.key, known)
        return known

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
