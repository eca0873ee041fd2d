"""Walks in names and in pages: URNs in, URNs out, and a cursor that remembers nothing on our side. Pure; no I/O.

A cursor holds where the page before ended (hops and URN), which walk it belongs to, and how many nodes that walk
reached at each distance (a checksum). It holds no node number and no catalog version: both would differ between a
world with a hidden asset and one without. Between pages the catalog may change: the next page goes on after the
same place and says `moved`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass

import numpy as np

from catalog.errors import BadInput
from catalog.lineage.graph import Direction, Graph
from catalog.lineage.labels import Mask
from catalog.lineage.names import Names
from catalog.lineage.sweep import EVERYTHING, Lens
from catalog.lineage.walk import Cut, Page, Position, Walk, walk


@dataclass(frozen=True)
class Question:
    """What is asked, in words: all that must be equal from page to page. `about` is any text that names the filters in
    the masks (kinds, platforms, edge filter), so that a cursor of another question is refused.
    """

    starts: tuple[str, ...]
    direction: Direction
    max_hops: int | None = None
    about: str = ""

    @property
    def digest(self) -> str:
        """12 hex digits that tell questions apart; not a secret."""
        words = json.dumps([sorted(self.starts), self.direction, self.max_hops, self.about])
        return hashlib.sha256(words.encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Reached:
    """One asset or column and its distance."""

    urn: str
    hops: int


@dataclass(frozen=True)
class WalkPage:
    """One page of a walk by (hops, URN). `cursor` fetches the next, None on the last. `moved`: the graph changed since
    the page before, so something may be missing or come twice. The rest as in Walk.
    """

    items: tuple[Reached, ...]
    total: int
    cut: tuple[Cut, ...]
    cursor: str | None
    moved: bool
    found: Walk

    @property
    def returned(self) -> int:
        """How many items this page has."""
        return len(self.items)

    @property
    def complete(self) -> bool:
        """Whether nothing is missing after this page."""
        return not self.cut


def walk_page(
    graph: Graph,
    names: Names,
    question: Question,
    lens: Lens = EVERYTHING,
    only: Mask | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> WalkPage:
    """The page of a walk that begins at `cursor`, or the first. Starts that are hidden or unknown are not there.

    Raises BadInput for a cursor that is damaged or belongs to another question.
    """
    after, shape = (None, None) if cursor is None else _read(cursor, question, names)
    starts = [node for node in map(names.find, question.starts) if node is not None]
    page = Page(only, limit, after, names.rank())
    found = walk(graph, np.array(starts, np.int64), question.direction, lens, question.max_hops, page)
    urns = names.urns(found.nodes)
    items = tuple(Reached(urn, hops) for urn, hops in zip(urns, found.hops.tolist(), strict=True))
    following = _write(question, items[-1], found.shape) if found.next is not None and items else None
    return WalkPage(items, found.total, found.cut, following, shape not in (None, found.shape), found)


def _write(question: Question, last: Reached, shape: int) -> str:
    words = json.dumps([question.digest, last.hops, last.urn, shape], separators=(",", ":"))
    return base64.urlsafe_b64encode(words.encode()).decode().rstrip("=")


def _read(cursor: str, question: Question, names: Names) -> tuple[Position, int]:
    try:
        words = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        digest, hops, urn, shape = json.loads(words)
        fits = isinstance(hops, int) and isinstance(urn, str) and isinstance(shape, int)
    except (binascii.Error, ValueError, TypeError, RecursionError):
        fits, digest = False, None
    if not fits:
        raise BadInput("This lineage cursor is damaged. Ask again without a cursor to begin at the first page.")
    if digest != question.digest:
        raise BadInput("This lineage cursor belongs to another question. Ask again without a cursor.")
    return Position(hops, names.rank_of(urn)), shape
