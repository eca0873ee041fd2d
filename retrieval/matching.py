"""Scores what a question's words say: about assets, about their names, and about whole schemas.

Owns the arithmetic of word matching. Touches only a snapshot and a scope. Never counts a hidden row: frequencies and
lengths are taken over the visible rows, so that hiding an asset leaves every other score as if it did not exist.

Source: Robertson, Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), section 3.6 (BM25F).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from retrieval.analyzer import PAIR, QueryWord
from retrieval.embedder import Embedder
from retrieval.fusion import Scores
from retrieval.snapshot import FIELD_WEIGHTS, LENGTH_PULL, Scope, Snapshot
from retrieval.vectors import LEXICON, SCALE, cosines, snapped

SATURATION = 1.2
"""BM25's k1: how soon repeating a word stops adding."""
NAME_FIELD = 0
RELATED_COSINE = 0.6
"""Words less alike than this are not put in each other's place."""
MAX_RELATED = 16
"""Words of the catalog that may stand for one word of the question."""
GAIN_POWER = 4
"""A related word adds its likeness to this power: .9 counts .66, .7 counts .24, .6 counts .13."""
SHORT = 5
"""Queries of so many words are searches for a name, where a typing error or a beginning must still find it."""
TYPO_CUTOFF = 80.0
MAX_GUESSES = 4


@dataclass(frozen=True)
class Matches:
    """Raw scores: `words` and `names` per row, `schemas` and `covers` per group of the snapshot.

    `covers` is the share of the question that some asset of the group speaks of, rare words counting more; `by_word`
    holds what each word gave.
    """

    words: Scores
    names: Scores
    schemas: Scores
    covers: Scores
    by_word: tuple[TermScore, ...]


@dataclass(frozen=True)
class TermScore:
    """What one term gives: to rows (words, names) and to all groups."""

    rows: NDArray[np.int64]
    words: Scores
    names: Scores
    schemas: Scores


def match(snapshot: Snapshot, scope: Scope, words: Sequence[QueryWord]) -> Matches:
    """Score every visible row by every word. Of the terms that may stand for one word, the best one counts."""
    sums, names = np.zeros(snapshot.rows, np.float32), np.zeros(snapshot.rows, np.float32)
    schemas, covers = np.zeros(snapshot.group_count, np.float32), np.zeros(snapshot.group_count, np.float32)
    told, whole = [], 0.0
    for word in words:
        given = [score for term, likeness in word.terms if (score := score_term(snapshot, scope, term, likeness))]
        if given:
            best = given[0] if len(given) == 1 else best_of(given)
            sums[best.rows] += best.words
            names[best.rows] = np.maximum(names[best.rows], best.names)
            schemas += best.schemas
            share, weight = covered(snapshot, scope, best)
            covers += share * np.float32(weight)
            whole += weight
            told.append(best)
    return Matches(sums, names, schemas, covers / np.float32(whole or 1.0), tuple(told))


def covered(snapshot: Snapshot, scope: Scope, given: TermScore) -> tuple[Scores, float]:
    """How well the best asset of each group speaks of one word, 0 to 1, and how much the word tells schemas apart."""
    best = np.zeros(snapshot.group_count, np.float32)
    np.maximum.at(best, snapshot.groups[given.rows], given.words)
    return best / max(best.max(), np.float32(1e-9)), inverse_frequency(scope.groups, int(np.count_nonzero(best)))


def best_of(given: Sequence[TermScore]) -> TermScore:
    """The highest score of each row and group among several terms."""
    rows = np.unique(np.concatenate([score.rows for score in given]))
    words, names = np.zeros(len(rows), np.float32), np.zeros(len(rows), np.float32)
    for score in given:
        at = np.searchsorted(rows, score.rows)
        words[at] = np.maximum(words[at], score.words)
        names[at] = np.maximum(names[at], score.names)
    return TermScore(rows, words, names, np.max([score.schemas for score in given], axis=0))


def score_term(snapshot: Snapshot, scope: Scope, term: str, likeness: float) -> TermScore | None:
    """Score one term over the visible rows; None where it does not occur."""
    held = snapshot.occurrences(term).within(scope.mask)
    if not len(held.rows):
        return None
    gain = likeness**GAIN_POWER
    weighted = FIELD_WEIGHTS[held.fields] * held.counts
    relative = held.lengths / scope.averages[held.fields]
    firsts = np.flatnonzero(np.concatenate(([True], held.rows[1:] != held.rows[:-1])))
    frequency = np.add.reduceat(weighted / (1 - LENGTH_PULL + LENGTH_PULL * relative), firsts)
    share = np.minimum(held.counts / np.maximum(held.lengths, 1), 1)
    in_name = np.where(held.fields == NAME_FIELD, share, np.float32(0))
    groups = snapshot.groups[held.rows]
    by_group = np.bincount(groups, weighted * scope.group_norms[held.fields, groups], snapshot.group_count)
    in_groups = int(np.count_nonzero(by_group))
    return TermScore(
        rows=held.rows[firsts],
        words=saturated(frequency, gain * inverse_frequency(scope.documents, len(firsts))),
        names=np.asarray(likeness * np.maximum.reduceat(in_name, firsts), np.float32),
        schemas=saturated(by_group.astype(np.float64), gain * inverse_frequency(scope.groups, in_groups)),
    )


def saturated(frequency: NDArray[np.floating], weight: float) -> Scores:
    """BM25's curve: from 0 towards `weight` times (k1 + 1)."""
    return np.asarray(weight * (SATURATION + 1) * frequency / (SATURATION + frequency), np.float32)


def inverse_frequency(documents: int, frequency: int) -> float:
    """BM25's term weight, in the form that is never negative."""
    return float(np.log(1.0 + (documents - frequency + 0.5) / (frequency + 0.5)))


def related(snapshot: Snapshot, scope: Scope, words: Sequence[QueryWord], embedder: Embedder) -> tuple[QueryWord, ...]:
    """The words, each with the catalog's words that mean nearly the same (`salary` finds `wage`)."""
    asked = [i for i, word in enumerate(words) if len(word.word) > 2 and word.word.isalpha()]
    if not asked:
        return tuple(words)
    vectors = word_vectors(snapshot, embedder, [words[i].word for i in asked])
    found: dict[int, dict[str, float]] = {i: {} for i in asked}
    for segment in snapshot.segments:
        codes = segment.vectors.get(LEXICON)
        if codes is None or not len(codes):
            continue
        alike = cosines(codes, vectors)
        for column, i in enumerate(asked):
            for place in np.flatnonzero(alike[:, column] > RELATED_COSINE).tolist():
                term = snapshot.analyzer.stem(segment.lexicon[place])
                found[i][term] = max(found[i].get(term, 0.0), min(float(alike[place, column]), 1.0))
    kept = {i: first_visible(snapshot, scope, terms, MAX_RELATED) for i, terms in found.items()}
    return tuple(word.with_terms(kept.get(i, {})) for i, word in enumerate(words))


def word_vectors(snapshot: Snapshot, embedder: Embedder, words: Sequence[str]) -> NDArray[np.float32]:
    """Vectors of single words on the grid of their codes: read from the lexicon where it has the word, else made.

    `encode` gives a text the same bits in any batch, so a word has one vector whether or not the lexicon knows it.
    """
    out = np.zeros((len(words), embedder.dim), np.float32)
    missing = []
    for i, word in enumerate(words):
        known = snapshot.lexicon_codes(word)
        if known is None:
            missing.append(i)
        else:
            out[i] = known / np.float32(SCALE)
    if missing:
        out[missing] = snapped(embedder.encode([words[i] for i in missing]))
    return out


def guessed(snapshot: Snapshot, scope: Scope, words: Sequence[QueryWord]) -> tuple[QueryWord, ...]:
    """For a short query: words that occur nowhere, with terms that begin alike or are spelled alike."""
    if len(words) > SHORT:
        return tuple(words)
    return tuple(guess(snapshot, scope, word) for word in words)


def guess(snapshot: Snapshot, scope: Scope, word: QueryWord) -> QueryWord:
    """One word with what it may be the beginning, or a misspelling, of; unchanged where it occurs as it stands."""
    if len(word.word) < 3 or first_visible(snapshot, scope, dict(word.terms), 1):
        return word
    begun = {
        term: 0.95
        for segment in snapshot.segments
        for term in segment.words.beginning_with(word.word)
        if PAIR not in term
    }
    kept = first_visible(snapshot, scope, begun, MAX_GUESSES)
    return word.with_terms(kept or first_visible(snapshot, scope, alike(snapshot, word), MAX_GUESSES))


def alike(snapshot: Snapshot, word: QueryWord) -> dict[str, float]:
    """Terms spelled nearly like a word of four letters or more, as whole words or as stems."""
    found: dict[str, float] = {}
    for segment in snapshot.segments if len(word.word) > 3 else ():
        forms = ((word.word, segment.lexicon_words), (word.terms[0][0], segment.words.vocabulary))
        for wanted, known in forms:
            near = process.extract(wanted, known, scorer=fuzz.ratio, score_cutoff=TYPO_CUTOFF, limit=None)
            for other, score, _ in near:
                term = other if known is segment.words.vocabulary else snapshot.analyzer.stem(other)
                found[term] = max(found.get(term, 0.0), float(score) / 100)
    return found


def first_visible(snapshot: Snapshot, scope: Scope, terms: dict[str, float], limit: int) -> dict[str, float]:
    """The likeliest terms that some visible row holds: hidden words take nobody's place."""
    kept: dict[str, float] = {}
    for term in sorted(terms, key=lambda term: (-terms[term], term)):
        if len(kept) >= limit:
            break
        if bool(scope.mask[snapshot.occurrences(term).rows].any()):
            kept[term] = terms[term]
    return kept
