"""Who owns or answers for an asset, and whom to ask: recorded owners, else those of what it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from assistant.claims import Claim, Draft, claim, count, date, quote
from assistant.desk import Call, Desk, Subject, disputed
from assistant.skills.registry import Skill
from assistant.subjects import hit, not_readable, others_note, qualified, unresolved
from catalog.access import Level
from catalog.aspects import Info, Membership, Owner, Ownership, Person, Team
from catalog.kinds import kind_of
from catalog.merge import Held

_OWNED_SHOWN = 12


@dataclass(frozen=True)
class _Answering:
    """Owners found, on which asset they are recorded, and whether that is the asset asked about."""

    held: Held[Ownership]
    urn: str
    inherited: bool
    namesake: bool = False


def answer(desk: Desk, call: Call) -> Draft:
    """Say who owns the subject, whether they are still here, and who else says otherwise."""
    row = desk.view.asset(call.subject.urn) if call.subject else None
    if call.subject is None or row is None:
        return unresolved(desk, call)
    if row.kind in ("person", "team"):
        return owned_by(desk, row.urn)
    found = _owners(desk, row.urn) or _owners_of_namesake(desk, call.subject)
    if found is not None and found.namesake:
        row = desk.view.asset(found.urn) or row
    owners = found.held.value.owners if found else ()
    caveats = [one for owner in owners for one in _standing(desk, owner)]
    if found and not found.inherited:
        caveats += disputed(
            desk, row.urn, found.held, lambda said: [desk.slot(o.urn) for o in said.owners], "the owner"
        )
    if row.level is Level.DISCOVER:
        caveats += not_readable(desk, row.urn)
    return Draft(
        "answered" if found else "no",
        _lead(desk, row.urn, found),
        desk.coverage(),
        (*caveats, *others_note(desk, call.subject)),
        tuple(one for owner in owners for one in _reach(desk, owner)),
        {"owners": [_fact(desk, owner) for owner in owners], "inherited": bool(found and found.inherited)},
        (hit(desk, row.urn), *call.subject.others),
        (f"What is {row.name}?", f"Can I trust {row.name}?", f"What depends on {row.name}?"),
    )


def _owners(desk: Desk, urn: str) -> _Answering | None:
    """The recorded owners of the asset, else of the nearest thing it belongs to: parent, then domain."""
    row = desk.view.asset(urn)
    for place in (urn, row.parent if row else "", row.domain if row else ""):
        if place and (held := desk.read(place, Ownership)) is not None and held.value.owners:
            return _Answering(held, place, place != urn)
    return None


def _owners_of_namesake(desk: Desk, subject: Subject) -> _Answering | None:
    """A metric and a term often share a name: when the one meant first has no owner, the other's is the answer."""
    for other in subject.others:
        held = desk.read(other.urn, Ownership)
        if held is not None and held.value.owners:
            return _Answering(held, other.urn, False, namesake=True)
    return None


def owned_by(desk: Desk, urn: str) -> Draft:
    """Who a person or team is and what they own, of what the viewer may read."""
    owned = [row for row in desk.view.assets() if urn in row.owners]
    proof = desk.searched(f"owned by {urn}", len(owned))
    caveats = _standing(desk, Owner(urn))
    details = (*_position(desk, urn), *_reach(desk, Owner(urn)))
    if not owned:
        lead = (claim("Nothing that you may see is owned by {owner}.", [proof], owner=desk.slot(urn)),)
        return Draft("no", lead, desk.coverage(), caveats, details, {"owned": []}, assets=(hit(desk, urn),))
    shown = [qualified(desk, row.urn) for row in owned[:_OWNED_SHOWN]]
    proofs = [held.said[0] for row in owned[:_OWNED_SHOWN] if (held := desk.read(row.urn, Ownership)) is not None]
    said = (
        claim("{owner} owns {count}.", [proof], owner=desk.slot(urn), count=count(len(owned))),
        claim("Among them: {owned}." if len(owned) > _OWNED_SHOWN else "These: {owned}.", proofs, owned=shown),
    )
    hits = (hit(desk, urn), *(hit(desk, row.urn, 0.5) for row in owned))
    return Draft("answered", said, desk.coverage(), caveats, details, {"owned": [row.urn for row in owned]}, hits)


def _position(desk: Desk, urn: str) -> tuple[Claim, ...]:
    held = desk.read(urn, Person)
    if held is None or not held.value.title:
        return ()
    return (claim("{person}: {title}.", [held.said[0]], person=desk.slot(urn), title=quote(held.value.title)),)


def _lead(desk: Desk, urn: str, found: _Answering | None) -> tuple[Claim, ...]:
    if found is not None and not found.inherited:
        slots = [desk.slot(owner.urn) for owner in found.held.value.owners]
        return (claim("{asset} is owned by {owners}.", [found.held.said[0]], asset=desk.slot(urn), owners=slots),)
    nothing = desk.searched(f"owner of {urn}", 0)
    if found is None:
        return (
            claim("No owner is recorded for {asset}, nor for what it belongs to.", [nothing], asset=desk.slot(urn)),
        )
    above: Held[Any] | None = desk.read(urn, Membership) or desk.read(urn, Info)
    return (
        claim("No owner is recorded for {asset} itself.", [nothing], asset=desk.slot(urn)),
        claim(
            "It belongs to {above}, which is owned by {owners}.",
            [found.held.said[0], above.said[0] if above else None],
            above=desk.slot(found.urn),
            owners=[desk.slot(owner.urn) for owner in found.held.value.owners],
        ),
    )


def _standing(desk: Desk, owner: Owner) -> tuple[Claim, ...]:
    """What makes an owner the wrong one to write to: they left, or the team is empty."""
    person = desk.read(owner.urn, Person)
    if person is not None and not _is_active(desk, person.value):
        proof = [person.said[0]]
        if person.value.left_at:
            return (claim("{owner} left on {at}.", proof, owner=desk.slot(owner.urn), at=date(person.value.left_at)),)
        return (claim("{owner} is no longer active.", proof, owner=desk.slot(owner.urn)),)
    if kind_of(owner.urn) == "team" and not _is_staffed(desk, owner.urn):
        proof_ = desk.proof_of(owner.urn)
        if proof_ is not None:
            return (claim("{owner} has no active members.", [proof_], owner=desk.slot(owner.urn)),)
    return ()


def _is_active(desk: Desk, person: Person) -> bool:
    return person.active and (person.left_at is None or person.left_at > (desk.view.as_of or desk.now))


def _is_staffed(desk: Desk, team: str) -> bool:
    held = desk.read(team, Team)
    members = set(held.value.members) if held else set()
    members |= {row.urn for row in desk.view.assets("person") if _belongs(desk, row.urn, team)}
    if held is None and not members:
        return True  # nobody says who belongs to it: that is not known, and no sign that it is empty
    return any((p := desk.read(urn, Person)) is None or _is_active(desk, p.value) for urn in members)


def _belongs(desk: Desk, person: str, team: str) -> bool:
    held = desk.read(person, Person)
    return held is not None and team in held.value.teams


def _reach(desk: Desk, owner: Owner) -> tuple[Claim, ...]:
    """How to reach an owner: the team's channel, the person's address."""
    team, person = desk.read(owner.urn, Team), desk.read(owner.urn, Person)
    if team is not None and team.value.slack:
        return (
            claim("Ask {owner} in {place}.", [team.said[0]], owner=desk.slot(owner.urn), place=quote(team.value.slack)),
        )
    if person is not None and person.value.email and _is_active(desk, person.value):
        return (
            claim(
                "Write to {owner}: {at}.", [person.said[0]], owner=desk.slot(owner.urn), at=quote(person.value.email)
            ),
        )
    return ()


def _fact(desk: Desk, owner: Owner) -> dict[str, object]:
    person = desk.read(owner.urn, Person)
    active = (
        _is_active(desk, person.value)
        if person
        else _is_staffed(desk, owner.urn)
        if desk.read(owner.urn, Team)
        else True
    )
    return {
        "urn": owner.urn,
        "name": desk.view.name(owner.urn),
        "kind": kind_of(owner.urn),
        "role": owner.role,
        "active": active,
    }


SKILL = Skill(
    "owner",
    __doc__,
    (
        "who owns {asset}",
        "who is the owner of {asset}",
        "who is responsible for {asset}",
        "who do I ask about {asset}",
        "whom should I contact about {asset}",
        "which team maintains {asset}",
        "who takes care of {asset}",
        "owner of {asset}",
        "who looks after {asset}",
        "who built {asset}",
        "point of contact for {asset}",
        "whose is {asset}",
        "who can tell me about {asset}",
        "who knows about {asset}",
        "what does {asset} own",
        "which tables does {asset} own",
        "whose table is {asset}",
        "who can help me with {asset}",
        "who should I ping about {asset}",
        "who do I talk to about {asset}",
        "which team owns {asset}",
    ),
    answer,
    cues=(
        "own",
        "owner",
        "owns",
        "owned",
        "who",
        "whom",
        "responsible",
        "contact",
        "maintains",
        "steward",
        "accountable",
    ),
)
