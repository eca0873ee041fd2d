"""Changes: the one way anything enters the catalog. Pure records; applying them is catalog/store.

Connectors, events, stewards and generated documentation all yield these. A connector may also yield Skipped (what it
saw and could not use) and Complete (what it has read fully, so that absence there means removal).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from catalog.aspects import Aspect
from catalog.errors import BadInput


@dataclass(frozen=True)
class Origin:
    """Who said so, where it stands and when it was so.

    `source`: the configured name of the source. `locator`: file, URL or table it was read from. `pointer`: the place
    in it. `observed_at`: when the source saw it (aware UTC). `event_id`: set for events, each applied once.
    `past`: a statement about an earlier time (a dated file of history), so no sign that the asset is there today.
    `inputs`: of a derived value, the URNs it was made from (assets, columns): who may not read all never sees it.
    """

    source: str
    locator: str = ""
    pointer: str = ""
    observed_at: datetime | None = None
    event_id: str = ""
    past: bool = False
    inputs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.observed_at is not None and self.observed_at.tzinfo is None:
            raise BadInput(f"observed_at {self.observed_at} has no time zone. Use an aware UTC time.")


@dataclass(frozen=True)
class Removed:
    """In place of an aspect: the source no longer says it. `aspect` "*" removes all the source said of the asset."""

    aspect: str = "*"


@dataclass(frozen=True)
class Change:
    """`urn` has this aspect value, says `origin`. `observed_at` None means now, filled in when it is applied."""

    urn: str
    value: Aspect | Removed
    origin: Origin


@dataclass(frozen=True)
class Skipped:
    """Something a connector met and did not use. `what` groups like things in the report: "aspect globalTags"."""

    what: str
    why: str
    locator: str = ""
    pointer: str = ""
    error: bool = False  # broken input, as against input that is understood and of no use


@dataclass(frozen=True)
class Complete:
    """Everything that this source holds under `locator` ("" for all of it) has been yielded in this run."""

    locator: str = ""


Record = Change | Skipped | Complete


@dataclass(frozen=True)
class Evidence:
    """The address of one stored value. It stays valid after the record changes: `version` is the value's digest."""

    urn: str
    aspect: str
    source: str
    version: str

    def ref(self) -> str:
        """The address as one line of text, for `docent cite`."""
        return f"{self.urn}#{self.aspect}@{self.source}:{self.version}"


def parse_ref(ref: str) -> Evidence:
    """Read an address back. Raises BadInput."""
    head, hash_, rest = ref.rpartition("#")
    name, at, tail = rest.partition("@")
    source, colon, version = tail.rpartition(":")
    if not (hash_ and at and colon and head and name and source and version):
        raise BadInput(
            f"'{ref}' is not a reference. It looks like 'URN#aspect@source:version'; copy it from an answer."
        )
    return Evidence(head, name, source, version)
