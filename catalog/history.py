"""What the set of points says: which value of a source is current, which are change points. Pure; no database.

A point is (urn, aspect, source, observed_at, digest). For one (urn, aspect, source) the value at a time T is the point
with the greatest (observed_at, digest) not later than T: a function of the set, so arrival order and repetition do not
matter. The digest `REMOVED` says "no longer said". A point of the aspect "*" removes everything its source said of the
asset up to and including its time, except what was observed at that very time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

REMOVED = "-"
WHOLE = "*"
_MASK = (1 << 128) - 1


@dataclass(frozen=True)
class Point:
    """One observation: `source` saw that the `aspect` of `urn` had the value with this digest."""

    urn: str
    aspect: str
    source: str
    observed_at: int  # microseconds since 1970, UTC
    digest: str
    locator: str = ""
    pointer: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What the point is about: (urn, aspect, source)."""
        return (self.urn, self.aspect, self.source)

    @property
    def order(self) -> tuple[int, str]:
        """Later observation wins; at the same microsecond the greater digest, so that all orders agree."""
        return (self.observed_at, self.digest)


def winners(points: Iterable[Point]) -> dict[tuple[str, str, str], Point]:
    """The latest point of each (urn, aspect, source), tombstones included."""
    best: dict[tuple[str, str, str], Point] = {}
    for point in points:
        held = best.get(point.key)
        if held is None or point.order > held.order:
            best[point.key] = point
    return best


def is_live(point: Point, whole: Point | None) -> bool:
    """Whether a winning point's value stands. `whole`: the winning "*" point of its asset and source, if any."""
    if point.digest == REMOVED or point.aspect == WHOLE:
        return False
    return whole is None or whole.digest != REMOVED or point.observed_at >= whole.observed_at


def live(points: Iterable[Point]) -> list[Point]:
    """The points whose values stand, out of any set of points."""
    best = winners(points)
    return [point for point in best.values() if is_live(point, best.get((point.urn, WHOLE, point.source)))]


def fingerprint(point: Point) -> int:
    """What one live value adds to the state hash. Times are left out: seeing a value again changes no state."""
    text = "\x00".join((point.urn, point.aspect, point.source, point.digest))
    return int.from_bytes(sha256(text.encode("utf-8", "surrogatepass")).digest()[:16], "big")


def add(state: int, points: Iterable[Point], sign: int = 1) -> int:
    """The state hash after live values came (sign 1) or went (-1). Order-free: a sum modulo 2^128."""
    for point in points:
        state = (state + sign * fingerprint(point)) & _MASK
    return state
