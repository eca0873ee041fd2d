"""The catalog as a whole: open it, apply changes, look at it through a scope, cite from it. Owns the wiring.

Everything that writes goes through `apply`; everything that reads for a person goes through `view`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import DBAPIError

from catalog import past, projection, tables
from catalog.access import AccessSettings, Scope, Viewer, scope_of
from catalog.aspects import AccessRule, Person, Policy, Team
from catalog.change import Change, Evidence
from catalog.codec import decode, decode_inputs, encode
from catalog.database import Database, micros, moment, now
from catalog.errors import Erased, NotFound, WorkspaceBusy
from catalog.merge import DEFAULT_RANK, RANKS, Authority, merge
from catalog.reader import SaidOf, read_contents, read_inputs, read_rows, read_said
from catalog.store import Applied, Store, read_meta, read_state, version, write_meta
from catalog.view import View

SETTLE_ABOVE = 200  # assets; fewer are computed from their points in a few milliseconds


@dataclass(frozen=True)
class SourceStatus:
    """A source and its last run."""

    name: str
    type: str
    last_run: datetime | None
    status: str
    report: dict[str, int]


@dataclass(frozen=True)
class Record:
    """One stored value, as `cite` shows it: where it came from and its JSON text."""

    evidence: Evidence
    observed_at: datetime
    locator: str
    pointer: str
    json: str
    is_current: bool


class Catalog:
    """A catalog in a database. Raises WorkspaceTooNew when a newer Docent wrote it."""

    def __init__(
        self,
        url: str,
        settings: AccessSettings | None = None,
        policy_sources: Sequence[str] | None = None,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self.database = Database(url)
        self.database.migrate()
        self._project_anew_if_due()
        self.settings = settings or AccessSettings()
        self.policy_sources = policy_sources  # whose policies grant or deny access; None: every source's
        self.clock = clock
        self._store = Store(self.database, clock)
        self._rules: tuple[int, tuple[AccessRule, ...]] | None = None

    def _project_anew_if_due(self) -> None:
        """Projections that an older version made lack what this one reads: make them again from the history."""
        wanted = str(tables.PROJECTION_VERSION)
        with self.database.reading() as connection:
            if read_meta(connection, "projection") == wanted:
                return
        with self.database.writing() as connection:
            past.unsettle(self.database, connection, projection.rebuild_all(connection, version(connection)))
            write_meta(connection, "projection", wanted)

    # Writing -----------------------------------------------------------------------------------------------------

    def apply(self, changes: Iterable[Change]) -> Applied:
        """Apply changes; idempotent, in any order. What observed_at leaves open is the time of applying."""
        return self._store.apply(changes)

    def register(self, name: str, kind: str, rank: int | None = None, config: str = "{}") -> None:
        """Make a source known, with its type and how far it is believed. A changed rank re-merges all assets."""
        values = {"type": kind, "rank": RANKS.get(kind, DEFAULT_RANK) if rank is None else rank, "config": config}
        c = tables.sources.c
        with self.database.writing() as connection:
            held = connection.execute(select(c.type, c.rank, c.config).where(c.name == name)).first()
            if held is None:
                connection.execute(insert(tables.sources), [values | {"name": name}])
            elif held._asdict() != values:
                connection.execute(update(tables.sources).where(c.name == name).values(**values))
                if (held.type, held.rank) != (values["type"], values["rank"]):
                    past.unsettle(self.database, connection, projection.rebuild_all(connection, version(connection)))

    def start_run(self, source: str) -> int:
        """Note that a run of a source has begun; returns its number."""
        row = {"source": source, "started_at": micros(self.clock()), "status": "running"}
        with self.database.writing() as connection:
            key = connection.execute(insert(tables.runs).values(row)).inserted_primary_key
        return int(key[0]) if key else 0

    def end_run(self, run_id: int, status: str, report: dict[str, object]) -> None:
        """Note how a run ended: done, failed or stopped, with its counts."""
        values = {"ended_at": micros(self.clock()), "status": status, "report": json.dumps(report, sort_keys=True)}
        with self.database.writing() as connection:
            connection.execute(update(tables.runs).where(tables.runs.c.run_id == run_id).values(**values))

    # Reading -----------------------------------------------------------------------------------------------------

    def view(self, scope: Scope, as_of: datetime | None = None) -> View:
        """The catalog as a scope sees it."""
        if as_of is not None:
            self._settle_if_due()
        return View(self.database, scope, as_of)

    def settle(self) -> int:
        """Prepare reading as of past times for what changed since; returns how many assets. Raises WorkspaceBusy."""
        return past.settle(self.database)

    def _settle_if_due(self) -> None:
        """Settle before a look into the past if much is loose; while another process writes, reading is only slower."""
        with self.database.reading() as connection:
            due = past.count_unsettled(connection) > SETTLE_ABOVE
        if due:
            with suppress(WorkspaceBusy, DBAPIError):  # DBAPIError: a catalog that may only be read
                self.settle()

    def version(self) -> int:
        """The number of the newest change; grows with every change of a value."""
        with self.database.reading() as connection:
            return version(connection)

    def state_hash(self) -> str:
        """32 hex digits that depend on what all sources say now, and not on the order in which it arrived."""
        with self.database.reading() as connection:
            return f"{read_state(connection):032x}"

    def counts(self) -> dict[str, int]:
        """How many assets of each kind there are, unfiltered: for the operator's status, never for an answer."""
        c = tables.assets.c
        query = select(c.kind, func.count()).group_by(c.kind).order_by(func.count().desc(), c.kind)
        with self.database.reading() as connection:
            return dict(connection.execute(query).all())

    def sources(self) -> list[SourceStatus]:
        """Every source with its last run."""
        s, r = tables.sources.c, tables.runs.c
        with self.database.reading() as connection:
            last = dict(connection.execute(select(r.source, func.max(r.run_id)).group_by(r.source)).all())
            found = []
            for name, kind in connection.execute(select(s.name, s.type).order_by(s.name)):
                run = connection.execute(select(tables.runs).where(r.run_id == last.get(name, -1))).first()
                found.append(
                    SourceStatus(
                        name,
                        kind,
                        moment(run.ended_at or run.started_at) if run else None,
                        run.status if run else "never run",
                        json.loads(run.report) if run else {},
                    )
                )
        return found

    def cite(self, evidence: Evidence, scope: Scope) -> Record:
        """The exact stored value an answer cites, less what of it the scope may not see.

        Raises NotFound when it is unknown or not the scope's to read, Erased when only its digest is left.
        """
        view = self.view(scope)
        unknown = NotFound(
            f"Nothing is stored at '{evidence.ref()}'. Copy the whole reference from an answer's citation."
        )
        if not view.readable(evidence.urn):
            raise unknown
        h, c = tables.history.c, tables.current.c
        with self.database.reading() as connection:
            point = connection.execute(
                select(h.observed_at, h.locator, h.pointer)
                .where(h.urn == evidence.urn, h.aspect == evidence.aspect)
                .where(h.source == evidence.source, h.digest == evidence.version)
                .order_by(h.observed_at.desc())
            ).first()
            texts = read_contents(connection, [evidence.version])
            inputs = decode_inputs(read_inputs(connection, [evidence.version]).get(evidence.version, ""))
            current = connection.execute(
                select(c.digest, c.live).where(
                    c.urn == evidence.urn, c.aspect == evidence.aspect, c.source == evidence.source
                )
            ).first()
        if point is None or evidence.version not in texts or not view.may_see(inputs):
            raise unknown
        text = texts[evidence.version]
        if text is None:
            raise Erased(f"The value at '{evidence.ref()}' was erased on request; only its digest is kept.")
        is_current = current is not None and current.live and current.digest == evidence.version
        text = self._shown(view, evidence, text)
        return Record(evidence, moment(point.observed_at), point.locator, point.pointer, text, is_current)

    @staticmethod
    def _shown(view: View, evidence: Evidence, text: str) -> str:
        """The stored text as it is, or less the columns and upstreams that the scope may not see."""
        value = decode(evidence.aspect, text)
        shown = view.shown(evidence.urn, value)
        return text if shown == value else encode(shown)

    # Access ------------------------------------------------------------------------------------------------------

    def scope(self, *viewers: str) -> Scope:
        """What the given people, services or guests (URNs) may all see, by the policies that hold now."""
        return scope_of([self.viewer(urn) for urn in viewers], self.access_rules(), self.settings)

    def viewer(self, urn: str) -> Viewer:
        """Who a URN is: with the teams and roles that the catalog knows of."""
        with self.database.reading() as connection:
            said = read_said(connection, [urn], names=(Person.NAME,)).get(urn, {})
            authorities = projection.read_authorities(connection)
            rows = read_rows(connection, kind="team")
            teams = read_said(connection, [row.urn for row in rows], names=(Team.NAME,))
        person = merge(said[Person.NAME], authorities).value if said else Person()
        if not isinstance(person, Person):
            return Viewer(urn)
        groups = self._teams_of(urn, person.teams, teams, authorities)
        return Viewer(urn, groups, frozenset(person.roles))

    @staticmethod
    def _teams_of(urn: str, own: tuple[str, ...], said: SaidOf, authorities: dict[str, Authority]) -> frozenset[str]:
        """The teams a person names, those that name the person, and all teams above them."""
        found = set(own)
        parents: dict[str, str] = {}
        for team, held in said.items():
            value = merge(held[Team.NAME], authorities).value
            if isinstance(value, Team):
                parents[team] = value.parent
                if urn in value.members:
                    found.add(team)
        for team in list(found):  # a member of a team belongs to the teams above it
            while (team := parents.get(team, "")) and team not in found:
                found.add(team)
        return frozenset(found)

    def access_rules(self) -> tuple[AccessRule, ...]:
        """The rules of access of all policies, read anew whenever the catalog has changed."""
        with self.database.reading() as connection:
            at = version(connection)
            if self._rules is None or self._rules[0] != at:
                urns = [row.urn for row in read_rows(connection, kind="policy")]
                said = read_said(connection, urns, names=(Policy.NAME,))
                rules = tuple(
                    rule
                    for urn in sorted(said)
                    for one in said[urn].get(Policy.NAME, ())
                    if self.policy_sources is None or one.point.source in self.policy_sources
                    if isinstance(one.value, Policy)
                    for rule in one.value.access
                )
                self._rules = (at, rules)
        return self._rules[1]


def decode_record(record: Record) -> object:
    """The value of a cited record."""
    return decode(record.evidence.aspect, record.json)
