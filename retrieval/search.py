"""Searches a snapshot: words, meaning, neighbours and standing, fused, explained, and only over what may be seen.

Owns the order of the steps and the shape of the answer. Touches nothing but the arrays and the embedder it is given.
Never reads an unfiltered row: the scope's mask goes in before anything is scored, counted or ranked.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from retrieval.analyzer import QueryTerm
from retrieval.document import Document, badges
from retrieval.embedder import Embedder
from retrieval.fusion import Weights, best, combine, multiplier, normalise, smooth
from retrieval.generation import Generation, embedder_fits
from retrieval.lexical import Scores, bm25f, inverse_frequency
from retrieval.segment import Row, Segment
from retrieval.snapshot import Scope, Snapshot
from retrieval.vectors import VIEWS, cosines
from retrieval.visible import Mask, Visible

EVERYTHING = Visible.everything()
MIN_COSINE = 0.30
"""An asset that shares no word with the question counts as found only above this similarity."""
SIGNAL_WORDS = {"words": "words", "columns": "meaning of its columns", "name": "meaning of its name"}


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
        terms = self.snapshot.analyzer.query(query)
        signals = self._signals(query, terms, scope)
        encoded = time.perf_counter()
        matched = wanted & self._matched(signals) if query.strip() else wanted
        parts, scores = self._fuse(signals, scope)
        rows = best(scores, np.flatnonzero(matched), limit)
        ordered = sorted(rows.tolist(), key=lambda i: (-float(scores[i]), self.snapshot.urn(i)))
        results = tuple(
            Result(self.snapshot.row(i), float(scores[i]), self._reasons(i, terms, parts) if explain else ())
            for i in ordered
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
            timing_ms={"total": (done - begun) * 1e3, "signals": (encoded - begun) * 1e3},
        )

    def _signals(self, query: str, terms: Sequence[QueryTerm], scope: Scope) -> dict[str, Scores]:
        """Raw scores per text signal, aligned with the snapshot's rows."""
        found = {"words": self._words(terms, scope)}
        if self.semantic and self.embedder and query.strip():
            vector = self.embedder.encode_query(query)
            for view in VIEWS:
                parts = [
                    cosines(s.vectors[view], vector) if view in s.vectors else np.zeros(len(s), np.float32)
                    for s in self.snapshot.segments
                ]
                found[view] = np.concatenate(parts)
        return found

    def _words(self, terms: Sequence[QueryTerm], scope: Scope) -> Scores:
        pieces = self._cut(scope.mask)
        weights = {
            term.term: inverse_frequency(
                scope.documents, sum(s.words.frequency(term.term, mask) for s, mask in pieces)
            )
            for term in terms
        }
        averages = scope.totals.averages()
        return np.concatenate([bm25f(s.words, terms, weights, averages, mask) for s, mask in pieces])

    def _cut(self, mask: Mask) -> list[tuple[Segment, Mask]]:
        starts = self.snapshot.starts
        return [(s, mask[a : a + len(s)]) for s, a in zip(self.snapshot.segments, starts, strict=True)]

    def _matched(self, signals: dict[str, Scores]) -> Mask:
        found = signals["words"] > 0
        for view in VIEWS:
            if view in signals:
                found = found | (signals[view] >= MIN_COSINE)
        return found

    def _fuse(self, signals: dict[str, Scores], scope: Scope) -> tuple[dict[str, Scores], Scores]:
        parts = combine({name: normalise(s, scope.mask) for name, s in signals.items()}, self.weights)
        fused = sum(parts.values(), np.zeros(self.snapshot.rows, np.float32))
        parts["neighbours"] = smooth(fused, self.snapshot.groups, scope.mask, self.weights)
        factor = multiplier(self.snapshot.popularity, self.snapshot.flags)
        return parts, (fused + parts["neighbours"]) * factor

    def _filtered(self, filters: Filters) -> Mask:
        masks = []
        for segment in self.snapshot.segments:
            mask = np.ones(len(segment), np.bool_)
            for facet, values in filters.facets().items():
                any_of = np.zeros(len(segment), np.bool_)
                for value in values:
                    any_of[segment.facets.rows_of(f"{facet}={value.lower()}")] = True
                mask &= any_of
            masks.append(mask)
        return np.concatenate(masks)

    def _reasons(self, i: int, terms: Sequence[QueryTerm], parts: dict[str, Scores]) -> tuple[Reason, ...]:
        row = self.snapshot.row(i)
        found = []
        for signal, scores in parts.items():
            value = float(scores[i])
            if value <= 0.005:
                continue
            if signal == "words":
                text = f"matches {', '.join(self._shared(row, terms)) or 'its words'}"
            elif signal == "neighbours":
                text = f"fits others in {'.'.join(row.path)}" if row.path else "fits its neighbours"
            else:
                text = f"close in {SIGNAL_WORDS[signal]}"
            found.append(Reason(signal, text, round(value, 4)))
        return tuple(sorted(found, key=lambda reason: -reason.contribution))

    def _shared(self, row: Row, terms: Sequence[QueryTerm]) -> list[str]:
        analyzer = self.snapshot.analyzer
        name = set(analyzer.terms(" ".join((row.name, row.title))))
        said = [f"{term.word!r} in its name" for term in terms if term.term in name]
        left = [term for term in terms if term.term not in name]
        for column in row.columns:
            known = set(analyzer.terms(column))
            said += [f"{term.word!r} in column {column}" for term in left if term.term in known]
            left = [term for term in left if term.term not in known]
        return said[:4]


