"""Searches a snapshot: words, meaning, neighbours and standing, fused, explained, and only over what may be seen.

Owns the order of the steps and the shape of the answer. Touches nothing but the arrays and the embedder it is given.
Never reads an unfiltered row: the scope's mask goes in before anything is scored, counted or ranked.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from retrieval.analyzer import QueryWord, split
from retrieval.document import Document, badges
from retrieval.embedder import Embedder
from retrieval.fusion import Scores, Shape, Weights, best, combine, multiplier, together, weight_of
from retrieval.generation import Generation, embedder_fits
from retrieval.history import HISTORY, remembered
from retrieval.matching import Matches, guessed, match, related
from retrieval.segment import Row, squash
from retrieval.sets import POOL, SetWeights, choose
from retrieval.snapshot import Scope, Snapshot
from retrieval.vectors import nearest_cosines
from retrieval.visible import Mask, Visible

EVERYTHING = Visible.everything()
MIN_COSINE = 0.20
"""An asset that shares no word with the question counts as found only above this similarity."""
MEANINGS = {"columns": "columns", "place": "name"}
"""Signals that compare meanings, and the vectors they use."""
MIN_REASON = 0.02
SETS = SetWeights()
NAMED = np.array([1.0, 1.2, 0.8, 0.0], np.float32)
"""What it is worth to be named by the whole query, by field of the name index: name, qualified name, alias, column."""
KIND_WORDS = frozenset({"the", "table", "view", "dataset", "dashboard", "metric", "model", "pipeline", "topic"})


@dataclass(frozen=True)
class Filters:
    """Facts a result must have: any of the given values within a facet, all facets together. Case is ignored."""

    kinds: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    envs: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    """Dotted containers, outermost first: `shop`, `shop.public`."""

    def facets(self) -> dict[str, tuple[str, ...]]:
        """Facet name to wanted values, only where any are wanted."""
        named = {
            "kind": self.kinds,
            "platform": self.platforms,
            "env": self.envs,
            "domain": self.domains,
            "tag": self.tags,
            "owner": self.owners,
            "path": self.paths,
        }
        return {facet: values for facet, values in named.items() if values}


@dataclass(frozen=True)
class Reason:
    """One contribution to a score, in words a person can check."""

    signal: str
    text: str
    contribution: float


@dataclass(frozen=True)
class Result:
    """One found asset. `score` is comparable within one search only."""

    row: Row
    score: float
    reasons: tuple[Reason, ...] = ()

    @property
    def urn(self) -> str:
        return self.row.urn

    @property
    def name(self) -> str:
        return self.row.name

    @property
    def kind(self) -> str:
        return self.row.kind

    @property
    def platform(self) -> str:
        return self.row.platform

    @property
    def badges(self) -> tuple[str, ...]:
        return badges(self.row.signals)

    @property
    def why(self) -> str:
        """The reasons as one line, strongest first."""
        return "; ".join(reason.text for reason in self.reasons)


@dataclass(frozen=True)
class SearchResults:
    """`total` visible assets matched, of `searched`; `complete` says whether all of them are in `results`."""

    query: str
    results: tuple[Result, ...]
    total: int
    searched: int
    complete: bool
    semantic: bool
    """Whether meaning was compared too; False while vectors or an encoder are missing."""
    timing_ms: dict[str, float] = field(default_factory=dict)


class Searcher:
    """Search over one generation and its changes. Build one per generation and share it between threads."""

    def __init__(
        self,
        source: Generation | Snapshot,
        embedder: Embedder | None = None,
        weights: Weights = Weights(),  # noqa: B008  frozen
    ) -> None:
        self.snapshot = source if isinstance(source, Snapshot) else Snapshot(source)
        self.embedder = embedder
        self.weights = weights
        self._fits: bool | None = None

    def with_changes(self, changed: Sequence[Document], removed: Sequence[str] = ()) -> Searcher:
        """A searcher that sees these assets added or replaced and those removed since the generation was made."""
        encode = self.embedder.encode if self.embedder and self.semantic else None
        return Searcher(self.snapshot.with_changes(changed, removed, encode), self.embedder, self.weights)

    @property
    def semantic(self) -> bool:
        """Whether questions can be compared by meaning: there are vectors, made by this embedder."""
        if self._fits is None:
            self._fits = self.embedder is not None and embedder_fits(self.snapshot.generation, self.embedder)
        return self._fits

    def search(
        self,
        query: str,
        visible: Visible = EVERYTHING,
        filters: Filters = Filters(),
        limit: int = 10,
        explain: bool = True,
    ) -> SearchResults:
        """The best `limit` assets for a text. An empty text lists what the filters leave, most used first."""
        begun = time.perf_counter()
        scope = self.snapshot.scope(visible)
        wanted = scope.mask & self._filtered(filters)
        words = self.snapshot.analyzer.query(query)
        found, signals = self._signals(query, words, scope)
        scored = time.perf_counter()
        shape = Shape(len(words), scope.groups, self.semantic)
        parts = combine(signals, scope.mask, self.weights, shape)
        scores = sum(parts.values(), np.zeros(self.snapshot.rows, np.float32))
        if query.strip():
            parts["together"] = together(
                scores, self.snapshot.groups, scope.mask, weight_of("together", self.weights, shape)
            )
            scores = scores + parts["together"]
        scores = scores * multiplier(self.snapshot.popularity, self.snapshot.flags) + self._named(query, scope)
        matched = wanted & self._matched(signals) if query.strip() else wanted
        chosen = self._chosen(scores, np.flatnonzero(matched), found, len(words), limit)
        results = tuple(
            Result(self.snapshot.row(i), score, self._reasons(i, words, parts) if explain else ())
            for i, score in chosen
        )
        total = int(matched.sum())
        done = time.perf_counter()
        return SearchResults(
            query=query,
            results=results,
            total=total,
            searched=scope.documents,
            complete=total <= limit,
            semantic=self.semantic,
            timing_ms={"total": (done - begun) * 1e3, "signals": (scored - begun) * 1e3},
        )

    def _chosen(
        self, scores: Scores, rows: NDArray[np.int64], found: Matches, words: int, limit: int
    ) -> list[tuple[int, float]]:
        """The best `limit` rows with their scores; for a long question those that answer it together."""
        share = SETS.share(words)
        first = best(scores, rows, limit if not share else max(limit, POOL))
        ordered = sorted(first.tolist(), key=lambda i: (-float(scores[i]), self.snapshot.urn(i)))
        if not share or len(ordered) <= 2:
            return [(i, float(scores[i])) for i in ordered]
        pool = np.array(ordered[:POOL], np.int64)
        columns = [self.snapshot.row(i).columns for i in pool.tolist()]
        chosen = choose(scores, pool, found.by_word, columns, SETS, share)
        lowest = chosen[-1][1]
        return (chosen + [(i, min(float(scores[i]), lowest)) for i in ordered[POOL:]])[:limit]

    def _signals(self, query: str, words: Sequence[QueryWord], scope: Scope) -> tuple[Matches, dict[str, Scores]]:
        """What the words matched, and raw scores per signal, aligned with the snapshot's rows."""
        words = guessed(self.snapshot, scope, words)
        vector = None
        if self.semantic and self.embedder and query.strip():
            words = related(self.snapshot, scope, words, self.embedder)
            vector = self.embedder.encode_query(query)
        found = match(self.snapshot, scope, (*words, *self.snapshot.analyzer.pairs(query)))
        groups = self.snapshot.groups
        signals = {"words": found.words, "name": found.names}
        signals |= {"schema": found.schemas[groups], "covers": found.covers[groups]}
        if vector is not None:
            for signal, view in MEANINGS.items():
                signals[signal] = self._cosines(view, vector, scope)
            if len(self.snapshot.past):
                codes = self.snapshot.generation.segment.vectors[HISTORY]
                signals["history"] = remembered(self.snapshot.past, codes, vector, groups, scope.mask)
        return found, signals

    def _cosines(self, view: str, vector: NDArray[np.float32], scope: Scope) -> Scores:
        parts = []
        for segment, start in zip(self.snapshot.segments, self.snapshot.starts, strict=True):
            if view in segment.vectors:
                visible = scope.mask[start : start + len(segment)]
                parts.append(nearest_cosines(segment.vectors[view], segment.signs[view], vector, visible))
            else:
                parts.append(np.zeros(len(segment), np.float32))
        return np.concatenate(parts)

    def _named(self, query: str, scope: Scope) -> Scores:
        """A lift above everything else for assets that the whole query names, in any spelling."""
        lift = np.zeros(self.snapshot.rows, np.float32)
        words = [word for word in split(query) if word not in KIND_WORDS]
        keys = {"".join(words), ".".join(squash(part) for part in query.split("."))} - {"", "."}
        for key in sorted(keys):
            for segment, start in zip(self.snapshot.segments, self.snapshot.starts, strict=True):
                docs, fields = segment.names.occurrences(key)
                rows = docs.astype(np.int64) + start
                np.maximum.at(lift, rows, NAMED[fields])
        lift[~scope.mask] = 0
        return lift

    def _matched(self, signals: dict[str, Scores]) -> Mask:
        """Rows that count as found: a word is shared, or the meaning is near."""
        found = signals["words"] > 0
        for signal in MEANINGS:
            if signal in signals:
                found = found | (signals[signal] >= MIN_COSINE)
        if "history" in signals:
            found = found | (signals["history"] > 0)
        return found

    def _filtered(self, filters: Filters) -> Mask:
        masks = []
        for segment in self.snapshot.segments:
            mask = np.ones(len(segment), np.bool_)
            for facet, values in filters.facets().items():
                any_of = np.zeros(len(segment), np.bool_)
                for value in values:
                    any_of[segment.facets.occurrences(f"{facet}={value.lower()}")[0]] = True
                mask &= any_of
            masks.append(mask)
        return np.concatenate(masks)

    def _reasons(self, i: int, words: Sequence[QueryWord], parts: dict[str, Scores]) -> tuple[Reason, ...]:
        row = self.snapshot.row(i)
        said = {
            "words": f"matches {', '.join(self._shared(row, words)) or 'related words'}",
            "name": f"its name says {', '.join(self._in_name(row, words)) or 'nearly that'}",
            "columns": "close in meaning of its columns",
            "place": "close in meaning of its name",
            "schema": f"{'.'.join(row.path) or 'its neighbours'} fits the question",
            "covers": f"{'.'.join(row.path) or 'its neighbours'} covers more of its words than others",
            "history": "answered questions like this one",
            "together": "its neighbours rank high too",
        }
        found = [Reason(signal, said[signal], round(float(scores[i]), 4)) for signal, scores in parts.items()]
        kept = [reason for reason in found if reason.contribution > MIN_REASON]
        return tuple(sorted(kept, key=lambda reason: (-reason.contribution, reason.signal)))

    def _in_name(self, row: Row, words: Sequence[QueryWord]) -> list[str]:
        name = set(self.snapshot.analyzer.terms(" ".join((row.name, row.title)))[0])
        return [repr(word.word) for word in words if name & {term for term, _ in word.terms}]

    def _shared(self, row: Row, words: Sequence[QueryWord]) -> list[str]:
        """Up to four words of the question and the columns, or else the texts, that hold them."""
        analyzer = self.snapshot.analyzer
        left = {word.word: {term for term, _ in word.terms} for word in words}
        places = [("its name", " ".join((row.name, row.title)))] + [(f"column {name}", name) for name in row.columns]
        places += [(".".join(row.path), " ".join(row.path)), ("its description", row.description)]
        said = []
        for place, text in places:
            known = set(analyzer.terms(text)[0])
            hits = [word for word, terms in left.items() if terms & known]
            said += [f"{word!r} in {place}" for word in hits]
            left = {word: terms for word, terms in left.items() if word not in hits}
        return said[:4]
