"""Whether one may use data for a purpose: the policies that apply, what they allow and forbid, and whom to ask."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

from assistant.claims import Claim, Draft, Verdict, claim, number, quote
from assistant.desk import Call, Desk
from assistant.skills.registry import DATA_KINDS, Skill
from assistant.subjects import forbidden, hit, others_note, qualified, shared_words, unresolved
from catalog.access import Level
from catalog.aspects import Deprecation, Policy
from catalog.merge import Held
from catalog.reader import AssetRow
from retrieval.analyzer import split

_KEEPING = r"\b(?:retention|keep|kept|how long|delete|deleted|store)\b"
_ENOUGH = 0.5  # of a purpose's own words: "a marketing campaign" is marketing, "planning" alone is no fleet planning


@dataclass(frozen=True)
class _Applies:
    """A policy that speaks of the asset, with the purposes the question seems to mean."""

    urn: str
    held: Held[Policy]
    allowed: tuple[str, ...]
    forbidden: tuple[str, ...]


def answer(desk: Desk, call: Call) -> Draft:
    """Name the policies that apply and what they say of the purpose; "not said" is neither yes nor no."""
    row = desk.view.asset(call.subject.urn) if call.subject else None
    if call.subject is None or row is None:
        return unresolved(desk, call)
    if row.level is not Level.READ:
        return forbidden(desk, row.urn)
    words = set(split(desk.question)) - set(split(row.name))
    found = [_judged(policy, words) for policy in _policies(desk, row)]
    verdict, allowed = _verdict(found)
    return Draft(
        verdict,
        _lead(desk, row.urn, found),
        desk.coverage() if found else desk.coverage((f"a policy on {row.name}",)),
        (*_deprecated(desk, row.urn), *others_note(desk, call.subject)),
        tuple(one for policy in found for one in _terms(desk, policy)),
        {"allowed": allowed, "policies": [one.urn for one in found]},
        (hit(desk, row.urn), *(hit(desk, one.urn, 0.5) for one in found)),
        (f"Who owns {row.name}?", f"Does {row.name} hold personal data?", f"Can I trust {row.name}?"),
    )


def _policies(desk: Desk, row: AssetRow) -> list[tuple[str, Held[Policy]]]:
    found = []
    for policy in desk.view.assets("policy"):
        held = desk.read(policy.urn, Policy)
        if held is not None and any(_covers(pattern, row) for pattern in held.value.applies_to):
            found.append((policy.urn, held))
    return found


def _covers(pattern: str, row: AssetRow) -> bool:
    """Whether a selector of a policy speaks of an asset: tag:, class:, domain:, or a pattern over its names."""
    field, colon, value = pattern.partition(":")
    held = {"tag": row.tags, "class": row.classes, "domain": frozenset({row.domain})}.get(field)
    if colon and held is not None:
        return any(value.casefold() == one.casefold() for one in held)
    wanted = pattern.casefold()
    return fnmatchcase(row.urn.casefold(), wanted) or fnmatchcase(row.qualified_name.casefold(), wanted)


def _judged(policy: tuple[str, Held[Policy]], words: set[str]) -> _Applies:
    urn, held = policy
    return _Applies(urn, held, _meant(held.value.allowed_purposes, words), _meant(held.value.forbidden_purposes, words))


def _meant(purposes: tuple[str, ...], words: set[str]) -> tuple[str, ...]:
    """Which of these purposes the question's words mean."""
    said = " ".join(words)
    return tuple(one for one in purposes if len(shared_words(set(split(one)), said)) > _ENOUGH * len(split(one)))


def _verdict(found: list[_Applies]) -> tuple[Verdict, bool | None]:
    if any(one.forbidden for one in found):
        return "answered", False
    if any(one.allowed for one in found):
        return "answered", True
    return ("answered", None) if found else ("unknown", None)


def _lead(desk: Desk, urn: str, found: list[_Applies]) -> tuple[Claim, ...]:
    asset = qualified(desk, urn)
    against = [one for one in found if one.forbidden]
    if against:
        return tuple(_says(desk, one, "No: {policy} forbids {purposes}.", one.forbidden) for one in against)
    inside = [one for one in found if one.allowed]
    if inside:
        return tuple(_says(desk, one, "Yes: {policy} allows {purposes}.", one.allowed) for one in inside)
    if not found:
        proof = desk.searched(f"policies on {urn}", 0)
        text = "No policy that you may see speaks of {asset}. That is no permission: ask its owner."
        return (claim(text, [proof, desk.proof_of(urn)], asset=asset),)
    kept = [one for one in found if one.held.value.retention_days is not None]
    if kept and re.search(_KEEPING, desk.question.casefold()):
        return tuple(_keeps(desk, one) for one in kept)
    names = [desk.slot(one.urn) for one in found]
    proofs = [*(one.held.said[0] for one in found), *(desk.proof_of(one.urn) for one in found), desk.proof_of(urn)]
    text = "For {asset} this applies: {policies}."
    if re.search(r"\b(?:for|to)\b", desk.question.casefold()):
        text += " What it allows and forbids is below; your purpose is in neither list."
    return (claim(text, proofs, asset=asset, policies=names),)


def _keeps(desk: Desk, one: _Applies) -> Claim:
    days = number(one.held.value.retention_days or 0, "days")
    proofs = [one.held.said[0], desk.proof_of(one.urn)]
    return claim("{policy}: {days}.", proofs, policy=desk.slot(one.urn), days=days)


def _says(desk: Desk, one: _Applies, template: str, purposes: tuple[str, ...]) -> Claim:
    proofs = [one.held.said[0], desk.proof_of(one.urn)]
    return claim(template, proofs, policy=desk.slot(one.urn), purposes=[quote(purpose) for purpose in purposes])


def _terms(desk: Desk, one: _Applies) -> tuple[Claim, ...]:
    """Everything else a policy says: purposes, basis, retention, regions, whom to ask and how."""
    value, proofs = one.held.value, [one.held.said[0], desk.proof_of(one.urn)]
    said = []
    if value.allowed_purposes:
        said.append(claim("Allowed: {purposes}.", proofs, purposes=[quote(p) for p in value.allowed_purposes]))
    if value.forbidden_purposes:
        said.append(claim("Forbidden: {purposes}.", proofs, purposes=[quote(p) for p in value.forbidden_purposes]))
    if value.legal_basis:
        said.append(claim("Legal basis: {basis}.", proofs, basis=quote(value.legal_basis)))
    if value.retention_days is not None:
        said.append(claim("Kept for {days}.", proofs, days=number(value.retention_days, "days")))
    if value.regions:
        said.append(claim("Only in {regions}.", proofs, regions=[quote(region) for region in value.regions]))
    if value.contact:
        said.append(claim("Ask {contact}.", proofs, contact=desk.slot(value.contact)))
    if value.how_to_request:
        said.append(claim("{how}", proofs, how=quote(value.how_to_request, 300)))
    return tuple(said)


def _deprecated(desk: Desk, urn: str) -> tuple[Claim, ...]:
    held = desk.read(urn, Deprecation)
    if held is None or not held.value.deprecated:
        return ()
    return (claim("{asset} is deprecated.", [held.said[0]], asset=desk.slot(urn)),)


SKILL = Skill(
    "may_use",
    __doc__,
    (
        "may I use {asset} for {topic}",
        "can I use {asset} for {topic}",
        "am I allowed to use {asset} for {topic}",
        "is it allowed to use {asset} for {topic}",
        "am I permitted to put {asset} in {topic}",
        "is it ok to use {asset} for {topic}",
        "which policy applies to {asset}",
        "what may {asset} be used for",
        "how long may we keep {asset}",
        "what is the retention of {asset}",
        "what is the legal basis for {asset}",
        "how do I get access to {asset}",
        "could we train a model on {asset}",
        "can {asset} leave the EU",
    ),
    answer,
    kinds=DATA_KINDS,
    cues=("may", "allowed", "permitted", "policy", "purpose", "retention", "legal", "access", "permission", "ok"),
    decides=r"\b(?:allowed|permitted|permission|polic(?:y|ies)|legal basis|retention|how long (?:may|can|do) we keep)\b"
    r"|\b(?:may|can|could) (?:i|we) (?:\w+ )?(?:use|take|put|train|feed|share|export|send)\b"
    r".* (?:for|to|in|on|with|at)\b",
)
