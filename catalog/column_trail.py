"""Walking column lineage: from which columns a column comes, where it ends up, and what it only influences.

Goes level by level through the stored column edges that a View shows (an indexed query a level), so nothing is kept in
memory for columns that nobody asks about. Values flow along identity, expression and aggregate; a filter or join only
chooses rows: it is reported beside the walk and never walked on. Bounded, cycle-safe, and says when it was cut.
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from catalog.edges import ColumnKey, ColumnStep, Direction, by_start
from catalog.errors import BadInput
from catalog.urn import column as column_urn
from catalog.view import View

BUDGET = 50_000  # columns reached before a walk stops: about two seconds of queries
WHOLE = ("", "*")  # in place of a column: the asset as a whole (a feature, a dashboard), or all its rows


@dataclass(frozen=True)
class ColumnTrail:
    """What a column walk reached: ((URN, column), hops) nearest first, and the steps that led there.

    `influences`: steps by which what was walked through only chooses rows (down) or is chosen (up). `total` counts all
    pages. `cut`: *hops*, there is more beyond max_hops; *limit*, further pages follow at `cursor`; *budget*, the walk
    was stopped and the counts are lower bounds. `circular`: columns of the walk that lead back to it.
    """

    starts: tuple[ColumnKey, ...]
    nodes: tuple[tuple[ColumnKey, int], ...]
    steps: tuple[ColumnStep, ...]
    influences: tuple[ColumnStep, ...]
    total: int
    cut: tuple[str, ...] = ()
    cursor: str | None = None
    circular: tuple[ColumnKey, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether nothing is missing after this page."""
        return not self.cut

    @property
    def returned(self) -> int:
        """How many columns this page has."""
        return len(self.nodes)


@dataclass
class _Walk:
    """A walk in progress. Columns are told apart without letter case and shown as first met."""

    view: View
    direction: Direction
    hops: dict[ColumnKey, int]
    shown: dict[ColumnKey, ColumnKey]
    steps: dict[ColumnStep, None]
    influences: dict[ColumnStep, None]
    circular: dict[ColumnKey, None]

    def advance(self, frontier: Sequence[ColumnKey], distance: int) -> list[ColumnKey]:
        """One level on: the columns that are new."""
        found = by_start(self.view.column_steps(frontier, self.direction), self.direction)
        fresh: list[ColumnKey] = []
        for key in frontier:
            for step in found.get((key[0], key[1].casefold()), ()):
                if not step.flows:
                    self.influences[step] = None
                    continue
                urn, column = step.key(self.direction)
                folded = (urn, column.casefold())
                self.steps[step] = None
                if folded not in self.hops:
                    self.hops[folded] = distance
                    self.shown[folded] = (urn, column)
                    fresh.append((urn, column))
                elif self.hops[folded] == 0:
                    self.circular[urn, column] = None
        return sorted(fresh)


class ColumnTrails:
    """The column lineage of one View."""

    def __init__(self, view: View) -> None:
        self._view = view

    def columns_of(self, urn: str, direction: Direction) -> list[str]:
        """The columns of an asset that any flow leads on from, by name."""
        steps = self._view.steps_of([urn], direction)
        return sorted({step.start(direction)[1] for step in steps if step.flows} - {"*"})

    def walk(
        self,
        starts: Iterable[ColumnKey],
        direction: Direction,
        max_hops: int | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        budget: int = BUDGET,
    ) -> ColumnTrail:
        """Everything upstream or downstream of some columns, themselves not included; all columns of an asset at once
        if all are given. Raises BadInput for a cursor that is damaged or of another question.
        """
        begun = tuple(dict.fromkeys(starts))
        folded = {(urn, column.casefold()): (urn, column) for urn, column in begun}
        walk = _Walk(self._view, direction, dict.fromkeys(folded, 0), dict(folded), {}, {}, {})
        frontier, distance, cut = list(folded.values()), 0, list[str]()
        while frontier and (max_hops is None or distance < max_hops):
            if len(walk.hops) > budget:
                cut.append("budget")
                break
            distance += 1
            frontier = walk.advance(frontier, distance)
        if frontier and "budget" not in cut and self._leads_on(walk, frontier):
            cut.append("hops")
        reached = [(walk.shown[key], hops) for key, hops in walk.hops.items() if hops]
        reached.sort(key=lambda one: (one[1], one[0]))
        question = _digest(begun, direction, max_hops)
        first = 0 if cursor is None else _after(cursor, question, reached)
        page = reached[first:] if limit is None else reached[first : first + limit]
        following = None
        if first + len(page) < len(reached):
            cut.append("limit")
            following = _cursor(question, page[-1])
        return ColumnTrail(
            begun, tuple(page), tuple(walk.steps), tuple(walk.influences), len(reached), tuple(cut), following,
            tuple(walk.circular),
        )  # fmt: skip

    def _leads_on(self, walk: _Walk, frontier: Sequence[ColumnKey]) -> bool:
        """Whether anything lies beyond the last level."""
        return any(
            (step.key(walk.direction)[0], step.key(walk.direction)[1].casefold()) not in walk.hops
            for step in self._view.column_steps(frontier, walk.direction)
            if step.flows
        )

    def path(self, a: ColumnKey, b: ColumnKey) -> tuple[ColumnStep, ...]:
        """The steps of a shortest way from a column down to another; empty when there is none."""
        trail = self.walk([a], "down")
        came: dict[ColumnKey, ColumnStep] = {}
        for step in trail.steps:
            came.setdefault((step.urn, step.column.casefold()), step)  # steps stand in order of distance
        way: list[ColumnStep] = []
        at, start = (b[0], b[1].casefold()), (a[0], a[1].casefold())
        while at != start and at in came and len(way) <= len(came):
            way.append(came[at])
            at = (came[at].upstream, came[at].upstream_column.casefold())
        return tuple(reversed(way)) if at == start else ()


def urn_of(key: ColumnKey) -> str:
    """The URN of a column; of the asset where the whole of it is meant."""
    return key[0] if key[1] in WHOLE else column_urn(*key)


def _digest(starts: Sequence[ColumnKey], direction: str, max_hops: int | None) -> str:
    words = json.dumps([sorted(starts), direction, max_hops])
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _cursor(question: str, last: tuple[ColumnKey, int]) -> str:
    words = json.dumps([question, last[1], *last[0]], separators=(",", ":"))
    return urlsafe_b64encode(words.encode()).decode().rstrip("=")


def _after(cursor: str, question: str, reached: Sequence[tuple[ColumnKey, int]]) -> int:
    """Where the page after a cursor begins: behind its place in the order, even if that column is gone."""
    try:
        asked, hops, urn, column = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        place = (int(hops), (str(urn), str(column)))
    except (ValueError, TypeError, RecursionError):
        raise BadInput(
            "This lineage cursor is damaged. Ask again without a cursor to begin at the first page."
        ) from None
    if asked != question:
        raise BadInput("This lineage cursor belongs to another question. Ask again without a cursor.")
    return sum((distance, key) <= place for key, distance in reached)
