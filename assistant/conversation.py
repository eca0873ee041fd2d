"""Conversations: what earlier turns were about, and what "it", "the other one" or "only certified" mean after them.

Owns how a turn is remembered (a Call and the assets answered with, never words of the catalog) and how a follow-up is
read. A handle of an earlier turn is worth nothing by itself: each turn is answered within what its own asker may see.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from assistant.desk import Call, Desk, Filters, Mention, Subject, Turn

_PRONOUNS = (
    r"\b(it|its|it's|this|that|these|those|they|them|their|this one|that one"
    r"|(?:this|that|the same) (?:table|view|dashboard|metric|model|feature|dataset|asset|column|one|thing))\b"
)
_NTH = {
    "first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3, "fifth": 4, "5th": 4,
    "last": -1, "other": 1, "next": 1,
}  # fmt: skip
_CHOICE = rf"\b(?:the )?({'|'.join(_NTH)})(?: one)?\b|(?:#|number |no\. ?)(\d{{1,2}})\b"
_GOING_ON = r"^(?:and|also|ok(?:ay)?|so|then|now|what about|how about|and what about|but)\b[\s,]*"
_INSTEAD = (
    r"^(?:what about|how about|and what about|and|no[,.]? ?(?:i (?:meant|mean)|not that)?|i (?:meant|mean)"
    r"|sorry[,.]? ?(?:i meant)?)\b[\s,]*"
)
_NARROWED = r"^(?:and |ok |but )?(?:only|just)(?: the)?\b|^(?:the )?\w+ ones(?: only)?$|\bones\b"
_SHORT = 4  # words of a question that, naming nothing, can only go on with the last one


def remembered(call: Call, assets: Sequence[str]) -> str:
    """A turn as the catalog keeps it: JSON of handles and the asker's own words."""
    subject = call.subject
    body = {
        "skill": call.skill,
        "urn": subject.urn if subject else "",
        "column": subject.column if subject else "",
        "topic": call.topic,
        "direction": call.direction,
        "kinds": list(call.filters.kinds),
        "where": [list(pair) for pair in call.filters.where],
        "assets": list(assets),
    }
    return json.dumps({key: value for key, value in body.items() if value}, ensure_ascii=False)


def recalled(text: str) -> Turn:
    """A remembered turn. Raises ValueError for what is not one."""
    body = json.loads(text)
    urn = body.get("urn", "")
    filters = Filters(kinds=tuple(body.get("kinds", ())), where=tuple((a, b) for a, b in body.get("where", ())))
    subject = Subject(urn, body.get("column", "")) if urn else None
    call = Call(body["skill"], subject, body.get("topic", ""), body.get("direction", ""), filters)
    return Turn(call, tuple(body.get("assets", ())))


def referent(desk: Desk, named: Sequence[Mention]) -> Mention | None:
    """What a question that names nothing itself is about: an asset of the last turn that this asker may see."""
    if named or not desk.turns:
        return None
    question, assets = desk.question.casefold(), _assets(desk)
    if not assets:
        return None
    if (choice := re.search(_CHOICE, question)) and len(assets) > 1:
        return _mention(desk, assets, choice.group(0), _number(choice, assets))
    if pronoun := re.search(_PRONOUNS, question):
        return _mention(desk, assets, pronoun.group(0), 0)
    if re.match(_GOING_ON, question) or len(re.findall(r"\w+", question)) <= _SHORT:
        return _mention(desk, assets, "", 0)
    return None


def needs_referent(question: str) -> bool:
    """Whether a question speaks of "it" or "the other one" and of nothing else that could be searched for."""
    words = re.sub(_PRONOUNS, " ", question.casefold())
    return words != question.casefold() and not re.search(r"\w[._]\w", words)


def instead(desk: Desk) -> str:
    """The rest of "what about X?" or "no, I meant X": X, to be asked what was asked last; "" for other questions."""
    match = re.match(_INSTEAD, desk.question.casefold())
    if not desk.turns or not match or not match.group(0).strip(" ,"):
        return ""
    rest = desk.question[match.end() :].strip(" ?!.,")
    return rest if rest and len(rest.split()) <= _SHORT and not re.search(_PRONOUNS, rest.casefold()) else ""


def narrows(desk: Desk) -> bool:
    """Whether the question keeps what was searched or counted last and adds a condition: "only certified"."""
    last = desk.turns[-1].call if desk.turns else None
    return last is not None and last.skill in ("find", "count") and bool(re.search(_NARROWED, desk.question.casefold()))


def _assets(desk: Desk) -> list[str]:
    """The assets of the last turn that had any, as far as this asker may see them."""
    for turn in reversed(desk.turns):
        subject = (turn.call.subject.urn,) if turn.call.subject else ()
        visible = desk.rows(dict.fromkeys((*subject, *turn.assets)))
        if visible:
            return list(visible)
    return []


def _number(choice: re.Match[str], assets: list[str]) -> int:
    number = _NTH[choice.group(1)] if choice.group(1) else int(choice.group(2)) - 1
    return min(number, len(assets) - 1)


def _mention(desk: Desk, assets: list[str], text: str, number: int) -> Mention:
    row = desk.rows([assets[number]])[assets[number]]
    start = desk.question.casefold().find(text) if text else 0
    return Mention(text or row.name, start, row.urn, row.kind, row.name, 1.0, how="earlier")
