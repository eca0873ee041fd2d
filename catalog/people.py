"""Who people are to the rules of access: their teams and roles, whether they are still here, whose an address is.

Reads unfiltered, for scopes only: who someone is does not depend on what anyone may see. Hands out viewers, no values.
"""

from __future__ import annotations

from collections.abc import Container
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from catalog.access import Viewer
from catalog.aspects import Aspect, Person, Team
from catalog.identity import lookup
from catalog.known import Then, said_of_kind
from catalog.merge import Authority, merge
from catalog.projection import read_authorities, stated
from catalog.urn import PREFIX

A = TypeVar("A", bound=Aspect)


class People:
    """The people and teams of one state of the catalog."""

    def __init__(self, connection: Connection, then: Then | None = None) -> None:
        self._authorities = read_authorities(connection)
        self._people = _read(connection, "person", Person, self._authorities, then)
        self._teams = _read(connection, "team", Team, self._authorities, then)
        members = lookup.members(connection, [*self._people, *self._teams])
        self._names = {home: frozenset(names) for home, names in members.items() if len(names) > 1}
        self._home = {name: home for home, names in self._names.items() for name in names}
        self._member_of: dict[str, set[str]] = {}
        for urn, team in self._teams.items():
            for member in team.members:
                self._member_of.setdefault(member, set()).add(urn)

    def viewer(self, urn: str) -> Viewer:
        """A URN with its other URNs, the teams (and the teams above them) and roles that the catalog knows of."""
        home = self._home.get(urn, urn)
        names = self._names.get(home, frozenset({urn}))
        person = self._people.get(home, Person())
        found = {self._home.get(team, team) for team in person.teams}
        found |= {team for name in names for team in self._member_of.get(name, ())}
        for team in list(found):
            while (team := self._above(team)) and team not in found:
                found.add(team)
        also = (name for team in found for name in self._names.get(team, ()))
        # A rule that names a person or team by another of their URNs means them too.
        return Viewer(urn, frozenset({*found, *also, *names} - {urn}), frozenset(person.roles))

    def _above(self, team: str) -> str:
        parent = self._teams[team].parent if team in self._teams else ""
        return self._home.get(parent, parent)

    def is_stranger(self, urn: str, named: Container[str], now: datetime) -> bool:
        """Whether someone counts as the guest too: unknown here and named by no rule, or gone from the company."""
        home = self._home.get(urn, urn)
        person = self._people.get(home)
        if person is None:
            return home not in self._teams and urn not in named
        return not person.active or (person.left_at is not None and person.left_at <= now)

    def by_email(self, email: str) -> str:
        """The one active person with this address, or known by the part before the @; "" when there is none."""
        address = email.strip().casefold()
        local, at, _ = address.partition("@")
        if not local or not at:
            return ""
        namesake = f"{PREFIX}corpuser:{local}"
        found = self._people.get(namesake)
        if found is not None and found.email.strip().casefold() in {"", address}:
            return namesake if found.active else ""
        same = [urn for urn, one in self._people.items() if one.active and one.email.strip().casefold() == address]
        return same[0] if len(same) == 1 else ""


def _read(
    connection: Connection, kind: str, aspect: type[A], authorities: dict[str, Authority], then: Then | None
) -> dict[str, A]:
    said = said_of_kind(connection, kind, aspect.NAME, then)
    held = {
        urn: merge(values, authorities).value
        for urn, one in said.items()
        if (values := stated(one.get(aspect.NAME, ())))
    }
    return {urn: value for urn, value in held.items() if isinstance(value, aspect)}
