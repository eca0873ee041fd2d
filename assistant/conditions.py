"""What assets can be filtered by, and the words people use for it: "without an owner", "certified", "in Snowflake".

Owns the vocabulary of states and how names of platforms, domains, teams and tags are read out of a question. Pure over
the rows that a View shows. A condition is a pair of texts, so that a search's proof can carry it and be run again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from catalog.kinds import noun
from catalog.reader import AssetRow
from retrieval.analyzer import split

Pair = tuple[str, str]
PLACES = ("kind", "platform", "domain", "owner", "tag")  # where one looks, as against in what state things are
ANY = "*"


@dataclass(frozen=True)
class State:
    """A state of assets: its condition, how answers say it of one and of several, and how people do (a pattern)."""

    pair: Pair
    one: str
    many: str
    asked: str


_NO = (
    r"(?:no|without(?: an?| any)?|missing(?: an?)?|lack(?:s|ing)?(?: an?)?"
    r"|(?:don'?t|doesn'?t|do not|does not) have(?: an?| any)?)"
)
_NOT = r"(?:not|aren'?t|isn'?t|never|nobody has|no one has)"

# In order: what says more comes first, and takes its words out of the question before the others look.
STATES = (
    State(("lacks", "owner"), "has no owner", "have no owner",
          rf"{_NO} owners?(?:hip)?\b|\bunowned\b|\bownerless\b|\borphan(?:ed|s)?\b"
          r"|\b(?:nobody|no one|noone) (?:owns|is responsible for|looks after)\b|\bnot owned\b|\bnobody'?s\b"),
    State(("lacks", "mark:documented"), "has no description", "have no description",
          rf"{_NO} (?:descriptions?|documentation|docs?)\b|\bundocumented\b|\b{_NOT} (?:documented|described)\b"),
    State(("lacks", "class"), "is not classified", "are not classified",
          rf"{_NO} (?:sensitivity )?class(?:ification|es)?\b|\bunclassified\b|\b{_NOT} (?:yet )?classified\b"),
    State(("lacks", "domain"), "is in no domain", "are in no domain", rf"{_NO} domains?\b"),
    State(("lacks", "mark:tested"), "has no test that ever ran", "have no test that ever ran",
          rf"{_NO} (?:tests?|checks?|quality checks?)\b|\buntested\b|\b{_NOT} (?:been )?(?:tested|checked)\b"),
    State(("lacks", "mark:certified"), "is not certified", "are not certified",
          rf"\buncertified\b|\b{_NOT} certified\b|{_NO} certification\b"),
    State(("lacks", "mark:deprecated"), "is not deprecated", "are not deprecated", rf"\b{_NOT} deprecated\b"),
    State(("lacks", "tag"), "has no tag", "have no tag", rf"{_NO} tags?\b|\buntagged\b"),
    State(("lacks", "term"), "has no glossary term", "have no glossary term", rf"{_NO} (?:glossary )?terms?\b"),
    State(("mark", "not approved"), "is not approved", "are not approved",
          rf"\bunapproved\b|\b{_NOT} (?:been )?approved\b|{_NO} approval\b"),
    State(("mark", "approved"), "is approved", "are approved", r"\bapproved\b"),
    State(("mark", "unused"), "is unused", "are unused",
          rf"\bunused\b|\b{_NOT} (?:being |been )?(?:used|queried)\b"
          r"|\b(?:nobody|no one) (?:uses|queries|reads)\b|\b(?:zero|no) (?:queries|usage|users)\b"),
    State(("mark", "certified"), "is certified", "are certified",
          r"\bcertified\b|\btrusted\b|\bgold(?:en)?[- ]standard\b"),
    State(("mark", "deprecated"), "is deprecated", "are deprecated",
          r"\bdeprecated\b|\bobsolete\b|\bretired\b|\bsunset(?:ted)?\b"),
    State(("mark", "failing"), "has failing checks", "have failing checks",
          r"\bfail(?:ing|ed|s)?(?: (?:tests?|checks?|quality checks?))?\b|\bbroken\b|\bred (?:tests?|checks?)\b"),
    State(("mark", "stale"), "has stale data", "have stale data",
          r"\bstale\b|\bout[- ]of[- ]date\b|\boutdated\b|\bnot (?:been )?(?:fresh|updated|refreshed|loaded)\b"),
    State(("mark", "fresh"), "has fresh data", "have fresh data", r"\bfresh\b|\bup[- ]to[- ]date\b"),
    State(("mark", "incident"), "has an open incident", "have an open incident", r"\b(?:open |ongoing )?incidents?\b"),
    State(("mark", "production"), "is in production", "are in production",
          r"\b(?:in|live in) production\b|\bproduction models?\b"),
    State(("class", ANY), "holds sensitive data", "hold sensitive data", r"\bsensitive(?: data)?\b|\bclassified\b"),
)  # fmt: skip
_BY_PAIR = {state.pair: state for state in STATES}
_COMPILED = [(state, re.compile(state.asked)) for state in STATES]


@dataclass(frozen=True)
class Read:
    """What a question says of conditions, and the question without those words."""

    places: tuple[Pair, ...]
    states: tuple[Pair, ...]
    rest: str

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """All conditions."""
        return (*self.places, *self.states)


def meets(row: AssetRow, pairs: Iterable[Pair]) -> bool:
    """Whether a row meets conditions: one of each place, and every state."""
    places: dict[str, bool] = {}
    for field, value in pairs:
        if field in PLACES:
            places[field] = places.get(field, False) or _holds(row, field, value)
        elif not _holds(row, field, value):
            return False
    return all(places.values())


def _holds(row: AssetRow, field: str, value: str) -> bool:
    if field == "lacks":
        field, _, wanted = value.partition(":")
        return not _holds(row, field, wanted or ANY)
    held = _values(row, field)
    if field == "class" and value != ANY:
        return any(value.casefold() == one.casefold() for one in held)
    return bool(held) if value == ANY else value in held


def _values(row: AssetRow, field: str) -> frozenset[str] | tuple[str, ...]:
    """What a row holds of a field that conditions look at."""
    several = {"owner": row.owners, "tag": row.tags, "term": row.terms, "class": row.classes, "mark": row.marks}
    if field in several:
        return several[field]
    single = {"kind": row.kind, "platform": row.platform, "domain": row.domain, "env": row.env}.get(field, "")
    return (single,) if single else ()


def words_of(pair: Pair, number: int) -> str:
    """How answers say a state: "has no owner", "have no owner"; of a class or tag, what it is called."""
    state, one = _BY_PAIR.get(pair), number == 1
    if state is not None:
        return state.one if one else state.many
    field, value = pair
    if field == "class":
        return f"{'holds' if one else 'hold'} {value}"
    return f"{'is' if one else 'are'} tagged {value}"


_INSTEAD = {
    "owner": "have an owner", "mark:documented": "have a description", "class": "are classified",
    "domain": "are in a domain", "mark:tested": "have a test that ran", "mark:certified": "are certified",
    "mark:deprecated": "are deprecated", "tag": "have a tag", "term": "have a glossary term",
}  # fmt: skip


def all_have(pairs: Sequence[Pair]) -> str:
    """What is true of all when a lack was looked for and none found: "have an owner"; "" for other conditions."""
    return _INSTEAD.get(pairs[0][1], "") if len(pairs) == 1 and pairs[0][0] == "lacks" else ""


def read(question: str, rows: Sequence[AssetRow], kinds: Sequence[str]) -> Read:
    """The conditions in a question, over what `rows` show; `kinds` are those it asks for.

    Names of platforms, domains, teams, people, classes and tags count only where a visible asset bears them.
    """
    text = question
    states: list[Pair] = []
    for state, pattern in _COMPILED:
        text, count = _cut(pattern, text)
        if count:
            states.append(state.pair)
    places: list[Pair] = [("kind", kind) for kind in kinds]
    words = set(split(text))
    for pair, shown in _names(rows, frozenset(kinds)):
        if words.isdisjoint(split(shown)):
            continue
        text, found = _without_name(text, pair[0], shown)
        if found:
            (places if pair[0] in PLACES else states).append(pair)
    return Read(tuple(dict.fromkeys(places)), tuple(dict.fromkeys(states)), " ".join(text.split()))


def _cut(pattern: re.Pattern[str], text: str) -> tuple[str, int]:
    """The text less what a pattern finds in its small letters, and how often."""
    spans = [match.span() for match in pattern.finditer(text.casefold())] if len(text.casefold()) == len(text) else []
    for start, end in reversed(spans):
        text = f"{text[:start]} {text[end:]}"
    return text, len(spans)


def _names(rows: Sequence[AssetRow], asked: frozenset[str]) -> list[tuple[Pair, str]]:
    """Every place, class and tag that the rows bear, with what people call it; the longest names first."""
    found: dict[Pair, str] = {}
    called = {row.urn: row.name for row in rows if row.kind in ("domain", "team", "person")}
    for row in rows:
        if row.platform:
            found["platform", row.platform] = row.platform
        if row.domain in called and "domain" not in asked:
            found["domain", row.domain] = called[row.domain]
        found |= {("owner", owner): called[owner] for owner in row.owners if owner in called}
        found |= {("tag", tag): tag for tag in row.tags} | {("class", name): name for name in row.classes}
    return sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))


_BEFORE = {
    "platform": r"(?:in|on|from|at|of)\s+(?:the\s+)?",
    "domain": r"(?:(?:in|of|for|from|across|within|by|inside)\s+)?(?:the\s+|our\s+)?",
    "owner": r"(?:owned by|belong(?:ing|s)? to|of|by|from|owner is|maintained by|do(?:es)?|has|have)\s+"
    r"(?:the\s+)?(?:team\s+)?",
    "tag": r"(?:tagged(?: as| with)?|with(?: the)? tag|#)\s*",
    "class": r"(?:(?:with|ha(?:ve|s)|hold(?:s|ing)?|contain(?:s|ing)?|of|stor(?:e|ing))\s+)?(?:any\s+|some\s+)?",
}


def _without_name(text: str, field: str, shown: str) -> tuple[str, bool]:
    """The text less a name said the way people say it of this field; whether it was said."""
    name = r"[\s_-]+".join(re.escape(part) for part in re.split(r"[\s_-]+", shown.casefold()) if part)
    after = {"domain": r"(?:\s+(?:domain|area|department))?", "owner": r"(?:\s+team)?(?:'s)?"}.get(field, "")
    if not name:
        return text, False
    cut, count = _cut(re.compile(rf"(?<![\w.]){_BEFORE[field]}{name}s?{after}(?![\w.])"), text)
    return cut, bool(count)


def said(kinds: Sequence[str], count: int) -> str:
    """The noun for what is counted: "table", "tables", "tables and views", "assets"."""
    if not kinds:
        return "asset" if count == 1 else "assets"
    return " and ".join(dict.fromkeys(noun(kind, count) for kind in kinds))
