"""What one DataHub aspect contributes to one of our aspects. Pure records; making them is the readers' work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from catalog.aspects import Aspect
from indexer.sources.datahub.proposal import Proposal

KEY, SOURCE, EDITED = 0, 1, 2  # ranks: what a URN implies, what the platform says, what people wrote in DataHub


@dataclass(frozen=True)
class About:
    """The entity itself is no asset here: what it says belongs to these assets (a query's tables, a test's table)."""

    urns: tuple[str, ...]


@dataclass(frozen=True)
class Named:
    """The entity is no asset here, but its name is shown in place of its URN (ownership types, properties)."""

    name: str


@dataclass(frozen=True)
class Piece:
    """A part of the value of one aspect of `urn`. Fields of a higher rank win. `at`: set for a moment of a series."""

    urn: str
    value: Aspect | About | Named
    rank: int = SOURCE
    at: datetime | None = None


@dataclass(frozen=True)
class Unused:
    """A part of an aspect that is understood and of no use here, or a broken one."""

    what: str
    why: str
    error: bool = False


Reader = Callable[[Proposal], Iterator[Piece | Unused]]
