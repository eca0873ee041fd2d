"""The desk a skill works at: the viewer's View, search within it, and the clock. Owns what skills share.

A skill gets a Desk and a Call and returns a Draft. Nothing here reads around the View.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar

from assistant.claims import AssetHit, Claim, Coverage, Proof, SearchProof, Slot, claim, name
from catalog.aspects import Aspect, Info
from catalog.change import Evidence
from catalog.database import micros
from catalog.merge import Held, Said
from catalog.reader import AssetRow
from catalog.view import View

A = TypeVar("A", bound=Aspect)


@dataclass(frozen=True)
class Found:
    """One search hit, with the reason in words."""

    urn: str
    name: str
    kind: str
    score: float
    why: str
    badges: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mention:
    """Words of the question that name something. `column` is set when they name a column of the asset."""

    text: str
    start: int
    urn: str
    kind: str
    name: str
    score: float
    column: str = ""
    how: str = ""


@dataclass(frozen=True)
class Filters:
    """Restrictions a search obeys before it ranks. Empty fields restrict nothing."""

    kinds: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    badges: tuple[str, ...] = ()
    where: tuple[tuple[str, str], ...] = ()  # conditions on rows: assistant/conditions.py

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The filters as named values, for a search's proof."""
        named = (
            ("kind", self.kinds),
            ("platform", self.platforms),
            ("domain", self.domains),
            ("owner", self.owners),
            ("tag", self.tags),
            ("badge", self.badges),
        )
        return (*((key, value) for key, values in named for value in values), *self.where)


class Finder(Protocol):
    """Search and entity linking within one scope. `total`: how many assets the last search matched."""

    total: int

    def search(self, text: str, filters: Filters, limit: int) -> Sequence[Found]:
        """The best hits for a text, best first."""
        ...

    def link(self, text: str, kinds: Iterable[str] = ()) -> Sequence[Mention]:
        """What the words of a text may name, best first for each stretch of text."""
        ...

    def complete(self) -> tuple[str, ...]:
        """What the index does not hold at this moment, in words; empty when it is complete."""
        ...


@dataclass(frozen=True)
class Subject:
    """What a question is about: an asset, perhaps one column of it, and what else the words could have meant."""

    urn: str
    column: str = ""
    text: str = ""
    others: tuple[AssetHit, ...] = ()
    certain: bool = True


@dataclass(frozen=True)
class Bounds:
    """How far and what of a walk is wanted. None: no bound. `cursor` goes on after an earlier page. `column`: one
    column of the subject, "*" all of them. `other`: the words that name the other end of a path.
    """

    up: int | None = None
    down: int | None = None
    kinds: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    limit: int | None = None
    cursor: str = ""
    column: str = ""
    other: str = ""


UNBOUNDED = Bounds()


@dataclass(frozen=True)
class Call:
    """A skill with its arguments. All texts are words of the question; subjects are linked by code. `other`: the far
    end of a path.
    """

    skill: str
    subject: Subject | None = None
    topic: str = ""
    direction: str = ""  # up, down or both
    filters: Filters = field(default_factory=Filters)
    several: tuple[str, ...] = ()  # URNs, of questions about more than one asset
    since: str = ""  # times, as canonical texts; for questions about a stretch of time
    until: str = ""
    bounds: Bounds = field(default_factory=Bounds)
    other: Subject | None = None


@dataclass(frozen=True)
class Turn:
    """One earlier question of a conversation: its call, and the assets of its answer, best first."""

    call: Call
    assets: tuple[str, ...]


class Desk:
    """Everything a skill may use."""

    def __init__(
        self,
        view: View,
        finder: Finder,
        now: datetime,
        question: str = "",
        turns: Sequence[Turn] = (),
        policies_against: Callable[[str], Sequence[str]] = lambda urn: (),
    ) -> None:
        self.view = view
        self.turns = turns  # of the same conversation, oldest first
        self.finder = finder
        self.now = now
        self.question = question
        self.policies_against = policies_against  # of an asset that is not the viewer's to read: whose contact to name

    @property
    def at(self) -> int:
        """The time this view shows, in microseconds."""
        return micros(self.view.as_of or self.now)

    def slot(self, urn: str) -> Slot:
        """The name of an asset as a slot."""
        return name(urn, self.view.name(urn))

    def label(self, row: AssetRow) -> Slot:
        """The name of an asset, with its schema where the bare name would not tell it from others."""
        return name(row.urn, row.name)

    def proof_of(self, urn: str) -> Evidence | None:
        """A record that proves the asset exists: its Info, else any aspect."""
        held = self.view.read(urn, Info)
        if held is not None:
            return held.said[0].evidence
        everything = self.view.read_all(urn)
        return next((one.said[0].evidence for one in everything.values()), None)

    def rows(self, urns: Iterable[str]) -> dict[str, AssetRow]:
        """The rows of those assets the viewer may discover."""
        return self.view.rows(urns)

    def searched(self, query: str, matched: int, kind: str = "", filters: Filters | None = None) -> SearchProof:
        """Proof of a search over everything this viewer may read."""
        rows = self.view.assets(kind)
        pairs = filters.pairs() if filters else ()
        return SearchProof(query, self.at, len(rows), matched, kind, pairs)

    def coverage(self, missing: Sequence[str] = ()) -> Coverage:
        """What was looked at: all that this viewer may see, as of the catalog's state now."""
        visible = len(self.view.assets())
        gaps = (*missing, *self.finder.complete())
        return Coverage(visible, visible, not gaps, self.view.as_of or self.now, gaps)

    def read(self, urn: str, aspect: type[A]) -> Held[A] | None:
        """The merged aspect, or None."""
        return self.view.read(urn, aspect)


def evidence(*held: Held[Any] | Said[Any] | Proof | None) -> tuple[Proof, ...]:
    """The addresses of some values; None is passed over."""
    found: list[Proof] = []
    for one in held:
        if isinstance(one, Held):
            found.append(one.said[0].evidence)
        elif isinstance(one, Said):
            found.append(one.evidence)
        elif one is not None:
            found.append(one)
    return tuple(dict.fromkeys(found))


def disputed(desk: Desk, urn: str, held: Held[A], words: Callable[[A], Sequence[Slot]], what: str) -> tuple[Claim, ...]:
    """One claim for each source that says otherwise."""
    claims = []
    for said in held.disputes:
        slots = words(said.value)
        if slots:
            template = f"Sources differ: {{source}} gives {what} as {{value}}."
            source = Slot("quote", said.point.source, "")
            claims.append(claim(template, [said], source=source, value=slots))
    return tuple(claims)
