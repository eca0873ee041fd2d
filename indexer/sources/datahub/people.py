"""Readers of people, teams and names of ownership types. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.aspects import Info, Person, Team
from indexer.sources.datahub.common import documentation, key, tail
from indexer.sources.datahub.piece import EDITED, Named, Piece, Reader
from indexer.sources.datahub.proposal import Proposal


def _user(proposal: Proposal) -> Iterator[Piece]:
    body = proposal.body
    full = body.text("fullName") or " ".join(filter(None, (body.text("firstName"), body.text("lastName"))))
    name = body.text("displayName") or full
    department = body.text("departmentName")
    more = (("department", department),) if department else ()
    kind = "service account" if body.flag("system") else ""
    yield Piece(proposal.urn, Info(name=name, subtype=kind, properties=body.pairs("customProperties") + more))
    person = Person(
        full or name,
        body.text("email"),
        body.text("title"),
        active=body.flag("active") is not False,
        manager=body.urn("managerUrn"),
    )
    yield Piece(proposal.urn, person)


def _user_edits(proposal: Proposal) -> Iterator[Piece]:
    body = proposal.body
    name = body.text("displayName")
    more = [(label, ", ".join(words)) for label in ("skills", "teams") if (words := body.texts(label))]
    yield Piece(proposal.urn, Info(name=name, properties=tuple(more)), EDITED)
    yield Piece(proposal.urn, Person(name, body.text("email"), body.text("title"), body.text("slack")), EDITED)
    yield from documentation(proposal, body.text("aboutMe"), EDITED)


def _user_status(proposal: Proposal) -> Iterator[Piece]:
    gone = proposal.body.text("status").upper() in ("SUSPENDED", "DELETED", "INACTIVE")
    yield Piece(proposal.urn, Person(active=not gone))


def _membership(proposal: Proposal) -> Iterator[Piece]:
    """Said of the person, and of each team: DataHub keeps members with the person only."""
    body = proposal.body
    teams = (*body.urns("groups"), *body.urns("nativeGroups"))
    yield Piece(proposal.urn, Person(teams=teams))
    for team in teams:
        yield Piece(team, Team(members=(proposal.urn,)))


def _roles(proposal: Proposal) -> Iterator[Piece]:
    yield Piece(proposal.urn, Person(roles=tuple(tail(urn) for urn in proposal.body.urns("roles"))))


def _group(proposal: Proposal) -> Iterator[Piece]:
    body = proposal.body
    yield Piece(proposal.urn, Info(name=body.text("displayName"), created_at=body.time("created")))
    yield from documentation(proposal, body.text("description"))
    admins = body.urns("admins")
    members = tuple(dict.fromkeys((*body.urns("members"), *admins)))
    lead = admins[0] if len(admins) == 1 else ""  # of several admins none is the lead
    yield Piece(proposal.urn, Team(members, lead, body.text("email"), body.text("slack")))
    for inner in body.urns("groups"):
        yield Piece(inner, Team(parent=proposal.urn))


def _group_edits(proposal: Proposal) -> Iterator[Piece]:
    body = proposal.body
    yield Piece(proposal.urn, Team(email=body.text("email"), slack=body.text("slack")), EDITED)
    yield from documentation(proposal, body.text("description"), EDITED)


def _named(proposal: Proposal) -> Iterator[Piece]:
    if name := proposal.body.text("displayName", "name"):
        yield Piece(proposal.urn, Named(name))


READERS: dict[str, Reader] = {
    "corpUserKey": key,
    "corpUserInfo": _user,
    "corpUserEditableInfo": _user_edits,
    "corpUserStatus": _user_status,
    "groupMembership": _membership,
    "nativeGroupMembership": _membership,
    "roleMembership": _roles,
    "corpGroupKey": key,
    "corpGroupInfo": _group,
    "corpGroupEditableInfo": _group_edits,
    "ownershipTypeKey": key,
    "ownershipTypeInfo": _named,
    "structuredPropertyKey": key,
    "propertyDefinition": _named,
}
