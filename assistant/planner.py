"""From a question to a Call, without a language model: link names, mask them, route, fill the arguments.

Uses only the words of the question and the names the viewer may see. Owns how an argument is picked out of the words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.claims import AssetHit
from assistant.desk import Call, Desk, Filters, Mention, Subject
from assistant.router import Router, Scored, mask
from assistant.skills.registry import Skill
from assistant.subjects import names_it
from catalog.kinds import KINDS

_OTHERS = 5
_NAMED = 0.8  # a mention from this score on is the thing's own name, not a guess at its spelling
_SURE = 0.35  # below this the nearest example says little: the question is searched for instead
# Words that ask rather than name. What is left of a question without them is its topic.
_ASKING_WORDS = """
a about all also an and any anybody anyone are as at be by called can column columns could dashboard dashboards data
dataset datasets do does ever field fields find for from get got has have he hold holds how i if in information is
it just keep kept know let like list live located look looking me metric metrics model models my name need new
newest now of on one or our people person please record recorded records right search see she should show shows so
some somebody someone still store stored stores table tables team tell that the their there these they thing things
this those to us use used view views want was we what when where which who whom whose will with would you your
"""
_ASKING = frozenset(_ASKING_WORDS.split())
_KIND_WORDS = {
    word: kind.key
    for kind in KINDS.values()
    for word in (kind.noun, kind.plural)
    if kind.key not in ("column", "container", "tag")
} | {
    "report": "dashboard",
    "reports": "dashboard",
    "kpi": "metric",
    "kpis": "metric",
    "runbook": "document",
    "runbooks": "document",
    "doc": "document",
    "docs": "document",
}


_STORING = frozenset({"keep", "kept", "store", "stored", "stores", "data", "live", "lives", "saved", "column", "field"})
_STORED_IN = ("table", "view", "topic", "feature_view", "vector_store")
# Things that hold or show data. Terms, people and policies speak of it and are found when they are asked for.
_KEPT_IN = (
    "table", "view", "topic", "dashboard", "chart", "metric", "feature", "feature_view", "model", "training_set",
    "vector_store", "data_product", "pipeline",
)  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """The call chosen, how sure the router was, and what it compared."""

    call: Call
    score: float
    example: str


class Planner:
    """Plans with a router. `skills` are those the router knows, by name."""

    def __init__(self, router: Router, skills: dict[str, Skill]) -> None:
        self._router = router
        self._skills = skills

    def plan(self, desk: Desk) -> Plan:
        """The one call that answers the desk's question best."""
        mentions = list(desk.finder.link(desk.question))
        spans = _spans(mentions)
        ranked = self._router.rank(mask(desk.question, spans))
        best = ranked[0]
        if best.score < _SURE:
            best = next(one for one in ranked if one.skill.name == "find")
        best = _settle(best, ranked, mentions)
        return Plan(self._fill(desk, best.skill, mentions), best.score, best.example)

    def call(self, desk: Desk, skill: str, text: str, direction: str = "") -> Call:
        """A call of a named skill about the thing that `text` names; for doors where people choose the skill."""
        mentions = list(desk.finder.link(text, self._skills[skill].kinds))
        subject = _subject(desk, mentions, self._skills[skill], text)
        return Call(skill, subject, text, direction)

    def _fill(self, desk: Desk, skill: Skill, mentions: list[Mention]) -> Call:
        topic = topic_of(desk.question)
        if skill.needs == "topic" and _unknown_identifier(desk.question, mentions):
            return Call("describe", None, topic)
        if skill.needs == "topic":
            filters = Filters(kinds=_kinds_of(desk.question) or _holding(desk.question))
            return Call(skill.name, None, topic or desk.question, filters=filters)
        topic = " ".join(word for word in topic.split() if word.casefold() not in skill.cues) or topic
        subject = _subject(desk, mentions, skill, topic or desk.question)
        return Call(skill.name, subject, topic or desk.question, direction_of(desk.question, skill))


def _spans(mentions: Sequence[Mention]) -> list[str]:
    return [mention.text for mention in mentions if mention.score >= _NAMED]


def _settle(best: Scored, ranked: list[Scored], mentions: list[Mention]) -> Scored:
    """What a subject is decides between kinds of question that read alike: terms are defined, tables described."""
    by_name = {one.skill.name: one for one in ranked}
    is_term = bool(mentions) and mentions[0].kind in ("term", "metric")
    if best.skill.name == "describe" and is_term and "definition" in by_name:
        return by_name["definition"]
    if best.skill.name == "definition" and mentions and not is_term and "describe" in by_name:
        return by_name["describe"]
    return best


def _subject(desk: Desk, mentions: list[Mention], skill: Skill, topic: str) -> Subject | None:
    fitting = [one for one in mentions if not skill.kinds or one.kind in skill.kinds] or mentions
    kinds = _kinds_of(desk.question)
    if kinds and not any(one.kind in kinds for one in fitting) and (subject := _of_kind(desk, topic, kinds)):
        return subject
    if fitting:
        first = fitting[0]
        rivals = [one for one in fitting[1:] if one.text == first.text and one.urn != first.urn]
        others = tuple(AssetHit(one.urn, one.name, one.kind, one.score) for one in rivals[:_OTHERS])
        return Subject(first.urn, first.column, first.text, others, certain=not first.how.startswith("spelled like"))
    found = desk.finder.search(topic, Filters(kinds=_kinds_of(desk.question)), _OTHERS)
    named = [one for one in found if names_it(topic, desk, one.urn)]
    if not named:
        return None
    others = tuple(AssetHit(one.urn, one.name, one.kind, one.score) for one in named[1:])
    return Subject(named[0].urn, "", topic, others, certain=False)


def _of_kind(desk: Desk, topic: str, kinds: tuple[str, ...]) -> Subject | None:
    """The asset of a named kind that the words name: "the churn model" is a model, though a term is called Churn."""
    found = desk.finder.search(topic, Filters(kinds=kinds), _OTHERS)
    named = [one for one in found if names_it(topic, desk, one.urn)]
    if not named:
        return None
    others = tuple(AssetHit(one.urn, one.name, one.kind, one.score) for one in named[1:])
    return Subject(named[0].urn, "", topic, others)


def _unknown_identifier(question: str, mentions: list[Mention]) -> bool:
    """Whether the question writes a name as systems do ("raw_app.orders") and nothing visible is called that."""
    written = re.findall(r"\b\w+(?:[._]\w+)+\b", question)
    return any(all(name not in one.text for one in mentions if one.score >= _NAMED) for name in written)


def topic_of(question: str) -> str:
    """The words of a question that name something, in order."""
    words = re.findall(r"[\w.'-]+", question)
    kept = [word.strip(".'-") for word in words if word.casefold().strip(".'-") not in _ASKING]
    return " ".join(word for word in kept if word)


def direction_of(question: str, skill: Skill) -> str:
    """Up, down or "" (both): the direction whose longest phrase stands in the question."""
    text = f" {' '.join(re.findall(r'[a-z]+', question.casefold()))} "
    found = {
        direction: max((len(phrase) for phrase in phrases if f" {phrase} " in text), default=0)
        for direction, phrases in skill.directions.items()
    }
    best = max(found, key=lambda direction: found[direction], default="")
    return best if best and found[best] else ""


def _holding(question: str) -> tuple[str, ...]:
    """What "where is ..." asks for when it names no kind: where data is kept, or anything that holds or shows it."""
    words = set(re.findall(r"[a-z]+", question.casefold()))
    return _STORED_IN if words & _STORING else _KEPT_IN


def _kinds_of(question: str) -> tuple[str, ...]:
    """The kind of thing asked for, when the question names one ("which dashboards ...")."""
    text = f" {' '.join(re.findall(r'[a-z]+', question.casefold()))} "
    found = [kind for word, kind in _KIND_WORDS.items() if f" {word.casefold()} " in text]
    kinds = dict.fromkeys(found)
    if "table" in kinds:
        kinds["view"] = None  # people say table and mean either
    return tuple(kinds)
