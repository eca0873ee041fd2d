"""How many there are and which: tables without an owner, certified dashboards in a domain, unapproved models. Exact."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from assistant.claims import Claim, Draft, SearchProof, Slot, claim, count
from assistant.conditions import Pair, all_have, meets, said, words_of
from assistant.desk import Call, Desk
from assistant.skills.registry import Skill
from assistant.subjects import hit, qualified, quote_words, shared_words
from catalog.access import Level
from catalog.reader import AssetRow
from retrieval.analyzer import split

_SHOWN = 15
_GROUPS = 25
_GROUPED_BY = {
    "domain": "domain",
    "team": "owner",
    "owner": "owner",
    "platform": "platform",
    "kind": "kind",
    "tag": "tag",
}


def answer(desk: Desk, call: Call) -> Draft:
    """Count what meets the conditions among what the viewer may read, name them, and prove it by a search."""
    pairs = call.filters.where
    places = tuple(pair for pair in pairs if pair[0] in ("kind", "platform", "domain", "owner"))
    rows = [row for row in desk.view.assets() if row.level is Level.READ]
    among = [row for row in rows if meets(row, places) and _says(row, call.topic)]
    found = [row for row in among if meets(row, pairs)]
    proof = _proof(desk, call, pairs, len(among), len(found))
    if call.direction in _GROUPED_BY:
        return _grouped(desk, call, found, proof)
    lead = _lead(desk, call, pairs, found, among, proof)
    details = _named(desk, found, proof)
    return Draft(
        "answered" if found else "no",
        (lead,),
        desk.coverage(),
        (),
        details,
        {
            "count": len(found),
            "of": len(among),
            "total": len(found),
            "complete": True,
            "assets": [r.urn for r in found],
        },
        tuple(hit(desk, row.urn) for row in found[:_SHOWN]),
        _follow_ups(found),
    )


def _says(row: AssetRow, topic: str) -> bool:
    """Whether the name of a row says every word of a topic; without a topic all do."""
    wanted = set(split(topic))
    return not wanted or shared_words(wanted, f"{row.name} {row.qualified_name}") == wanted


def _proof(desk: Desk, call: Call, pairs: Sequence[Pair], searched: int, matched: int) -> SearchProof:
    return SearchProof(call.topic, desk.at, searched, matched, "", tuple(pairs))


def _lead(
    desk: Desk,
    call: Call,
    pairs: Sequence[Pair],
    found: Sequence[AssetRow],
    among: Sequence[AssetRow],
    proof: SearchProof,
) -> Claim:
    kinds = [value for field, value in pairs if field == "kind"]
    where, slots = _where(desk, pairs)
    topic = " whose name says {topic}" if call.topic else ""
    if call.topic:
        slots["topic"] = quote_words(call.topic)
    states = [pair for pair in pairs if pair[0] not in ("kind", "platform", "domain", "owner")]
    if not among or (not states and not found):
        return claim(f"There are no {said(kinds, 0)}{topic}{where}.", [proof], **slots)
    if not states:
        verb = "is" if len(found) == 1 else "are"
        text = f"There {verb} {{count}} {said(kinds, len(found))}{topic}{where}."
        return claim(text, [proof], count=count(len(found)), **slots)
    how = " and ".join(words_of(pair, max(len(found), 1)) for pair in states)
    slots["of"] = count(len(among))
    if not found and (instead := all_have(states)):
        return claim(f"All {{of}} {said(kinds, len(among))}{topic}{where} {instead}.", [proof], **slots)
    if not found:
        return claim(f"None of the {{of}} {said(kinds, len(among))}{topic}{where} {how}.", [proof], **slots)
    slots["count"] = count(len(found))
    return claim(f"{{count}} of {{of}} {said(kinds, len(among))}{topic}{where} {how}.", [proof], **slots)


def _where(desk: Desk, pairs: Sequence[Pair]) -> tuple[str, dict[str, Slot]]:
    """Where was looked, in words and slots: " in {domain}", " owned by {owner}"."""
    words = ""
    slots: dict[str, Slot] = {}
    for field, lead in (("platform", " in"), ("domain", " in"), ("owner", " owned by")):
        held = [value for key, value in pairs if key == field]
        if held:
            words += f"{lead} {' or '.join(f'{{{field}{i}}}' for i in range(len(held)))}"
            slots |= {f"{field}{i}": _place(desk, field, value) for i, value in enumerate(held)}
    return words, slots


def _place(desk: Desk, field: str, value: str) -> Slot:
    return Slot("quote", value, value) if field == "platform" else Slot("name", desk.view.name(value), value)


def _named(desk: Desk, found: Sequence[AssetRow], proof: SearchProof) -> tuple[Claim, ...]:
    if not found:
        return ()
    shown = found[:_SHOWN]
    slots = [qualified(desk, row.urn) for row in shown]
    proofs = [desk.proof_of(row.urn) for row in shown]
    if len(shown) == len(found):
        return (claim("{names}.", proofs, names=slots),)
    total, first = count(len(found)), len(shown)
    return (
        claim(f"The first {first}: {{names}}.", proofs, names=slots),
        claim("All {total} are in the JSON of this answer.", [proof], total=total),
    )


def _grouped(desk: Desk, call: Call, found: Sequence[AssetRow], proof: SearchProof) -> Draft:
    """One line for each domain, owner, platform, kind or tag, the largest first."""
    field = _GROUPED_BY[call.direction]
    held: Counter[str] = Counter(value for row in found for value in (_group_values(row, field) or ("",)))
    ordered = sorted(held.items(), key=lambda item: (-item[1], item[0]))
    kinds = [value for key, value in call.filters.where if key == "kind"]
    lead = claim(f"{{count}} {said(kinds, len(found))}, by {call.direction}:", [proof], count=count(len(found)))
    lines = [_group(desk, call, field, value, number, len(found)) for value, number in ordered[:_GROUPS]]
    facts = {"count": len(found), "of": proof.searched, "groups": [{"value": v, "count": n} for v, n in ordered]}
    return Draft("answered" if found else "no", (lead,), desk.coverage(), (), tuple(lines), facts)


def _group_values(row: AssetRow, field: str) -> tuple[str, ...]:
    several = {"owner": row.owners, "tag": row.tags}
    if field in several:
        return tuple(sorted(several[field]))
    single = {"domain": row.domain, "platform": row.platform, "kind": row.kind}[field]
    return (single,) if single else ()


def _group(desk: Desk, call: Call, field: str, value: str, number: int, of: int) -> Claim:
    pair = (field, value) if value else ("lacks", field)
    proof = SearchProof(call.topic, desk.at, of, number, "", (*call.filters.where, pair))
    if not value:
        return claim(f"no {field}: {{count}}", [proof], count=count(number))
    place = Slot(
        "name" if field in ("domain", "owner") else "quote", desk.view.name(value) if ":" in value else value, value
    )
    return claim("{place}: {count}", [proof], place=place, count=count(number))


def _follow_ups(found: Sequence[AssetRow]) -> tuple[str, ...]:
    return tuple(f"Who owns {row.name}?" for row in found[:2])


SKILL = Skill(
    "count",
    __doc__,
    (
        "how many tables have no owner in {topic}",
        "how many dashboards are there",
        "which tables have no owner",
        "list all undocumented tables",
        "list the certified dashboards",
        "which models are not approved",
        "count the tables in {topic}",
        "which tables are deprecated",
        "show me all failing tables",
        "what is unclassified",
        "number of views per domain",
        "which datasets hold sensitive data",
        "what can be retired",
        "which tables are unused",
    ),
    answer,
    cues=("many", "count", "number", "list", "all", "without", "no"),
    needs="topic",
)
