"""What changed in an asset, a domain or everywhere, since or within a time: which source said what before and after."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from assistant.claims import Claim, Draft, Proof, SearchProof, Slot, claim, count, date, listed, quote
from assistant.desk import Call, Desk
from assistant.skills.registry import Skill
from assistant.subjects import forbidden, hit, others_note, unresolved
from assistant.telling import Item, fact, sentence, weight
from assistant.times import TIME_WORDS, Stretch, stretch_in
from catalog.access import Level
from catalog.aspects import Documentation
from catalog.changes import Changed
from catalog.codec import stamp, unstamp
from catalog.database import moment
from catalog.differences import Difference
from catalog.reader import AssetRow

_SHOWN = 12
_FACTS = 200
_USUAL = timedelta(days=7)  # what "what changed" means when it names neither a thing nor a time
# What a question may be about: how such differences begin, the words that say it, and the aspect they are in.
_FOCUS = {
    "owner": ("ownership", "owner owners ownership"),
    "column": ("schema", "column columns schema field fields"),
    "description": ("documentation", "description descriptions documentation"),
    "check": ("checks", "check checks test tests"),
    "tag": ("tags", "tag tags"),
    "term": ("terms", "term terms"),
    "domain": ("membership", "domain"),
    "upstream": ("lineage", "lineage upstream upstreams"),
    "incident": ("incidents", "incident incidents"),
    "deprecated": ("deprecation", "deprecated deprecation"),
    "certified": ("certification", "certified certification"),
    "removed": ("", "deleted dropped"),
}
_ABOUT = {"column": "columns", "check": "checks", "tag": "tags", "term": "terms", "upstream": "lineage",
          "incident": "incidents", "deprecated": "deprecation", "certified": "certification",
          "removed": "removal"}  # fmt: skip
_EVERYWHERE = """
a about added all and any anyone anything are assets been by catalog company data do everything everywhere get give got
i is know lately list made me new of on our please recently show tables tell that the there these they things to until
up us views warehouse we were which with you
"""
_AT_ONCE = ("first given", "no longer given")
_SAID = r"\b(say|said|describe[ds]?|description|called|defined?|mean|meant)\b"
_PAST = r"\b(did|was|were|used to|back then)\b"


def answer(desk: Desk, call: Call) -> Draft:
    """How many changes, then each, newest first; or what it said at a time, when that is asked."""
    row = desk.view.asset(call.subject.urn) if call.subject else None
    if row is None and (call.subject is not None or (call.topic and (name := _unlinked(desk.question)))):
        return unresolved(desk, call if call.subject else replace(call, topic=name))
    if row is not None and row.level is not Level.READ:
        return forbidden(desk, row.urn)
    stretch = _stretch(desk, call, row)
    if row is not None and _asks_what_it_said(desk.question):
        return _said_then(desk, call, row, stretch)
    domains = _domains(desk, call, row)
    urns = [row.urn] if row is not None and row.kind != "domain" else None
    items = _items(desk, call, stretch, urns, domains)
    return _told(desk, call, row, stretch, items)


def _unlinked(question: str) -> str:
    """Words that must be the name of something, and were linked to nothing; "" when all are words of the question."""
    said = " ".join((*SKILL.examples, *SKILL.cues, *(words for _, words in _FOCUS.values()), TIME_WORDS, _EVERYWHERE))
    known = set(re.findall(r"[a-z]+", re.sub(r"\{\w+\}", " ", said)))
    words = re.findall(r"[\w.'-]+", question)
    return " ".join(one for one in words if not one[0].isdigit() and one.casefold().strip(".'") not in known)


def _stretch(desk: Desk, call: Call, row: AssetRow | None) -> Stretch:
    """The time the door names, else the question; of an asset everything, of all assets the last week."""
    if call.since or call.until:
        since, until = (unstamp(one) if one else None for one in (call.since, call.until))
        return Stretch(since, until)
    found = stretch_in(desk.question, desk.now)
    if row is None and found == Stretch():
        return Stretch(desk.now - _USUAL, None)
    return found


def _domains(desk: Desk, call: Call, row: AssetRow | None) -> frozenset[str] | None:
    """The domains (URNs) to keep to; None for all."""
    if row is not None and row.kind == "domain":
        return frozenset((row.urn,))
    if not call.filters.domains:
        return None
    wanted = {one.casefold() for one in call.filters.domains}
    return frozenset(
        one.urn for one in desk.view.assets("domain") if {one.urn.casefold(), one.name.casefold()} & wanted
    )


def _items(
    desk: Desk, call: Call, stretch: Stretch, urns: list[str] | None, domains: frozenset[str] | None
) -> list[Item]:
    """Every difference that the question is about, newest first; of one time, what matters most first."""
    focus = _focus(desk, call)
    column = call.subject.column.casefold() if call.subject else ""
    items = []
    for one in desk.view.changes(stretch.since, stretch.until, urns):
        row = desk.view.asset(one.urn) or one.row
        if domains is not None and (row is None or (row.domain not in domains and row.urn not in domains)):
            continue
        items += [
            Item(one, each)
            for each in one.differences
            if (not column or each.on.casefold() == column) and (not focus or _is_about(focus, one, each))
        ]
    return sorted(items, key=lambda item: (-item.change.at, weight(item.difference), item.change.urn))


def _focus(desk: Desk, call: Call) -> tuple[str, ...]:
    """The kinds of difference that a question names; empty for all. Of "the finance domain" it names none."""
    words = set(re.findall(r"[a-z]+", desk.question.casefold()))
    row = desk.view.asset(call.subject.urn) if call.subject else None
    subject = row.kind if row else ""
    return tuple(start for start, (_, said) in _FOCUS.items() if words & set(said.split()) and start != subject)


def _is_about(focus: tuple[str, ...], change: Changed, difference: Difference) -> bool:
    aspects = {_FOCUS[start][0] for start in focus}
    return difference.what.startswith(focus) or (difference.what in _AT_ONCE and change.aspect in aspects)


def _told(desk: Desk, call: Call, row: AssetRow | None, stretch: Stretch, items: list[Item]) -> Draft:
    shown = items[:_SHOWN]
    proof = _proof(desk, call, row, stretch, len(items), shown)
    complete = len(items) <= _FACTS
    return Draft(
        "answered" if items else "no",
        (_lead(desk, row, stretch, proof, _focus(desk, call)),),
        desk.coverage(),
        others_note(desk, call.subject) if call.subject else (),
        tuple(sentence(desk, item, proof) for item in shown),
        {"changes": [fact(desk, one) for one in items[:_FACTS]], "total": len(items), "complete": complete},
        tuple(hit(desk, urn) for urn in dict.fromkeys([*_urns(row), *(item.change.urn for item in shown)])),
        _follow_ups(desk, row, shown),
    )


def _urns(row: AssetRow | None) -> list[str]:
    return [row.urn] if row else []


def _follow_ups(desk: Desk, row: AssetRow | None, shown: Sequence[Item]) -> tuple[str, ...]:
    name = row.name if row else desk.view.name(shown[0].change.urn) if shown else ""
    return (f"What depends on {name}?", f"Can I trust {name}?") if name else ()


def _proof(
    desk: Desk, call: Call, row: AssetRow | None, stretch: Stretch, total: int, shown: Sequence[Item]
) -> SearchProof:
    """Proof of having read the history: what was looked through, and when what is shown was observed."""
    bounds = [("since", stretch.since), ("until", stretch.until)]
    pairs = [(key, stamp(at)) for key, at in bounds if at is not None]
    pairs += [("domain", one) for one in call.filters.domains]
    pairs += [("of", one) for one in _focus(desk, call)]
    pairs += [("at", stamp(at)) for at in dict.fromkeys(moment(item.change.at) for item in shown)]
    pairs += [("source", source) for source in dict.fromkeys(item.change.source for item in shown)]
    looked = 1 if row is not None and row.kind != "domain" else len(desk.view.assets())
    query = f"changes of {row.urn if row else 'all assets'}"
    return SearchProof(query, desk.at, looked, total, filters=tuple(pairs))


def _lead(desk: Desk, row: AssetRow | None, stretch: Stretch, proof: SearchProof, focus: Sequence[str]) -> Claim:
    total = proof.matched
    when, slots = _when(stretch)
    proofs: list[Proof | None] = [proof]
    where = ""
    if row is not None:
        where, slots["asset"] = " in {asset}", desk.slot(row.urn)
        proofs.append(desk.proof_of(row.urn))
    about = f" of {listed([f'the {_ABOUT.get(one, one)}' for one in focus], 'or')}" if focus else ""
    if not total:
        return claim(f"I know of no change{about}{where}{when}.", proofs, **slots)
    slots["n"] = count(total, "change" if total == 1 else "changes")
    more = "" if total == 1 else ", the newest first" if total <= _SHOWN else f"; the newest {_SHOWN} are shown"
    return claim(f"{{n}}{about}{where}{when}{more}.", proofs, **slots)


def _when(stretch: Stretch) -> tuple[str, dict[str, Slot]]:
    """ " since {since} until {until}", as far as the stretch has ends."""
    words, slots = "", {}
    for key, at in (("since", stretch.since), ("until", stretch.until)):
        if at is not None:
            words += f" {key} {{{key}}}"
            slots[key] = date(at)
    return words, slots


# What it said then -----------------------------------------------------------------------------------------------


def _asks_what_it_said(question: str) -> bool:
    text = question.casefold()
    return bool(re.search(_SAID, text) and re.search(_PAST, text)) and not re.search(r"\bchange", text)


def _said_then(desk: Desk, call: Call, row: AssetRow, stretch: Stretch) -> Draft:
    """The descriptions that stood at the end of the stretch, one for each source."""
    until = stretch.until or desk.now
    held = desk.view.at(until).read(row.urn, Documentation)
    said = [one for one in (*held.said, *held.disputes) if one.value.text] if held else []
    proof = SearchProof(f"what {row.urn} said", desk.at, 1, len(said), filters=(("until", stamp(until)),))
    slots = {"asset": desk.slot(row.urn), "until": date(until)}
    facts: dict[str, object] = {"changes": [], "total": 0, "complete": True}
    ending = (facts, (hit(desk, row.urn),), (f"What is {row.name}?", f"What changed in {row.name}?"))
    if not said:
        nothing = claim(
            "No description of {asset} had been observed by {until}.", [proof, desk.proof_of(row.urn)], **slots
        )
        return Draft("no", (nothing,), desk.coverage(), (), (), *ending)
    leads = tuple(
        claim(
            "By {until}, {source} said of {asset}: {text}",
            [one, proof],
            **slots,
            source=Slot("quote", one.point.source, one.point.urn),
            text=quote(one.value.text),
        )
        for one in said
    )
    return Draft("answered", leads, desk.coverage(), (), (), *ending)


SKILL = Skill(
    "changes",
    __doc__,
    (
        "what changed in {asset}",
        "what changed in {asset} since monday",
        "what changed this week",
        "what changed since yesterday",
        "what has changed in {asset}",
        "what is different about {asset} since last month",
        "what was changed in {asset} in march",
        "has {asset} changed",
        "did {asset} change",
        "when did {asset} change",
        "when was the column added to {asset}",
        "when did the check on {asset} begin to fail",
        "who changed the owner of {asset}",
        "who changed {asset}",
        "what happened to {asset}",
        "what did {asset} say in march",
        "what did the description of {asset} say last year",
        "show me the history of {asset}",
        "history of {asset}",
        "recent changes to {asset}",
        "what is new in {asset}",
        "which columns were added to {asset}",
        "which assets were deprecated this month",
    ),
    answer,
    needs="any",
    cues=(
        "changed",
        "change",
        "changes",
        "different",
        "history",
        "since",
        "happened",
        "new",
        "removed",
        "renamed",
    ),
)
