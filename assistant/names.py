"""Finding by name alone, straight from the catalog: what is left when no search generation can be used.

Implements assistant.desk.Finder over a View. Slower and plainer than the index, and it says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from assistant.desk import Filters, Found, Mention
from catalog.reader import AssetRow
from catalog.view import View

_WORD = re.compile(r"[^\W_]+")


class NameFinder:
    """Search and linking over the names of all assets a View shows."""

    def __init__(self, view: View, reason: str) -> None:
        self._view = view
        self._reason = reason
        self.total = 0

    def search(self, text: str, filters: Filters, limit: int) -> Sequence[Found]:
        """Assets that share most of the words of the text with their names."""
        wanted = _words(text)
        scored = []
        for row in self._view.assets(where=lambda row: not filters.kinds or row.kind in filters.kinds):
            shared = wanted & _words(f"{row.name} {row.qualified_name}")
            if shared:
                scored.append((len(shared) / len(wanted), row))
        self.total = len(scored)
        scored.sort(key=lambda pair: (-pair[0], pair[1].urn))
        return [Found(row.urn, row.name, row.kind, score, "the name matches") for score, row in scored[:limit]]

    def link(self, text: str, kinds: Iterable[str] = ()) -> Sequence[Mention]:
        """Assets whose whole name stands in the text, the longest first."""
        wanted, folded = frozenset(kinds), f" {' '.join(_WORD.findall(text.casefold().replace('_', ' ')))} "
        found = []
        for row in self._view.assets(where=lambda row: not wanted or row.kind in wanted):
            name = " ".join(_WORD.findall(row.name.casefold().replace("_", " ")))
            if name and f" {name} " in folded:
                found.append(_mention(text, row))
        return sorted(found, key=lambda one: (-len(one.text), one.urn))

    def complete(self) -> tuple[str, ...]:
        """What is missing, in words."""
        return (self._reason,)


def _words(text: str) -> set[str]:
    return {word for word in _WORD.findall(text.casefold().replace("_", " ")) if len(word) > 2}


def _mention(text: str, row: AssetRow) -> Mention:
    start = text.casefold().find(row.name.casefold())
    shown = text[start : start + len(row.name)] if start >= 0 else row.name
    return Mention(shown, max(start, 0), row.urn, row.kind, row.name, 1.0, how="name")
