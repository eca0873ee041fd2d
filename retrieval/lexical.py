"""Inverted indexes as plain arrays: built from documents or exact keys, looked up term by term.

Owns the postings arrays and how they are built and read. Touches no file, keeps no score: `retrieval.matching` scores.
Serves three indexes alike: words of assets, exact names, and facets.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from retrieval.analyzer import PAIR, Analyzer
from retrieval.document import FIELDS, Document
from retrieval.visible import Mask


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


def build_postings(documents: Iterable[Document], analyzer: Analyzer) -> Postings:
    """Analyse and invert. Row i of the result is the i-th document; lengths count the words that were written."""
    ids: dict[str, int] = {}
    known: dict[str, tuple[array[int], int]] = {}
    tokens = array("I")
    sizes: list[list[int]] = []
    lengths: list[list[int]] = []

    def terms_of(text: str) -> tuple[array[int], int]:
        found = known.get(text)
        if found is None:
            terms, written = analyzer.terms(text)
            found = known[text] = (array("I", [ids.setdefault(term, len(ids)) for term in terms]), written)
        return found

    for document in documents:
        size, length = [], []
        for texts in document.field_texts():
            before, words = len(tokens), 0
            for text in texts:
                terms, written = terms_of(text)
                tokens.extend(terms)
                words += written
            size.append(len(tokens) - before)
            length.append(words)
        sizes.append(size)
        lengths.append(length)
    return invert(as_codes(tokens), ids, shaped(sizes, len(FIELDS)), shaped(lengths, len(FIELDS)))


def shaped(rows: Sequence[Sequence[int]], fields: int) -> NDArray[np.uint32]:
    """Counts per document and field, shape [documents, fields] even where there are none."""
    return np.array(rows, np.uint32).reshape(len(rows), fields)


def as_codes(tokens: array[int]) -> NDArray[np.uint32]:
    """The array's numbers without a copy."""
    return np.frombuffer(tokens, np.uint32) if tokens else np.zeros(0, np.uint32)


def invert(
    tokens: NDArray[np.uint32], ids: Mapping[str, int], sizes: NDArray[np.uint32], lengths: NDArray[np.uint32]
) -> Postings:
    """Sort term occurrences, given document by document and field by field in runs of `sizes`, into postings."""
    documents, fields = sizes.shape
    order = sorted(ids, key=lambda term: term.encode())
    rank = np.zeros(len(ids), np.int64)
    rank[[ids[term] for term in order]] = np.arange(len(order))
    slots = np.repeat(np.arange(documents * fields, dtype=np.int64), sizes.ravel())
    keys, counts = np.unique(rank[tokens] * (documents * fields) + slots, return_counts=True)
    terms, slots = np.divmod(keys, max(documents * fields, 1))
    encoded = [term.encode() for term in order]
    return Postings(
        words=np.frombuffer(b"".join(encoded), np.uint8),
        word_ends=np.cumsum([len(word) for word in encoded], dtype=np.int64),
        starts=np.searchsorted(terms, np.arange(len(order) + 1)).astype(np.int64),
        docs=(slots // fields).astype(np.uint32),
        fields=(slots % fields).astype(np.uint8),
        counts=np.minimum(counts, 65535).astype(np.uint16),
        lengths=np.ascontiguousarray(lengths.T),
    )


class Inverted:
    """Look-ups in one segment's postings."""

    def __init__(self, postings: Postings) -> None:
        self.postings = self._p = postings
        self._bytes = postings.words.tobytes()
        self.rows = int(postings.lengths.shape[1])

    def find(self, term: str) -> int | None:
        """The number of a term, by binary search in the sorted words."""
        wanted = term.encode()
        place = self._place(wanted)
        return place if place < len(self._p.word_ends) and self._word(place) == wanted else None

    def _place(self, wanted: bytes) -> int:
        return bisect_left(range(len(self._p.word_ends)), wanted, key=self._word)

    def words_of(self, visible: Mask, fields: Sequence[int]) -> list[str]:
        """Terms that some visible document holds in one of `fields`."""
        wanted = np.flatnonzero(visible[self._p.docs] & np.isin(self._p.fields, fields))
        numbers = np.unique(np.searchsorted(self._p.starts, wanted, side="right") - 1)
        return [self._word(number).decode() for number in numbers.tolist()]

    def span(self, term: str) -> slice:
        """Where a term's postings stand; an empty slice for an unknown term."""
        number = self.find(term)
        return slice(0, 0) if number is None else slice(int(self._p.starts[number]), int(self._p.starts[number + 1]))

    def occurrences(self, term: str) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
        """Documents that hold a term, ascending, and the field of each occurrence."""
        span = self.span(term)
        return self._p.docs[span], self._p.fields[span]

    def beginning_with(self, prefix: str) -> Iterator[str]:
        """Terms with a prefix, in byte order."""
        start = prefix.encode()
        place = self._place(start)
        while place < len(self._p.word_ends) and (word := self._word(place)).startswith(start):
            yield word.decode()
            place += 1

    @cached_property
    def vocabulary(self) -> list[str]:
        """All single words among the terms, sorted by bytes."""
        terms = (self._word(number) for number in range(len(self._p.word_ends)))
        return [term.decode() for term in terms if PAIR.encode() not in term]

    def _word(self, number: int) -> bytes:
        start = int(self._p.word_ends[number - 1]) if number else 0
        return self._bytes[start : int(self._p.word_ends[number])]
