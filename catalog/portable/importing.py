"""Loading an export: every point with its own times, in one transaction, all or nothing. Owns the order of loading.

The result is what applying all the changes would give: the state is a function of the set of points. Into an empty
catalog the export goes row for row, so that versions, citations and answers keep their meaning; into another one it is
added, and what was erased there or here stays erased.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, func, select, text, tuple_, update

from catalog import tables
from catalog.audit.chain import Audit
from catalog.database import Database, micros, now
from catalog.erase.marks import Recogniser
from catalog.erase.records import erasure_of, read_erasures
from catalog.erase.sweep import GONE, Sweep
from catalog.errors import ExportUnusable, RecordInvalid, UrnInvalid
from catalog.history import REMOVED
from catalog.portable.archive import Member, members
from catalog.portable.layout import MANIFEST, SCHEMA, TABLES, ExportManifest, read_manifest, row_of
from catalog.restate import restate
from catalog.store import read_state, version
from catalog.urn import parse

_BATCH = 2000
_URNS_KEPT = 200_000  # beyond this many touched assets all are stated anew, instead of keeping their names in memory
_MANIFEST_MAX = 1 << 20
T = TypeVar("T")


@dataclass(frozen=True)
class Loaded:
    """What an import did: rows read and rows that were new, by file."""

    manifest: ExportManifest
    read: dict[str, int]
    new: dict[str, int]
    state_hash: str


@dataclass
class _Load:
    database: Database
    connection: Connection
    was_empty: bool
    read: dict[str, int] = field(default_factory=dict)
    new: dict[str, int] = field(default_factory=dict)
    urns: set[str] | None = field(default_factory=set)

    # Reading -----------------------------------------------------------------------------------------------------

    def files(self, manifest: ExportManifest, rest: Iterator[Member]) -> None:
        """Load every member, in order. Raises ExportUnusable at the first thing that does not fit the manifest."""
        for member in rest:
            facts = manifest.files.get(member.name)
            if facts is None or member.size != facts.bytes:
                raise ExportUnusable(f"{member.name} is not as the manifest says. Copy or make the export again.")
            if member.name in TABLES:
                self.read[member.name] = self._load(member)
            else:
                member.skip()
            if member.sha256 != facts.sha256 or self.read.get(member.name, facts.rows) != facts.rows:
                raise ExportUnusable(
                    f"{member.name} of the export is damaged: its sha256 or number of rows is not what the manifest "
                    "says. Nothing was imported. Copy or make the export again."
                )
        if missing := set(manifest.files) - set(self.read) - {SCHEMA}:
            raise ExportUnusable(f"The export lacks {', '.join(sorted(missing))}. Copy or make it again.")

    def _load(self, member: Member) -> int:
        table = TABLES[member.name]
        before = self._count(table)
        rows = 0
        for batch in _batches(enumerate(member.lines(), 1)):
            parsed = [_parsed(member.name, number, line) for number, line in batch]
            self._insert(member.name, table, parsed)
            rows += len(parsed)
        self.new[member.name] = self._count(table) - before
        return rows

    def _count(self, table: Table) -> int:
        return self.connection.execute(select(func.count()).select_from(table)).scalar() or 0

    # Writing -----------------------------------------------------------------------------------------------------

    def _insert(self, name: str, table: Table, rows: list[dict[str, Any]]) -> None:
        if name in ("points.jsonl", "sightings.jsonl"):
            self._check_points(name, rows)
        if not self.was_empty:
            rows = self._renumbered(name, rows)
        if rows:
            self.database.insert_ignore(self.connection, table, rows)
        if name == "contents.jsonl" and not self.was_empty:
            self._fill(rows)

    def _check_points(self, name: str, rows: list[dict[str, Any]]) -> None:
        digests = {row["digest"] for row in rows if not row["digest"].startswith(GONE)} - {REMOVED}
        c = tables.contents.c
        known: set[str] = set()
        for some in _batches(iter(sorted(digests)), 500):
            known |= set(self.connection.execute(select(c.digest).where(c.digest.in_(some))).scalars())
        if missing := digests - known:
            raise ExportUnusable(f"{name} names the value {min(missing)}, which the export does not hold.")
        if self.urns is not None:
            self.urns.update(row["urn"] for row in rows)
            if len(self.urns) > _URNS_KEPT:
                self.urns = None

    def _renumbered(self, name: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Rows without their numbers, which mean something else here; runs that are there already are left out."""
        if name == "points.jsonl":
            return self._unseen([{key: value for key, value in row.items() if key != "seq"} for row in rows])
        if name != "runs.jsonl":
            return rows
        r = tables.runs.c
        keys = [(row["source"], row["started_at"]) for row in rows]
        query = select(r.source, r.started_at).where(tuple_(r.source, r.started_at).in_(keys))
        known = {tuple(row) for row in self.connection.execute(query)}
        return [
            {key: value for key, value in row.items() if key != "run_id"}
            for row in rows
            if (row["source"], row["started_at"]) not in known
        ]

    def _unseen(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Points that are not there already as sightings."""
        s = tables.sightings.c
        columns = (s.urn, s.aspect, s.source, s.observed_at, s.digest)
        known: set[tuple[Any, ...]] = set()
        for some in _batches(iter(rows), 150):
            keys = [tuple(row[column.name] for column in columns) for row in some]
            query = select(*columns).where(tuple_(*columns).in_(keys))
            known |= {tuple(row) for row in self.connection.execute(query)}
        return [row for row in rows if tuple(row[column.name] for column in columns) not in known]

    def _fill(self, rows: list[dict[str, Any]]) -> None:
        """A value that was emptied here because nobody held it any more is held again; the sweep decides who may."""
        texts = {row["digest"]: row["json"] for row in rows if row["json"] is not None}
        c = tables.contents.c
        for some in _batches(iter(sorted(texts)), 500):
            empty = select(c.digest).where(c.digest.in_(some), c.json.is_(None))
            for digest in self.connection.execute(empty).scalars().all():
                self.connection.execute(update(tables.contents).where(c.digest == digest).values(json=texts[digest]))

    def finish(self) -> str:
        """State everything anew and sweep out what is erased; returns the state hash."""
        if self.was_empty and not self.database.is_sqlite:
            self._set_sequences()
        if not self.was_empty and (erasures := read_erasures(self.connection)):
            Sweep(self.database, self.connection, Recogniser(erasures), micros(now())).run()
        for urns in self._touched():
            restate(self.database, self.connection, urns)
        return f"{read_state(self.connection):032x}"

    def _touched(self) -> Iterator[list[str]]:
        if self.urns is not None:
            yield sorted(self.urns)
            return
        h, last = tables.history.c, ""
        query = select(h.urn).distinct().order_by(h.urn).limit(_BATCH)
        while some := list(self.connection.execute(query.where(h.urn > last)).scalars()):
            yield some
            last = some[-1]

    def _set_sequences(self) -> None:
        for table, column in (("history", "seq"), ("runs", "run_id")):
            self.connection.execute(
                text(
                    f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'), "
                    f"(SELECT coalesce(max({column}), 0) + 1 FROM {table}), false)"
                )
            )


def load(
    database: Database,
    source: Path,
    progress: Callable[[str], None] = lambda name: None,
    audit: Audit | None = None,
) -> Loaded:
    """Load an export into a catalog, with its row of the audit. Raises ExportUnusable; then nothing of it was taken."""
    with members(source, (MANIFEST, SCHEMA, *TABLES)) as found:
        manifest = _manifest(next(found))
        with database.writing() as connection:
            empty = connection.execute(select(tables.history.c.seq).limit(1)).first() is None
            erased = connection.execute(select(tables.erasures.c.erasure_id).limit(1)).first() is not None
            runs = connection.execute(select(tables.runs.c.run_id).limit(1)).first() is not None
            step = _Load(database, connection, empty and not erased and not runs)
            after = version(connection)
            step.files(manifest, _watched(found, progress))
            state = step.finish()
            if step.was_empty and state != manifest.state_hash:
                raise ExportUnusable(
                    f"The loaded catalog has the state hash {state}, the manifest says {manifest.state_hash}. "
                    "Nothing was imported. Make the export again."
                )
            if audit is not None:
                audit.append_changes(connection, after, "write", {"what": "import", "counts": dict(step.new)})
    return Loaded(manifest, step.read, step.new, state)


def _watched(found: Iterator[Member], progress: Callable[[str], None]) -> Iterator[Member]:
    for member in found:
        progress(member.name)
        yield member


def _manifest(member: Member) -> ExportManifest:
    if member.size > _MANIFEST_MAX:
        raise ExportUnusable(
            f"{MANIFEST} of the export is {member.size:,} bytes long. Give a file 'docent export' made."
        )
    return read_manifest(b"".join(iter(member.read, b"")))


def _parsed(name: str, number: int, line: bytes) -> dict[str, Any]:
    try:
        row = row_of(name, line)
        if "urn" in row:
            parse(row["urn"])
        if name == "erasures.jsonl":
            erasure_of(row)
    except (ValueError, KeyError, TypeError, RecordInvalid, UrnInvalid) as error:
        raise ExportUnusable(f"{name} line {number}: {error}. Nothing was imported. Make the export again.") from error
    return row


def _batches(items: Iterator[T], size: int = _BATCH) -> Iterator[list[T]]:
    while batch := list(islice(items, size)):
        yield batch
