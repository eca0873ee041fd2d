"""What changed between two times: for each source and aspect the values before and after. Unfiltered; read by View.

Works on the spans in which what stands stayed the same (catalog/past), so late arrivals, repetitions and removals count
as they do in the history. Assets that appeared or went are one change each, not one for every aspect.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from catalog import past, tables
from catalog.aspects import Aspect
from catalog.change import Evidence
from catalog.differences import Difference
from catalog.history import Point
from catalog.known import Known
from catalog.merge import Authority
from catalog.reader import AssetRow, chunks, read_inputs, read_points, read_values

ASSET = "*"  # the aspect of a change that is about the asset as a whole


@dataclass(frozen=True)
class Window:
    """Observed times in microseconds: after `since`, up to and including `until`; and what was known, if not all."""

    since: int
    until: int
    known: Known | None = None


@dataclass(frozen=True)
class Changed:
    """One aspect of an asset that one source says otherwise from `at` on. None: it says nothing before, or after.

    For an asset as a whole (`aspect` "*") only one of `was` and `now` is set: a record that shows it was there.
    """

    urn: str
    aspect: str
    source: str
    at: int
    was: Point | None
    now: Point | None
    before: Aspect | None = None
    after: Aspect | None = None
    row: AssetRow | None = None  # as the asset stood before and, when it is new, after
    differences: tuple[Difference, ...] = ()

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The records that hold the values, the newer first."""
        held = (self.now, self.was)
        return tuple(Evidence(one.urn, one.aspect, one.source, one.digest) for one in held if one is not None)


def read_changes(
    connection: Connection, window: Window, urns: Sequence[str] | None, authorities: dict[str, Authority]
) -> list[Changed]:
    """Every change in a window, of `urns` or of all assets, oldest first. Erased values are passed over."""
    found: list[Changed] = []
    wanted = _touched(connection, window, urns)
    known = window.known
    bounds = (known.version, known.at) if known else (None, None)
    for some in chunks(wanted):
        points = read_points(connection, some, window.until, *bounds)
        for urn, spans in past.spans(points).items():
            held = [one for span in spans for one in span.points.values()]
            said, inputs = read_values(connection, held), read_inputs(connection, sorted({one.digest for one in held}))
            found += _of_asset(urn, spans, window, said, inputs, authorities)
    return sorted(found, key=lambda one: (one.at, one.urn, one.aspect, one.source))


def _touched(connection: Connection, window: Window, urns: Sequence[str] | None) -> list[str]:
    """The assets of which anything was observed in the window."""
    c = tables.history.c
    query = select(c.urn).where(c.observed_at > window.since, c.observed_at <= window.until).distinct()
    found = set(connection.execute(query).scalars())
    return sorted(found if urns is None else found.intersection(urns))


def _of_asset(
    urn: str,
    spans: Sequence[past.Span],
    window: Window,
    said: dict[tuple[str, str], Aspect],
    inputs: dict[str, str],
    authorities: dict[str, Authority],
) -> Iterator[Changed]:
    before = past.Span(0)
    for span in spans:
        if window.since < span.begin <= window.until:
            standing = span if not before.points else before
            row = past.merged_row(urn, past.said_in(standing, said, inputs), authorities)
            if before.points and span.points:
                yield from _of_span(urn, before, span, said, row)
            elif before.points or span.points:
                yield from _whole(urn, before, span, said, row)
        before = span


def _whole(
    urn: str, before: past.Span, span: past.Span, said: dict[tuple[str, str], Aspect], row: AssetRow
) -> Iterator[Changed]:
    """An asset that came or went, with the record that says most plainly what it is; nothing when all is erased."""
    points = [one for one in (span.points or before.points).values() if (one.aspect, one.digest) in said]
    held = sorted(points, key=lambda one: (one.aspect != "info", one.aspect, one.source))
    if not held:
        return
    was, now = (None, held[0]) if span.points else (held[0], None)
    what = Difference("added" if span.points else "removed")
    yield Changed(urn, ASSET, held[0].source, span.begin, was, now, row=row, differences=(what,))


def _of_span(
    urn: str, before: past.Span, span: past.Span, said: dict[tuple[str, str], Aspect], row: AssetRow
) -> Iterator[Changed]:
    for key in sorted(before.points.keys() | span.points.keys()):
        was, now = before.points.get(key), span.points.get(key)
        if (was.digest if was else "") == (now.digest if now else ""):
            continue
        values = [said.get((one.aspect, one.digest)) if one else None for one in (was, now)]
        if any(value is None and one is not None for value, one in zip(values, (was, now), strict=True)):
            continue  # erased
        yield Changed(urn, key[1], key[2], span.begin, was, now, values[0], values[1], row)
