"""Stating anew what is current: `current`, the state hash and the projections of given assets, from their points.

For what changes the truth other than by appending to it: erasing, and loading an export. Writes projections only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import Connection, delete, insert, select

from catalog import past, projection, tables
from catalog.database import Database
from catalog.history import WHOLE, Point, add, is_live, winners
from catalog.store import read_state, version, write_meta

_CHUNK = 400


def restate(database: Database, connection: Connection, urns: Iterable[str]) -> int:
    """Make what is current of `urns` what their points say; returns the new state hash."""
    ordered = sorted(set(urns))
    seq, state = version(connection), read_state(connection)
    for start in range(0, len(ordered), _CHUNK):
        some = ordered[start : start + _CHUNK]
        state = add(state, _live_now(connection, some), -1)
        connection.execute(delete(tables.current).where(tables.current.c.urn.in_(some)))
        rows = _rows(_points(connection, some), seq)
        if rows:
            connection.execute(insert(tables.current), rows)
        state = add(state, (_bare(row) for row in rows if row["live"]))
        projection.rebuild(connection, some, seq)
        past.unsettle(database, connection, some)
    write_meta(connection, "state", f"{state:032x}")
    return state


def _live_now(connection: Connection, urns: Sequence[str]) -> list[Point]:
    c = tables.current.c
    query = select(c.urn, c.aspect, c.source, c.digest).where(c.urn.in_(urns), c.live)
    return [Point(urn, aspect, source, 0, digest) for urn, aspect, source, digest in connection.execute(query)]


def _bare(row: dict[str, object]) -> Point:
    return Point(str(row["urn"]), str(row["aspect"]), str(row["source"]), 0, str(row["digest"]))


def _points(connection: Connection, urns: Sequence[str]) -> list[Point]:
    """All points; a sighting stands where its value was last read from."""
    h, s = tables.history.c, tables.sightings.c
    changed = select(h.urn, h.aspect, h.source, h.observed_at, h.digest, h.locator, h.pointer).where(h.urn.in_(urns))
    found = [Point(*row) for row in connection.execute(changed.order_by(h.observed_at, h.seq))]
    stood: dict[tuple[str, str, str, str], list[Point]] = defaultdict(list)
    for point in found:
        stood[(*point.key, point.digest)].append(point)
    seen = select(s.urn, s.aspect, s.source, s.observed_at, s.digest).where(s.urn.in_(urns))
    for row in connection.execute(seen):
        point = Point(*row)
        before = [one for one in stood[(*point.key, point.digest)] if one.observed_at <= point.observed_at]
        found.append(replace(point, locator=before[-1].locator, pointer=before[-1].pointer) if before else point)
    return found


def _rows(points: list[Point], seq: int) -> list[dict[str, object]]:
    best = winners(points)
    return [
        {
            "urn": point.urn,
            "aspect": point.aspect,
            "source": point.source,
            "observed_at": point.observed_at,
            "digest": point.digest,
            "locator": point.locator,
            "pointer": point.pointer,
            "live": is_live(point, best.get((point.urn, WHOLE, point.source))),
            "seq": seq,
        }
        for point in best.values()
    ]
