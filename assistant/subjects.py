"""What skills say about their subject itself: which asset was meant, that it may not be read, that nothing was found.

Owns the three negatives' wording: *no* (all was searched), *unknown* (not loaded), *not yours to read* (whom to ask).
"""

from __future__ import annotations

from assistant.claims import AssetHit, Claim, Draft, Slot, claim, quote
from assistant.desk import Call, Desk, Subject
from catalog.aspects import Ownership, Policy
from catalog.kinds import noun
from retrieval.analyzer import split

_SHOWN = 4
_STEM = 4  # letters from which on a shared beginning counts as the same word


def hit(desk: Desk, urn: str, score: float = 1.0) -> AssetHit:
    """An asset as answers list it."""
    row = desk.view.asset(urn)
    return AssetHit(urn, desk.view.name(urn), row.kind if row else "", score)


def others_note(desk: Desk, subject: Subject) -> tuple[Claim, ...]:
    """One sentence on what else the words could have meant, so that nobody reads the wrong twin unawares."""
    others = [other for other in subject.others if other.urn != subject.urn][:_SHOWN]
    if not others:
        return ()
    proofs = [desk.proof_of(other.urn) for other in others] + [desk.proof_of(subject.urn)]
    return (
        claim(
            "I took it to mean {asset}; others of that name: {others}." if subject.certain else "Also near: {others}.",
            proofs,
            **({"asset": qualified(desk, subject.urn)} if subject.certain else {}),
            others=[qualified(desk, other.urn) for other in others],
        ),
    )


def names_it(topic: str, desk: Desk, urn: str) -> bool:
    """Whether an asset's name shares at least half of the words of a topic: enough to take it for what was meant."""
    row = desk.view.asset(urn)
    wanted = set(split(topic))
    if row is None or not wanted:
        return False
    return 2 * len(shared_words(wanted, f"{row.name} {row.qualified_name}")) >= len(wanted)


def shared_words(wanted: set[str], text: str) -> set[str]:
    """Which of the words stand in a text, endings apart ("churned" for "churn")."""
    held = set(split(text))
    return {
        word
        for word in wanted
        if word in held
        or any(
            len(word) >= _STEM and len(one) >= _STEM and (one.startswith(word[:-1]) or word.startswith(one))
            for one in held
        )
    }


def _alike(a: str, b: str) -> bool:
    return min(len(a), len(b)) >= _STEM and (b.startswith(a[:-1]) or a.startswith(b))


def guessed(desk: Desk, subject: Subject) -> tuple[Claim, ...]:
    """Said before an answer about something that is only like what was asked for."""
    proof = desk.searched(subject.text, 0)
    return (
        claim(
            "Nothing is called exactly {words}; the nearest is {asset}.",
            [proof, desk.proof_of(subject.urn)],
            words=quote_words(subject.text),
            asset=qualified(desk, subject.urn),
        ),
    )


def qualified(desk: Desk, urn: str) -> Slot:
    """An asset's name with its schema, as its platform writes it."""
    row = desk.view.asset(urn)
    if row is None or not row.qualified_name or row.kind not in ("table", "view", "topic"):
        return desk.slot(urn)
    return Slot("name", row.qualified_name, urn)


def not_readable(desk: Desk, urn: str) -> tuple[Claim, ...]:
    """What may be said of an asset that the viewer may discover and not read: its name and whom to ask."""
    contact = _contact(desk, urn)
    if contact is not None:
        return contact
    proof = desk.proof_of(urn)
    held = desk.read(urn, Ownership)
    asset = desk.slot(urn)
    if held is None or not held.value.owners:
        return (claim("You may not read {asset}. Ask your data governance team for access.", [proof], asset=asset),)
    owners = [desk.slot(owner.urn) for owner in held.value.owners]
    return (
        claim("You may not read {asset}. Ask {owners} for access.", [proof, held.said[0]], asset=asset, owners=owners),
    )


def _contact(desk: Desk, urn: str) -> tuple[Claim, ...] | None:
    """Whom a policy that keeps the asset from the viewer names, if the viewer may read that policy."""
    for policy in desk.policies_against(urn):
        held = desk.read(policy, Policy)
        if held is None or not held.value.contact:
            continue
        slots = {"asset": desk.slot(urn), "contact": desk.slot(held.value.contact)}
        said = claim("You may not read {asset}. Ask {contact} for access.", [desk.proof_of(urn), held.said[0]], **slots)
        if not held.value.how_to_request:
            return (said,)
        how = quote(held.value.how_to_request, 300)
        return (said, claim("{how}", [held.said[0]], how=how))
    return None


def forbidden(desk: Desk, urn: str) -> Draft:
    """The whole answer about an asset that is not the viewer's to read."""
    facts: dict[str, object] = {"request_access": f"docent access request '{urn}' --reason '...'"}
    return Draft("forbidden", not_readable(desk, urn), desk.coverage(), facts=facts, assets=(hit(desk, urn),))


def unresolved(desk: Desk, call: Call, noun_: str = "asset") -> Draft:
    """Nothing that the viewer may see is meant by these words: say what was searched and what comes near."""
    wanted = call.topic or desk.question
    found = desk.finder.search(wanted, call.filters, _SHOWN)
    proof = desk.searched(wanted, 0, filters=call.filters)
    lead = claim(
        f"I find no {noun_} for {{topic}}. I searched all {{searched}} assets that you may see.",
        [proof],
        topic=quote_words(wanted),
        searched=Slot("count", f"{proof.searched:,}", str(proof.searched)),
    )
    near = tuple(AssetHit(one.urn, one.name, one.kind, one.score) for one in found)
    details: tuple[Claim, ...] = ()
    if near:
        proofs = [desk.proof_of(one.urn) for one in near]
        details = (claim("Nearest: {near}.", proofs, near=[qualified(desk, one.urn) for one in near]),)
    return Draft(
        "no",
        (lead,),
        desk.coverage(),
        (),
        details,
        {"matches": []},
        near,
        tuple(f"What is {n.name}?" for n in near[:3]),
    )


def quote_words(text: str) -> Slot:
    """The asker's own words, in quotation marks."""
    return Slot("quote", f"“{text.strip()}”", text)


def kind_words(desk: Desk, urn: str) -> str:
    """What kind of thing it is, in words: "table", "model version"."""
    row = desk.view.asset(urn)
    return noun(row.kind) if row else "asset"
