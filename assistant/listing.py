"""Questions that count or list: "how many tables have no owner in finance", "which dashboards are certified".

Reads the form off the words: a word that counts or lists, the kind of thing, conditions. What is left over is a topic:
then it is a search, within the conditions. Uses only the words of the question and names the viewer may see.
"""

from __future__ import annotations

import re

from assistant.conditions import PLACES, Read, read
from assistant.desk import Call, Desk, Filters
from assistant.wording import KIND_WORDS, kinds_of, topic_of
from catalog.access import Level

_COUNTS = r"\b(?:how many|number of|count(?: of| all| the)?|how much of our)\b"
_LISTS = r"\b(?:list|show|give|which|what|what's|whats|are there|is there|any|all|anything|everything|name|find|get)\b"
_PER = (
    r"\b(?:per|by|for each|in each|for every|grouped by|broken down by|split by)\s+"
    r"(domain|team|owner|platform|kind|tag)s?\b"
)
_THINGS = r"\b(?:assets|things|anything|everything|data ?sets|datasets|what|data)\b"
_PLURALS = frozenset(word for word in KIND_WORDS if word.endswith("s"))
# What is said around conditions and names nothing.
_FILLING_WORDS = """
still currently there exist exists marked flagged set assigned defined recorded registered known catalog catalogue
company whole total overall altogether count number list per each every everything anything nothing domains owners
entire them those these being yet ones such kind kinds state status mine own owns owned by way many much how it's
asset assets thing things dataset datasets
"""
_FILLING = frozenset(_FILLING_WORDS.split())


def listing_of(desk: Desk) -> Call | None:
    """The call that counts, lists or searches within conditions; None where the question is of another form."""
    text = desk.question.casefold()
    counts = bool(re.search(_COUNTS, text) or re.search(_PER, text))
    several = _plural(text)
    if not (counts or re.search(_LISTS, text)) or not (kinds_of(desk.question) or re.search(_THINGS, text)):
        return None
    call = counted(desk, desk.question)
    kinds = tuple(value for field, value in call.filters.where if field == "kind")
    states = tuple(pair for pair in call.filters.where if pair[0] not in PLACES)
    if counts:
        return call if (several and kinds) or states or not kinds else None
    if re.search(r"\w[._]\w", call.topic):
        return None  # it names one thing
    if call.topic:
        return Call("find", None, call.topic, filters=Filters(kinds=kinds, where=states)) if states and kinds else None
    within = len(call.filters.where) > len(kinds) + len(states)
    return call if (several or not kinds) and (states or within) else None


def counted(desk: Desk, text: str) -> Call:
    """The call that counts what a text describes: kinds, places, states and words of names; perhaps by a field."""
    per = re.search(_PER, text.casefold())
    rest = re.sub(_COUNTS, " ", re.sub(_PER, " ", text, flags=re.IGNORECASE), flags=re.IGNORECASE)
    rows = [row for row in desk.view.assets() if row.level is Level.READ]
    found = read(rest, rows, kinds_of(rest))
    return Call("count", None, _topic(found), per.group(1) if per else "", Filters(where=found.pairs))


def narrowed(desk: Desk, last: Call) -> Call | None:
    """The last search or count within what the question adds; None when it adds nothing that is known."""
    added = counted(desk, re.sub(r"\b(?:only|just|ones?)\b", " ", desk.question, flags=re.IGNORECASE))
    if not added.filters.where:
        return None
    kinds = tuple(value for field, value in added.filters.where if field == "kind") or last.filters.kinds
    held = [pair for pair in last.filters.where if not (kinds and pair[0] == "kind" and added.filters.where)]
    kept = [("kind", kind) for kind in kinds] if last.skill == "count" and kinds else []
    where = tuple(dict.fromkeys((*held, *kept, *(pair for pair in added.filters.where if pair[0] != "kind"))))
    return Call(last.skill, None, last.topic, last.direction, Filters(kinds=kinds, where=where))


def _plural(text: str) -> bool:
    """Whether several are asked for: "which tables", not "which table"."""
    return any(f" {word} " in f" {' '.join(re.findall(r'[a-z]+', text))} " for word in _PLURALS)


def _topic(found: Read) -> str:
    """What the question is about beside kinds, conditions and the words that ask."""
    words = topic_of(found.rest).split()
    return " ".join(word for word in words if word.casefold() not in KIND_WORDS and word.casefold() not in _FILLING)
