"""Small talk, what Docent can do, and what it does not do: answered shortly, without a search."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.claims import Draft, Verdict, claim, count
from assistant.desk import Call, Desk
from assistant.skills.registry import Skill
from assistant.wording import kinds_of


@dataclass(frozen=True)
class _Kind:
    """One kind of talk: how people say it, what is answered, and whether that is an answer or a refusal."""

    key: str
    asked: str
    answer: str
    verdict: Verdict = "refused"


_KNOWS = "I know {known} assets that you may see."
_GREETS = "hi|hello|hey|hiya|yo|good (?:morning|afternoon|evening)|howdy|moin|hoi"
_HOW = r"(?:[\s,!.]+how(?:'s| is| are) (?:it going|you|things)(?: doing| today)?)?"
_THANKS = r"thanks?(?: you)?(?: (?:a lot|so much|very much|all))?|thx|cheers|ty|much appreciated|merci|danke"
_WELL = r"ok(?:ay)?|great|perfect|cool|nice|got it|good job|well done|bye|goodbye|see you|good night"
_ABLE = (
    r"what can (?:you|i) (?:do|ask)(?: you| here)?(?: for me)?|how (?:do|can) (?:i|you) (?:use|work)(?: you| this)?"
    r"|what (?:are|is) (?:you|docent|this bot)(?: for)?|who are you"
    r"|what questions can i ask(?: you)?|how does this work"
)
_PERSONAL = (
    r"how are you|how(?:'s| is) it going|are you (?:a )?(?:human|robot|real|bot|ok)"
    r"|do you (?:like|love|feel|dream|sleep)\b.*|tell me (?:a )?(?:joke|story)\b.*"
    r"|(?:i am|i'm|im) (?:bored|tired|sad|happy|hungry)\b.*|what(?:'s| is) your (?:name|favou?rite\b.*)"
)
_ELSEWHERE = (
    r"weather|forecast for tomorrow|temperature outside|recipes?|horoscope|lottery|capital of|president of"
    r"|prime minister|stock price|exchange rate|who won|football|world cup|movie|song|lyrics|poem|haiku|limerick"
    r"|news today|restaurants?|flight to|hotel in|translate|meaning of life"
)
_ORDERS = (
    r"(?:delete|drop|truncate|rename|insert|alter|grant|revoke|execute|rerun|restart|trigger|deploy)\b"
    r"|(?:remove|update|create|run|refresh|send|e-?mail|book|order|buy|call|schedule|write|draft|generate|post|approve)"
    r" (?:me|us|the|an?|my|our|this|that|these|those|it|all|him|her|them|everyone)\b"
)
_ABOUT = (
    "I answer questions about your company's data and cite the record behind every sentence: where data is kept, what "
    f"it means, who owns it, whether to trust it, what it is made from and what depends on it. {_KNOWS}"
)
_HELLO = f"Hello. Ask where data is kept, what it means, who owns it or whether to trust it. {_KNOWS}"
_KINDS = (
    _Kind("help", rf"^(?:help|\?+|{_ABLE})\W*$", _ABOUT, "answered"),
    _Kind("greeting", rf"^(?:{_GREETS})\b(?: (?:there|docent|bot|all|everyone|team))?{_HOW}\W*$", _HELLO),
    _Kind("thanks", rf"^(?:(?:{_WELL})[\s,]+)?(?:{_THANKS})\W*$|^(?:{_WELL})\W*$", f"You are welcome. {_KNOWS}"),
    _Kind("personal", rf"^(?:{_PERSONAL})\W*$", f"I only talk about your company's data. {_KNOWS}"),
    _Kind("elsewhere", rf"\b(?:{_ELSEWHERE})\b", f"That is not about your company's data. {_KNOWS}"),
    _Kind(
        "order",
        rf"^(?:please |can you |could you |would you |pls )*(?:{_ORDERS})",
        f"I only answer questions: I do not run, change or send anything. {_KNOWS}",
    ),
)
_OURS = r"\b(?:data|columns?|fields?|upstream|downstream|lineage|owns?|owners?|we|our)\b"
_COMPILED = [(kind, re.compile(kind.asked)) for kind in _KINDS]


def kind_of_talk(question: str) -> str:
    """Which kind of talk a question is; "" for a question about data."""
    text = " ".join(question.casefold().split())
    key = next((kind.key for kind, pattern in _COMPILED if pattern.search(text)), "")
    return "" if key == "elsewhere" and (kinds_of(text) or re.search(_OURS, text)) else key


def answer(desk: Desk, call: Call) -> Draft:
    """The short answer to a kind of talk, with some questions to ask."""
    kind = next((one for one in _KINDS if one.key == call.topic), _KINDS[0])
    known = len(desk.view.assets())
    proof = desk.searched("", known)
    lead = claim(kind.answer, [proof], known=count(known))
    return Draft(kind.verdict, (lead,), desk.coverage(), facts={"talk": kind.key}, follow_ups=_ASK)


_ASK = ("where do we keep orders?", "which tables have no owner?", "what changed this week?")

SKILL = Skill(
    "talk",
    __doc__,
    ("what can you do", "hello", "thank you", "who are you", "tell me a joke", "delete the table {asset}"),
    answer,
    needs="nothing",
)
