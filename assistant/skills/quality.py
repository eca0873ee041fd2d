"""Whether an asset can be trusted: is it fresh, is it tested, what fails and since when, here and directly upstream."""

from __future__ import annotations

from assistant.caveats import FAILED, caveats, is_fresh
from assistant.claims import Claim, Draft, Slot, claim, count, date, listed, quote
from assistant.desk import Call, Desk
from assistant.skills.registry import DATA_KINDS, Skill
from assistant.subjects import forbidden, hit, others_note, qualified, unresolved
from catalog.access import Level
from catalog.aspects import Check, Checks, Freshness, Incidents, Runs
from catalog.codec import stamp
from catalog.reader import AssetRow
from catalog.trail import Trails, evidence_of

_UPSTREAM_SHOWN = 5


def answer(desk: Desk, call: Call) -> Draft:
    """Verdict first, then each failing check, the freshness, and failures upstream that flow in here."""
    row = desk.view.asset(call.subject.urn) if call.subject else None
    if call.subject is None or row is None:
        return unresolved(desk, call)
    if row.level is not Level.READ:
        return forbidden(desk, row.urn)
    checks, freshness = desk.read(row.urn, Checks), desk.read(row.urn, Freshness)
    upstream = _upstream(desk, row.urn)
    known = bool(checks and checks.value.checks) or bool(freshness)
    return Draft(
        "answered" if known or upstream else "unknown",
        (*_tested(desk, row, upstream), *_fresh(desk, row.urn)),
        desk.coverage(() if known else (f"test results and freshness of {row.name}",)),
        (*caveats(desk, row.urn, freshness=False), *upstream, *others_note(desk, call.subject)),
        (*_runs(desk, row.urn), *_resolved(desk, row.urn)),
        _facts(desk, row.urn),
        (hit(desk, row.urn), *call.subject.others),
        (f"Who owns {row.name}?", f"Where does {row.name} come from?", f"What depends on {row.name}?"),
    )


def _tested(desk: Desk, row: AssetRow, upstream: tuple[Claim, ...]) -> tuple[Claim, ...]:
    urn = row.urn
    held = desk.read(urn, Checks)
    if (held is None or not held.value.checks) and row.kind not in ("table", "view", "topic"):
        return _by_what_it_reads(desk, row, upstream)
    if held is None or not held.value.checks:
        nothing = desk.searched(f"checks on {urn}", 0)
        return (
            claim(
                "No checks are recorded for {asset}: it is untested as far as I know.", [nothing], asset=desk.slot(urn)
            ),
        )
    checks = held.value.checks
    groups = (
        ("failing", [c for c in checks if c.status in FAILED]),
        ("giving a warning", [c for c in checks if c.status == "warn"]),
        ("passing", [c for c in checks if c.status == "pass"]),
        ("not run", [c for c in checks if c.status in ("never_run", "skipped")]),
    )
    words, slots, proofs = [], {}, []
    for number, (word, found) in enumerate(groups):
        if found:
            # Counted over the merged value: no single record need hold all of them, the search does.
            words.append(f"{{n{number}}} {'check is' if len(found) == 1 else 'checks are'} {word}")
            slots[f"n{number}"] = count(len(found))
            proofs.append(desk.searched(f"{word} checks on {urn}", len(found)))
    lead = claim(f"On {{asset}}, {listed(words)}.", [*held.said, *proofs], asset=desk.slot(urn), **slots)
    return (lead,)


def _by_what_it_reads(desk: Desk, row: AssetRow, upstream: tuple[Claim, ...]) -> tuple[Claim, ...]:
    """Dashboards and models are as good as what they are made from."""
    total = Trails(desk.view).walk(row.urn, "up").total
    proof = desk.searched(f"failing or stale upstream of {row.urn}", len(upstream))
    walked = desk.searched(f"upstream of {row.urn}", total)
    slots = {"asset": desk.slot(row.urn), "total": count(total)}
    if not upstream:
        said = "Nothing among the {total} assets that {asset} is made from is known to fail or be stale."
        return (claim(said, [proof, walked], **slots),)
    slots["bad"] = count(len(upstream), "problem" if len(upstream) == 1 else "problems")
    return (claim("{asset} is made from {total} assets, with {bad} among them.", [proof, walked], **slots),)


def _fresh(desk: Desk, urn: str) -> tuple[Claim, ...]:
    held = desk.read(urn, Freshness)
    if held is None or held.value.loaded_at is None:
        return ()
    fresh = is_fresh(held.value)
    at = date(held.value.loaded_at, desk.now)
    if fresh is None:
        return (claim("Its data was last loaded {at}; nothing says how fresh it should be.", [held.said[0]], at=at),)
    if fresh:
        return (claim("Its data is fresh: last loaded {at}.", [held.said[0]], at=at),)
    return (claim("Its data is stale: last loaded {at}.", [held.said[0]], at=at),)


def _upstream(desk: Desk, urn: str) -> tuple[Claim, ...]:
    """Failing checks and open incidents of anything upstream: what is wrong there arrives here."""
    claims: list[Claim] = []
    trails = Trails(desk.view)
    trail = trails.walk(urn, "up")
    desk.view.load(node for node, _ in trail.nodes)
    for node, _ in trail.nodes:
        held = desk.read(node, Checks)
        failing = [check for check in (held.value.checks if held else ()) if check.status in FAILED]
        freshness = desk.read(node, Freshness)
        stale = freshness is not None and freshness.value.loaded_at and is_fresh(freshness.value) is False
        links = evidence_of(desk.view, trails.path(node, urn)) if failing or stale else []
        if held is not None and failing:
            names = [Slot("quote", check.name, check.name) for check in failing]
            claims.append(
                claim(
                    "Upstream, {asset} fails {checks}.", [*held.said, *links], asset=qualified(desk, node), checks=names
                )
            )
        if freshness is not None and freshness.value.loaded_at and is_fresh(freshness.value) is False:
            at = date(freshness.value.loaded_at, desk.now)
            claims.append(
                claim(
                    "Upstream, {asset} is stale: last loaded {at}.",
                    [freshness.said[0], *links],
                    asset=qualified(desk, node),
                    at=at,
                )
            )
    return tuple(claims[:_UPSTREAM_SHOWN])


def _runs(desk: Desk, urn: str) -> tuple[Claim, ...]:
    held = desk.read(urn, Runs)
    if held is None or not held.value.status or held.value.ended_at is None:
        return ()
    at = date(held.value.ended_at, desk.now)
    word = Slot("status", held.value.status, held.value.status)
    return (claim("Last run: {status}, {at}.", [held.said[0]], status=word, at=at),)


def _resolved(desk: Desk, urn: str) -> tuple[Claim, ...]:
    """Incidents that are over: what people may still remember."""
    held = desk.read(urn, Incidents)
    over = [incident for incident in held.value.incidents if incident.status == "resolved"] if held else []
    if held is None or not over:
        return ()
    titles = [quote(incident.title, 150) for incident in over[:_UPSTREAM_SHOWN]]
    return (claim("Resolved: {titles}.", held.said, titles=titles),)


def _facts(desk: Desk, urn: str) -> dict[str, object]:
    checks, freshness, incidents = desk.read(urn, Checks), desk.read(urn, Freshness), desk.read(urn, Incidents)
    return {
        "fresh": is_fresh(freshness.value) if freshness else None,
        "checks": [_check(check) for check in (checks.value.checks if checks else ())],
        "incidents": [
            {"title": incident.title, "status": incident.status}
            for incident in (incidents.value.incidents if incidents else ())
        ],
    }


def _check(check: Check) -> dict[str, object]:
    return {"name": check.name, "status": check.status, "at": stamp(check.at) if check.at else None}


SKILL = Skill(
    "quality",
    __doc__,
    (
        "can I trust {asset}",
        "is {asset} fresh",
        "is {asset} up to date",
        "when was {asset} last updated",
        "is {asset} tested",
        "are the tests on {asset} passing",
        "what is wrong with {asset}",
        "is {asset} reliable",
        "which checks fail on {asset}",
        "how good is the data in {asset}",
        "are there incidents on {asset}",
        "when was {asset} last loaded",
        "is {asset} broken",
        "why does {asset} look wrong",
        "is {asset} current",
        "are the numbers in {asset} right",
        "is {asset} safe to use",
        "anything failing on {asset}",
        "is the data in {asset} stale",
    ),
    answer,
    kinds=DATA_KINDS,
    cues=(
        "trust",
        "fresh",
        "freshness",
        "stale",
        "tested",
        "tests",
        "test",
        "passing",
        "failing",
        "failed",
        "reliable",
        "quality",
        "updated",
        "loaded",
        "refreshed",
        "broken",
        "wrong",
        "incident",
        "incidents",
        "checks",
        "ok",
        "healthy",
    ),
)
