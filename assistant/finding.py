"""Search and linking for one viewer over the search generation. Implements assistant.desk.Finder.

Owns the step from a Scope to the index's mask: what the viewer may read is searched in full; of what they may only
discover, the name alone can be found.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from assistant.desk import Filters, Found, Mention
from assistant.names import NameFinder
from catalog.access import Level
from catalog.view import View
from retrieval.linking import Linker
from retrieval.search import Filters as IndexFilters
from retrieval.search import Searcher
from retrieval.visible import Visible

DISCOVERABLE = 1000  # candidates looked at by name alone; beyond that the words are too common to mean one asset


class IndexFinder:
    """A Finder over a Searcher, for one View."""

    def __init__(self, searcher: Searcher, view: View) -> None:
        self._searcher = searcher
        self._view = view
        self.total = 0
        self._linker = Linker(searcher.snapshot)
        self.visible = visible_in(view)
        self._names = None if view.scope.sees_all else NameFinder(view, "")

    def search(self, text: str, filters: Filters, limit: int) -> Sequence[Found]:
        """The best hits among what the viewer may read."""
        wanted = IndexFilters(
            kinds=filters.kinds,
            platforms=filters.platforms,
            domains=filters.domains,
            owners=filters.owners,
            tags=filters.tags,
        )
        found = self._searcher.search(text, self.visible, wanted, limit)
        self.total = found.total
        hits = [Found(one.urn, one.name, one.kind, one.score, one.why, one.badges) for one in found.results]
        return [*self._discoverable(text, filters), *hits][:limit]

    def _discoverable(self, text: str, filters: Filters) -> list[Found]:
        """What the viewer may discover and not read, where its name holds every word of the text."""
        if self._names is None:
            return []
        found = self._names.search(text, filters, DISCOVERABLE)
        return [one for one in found if one.score >= 1 and not self._view.readable(one.urn)]

    def link(self, text: str, kinds: Iterable[str] = ()) -> Sequence[Mention]:
        """What the words name, best first."""
        wanted = frozenset(kinds)
        found = [
            Mention(one.text, one.start, one.urn, one.kind, one.name, one.score, one.column or "", one.how)
            for one in self._linker.link(text, self.visible)
            if not wanted or one.kind in wanted
        ]
        if self._names is not None:
            found += [one for one in self._names.link(text, wanted) if not self._view.readable(one.urn)]
        return found

    def complete(self) -> tuple[str, ...]:
        """What the index lacks just now."""
        return () if self._searcher.semantic else ("search by meaning (no sentence vectors yet; words only)",)


def visible_in(view: View) -> Visible:
    """The index's mask for a View: what its scope may read."""
    if view.scope.sees_all and view.as_of is None and view.known is None:
        return Visible.everything()
    key = f"{view.scope.digest}@{view.version}" + (f"@{view.as_of.isoformat()}" if view.as_of else "")
    key += f"@known{view.known.at}" if view.known else ""
    return Visible.only(key, {row.urn for row in view.assets() if row.level is Level.READ})
