"""Applying changes: the one road by which anything enters the catalog. Owns the write path.

A batch is one transaction: points into history or sightings, values into contents, and the projections of the touched
assets. Applying the same change again, or in any other order, ends in the same state (catalog/history.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, delete, insert, select, tuple_

from catalog import codec, past, projection, tables
from catalog.aspects import Aspect, Policy
from catalog.audit.chain import Audit
from catalog.audit.record import Json
from catalog.change import Change, Removed
from catalog.database import Database, micros
from catalog.erase.screen import screen
from catalog.history import REMOVED, WHOLE, Point, add, is_live
from catalog.identity import register
from catalog.urn import parse

BATCH = 1000
Key = tuple[str, str, str]
T = TypeVar("T")


@dataclass(frozen=True)
class Applied:
    """What applying did: points that were new assets' first, changed a value, removed one, or said nothing new."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    seen_again: int = 0
    repeated: int = 0  # the very same point was already there: nothing was written

    def __add__(self, other: Applied) -> Applied:
        return Applied(
            self.added + other.added,
            self.changed + other.changed,
            self.removed + other.removed,
            self.seen_again + other.seen_again,
            self.repeated + other.repeated,
        )


@dataclass(frozen=True)
class _Incoming:
    point: Point
    value: Aspect | None  # None: a removal
    json: str
    event_id: str
    inputs: str = ""


class Store:
    """Writes changes to a database. `clock` gives the time at which they are recorded, `audit` takes a row a batch."""

    def __init__(self, database: Database, clock: Callable[[], datetime], audit: Audit) -> None:
        self.database = database
        self.clock = clock
        self.audit = audit

    def apply(self, changes: Iterable[Change]) -> Applied:
        """Apply changes in batches, each one transaction. Raises UrnInvalid before the batch is written."""
        total = Applied()
        for batch in _batches(changes):
            total += self._apply_batch(batch)
        return total

    def _apply_batch(self, batch: Sequence[Change]) -> Applied:
        recorded = micros(self.clock())
        incoming = [_encode(change, recorded) for change in batch]
        with self.database.writing() as connection:
            kept = screen(connection, batch, recorded)
            if kept is not batch:  # something in it was erased
                incoming = [_encode(change, recorded) for change in kept]
            incoming = self._drop_known_events(connection, incoming, recorded)
            step = _Step(self.database, connection, recorded)
            after = version(connection)
            applied = step.run(incoming)
            self._note(connection, step, after, applied)
            return applied

    def _note(self, connection: Connection, step: _Step, after: int, applied: Applied) -> None:
        """The audit row of a batch that wrote anything; of kind "policy" when a policy is among it."""
        written = (*step.history_rows, *step.sighting_rows)
        if written:
            kind = "policy" if any(row["aspect"] == Policy.NAME for row in step.history_rows) else "write"
            sources = Counter(str(row["source"]) for row in written)
            detail: dict[str, Json] = {
                "sources": dict(sources),
                "counts": asdict(applied),
                "seen_again": len(step.sighting_rows),
            }
            self.audit.append_changes(connection, after, kind, detail)

    def _drop_known_events(self, connection: Connection, incoming: list[_Incoming], recorded: int) -> list[_Incoming]:
        ids = sorted({item.event_id for item in incoming if item.event_id})
        if not ids:
            return incoming
        query = select(tables.events.c.event_id).where(tables.events.c.event_id.in_(ids))
        known = set(connection.execute(query).scalars())
        fresh = [{"event_id": i, "recorded_at": recorded} for i in ids if i not in known]
        self.database.insert_ignore(connection, tables.events, fresh)
        return [item for item in incoming if item.event_id not in known]


class _Step:
    """One batch inside its transaction."""

    def __init__(self, database: Database, connection: Connection, recorded: int) -> None:
        self.database = database
        self.connection = connection
        self.recorded = recorded
        self.held: dict[Key, Point] = {}
        self.history_rows: list[dict[str, object]] = []
        self.sighting_rows: list[dict[str, object]] = []
        self.contents: dict[str, dict[str, object]] = {}
        self.values: dict[tuple[str, str], Aspect] = {}  # of this batch, by aspect and digest
        self.counts = dict.fromkeys(("added", "changed", "removed", "seen_again", "repeated"), 0)

    def run(self, incoming: list[_Incoming]) -> Applied:
        urns = sorted({item.point.urn for item in incoming})
        self.held = self._load_current(urns)
        before = dict(self.held)
        for item in incoming:
            self._take(item)
        if not (self.history_rows or self.sighting_rows):
            return Applied(**self.counts)
        self.database.insert_ignore(self.connection, tables.contents, list(self.contents.values()))
        if self.history_rows:
            self.connection.execute(insert(tables.history), self.history_rows)
        self.database.insert_ignore(self.connection, tables.sightings, self.sighting_rows)
        revived = self._project(before)
        self._learn({str(row["urn"]) for row in self.history_rows}.difference(revived))
        past.unsettle(self.database, self.connection, {*revived, *(str(row["urn"]) for row in self.history_rows)})
        return Applied(**self.counts)

    def _learn(self, urns: set[str]) -> None:
        """Make assets known of which nothing stands now, only in the past: identity is read there too."""
        if urns and (unknown := register.unknown(self.connection, urns)):
            projection.rebuild(self.connection, unknown, version(self.connection), self.values)

    def _load_current(self, urns: list[str]) -> dict[Key, Point]:
        held: dict[Key, Point] = {}
        columns = tables.current.c
        for some in _chunks(urns, 500):
            query = select(
                columns.urn, columns.aspect, columns.source, columns.observed_at, columns.digest, columns.locator,
                columns.pointer,
            ).where(columns.urn.in_(some))  # fmt: skip
            for row in self.connection.execute(query):
                point = Point(*row)
                held[point.key] = point
        return held

    def _take(self, item: _Incoming) -> None:
        point, held = item.point, self.held.get(item.point.key)
        if held is None:
            # A removal is kept even when nothing is held yet: the value may still arrive, observed earlier.
            self.counts["removed" if point.digest == REMOVED else "added"] += 1
            self._record(item, changes_value=True)
        elif point.order == held.order:
            self.counts["repeated"] += 1
        elif point.order > held.order:
            same = point.digest == held.digest
            self.counts["seen_again" if same else "removed" if point.digest == REMOVED else "changed"] += 1
            # The same again after the asset was removed as a whole, or a removal of the whole, is news all the same.
            whole = self.held.get((point.urn, WHOLE, point.source))
            self._record(item, changes_value=not same or point.aspect == WHOLE or not is_live(held, whole))
        else:
            self._take_late(item)

    def _take_late(self, item: _Incoming) -> None:
        """A point observed before what is held now: it joins the history and changes nothing current."""
        if self._is_known(item.point):
            self.counts["repeated"] += 1
            return
        self.counts["seen_again"] += 1
        self._write(item, changes_value=True)

    def _is_known(self, point: Point) -> bool:
        pending = (row for row in (*self.history_rows, *self.sighting_rows))
        if any(_same_point(row, point) for row in pending):
            return True
        for table in (tables.history, tables.sightings):
            c = table.c
            key = tuple_(c.urn, c.aspect, c.source, c.observed_at, c.digest)
            wanted = (point.urn, point.aspect, point.source, point.observed_at, point.digest)
            if self.connection.execute(select(c.urn).where(key == wanted)).first():
                return True
        return False

    def _record(self, item: _Incoming, changes_value: bool) -> None:
        self.held[item.point.key] = item.point
        self._write(item, changes_value)

    def _write(self, item: _Incoming, changes_value: bool) -> None:
        point = item.point
        row: dict[str, object] = {
            "urn": point.urn,
            "aspect": point.aspect,
            "source": point.source,
            "observed_at": point.observed_at,
            "digest": point.digest,
            "recorded_at": self.recorded,
        }
        if not changes_value:
            self.sighting_rows.append(row)
            return
        self.history_rows.append(row | {"event_id": item.event_id, "locator": point.locator, "pointer": point.pointer})
        if item.value is not None:
            self.values[point.aspect, point.digest] = item.value
            self.contents[point.digest] = {
                "digest": point.digest, "aspect": point.aspect, "json": item.json, "inputs": item.inputs
            }  # fmt: skip

    def _project(self, before: dict[Key, Point]) -> list[str]:
        """Bring `current`, the state hash and the other projections up to date; returns the assets that differ."""
        changed = {key: point for key, point in self.held.items() if before.get(key) != point}
        if not changed:
            return []
        touched = {(point.urn, point.source) for point in changed.values()}
        was, is_now = _live_of(before, touched), _live_of(self.held, touched)
        seq = version(self.connection)
        flipped = {key for key in self.held if (key in was) != (key in is_now)}
        self._store_current(sorted(set(changed) | flipped), before, is_now, seq)
        gone = [before[key] for key, digest in was.items() if is_now.get(key) != digest]
        come = [self.held[key] for key, digest in is_now.items() if was.get(key) != digest]
        state = add(add(read_state(self.connection), gone, -1), come)
        write_meta(self.connection, "state", f"{state:032x}")
        different = sorted({point.urn for point in (*gone, *come)})
        projection.rebuild(self.connection, different, seq, self.values)
        return different

    def _store_current(self, keys: list[Key], before: dict[Key, Point], is_now: dict[Key, str], seq: int) -> None:
        c = tables.current.c
        for some in _chunks([key for key in keys if key in before], 300):
            self.connection.execute(delete(tables.current).where(tuple_(c.urn, c.aspect, c.source).in_(some)))
        rows = [_current_row(self.held[key], key in is_now, seq) for key in keys]
        self.connection.execute(insert(tables.current), rows)


def version(connection: Connection) -> int:
    """The catalog version: the number of the newest change."""
    query = select(tables.history.c.seq).order_by(tables.history.c.seq.desc()).limit(1)
    return connection.execute(query).scalar() or 0


def read_state(connection: Connection) -> int:
    """The state hash as a number: the sum over all live values."""
    return int(read_meta(connection, "state") or "0", 16)


def read_meta(connection: Connection, key: str) -> str:
    """A note about the catalog as a whole; "" when there is none."""
    query = select(tables.meta.c.value).where(tables.meta.c.key == key)
    return connection.execute(query).scalar() or ""


def write_meta(connection: Connection, key: str, value: str) -> None:
    """Keep a note about the catalog as a whole."""
    changed = connection.execute(tables.meta.update().where(tables.meta.c.key == key).values(value=value))
    if not changed.rowcount:
        connection.execute(insert(tables.meta), [{"key": key, "value": value}])


def _encode(change: Change, recorded: int) -> _Incoming:
    parse(change.urn)  # raises UrnInvalid
    origin = change.origin
    observed = micros(origin.observed_at) if origin.observed_at else recorded
    if isinstance(change.value, Removed):
        point = Point(change.urn, change.value.aspect, origin.source, observed, REMOVED, origin.locator, origin.pointer)
        return _Incoming(point, None, "", origin.event_id)
    text, inputs = codec.encode(change.value), inputs_of(change)
    digest = codec.digest(text, inputs)
    point = Point(change.urn, change.value.NAME, origin.source, observed, digest, origin.locator, origin.pointer)
    return _Incoming(point, change.value, text, origin.event_id, inputs)


def inputs_of(change: Change) -> str:
    """What a derived value was made from, as stored; the asset itself goes without saying. Raises UrnInvalid."""
    for urn in change.origin.inputs:
        parse(urn)
    return codec.encode_inputs(urn for urn in change.origin.inputs if urn != change.urn)


def _live_of(points: dict[Key, Point], touched: set[tuple[str, str]]) -> dict[Key, str]:
    """The digests of the values that stand, of those assets and sources."""
    return {
        key: point.digest
        for key, point in points.items()
        if (point.urn, point.source) in touched and is_live(point, points.get((point.urn, WHOLE, point.source)))
    }


def _current_row(point: Point, is_alive: bool, seq: int) -> dict[str, object]:
    return {
        "urn": point.urn,
        "aspect": point.aspect,
        "source": point.source,
        "observed_at": point.observed_at,
        "digest": point.digest,
        "locator": point.locator,
        "pointer": point.pointer,
        "live": is_alive,
        "seq": seq,
    }


def _same_point(row: dict[str, object], point: Point) -> bool:
    return (row["urn"], row["aspect"], row["source"], row["observed_at"], row["digest"]) == (
        point.urn, point.aspect, point.source, point.observed_at, point.digest,
    )  # fmt: skip


def _batches(changes: Iterable[Change]) -> Iterator[list[Change]]:
    """Pieces of at least BATCH changes. The changes of one event stay together: it is applied once, so all at once."""
    batch: list[Change] = []
    for change in changes:
        event = change.origin.event_id
        if len(batch) >= BATCH and not (event and event == batch[-1].origin.event_id):
            yield batch
            batch = []
        batch.append(change)
    if batch:
        yield batch


def _chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
