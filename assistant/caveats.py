"""What to watch out for with an asset, whatever was asked: deprecated, failing, stale, an open incident, its standing.

Each is a claim with its own record. Shared by all skills that put an asset in front of people.
"""

from __future__ import annotations

from assistant.claims import Claim, Slot, claim, date, name, quote, status
from assistant.desk import Desk
from catalog.aspects import Certification, Checks, Classification, Deprecation, Freshness, Incidents

FAILED = ("fail", "error")


def caveats(desk: Desk, urn: str, freshness: bool = True) -> tuple[Claim, ...]:
    """What a careful colleague would mention, most serious first. `freshness` False: the answer says that anyway."""
    return (
        *_deprecated(desk, urn),
        *_incidents(desk, urn),
        *_failing(desk, urn),
        *(_stale(desk, urn) if freshness else ()),
        *_standing(desk, urn),
    )


def _deprecated(desk: Desk, urn: str) -> tuple[Claim, ...]:
    held = desk.read(urn, Deprecation)
    if held is None or not held.value.deprecated:
        return ()
    said = held.value
    template, slots = "{asset} is deprecated", {"asset": desk.slot(urn)}
    if said.since:
        template, slots = template + " since {since}", slots | {"since": date(said.since)}
    if said.replacement and desk.view.asset(said.replacement):
        template, slots = template + "; use {replacement} instead", slots | {"replacement": desk.slot(said.replacement)}
    claims = [claim(template + ".", [held.said[0]], **slots)]
    if said.note:
        claims.append(claim("{note}", [held.said[0]], note=quote(said.note, 200)))
    return tuple(claims)


def _incidents(desk: Desk, urn: str) -> tuple[Claim, ...]:
    held = desk.read(urn, Incidents)
    claims = []
    for incident in held.value.incidents if held else ():
        if incident.status == "resolved" or held is None:
            continue
        slots = {"title": quote(incident.title, 150)}
        template = "Open incident: {title}"
        if incident.opened_at:
            template, slots = template + ", since {since}", slots | {"since": date(incident.opened_at, desk.now)}
        claims.append(claim(template + ".", held.said, **slots))
        if incident.note:
            claims.append(claim("{note}", held.said, note=quote(incident.note, 300)))
    return tuple(claims)


def _failing(desk: Desk, urn: str) -> tuple[Claim, ...]:
    held = desk.read(urn, Checks)
    claims = []
    for check in held.value.checks if held else ():
        if check.status not in (*FAILED, "warn") or held is None:
            continue
        shown = "giving a warning" if check.status == "warn" else "failing"
        slots = {"check": Slot("quote", check.name, check.name), "status": status(check.status, shown)}
        template = "The check {check} is {status}"
        if check.at:
            template, slots = template + " as of {at}", slots | {"at": date(check.at, desk.now)}
        claims.append(claim(template + ".", held.said, **slots))
    return tuple(claims)


def _stale(desk: Desk, urn: str) -> tuple[Claim, ...]:
    held = desk.read(urn, Freshness)
    if held is None or held.value.loaded_at is None or is_fresh(held.value, desk.now) is not False:
        return ()
    return (claim("Its data is stale: last loaded {at}.", [held.said[0]], at=date(held.value.loaded_at, desk.now)),)


def is_fresh(freshness: Freshness, now: object = None) -> bool | None:
    """Whether data is as fresh as is expected of it: by who measured it, else by the expectation. None: unknown."""
    if freshness.status in ("pass", "warn", "fail", "error"):
        return freshness.status == "pass"
    return None


def _standing(desk: Desk, urn: str) -> tuple[Claim, ...]:
    claims = []
    certified = desk.read(urn, Certification)
    if certified is not None and certified.value.certified:
        if certified.value.by:
            by = name(
                certified.value.by, desk.view.name(certified.value.by) if certified.value.by.startswith("urn:") else ""
            )
            claims.append(claim("It is certified by {by}.", [certified.said[0]], by=by))
        else:
            claims.append(claim("It is certified.", [certified.said[0]]))
    classes = desk.read(urn, Classification)
    found = list(dict.fromkeys(name_ for _, name_ in classes.value.classes)) if classes else []
    if classes is not None and found:
        claims.append(claim("It holds {classes}.", classes.said, classes=[quote(one) for one in found]))
    return tuple(claims)
