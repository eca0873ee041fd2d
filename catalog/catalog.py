"""The catalog as a whole: open it, apply changes, look at it through a scope, cite from it. Owns the wiring.

Everything that writes goes through `apply`; everything that reads for a person goes through `view`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from catalog import citing, past, projection, tables
from catalog.access import AccessSettings, Scope, Viewer, concerns, in_force, matches, scope_of
from catalog.aspects import AccessRule
from catalog.audit.chain import Audit, AuditSettings
from catalog.audit.record import Event
from catalog.change import Change, Evidence
from catalog.citing import Record
from catalog.codec import decode, to_json
from catalog.database import Database, micros, moment, now
from catalog.errors import WorkspaceBusy
from catalog.graphs import Graphs
from catalog.identity import IdentityRules, lookup, register, rules_from
from catalog.identity.lookup import Shown
from catalog.known import Known, Then
from catalog.merge import DEFAULT_RANK, RANKS
from catalog.people import People
from catalog.policies import Principals, StatedPolicy, read_policies
from catalog.reader import read_rows
from catalog.roster import Rosters, read_stamp
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


class Catalog:
    """A catalog in a database. Raises WorkspaceTooNew when a newer Docent wrote it."""

    def __init__(
        self,
        url: str,
        settings: AccessSettings | None = None,
        policy_sources: Sequence[str] | None = None,
        clock: Callable[[], datetime] = now,
        identity: IdentityRules | None = None,
        precedence: Mapping[str, Sequence[str]] | None = None,
        audit: AuditSettings | None = None,
        graph_folder: Path | None = None,
    ) -> None:
        self.database = Database(url)
        self.database.migrate()
        self._project_anew_if_due()
        self.settings = settings or AccessSettings()
        self.policy_sources = policy_sources  # whose policies grant or deny access; None: every source's
        self.clock = clock
        self._configure(identity, precedence)
        self.audit = Audit(audit or AuditSettings(), clock)
        self._store = Store(self.database, clock, self.audit)
        self._rosters = Rosters(self.database)
        self._graphs = Graphs(self.database, graph_folder)
        self._known: Principals | None = None

    def _project_anew_if_due(self) -> None:
        """Projections that an older version made lack what this one reads: make them again from the history."""
        wanted = str(tables.PROJECTION_VERSION)
        with self.database.reading() as connection:
            if read_meta(connection, "projection") == wanted:
                return
        with self.database.writing() as connection:
            past.unsettle(self.database, connection, projection.rebuild_all(connection, version(connection)))
            write_meta(connection, "projection", wanted)

    def _configure(self, rules: IdentityRules | None, precedence: Mapping[str, Sequence[str]] | None) -> None:
        """Identify and merge by other rules than before, if there are any; None keeps those the catalog has."""
        with self.database.reading() as connection:
            held, order = register.stored_rules(connection), projection.read_precedence(connection)
        wanted = rules_from(held or "") if rules is None else rules
        text = order or "{}" if precedence is None else json.dumps({k: list(v) for k, v in sorted(precedence.items())})
        if held == wanted.text and text == (order or "{}"):
            return
        with self.database.writing() as connection:
            register.store_rules(connection, wanted)
            projection.store_precedence(connection, text)
            past.unsettle(self.database, connection, projection.rebuild_all(connection, version(connection)))

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
                self._note_source(connection, name, values)
            elif held._asdict() != values:
                connection.execute(update(tables.sources).where(c.name == name).values(**values))
                self._note_source(connection, name, values)
                if (held.type, held.rank) != (values["type"], values["rank"]):
                    past.unsettle(self.database, connection, projection.rebuild_all(connection, version(connection)))

    def start_run(self, source: str) -> int:
        """Note that a run of a source has begun; returns its number."""
        row = {"source": source, "started_at": micros(self.clock()), "status": "running"}
        with self.database.writing() as connection:
            key = connection.execute(insert(tables.runs).values(row)).inserted_primary_key
            run_id = int(key[0]) if key else 0
            self.audit.append(connection, Event("run", detail={"source": source, "run": run_id, "status": "running"}))
        return run_id

    def end_run(self, run_id: int, status: str, report: dict[str, object]) -> None:
        """Note how a run ended: done, failed or stopped, with its counts."""
        values = {"ended_at": micros(self.clock()), "status": status, "report": json.dumps(report, sort_keys=True)}
        with self.database.writing() as connection:
            c = tables.runs.c
            source = connection.execute(select(c.source).where(c.run_id == run_id)).scalar() or ""
            connection.execute(update(tables.runs).where(c.run_id == run_id).values(**values))
            detail = {"source": source, "run": run_id, "status": status, "report": str(values["report"])}
            self.audit.append(connection, Event("run", detail=detail))

    def _note_source(self, connection: Connection, name: str, values: dict[str, object]) -> None:
        said = {"source": name, "type": str(values["type"]), "rank": str(values["rank"])}
        self.audit.append(connection, Event("config", detail=said))

    # Reading -----------------------------------------------------------------------------------------------------

    def view(self, scope: Scope, as_of: datetime | None = None, known: Known | None = None) -> View:
        """The catalog as a scope sees it: as it was observed by a time, as it had been written down by then."""
        if as_of is not None:
            self._settle_if_due()
        return View(self.database, scope, as_of, self._rosters, known=known, graphs=self._graphs)

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
        return citing.cite(self.database, View(self.database, scope, rosters=self._rosters, deep=True), evidence)

    def identity(self, urn: str) -> Shown:
        """Which URNs are the asset, by which rules, and which may be: unfiltered, for those who keep it right."""
        with self.database.reading() as connection:
            return lookup.show(connection, urn)

    # Access ------------------------------------------------------------------------------------------------------

    def scope(self, *viewers: str, known: Known | None = None) -> Scope:
        """What the given people, services or guests (URNs) may all see, by the policies that hold now.

        Who is unknown, or has left, may see no more than the guest. Nobody at all may see nothing.
        `known`: by the policies, teams and roles that the catalog knew of then.
        """
        principals = self._principals() if known is None else self._principals_then(known)
        now = self.clock()
        rules = in_force((rule for policy in principals.policies for rule in policy.rules), now)
        named = {name for rule in rules for name in (*rule.who, *rule.unless)}
        asking = dict.fromkeys(viewers)
        if any(principals.people.is_stranger(urn, named, now) for urn in asking):
            asking[self.settings.guest] = None
        return scope_of([principals.people.viewer(urn) for urn in asking], rules, self.settings)

    def viewer(self, urn: str) -> Viewer:
        """Who a URN is: with the teams and roles that the catalog knows of."""
        return self._principals().people.viewer(urn)

    def person_by_email(self, email: str) -> str:
        """The person (URN) whose address this is; the guest when there is none, or they have left."""
        return self._principals().people.by_email(email) or self.settings.guest

    def access_rules(self) -> tuple[AccessRule, ...]:
        """The rules of access of all policies that hold now."""
        return in_force((rule for policy in self.policies() for rule in policy.rules), self.clock())

    def policy_version(self) -> str:
        """Identifies the rules of access in force, for the audit; 16 hex digits."""
        text = json.dumps([to_json(rule) for rule in self.access_rules()], sort_keys=True)
        return sha256(f"{self.settings}{text}".encode()).hexdigest()[:16]

    def policies(self) -> tuple[StatedPolicy, ...]:
        """Every policy that may grant or deny access, as each source states it."""
        return self._principals().policies

    def policies_against(self, scope: Scope, urn: str) -> tuple[str, ...]:
        """The policies (URNs) that keep a scope from reading an asset and say whom to ask about it."""
        with self.database.reading() as connection:
            rows = read_rows(connection, [urn])
        names = [viewer.names() for viewer in scope.viewers]
        alive = set(scope.rules)
        return tuple(
            dict.fromkeys(
                policy.urn
                for row in rows
                for policy in self.policies()
                if policy.contact
                and any(
                    rule in alive and rule.effect == "deny" and not rule.columns and matches(rule, row.facts())
                    and any(concerns(rule, one) for one in names)
                    for rule in policy.rules
                )
            )
        )  # fmt: skip

    def _principals(self) -> Principals:
        """People and policies of the newest state, read anew whenever the catalog has changed."""
        with self.database.reading() as connection:
            stamp = read_stamp(connection)
            held = self._known
            if held is None or held.stamp != stamp:
                held = Principals(stamp, People(connection), read_policies(connection, self.policy_sources))
                self._known = held
        return held

    def _principals_then(self, known: Known) -> Principals:
        with self.database.reading() as connection:
            then = Then(connection, known)
            people, policies = People(connection, then), read_policies(connection, self.policy_sources, then)
            return Principals(read_stamp(connection), people, policies)


def decode_record(record: Record) -> object:
    """The value of a cited record."""
    return decode(record.evidence.aspect, record.json)
