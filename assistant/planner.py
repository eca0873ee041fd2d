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
from catalog.kinds import KINDS

_OTHERS = 5
_SURE = 0.35  # below this the nearest example says little: the question is searched for instead
# Words that ask rather than name. What is left of a question without them is its topic.
_ASKING = frozenset(
    [
        "a",
        "about",
        "all",
        "an",
        "and",
        "any",
        "are",
        "at",
        "be",
        "can",
        "could",
        "data",
        "dataset",
        "datasets",
        "do",
        "does",
        "find",
        "for",
        "from",
        "get",
        "got",
        "has",
        "have",
        "hold",
        "holds",
        "how",
        "i",
        "in",
        "information",
        "is",
        "it",
        "keep",
        "kept",
        "know",
        "let",
        "like",
        "list",
        "live",
        "located",
        "look",
        "looking",
        "me",
        "my",
        "need",
        "of",
        "on",
        "one",
        "or",
        "our",
        "please",
        "record",
        "recorded",
        "records",
        "search",
        "see",
        "should",
        "show",
        "shows",
        "some",
        "stored",
        "store",
        "stores",
        "tell",
        "that",
        "the",
        "their",
        "there",
        "thing",
        "things",
        "to",
        "us",
        "use",
        "used",
        "want",
        "was",
        "we",
        "what",
        "when",
        "where",
        "which",
        "who",
        "whom",
        "whose",
        "will",
        "with",
        "would",
        "you",
        "your",
    ]
)
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


# What "where is ..." asks for when it names no kind: things that hold or show data. Terms, people and policies speak
# of it and are found when they are asked for.
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
        if skill.needs == "topic":
            filters = Filters(kinds=_kinds_of(desk.question) or _KEPT_IN)
            return Call(skill.name, None, topic or desk.question, filters=filters)
        subject = _subject(desk, mentions, skill, topic or desk.question)
        return Call(skill.name, subject, topic or desk.question, direction_of(desk.question, skill))


def _spans(mentions: Sequence[Mention]) -> list[str]:
    return [mention.text for mention in mentions if mention.score >= 0.8]


def _settle(best: Scored, ranked: list[Scored], mentions: list[Mention]) -> Scored:
    """What a subject is decides between kinds of question that read alike: terms are defined, tables described."""
    by_name = {one.skill.name: one for one in ranked}
    is_term = bool(mentions) and mentions[0].kind in ("term", "metric")
    if best.skill.name == "describe" and is_term and "definition" in by_name:
        return by_name["definition"]
    if best.skill.name == "definition" and mentions and not is_term and "describe" in by_name:
        return by_name["describe"]
    if best.skill.needs == "asset" and not mentions and best.skill.name == "describe" and "find" in by_name:
        return by_name["find"]
    return best


def _subject(desk: Desk, mentions: list[Mention], skill: Skill, topic: str) -> Subject | None:
    fitting = [one for one in mentions if not skill.kinds or one.kind in skill.kinds] or mentions
    if fitting:
        first = fitting[0]
        rivals = [one for one in fitting[1:] if one.text == first.text and one.urn != first.urn]
        others = tuple(AssetHit(one.urn, one.name, one.kind, one.score) for one in rivals[:_OTHERS])
        return Subject(first.urn, first.column, first.text, others, certain=not first.how.startswith("spelled like"))
    found = list(desk.finder.search(topic, Filters(kinds=_kinds_of(desk.question)), _OTHERS))
    if not found or found[0].score <= 0:
        return None
    others = tuple(AssetHit(one.urn, one.name, one.kind, one.score) for one in found[1:])
    return Subject(found[0].urn, "", topic, others, certain=False)


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


def _kinds_of(question: str) -> tuple[str, ...]:
    """The kind of thing asked for, when the question names one ("which dashboards ...")."""
    text = f" {' '.join(re.findall(r'[a-z]+', question.casefold()))} "
    found = [kind for word, kind in _KIND_WORDS.items() if f" {word.casefold()} " in text]
    kinds = dict.fromkeys(found)
    if "table" in kinds:
        kinds["view"] = None  # people say table and mean either
    return tuple(kinds)
