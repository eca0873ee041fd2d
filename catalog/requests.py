"""Asking for access, and granting it: requests as rows, grants as rules of a policy, both only by who may.

A request is about what its viewer may discover and not read. Owners decide, and who may change the asset. Denials win
over grants: where one stands in the way, approving says which, and grants nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import insert, select, update

from catalog import tables
from catalog.access import Level
from catalog.aspects import AccessRule, Policy
from catalog.catalog import Catalog
from catalog.change import Change, Origin, Removed
from catalog.database import micros, moment
from catalog.errors import BadInput, ConfigInvalid, NotFound
from catalog.policies import Decision, StatedPolicy, decide
from catalog.reader import AssetRow, read_rows
from catalog.urn import PREFIX, slug

SOURCE = "person"  # what people decide, as against what files say
GRANTS = f"{PREFIX}policy:granted-access"


@dataclass(frozen=True)
class Request:
    """Someone's wish to read an asset, and what became of it."""

    ident: str
    urn: str
    viewer: str
    reason: str
    asked_at: datetime
    status: str
    decided_by: str
    note: str


class AccessDesk:
    """Policies and requests, for people: everything is checked against who asks."""

    def __init__(self, catalog: Catalog, clock: Callable[[], datetime]) -> None:
        self._catalog = catalog
        self._clock = clock

    # Policies ----------------------------------------------------------------------------------------------------

    def policies(self, by: str) -> list[StatedPolicy]:
        """The policies that `by` may change, with their rules."""
        return [policy for policy in self._catalog.policies() if self._may_change(policy.urn, by)]

    def test(self, by: str, viewer: str, urn: str) -> list[Decision]:
        """What a viewer may do with an asset and which rules decide it; as the guest too, where they count as one."""
        if not self._may_change(GRANTS, by):
            raise self._not_allowed()
        rows = self._rows([urn])
        if not rows:
            raise NotFound(f"Nothing is called '{urn}'. Give the URN or the whole name of an asset.")
        people = self._catalog.scope(viewer).viewers
        return [decide(one, rows[0].facts(), self._in_force(), self._catalog.settings) for one in people]

    def add(self, by: str, name: str, rule: AccessRule) -> str:
        """Add a rule to the policy that people keep under this name; returns the policy's URN."""
        urn = f"{PREFIX}policy:{slug(name)}"
        if not self._may_change(urn, by):
            raise self._not_allowed()
        self._store(urn, (*self._own_rules(urn), rule), by)
        return urn

    def remove(self, by: str, name: str, number: int | None = None) -> int:
        """Take one rule (counted from 1) or all out of a policy that people keep; returns how many went."""
        urn = f"{PREFIX}policy:{slug(name)}"
        if not self._may_change(urn, by):
            raise self._not_allowed()
        held = self._own_rules(urn)
        if not held or (number is not None and not 1 <= number <= len(held)):
            raise NotFound(f"People keep {len(held)} rules in the policy '{name}'. Rules of files are changed there.")
        kept = () if number is None else (*held[: number - 1], *held[number:])
        self._store(urn, kept, by)
        return len(held) - len(kept)

    # Requests ----------------------------------------------------------------------------------------------------

    def request(self, viewer: str, urn: str, reason: str) -> Request:
        """Ask to read an asset. Raises NotFound for what may not be discovered, BadInput for what may be read."""
        row = self._catalog.view(self._catalog.scope(viewer)).asset(urn)
        if row is None:
            raise NotFound(f"Nothing is called '{urn}'. Give the URN or the whole name of an asset.")
        if row.level is Level.READ:
            raise BadInput(f"You may read {row.name} already.")
        if not reason.strip():
            raise BadInput("Say what you need it for: --reason 'monthly report'.")
        made = Request(secrets.token_hex(6), urn, viewer, reason.strip(), self._clock(), "open", "", "")
        values = {"request_id": made.ident, "urn": urn, "viewer": viewer, "reason": made.reason, "status": "open",
                  "asked_at": micros(made.asked_at), "decided_by": "", "note": ""}  # fmt: skip
        with self._catalog.database.writing() as connection:
            connection.execute(insert(tables.access_requests), [values])
        return made

    def requests(self, by: str, status: str = "open") -> list[Request]:
        """The requests that `by` may decide, and their own; the oldest first."""
        c = tables.access_requests.c
        columns = (c.request_id, c.urn, c.viewer, c.reason, c.asked_at, c.status, c.decided_by, c.note)
        query = select(*columns).order_by(c.asked_at, c.request_id)
        with self._catalog.database.reading() as connection:
            rows = connection.execute(query.where(c.status == status) if status else query).all()
        found = [Request(*row[:4], moment(row[4]), *row[5:]) for row in rows]
        return [one for one in found if one.viewer == by or self._may_decide(one.urn, by)]

    def approve(self, by: str, ident: str, until: datetime | None = None) -> Request:
        """Grant a request, for good or until a time. Raises BadInput, naming the denial, when one stands in the way."""
        wanted = self._decidable(by, ident)
        row = next(iter(self._rows([wanted.urn])), None)
        if row is None:
            raise NotFound(f"What request {ident} asks for is not in the catalog any more. Decline it.")
        rule = AccessRule("allow", "read", who=(wanted.viewer,), assets=(wanted.urn,), until=until)
        granted = StatedPolicy(GRANTS, "", SOURCE, "", "", (rule,))
        for person in self._catalog.scope(wanted.viewer).viewers:
            made = decide(person, row.facts(), (*self._in_force(), granted), self._catalog.settings)
            denials = ", ".join(dict.fromkeys(policy.name for policy, one in made.deciding if one.effect == "deny"))
            if made.level is not Level.READ:
                why = f"the policy {denials} denies it" if denials else "they count as the guest, who may not read it"
                raise BadInput(f"Approving would change nothing: {why}. Spare {wanted.viewer} there, under 'unless'.")
        self._store(GRANTS, (*self._own_rules(GRANTS), rule), by)
        return self._decided(wanted, "approved", by, f"until {until.isoformat()}" if until else "")

    def decline(self, by: str, ident: str, note: str = "") -> Request:
        """Decline a request, with a word on why."""
        return self._decided(self._decidable(by, ident), "declined", by, note)

    def _decidable(self, by: str, ident: str) -> Request:
        found = next((one for one in self.requests(by) if one.ident == ident), None)
        if found is None or not self._may_decide(found.urn, by):
            raise NotFound(f"There is no open request '{ident}' for you to decide. See: docent access requests.")
        return found

    def _decided(self, one: Request, status: str, by: str, note: str) -> Request:
        c = tables.access_requests.c
        values = {"status": status, "decided_by": by, "decided_at": micros(self._clock()), "note": note}
        with self._catalog.database.writing() as connection:
            connection.execute(update(tables.access_requests).where(c.request_id == one.ident).values(**values))
        return replace(one, status=status, decided_by=by, note=note)

    # Who may -----------------------------------------------------------------------------------------------------

    def _may_change(self, urn: str, by: str) -> bool:
        facts = next((row.facts() for row in self._rows([urn])), None) or AssetRow(urn, "policy", urn).facts()
        return self._catalog.scope(by).may_change(facts)

    def _may_decide(self, urn: str, by: str) -> bool:
        row = next(iter(self._rows([urn])), None)
        scope = self._catalog.scope(by)
        names = frozenset[str]().union(*({one.urn} | one.groups for one in scope.viewers if one.urn == by))
        return row is not None and (bool(names & row.owners) or scope.may_change(row.facts()))

    def _rows(self, urns: Sequence[str]) -> list[AssetRow]:
        with self._catalog.database.reading() as connection:
            return read_rows(connection, urns)

    def _in_force(self) -> list[StatedPolicy]:
        alive = set(self._catalog.access_rules())
        return [replace(p, rules=tuple(r for r in p.rules if r in alive)) for p in self._catalog.policies()]

    def _own_rules(self, urn: str) -> tuple[AccessRule, ...]:
        held = (p.rules for p in self._catalog.policies() if (p.urn, p.source) == (urn, SOURCE))
        return next(held, ())

    def _store(self, urn: str, rules: tuple[AccessRule, ...], by: str) -> None:
        sources = self._catalog.policy_sources
        if sources is not None and SOURCE not in sources:
            raise ConfigInvalid(f"Policies of '{SOURCE}' do not count. Add it to access.policy_sources in docent.toml.")
        self._catalog.register(SOURCE, SOURCE)
        value = Policy(access=rules) if rules else Removed(Policy.NAME)
        self._catalog.apply([Change(urn, value, Origin(SOURCE, by, observed_at=self._clock()))])

    @staticmethod
    def _not_allowed() -> BadInput:
        return BadInput(
            "You may not change policies. A rule with action 'change' and kinds ['policy'] allows it; the first one is "
            "written in the files source (docs/access.md)."
        )
