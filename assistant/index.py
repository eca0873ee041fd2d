"""The search index as the assistant uses it: the current generation, plus what changed in the catalog since.

Owns opening, following the catalog and falling back. Builds nothing on disk: that is indexer/building.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from catalog.catalog import Catalog
from indexer.documents import access_digest, changed_since, documents, synonyms
from retrieval.analyzer import Analyzer
from retrieval.embedder import Embedder
from retrieval.errors import EncoderMissing, GenerationUnusable, ModelUnusable
from retrieval.generation import corpus_words, current_name, open_current
from retrieval.search import Searcher

MAX_DELTA = 5000  # changed assets beyond which a new generation is due; until then they are searched in memory


class SearchIndex:
    """Hands out a Searcher that reflects the catalog as it is now. Threads may share it."""

    def __init__(self, catalog: Catalog, folder: Path, open_embedder: Callable[[], Embedder]) -> None:
        self._catalog = catalog
        self._folder = folder
        self._open_embedder = open_embedder
        self._embedder: Embedder | None = None
        self._opened = False
        self._lock = threading.Lock()
        self._base: tuple[str, Searcher] | None = None
        self._fresh: tuple[tuple[str, int, str], Searcher] | None = None

    def embedder(self) -> Embedder | None:
        """The prepared embedding model, or None when there is none; then search is by words alone."""
        if not self._opened:
            try:
                self._embedder = self._open_embedder()
            except (EncoderMissing, ModelUnusable):
                self._embedder = None
            self._opened = True
        return self._embedder

    def searcher(self) -> Searcher:
        """A Searcher over the current generation and all changes since. Raises GenerationUnusable."""
        with self._lock:
            name, version, access = current_name(self._folder), self._catalog.version(), access_digest(self._catalog)
            key = (name, version, access)
            if self._fresh is not None and self._fresh[0] == key:
                self._fresh[1].snapshot.generation.assert_sound()
                return self._fresh[1]
            base = self._open(name)
            base.snapshot.generation.assert_sound()
            manifest = base.snapshot.generation.manifest
            if manifest.access != access or self._has_lost_synonyms(base):
                searcher = self._made_anew(base)
            elif manifest.catalog_version == str(version):
                searcher = base
            else:
                searcher = self._with_changes(base, int(manifest.catalog_version or 0))
            self._fresh = (key, searcher)
            return searcher

    def _open(self, name: str) -> Searcher:
        if self._base is None or self._base[0] != name:
            self._base = (name, Searcher(open_current(self._folder), self.embedder()))
        return self._base[1]

    def _has_lost_synonyms(self, base: Searcher) -> bool:
        """Whether the generation widens words by a glossary entry that is gone, or not for everyone any more."""
        now = synonyms(self._catalog)
        made_with = base.snapshot.analyzer.synonyms.items()
        return any(not set(words) <= set(now.get(phrase, ())) for phrase, words in made_with)

    def _made_anew(self, base: Searcher) -> Searcher:
        """All assets in memory, with words learnt from what everyone may see now: rules have changed since."""
        found = list(documents(self._catalog)) if sum(self._catalog.counts().values()) <= MAX_DELTA else []
        if not found:
            raise GenerationUnusable("The search index was made under other access rules. Run 'docent index'.")
        analyzer = Analyzer(corpus_words(found), synonyms(self._catalog))
        generation = replace(base.snapshot.generation, analyzer=analyzer)
        gone = set(generation.segment.urns.all()) - {document.urn for document in found}
        return Searcher(generation, self.embedder()).with_changes(found, sorted(gone))

    def _with_changes(self, base: Searcher, built: int) -> Searcher:
        changed = changed_since(self._catalog, built)
        if len(changed.documents) + len(changed.removed) > MAX_DELTA:
            raise GenerationUnusable(
                f"The search index is {len(changed.documents):,} assets behind the catalog. Run 'docent index'."
            )
        return base.with_changes(changed.documents, changed.removed)
