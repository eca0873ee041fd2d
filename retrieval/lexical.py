"""Exact BM25F over memory-mapped postings, with statistics taken over what the asker may see.

Owns the postings arrays, how they are built and how they are scored. Touches no file: arrays come in, scores go out.
Never counts a hidden row: document frequencies, lengths and totals all pass through the visible mask.

Source: Robertson, Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), section 3.6 (BM25F).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.analyzer import Analyzer, QueryTerm
from retrieval.document import FIELDS, Document
from retrieval.visible import Mask

Scores = NDArray[np.float32]

K1 = 1.2
B = 0.75
FIELD_WEIGHTS = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 1.0], np.float32)


@dataclass(frozen=True)
class Postings:
    """One segment's inverted index. Rows of `docs`, `fields`, `counts` run term by term, documents ascending.

    `words` is the UTF-8 of all terms, sorted by bytes and cut by `word_ends`; `starts` has one entry more than terms;
    `lengths` has shape [fields, documents].
    """

    words: NDArray[np.uint8]
    word_ends: NDArray[np.int64]
    starts: NDArray[np.int64]
    docs: NDArray[np.uint32]
    fields: NDArray[np.uint8]
    counts: NDArray[np.uint16]
    lengths: NDArray[np.uint32]


@dataclass(frozen=True)
class Totals:
    """Sums over the visible rows of all segments: number of documents and terms per field."""

    documents: int
    terms: NDArray[np.int64]

    def __add__(self, other: Totals) -> Totals:
        return Totals(self.documents + other.documents, self.terms + other.terms)

    def averages(self) -> NDArray[np.float32]:
        """Mean field lengths; 1 where a field is empty everywhere, so that nothing divides by zero."""
        mean = self.terms / max(self.documents, 1)
        return np.asarray(np.where(mean > 0, mean, 1.0), np.float32)


def build_postings(documents: Iterable[Document], analyzer: Analyzer) -> Postings:
    """Analyse and invert. Row i of the result is the i-th document."""
    ids: dict[str, int] = {}
    known: dict[str, array[int]] = {}
    tokens = array("I")
    lengths: list[list[int]] = []

    def ids_of(text: str) -> array[int]:
        found = known.get(text)
        if found is None:
            found = known[text] = array("I", [ids.setdefault(term, len(ids)) for term in analyzer.terms(text)])
        return found

    for document in documents:
        row = []
        for texts in document.field_texts():
            before = len(tokens)
            for text in texts:
                tokens.extend(ids_of(text))
            row.append(len(tokens) - before)
        lengths.append(row)
    per_field = np.array(lengths, np.uint32).reshape(len(lengths), len(FIELDS))
    return invert(np.frombuffer(tokens, np.uint32) if tokens else np.zeros(0, np.uint32), ids, per_field)


def invert(tokens: NDArray[np.uint32], ids: Mapping[str, int], lengths: NDArray[np.uint32]) -> Postings:
    """Sort term occurrences (document by document, field by field) into postings."""
    documents, fields = lengths.shape
    order = sorted(ids, key=lambda term: term.encode())
    rank = np.zeros(len(ids), np.int64)
    rank[[ids[term] for term in order]] = np.arange(len(order))
    slots = np.repeat(np.arange(documents * fields, dtype=np.int64), lengths.ravel())
    keys, counts = np.unique(rank[tokens] * (documents * fields) + slots, return_counts=True)
    terms, slots = np.divmod(keys, max(documents * fields, 1))
    encoded = [term.encode() for term in order]
    return Postings(
        words=np.frombuffer(b"".join(encoded), np.uint8),
        word_ends=np.cumsum([len(word) for word in encoded], dtype=np.int64),
        starts=np.searchsorted(terms, np.arange(len(order) + 1)).astype(np.int64),
        docs=(slots // max(fields, 1)).astype(np.uint32),
        fields=(slots % max(fields, 1)).astype(np.uint8),
        counts=np.minimum(counts, 65535).astype(np.uint16),
        lengths=np.ascontiguousarray(lengths.T),
    )


class LexicalSegment:
    """Scoring over one segment's postings."""

    def __init__(self, postings: Postings) -> None:
        self.postings = self._p = postings
        self._bytes = postings.words.tobytes()
        self.rows = int(postings.lengths.shape[1])

    def totals(self, visible: Mask) -> Totals:
        """Visible documents and their terms per field, exact integers."""
        return Totals(int(visible.sum()), np.asarray(self._p.lengths @ visible.astype(np.int64), np.int64))

    def find(self, term: str) -> int | None:
        """The number of a term, by binary search in the sorted words."""
        wanted = term.encode()
        low, high = 0, len(self._p.word_ends)
        while low < high:
            middle = (low + high) // 2
            if self._word(middle) < wanted:
                low = middle + 1
            else:
                high = middle
        return low if low < len(self._p.word_ends) and self._word(low) == wanted else None

    def vocabulary(self) -> list[str]:
        """All terms, sorted by bytes."""
        return [self._word(i).decode() for i in range(len(self._p.word_ends))]

    def words_of(self, visible: Mask, fields: Sequence[int]) -> list[str]:
        """Terms that some visible document holds in one of `fields`."""
        wanted = np.flatnonzero(visible[self._p.docs] & np.isin(self._p.fields, fields))
        numbers = np.unique(np.searchsorted(self._p.starts, wanted, side="right") - 1)
        return [self._word(number).decode() for number in numbers.tolist()]

    def frequency(self, term: str, visible: Mask) -> int:
        """In how many visible documents a term occurs."""
        docs = self.rows_of(term)
        seen = visible[docs]
        seen[1:] &= docs[1:] != docs[:-1]
        return int(seen.sum())

    def occurrences(self, term: str) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
        """Documents that hold a term, ascending, and the field of each occurrence."""
        number = self.find(term)
        if number is None:
            return np.zeros(0, np.uint32), np.zeros(0, np.uint8)
        rows = slice(int(self._p.starts[number]), int(self._p.starts[number + 1]))
        return self._p.docs[rows], self._p.fields[rows]

    def rows_of(self, term: str) -> NDArray[np.uint32]:
        """Documents that hold a term, ascending; a document repeats when several of its fields do."""
        return self.occurrences(term)[0]

    def frequencies_of(
        self, term: str, averages: NDArray[np.float32], weights: NDArray[np.float32] = FIELD_WEIGHTS
    ) -> tuple[NDArray[np.uint32], Scores] | None:
        """Documents that hold a term, and its weighted, length-normalised frequency in each; None if unknown."""
        number = self.find(term)
        if number is None:
            return None
        rows = slice(int(self._p.starts[number]), int(self._p.starts[number + 1]))
        docs, fields = self._p.docs[rows], self._p.fields[rows]
        length = self._p.lengths[fields, docs].astype(np.float32) / averages[fields]
        parts = weights[fields] * self._p.counts[rows] / (np.float32(1 - B) + np.float32(B) * length)
        firsts = np.flatnonzero(np.concatenate(([True], docs[1:] != docs[:-1])))
        return docs[firsts], np.add.reduceat(parts, firsts).astype(np.float32)

    def _word(self, number: int) -> bytes:
        start = int(self._p.word_ends[number - 1]) if number else 0
        return self._bytes[start : int(self._p.word_ends[number])]


def inverse_frequency(documents: int, frequency: int) -> float:
    """BM25's term weight, in the form that is never negative."""
    return float(np.log(1.0 + (documents - frequency + 0.5) / (frequency + 0.5)))


def bm25f(
    segment: LexicalSegment,
    query: Sequence[QueryTerm],
    weights: Mapping[str, float],
    averages: NDArray[np.float32],
    visible: Mask,
) -> Scores:
    """Scores of all rows of a segment, 0 where hidden. `weights` are the terms' inverse frequencies."""
    scores = np.zeros(segment.rows, np.float32)
    for term in query:
        found = segment.frequencies_of(term.term, averages)
        if found is not None:
            docs, frequency = found
            scores[docs] += np.float32(weights[term.term] * term.weight * (K1 + 1)) * frequency / (K1 + frequency)
    scores[~visible] = 0
    return scores
