"""Owners: from the ways people write them in dbt to people and teams. Pure functions and one register of who was met.

Owns the rules by which a text is a person or a team, and by which `meta` keys name an owner.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from catalog.aspects import Aspect, Documentation, Info, Owner, Person, Team
from catalog.change import Change, Origin
from catalog.urn import make, slug
from indexer.sources.dbt.body import Free, spoken
from indexer.sources.dbt.records import Group, Named

# Words that name a group of people and are not a part of personal names.
_TEAM_WORDS = """
    accounting admin ai analyst analysts analytics audit bi board business care chapter commercial committee
    compliance contact crew crm customer data dataops department dept devops ecommerce eng engineering engineers
    everyone finance fpa fraud fulfillment fulfilment governance group growth guild help helpdesk hr info infra
    infrastructure intelligence legal logistics marketing ml mlops office operations ops payments people
    platform pricing procurement product products research revenue revops risk sales science scientists security
    service squad staff success supply support talent team teams tech treasury tribe warehouse
"""
_TEAM = frozenset(_TEAM_WORDS.split())
_OWNER_KEY = re.compile(r"(?:^|[._\s-])(owner|owners|steward|stewards|maintainer|maintainers)$", re.IGNORECASE)
_EMAIL = re.compile(r"^[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+$")
_NAME_AND_EMAIL = re.compile(r"^(.*?)\s*<([^<>\s]+@[^<>\s]+)>$")
_TEAM_KEYS = ("team", "owning_team", "data_team")


@dataclass(frozen=True)
class Party:
    """A person or team that dbt names."""

    urn: str
    name: str = ""
    email: str = ""
    slack: str = ""
    lead: str = ""
    note: str = ""


def party(owner: Named, team: bool = False) -> Party | None:
    """Who `owner` is; `team`: the key says it is one. None if it names nobody."""
    written = owner.name
    both = _NAME_AND_EMAIL.match(written)
    name, email = (both[1], owner.email or both[2]) if both else (written, owner.email)
    if not email and _EMAIL.match(name):
        name, email = "", name
    local = email.partition("@")[0].lower() if _EMAIL.match(email) else ""
    slack = spoken(owner.extra.get("slack") or owner.extra.get("slack_channel"))
    if name.startswith("urn:li:"):
        return Party(name)
    bare = name.lstrip("@").strip()
    if not (bare or local):
        return None
    if team or "/" in bare or name.startswith("#") or _team_like(bare or local):
        label = bare.rstrip("/").rpartition("/")[2].lstrip("#").strip() or local
        return Party(_urn("corpGroup", slug(label)), label, email, slack) if label else None
    # "Jane Doe" without an e-mail of her own is taken for jane.doe, the commonest form of a local part.
    own = local if not (bare and _team_like(local)) else ""
    return Party(_urn("corpuser", own or ".".join(bare.lower().split())), bare if " " in bare else "", email, slack)


def _urn(entity: str, name: str) -> str:
    return make(entity, name.replace(",", "%2C").replace("(", "%28").replace(")", "%29"))


def _team_like(text: str) -> bool:
    return any(word in _TEAM for word in re.split(r"[^a-z0-9]+", text.lower()))


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def in_meta(meta: Free) -> Iterator[tuple[Party, str]]:
    """The owners that `meta` names, with their role: "business_owner" is a business owner, "team" an owner."""
    for key, value in meta.items():
        last = key.rpartition(".")[2]
        found = _OWNER_KEY.search(last)
        is_team = last.lower() in _TEAM_KEYS
        if not (found or is_team):
            continue
        role = " ".join(re.split(r"[_\s-]+", last.lower())).removesuffix("s") if found else "owner"
        for one in _written(value):
            made = party(one, team=is_team or role.startswith("team "))
            if made:
                yield made, role


def names_owner(key: str) -> bool:
    """Whether a `meta` key is read as an owner."""
    last = key.rpartition(".")[2]
    return bool(_OWNER_KEY.search(last)) or last.lower() in _TEAM_KEYS


def _written(value: object) -> Iterator[Named]:
    """Owners as a text, a comma-separated text, an object with name and email, or a list of these."""
    if isinstance(value, str):
        yield from (Named(part.strip()) for part in value.split(",") if part.strip())
    elif isinstance(value, dict):
        yield Named(spoken(value.get("name")), spoken(value.get("email")), value)
    elif isinstance(value, list):
        for item in value:
            yield from _written(item)


class Register:
    """Everybody met so far, each once, with the first of each detail; and who a bare name or shared mailbox is."""

    def __init__(self) -> None:
        self.met: dict[str, tuple[Party, Origin]] = {}
        self.of_group: dict[str, tuple[Owner, ...]] = {}
        self._known: dict[str, str] = {}  # e-mail or full name -> URN

    def meet_group(self, group: Group, origin: Origin) -> None:
        """A group is a team. Its owner is that team by another name, or else a person or team beside it."""
        urn = _urn("corpGroup", slug(group.head.name))
        team = Party(urn, group.head.label or group.head.name, note=group.head.description)
        owners = [Owner(urn)]
        own = party(group.owner)
        if own and _letters(group.head.name) in (_letters(own.name), _letters(own.email.partition("@")[0])):
            team = replace(team, name=own.name or team.name, email=own.email, slack=own.slack)
        elif own:
            lead = self.meet(own, origin)
            owners.append(Owner(lead, "group owner"))
            team = replace(team, lead=lead if lead.startswith("urn:li:corpuser:") else "")
        self.meet(team, origin)
        self.of_group[group.head.name] = tuple(owners)

    def meet(self, one: Party, origin: Origin) -> str:
        """Take note of a person or team. Returns the URN by which it is known."""
        known = [self._known[key.casefold()] for key in (one.name, one.email) if key.casefold() in self._known]
        # A person may write from a team's mailbox, and stays a person.
        same = [urn for urn in known if not one.name or urn.split(":")[2] == one.urn.split(":")[2]]
        one = replace(one, urn=same[0] if same else one.urn)
        old, first = self.met.get(one.urn, (one, origin))
        details = {key: getattr(old, key) or getattr(one, key) for key in ("name", "email", "slack", "lead", "note")}
        self.met[one.urn] = (replace(old, **details), first)
        self._known = {key.casefold(): one.urn for key in (one.name, one.email) if key} | self._known
        return one.urn

    def changes(self) -> Iterator[Change]:
        """What is known of those whose name or e-mail is known."""
        for one, origin in self.met.values():
            if not (one.name or one.email):
                continue
            is_team = one.urn.startswith("urn:li:corpGroup:")
            yield Change(one.urn, Info(kind="team" if is_team else "person", name=one.name or one.email), origin)
            body: Aspect = (
                Team(lead=one.lead, email=one.email, slack=one.slack)
                if is_team
                else Person(full_name=one.name, email=one.email, slack=one.slack)
            )
            if body != type(body)():
                yield Change(one.urn, body, origin)
            if one.note:
                yield Change(one.urn, Documentation(one.note), origin)
