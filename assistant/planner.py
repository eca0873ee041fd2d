"""From a question to a Call, without a language model: link names, mask them, route, fill the arguments.

Uses only the words of the question and the names the viewer may see. Owns how an argument is picked out of the words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from assistant.claims import AssetHit
from assistant.desk import Call, Desk, Filters, Mention, Subject
from assistant.router import Router, Scored, mask
from assistant.skills.registry import Skill
from assistant.subjects import names_it
from catalog.kinds import KINDS
from catalog.urn import PREFIX

_OTHERS = 5
_SURE = 0.35  # below this the nearest example says little
_LIKELY = 0.2  # enough when the question names an asset: then it is about that asset
_ABOUT = 0.15  # what naming an asset speaks against a search for one
_FEW = 3  # words beside a name that say nothing: "AR30?", "and dim_customer?"
_TIE = 0.05
_WRITTEN = 0.3  # a name written as systems write it ("email_hash") is meant; plain words may be chance
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


_TURNING = ("built on", "based on", "trained on", "run on", "built from", "made from", "made of", "fed by")
_PLAIN_ENTITIES = ("corpuser", "corpGroup", "glossaryTerm", "domain", "dataProduct", "policy")
_MEANS_ALSO = {"table": ("view",), "model": ("model_version",), "agent": ("llm_app",)}
# Kinds that speak of data and carry its plain words as names: "churn" alone is the term, "the churn table" is not.
_SPOKEN_OF = ("term", "domain", "tag", "person", "team", "policy", "document")


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
        mentions = sorted(desk.finder.link(desk.question), key=_meant, reverse=True)
        named = [one for one in mentions if not _is_guess(one)]
        words = mask(desk.question, [one.text for one in named])
        ranked = self._router.rank(words)
        best = _settle(_chosen(ranked, words, named, topic_of(desk.question)), ranked, named)
        return Plan(self._fill(desk, best.skill, mentions), best.score, best.example)

    def call(self, desk: Desk, skill: str, text: str, direction: str = "") -> Call:
        """A call of a named skill about the thing that `text` names; for doors where people choose the skill."""
        known = self._skills[skill]
        mentions = sorted(desk.finder.link(text, known.kinds), key=_meant, reverse=True)
        if known.needs == "topic":
            return Call(skill, None, text)
        return Call(skill, _subject(desk, mentions, known, text), text, direction)

    def _fill(self, desk: Desk, skill: Skill, mentions: list[Mention]) -> Call:
        topic = topic_of(desk.question)
        named = [one for one in mentions if not _is_guess(one)]
        written = _unknown_identifiers(desk.question, named)
        mentions = sorted([*mentions, *_by_id(desk, written)], key=_meant, reverse=True)
        named = [one for one in mentions if not _is_guess(one)]
        unknown = _unknown_identifiers(desk.question, named)
        if skill.needs == "topic":
            if unknown:
                return Call("describe", None, unknown[0])
            kinds = _kinds_of(mask(desk.question, [one.text for one in named])) or _holding(desk.question)
            return Call(skill.name, None, topic or desk.question, filters=Filters(kinds=kinds))
        topic = " ".join(word for word in topic.split() if word.casefold() not in _words_of(skill)) or topic
        subject = _subject(desk, mentions, skill, topic or desk.question)
        if unknown:
            subject = _column_of(subject, unknown[0]) if named else None
            topic = unknown[0]
        direction = direction_of(desk.question, skill, subject.text if subject else "")
        return Call(skill.name, subject, topic or desk.question, direction)


def _words_of(skill: Skill) -> frozenset[str]:
    """The words with which people ask this kind of question; what is left names the thing."""
    return frozenset(re.findall(r"[a-z]+", re.sub(r"\{\w+\}", "", " ".join((*skill.examples, *skill.cues)).casefold())))


def _is_guess(mention: Mention) -> bool:
    return mention.how.startswith("spelled like")


def _meant(mention: Mention) -> tuple[bool, float, int]:
    """Order of mentions: names before guesses at spelling, names written as systems do before plain words."""
    score = mention.score
    if re.search(r"\w[._]\w", mention.text):
        score += _WRITTEN
    elif mention.kind in ("term", "metric"):
        score += _TIE  # plain words that name a term and a chart alike mean the term
    if mention.text == mention.name:
        score += 2 * _TIE  # the very spelling
    if mention.column and len(mention.text) > len(mention.column):
        score += 4 * _TIE  # "email in customers" says more than either word
    return (not _is_guess(mention), score, -mention.start)


def _chosen(ranked: list[Scored], words: str, named: list[Mention], topic: str) -> Scored:
    """The skill the router means, weighed with whether the question names an asset."""
    by_name = {one.skill.name: one for one in ranked}
    if not named:
        return ranked[0] if ranked[0].score >= _SURE else by_name["find"]
    # A name that is most of what the question says is its subject; one among other words may be part of a search.
    says_more = len(topic.split()) > 2 * len(named[0].text.split())
    against = 0.0 if says_more else _ABOUT
    weighed = sorted(ranked, key=lambda one: one.score - (against if one.skill.needs == "topic" else 0), reverse=True)
    if len(re.findall(r"[a-z]+", words)) <= _FEW and weighed[0].score < _SURE:
        return by_name["describe"]
    return weighed[0] if weighed[0].score >= _LIKELY else by_name["describe"]


def _settle(best: Scored, ranked: list[Scored], named: list[Mention]) -> Scored:
    """What a subject is decides between kinds of question that read alike: terms are defined, tables described."""
    by_name = {one.skill.name: one for one in ranked}
    if best.skill.name == "describe" and named and named[0].kind in ("term", "metric"):
        return by_name.get("definition", best)
    if best.skill.name == "definition" and named and not any(one.kind in ("term", "metric") for one in named):
        return by_name.get("describe", best)
    return best


def _subject(desk: Desk, mentions: list[Mention], skill: Skill, topic: str) -> Subject | None:
    named = [one for one in mentions if not _is_guess(one) and (not one.column or _means_column(one, desk.question))]
    fitting = [one for one in named if one.kind in skill.kinds] if skill.kinds else named
    fitting = fitting or named
    data = [one for one in fitting if one.kind not in _SPOKEN_OF]
    if not skill.kinds and data and fitting and fitting[0].kind in _SPOKEN_OF and data[0].text == fitting[0].text:
        fitting = data
    kinds = _kinds_of(desk.question)
    if kinds and not any(one.kind in kinds for one in fitting) and (subject := _of_kind(desk, topic, kinds, True)):
        return subject
    # "the rider dimension" is a table, though Rider is a term: the words say more than the term's name.
    says_more = bool(fitting) and len(topic.split()) > len(fitting[0].text.split())
    if says_more and fitting[0].kind in _SPOKEN_OF and not skill.kinds:
        return _of_kind(desk, topic, _KEPT_IN, True) or _of_mentions(fitting)
    if fitting:
        return _of_mentions(fitting)
    return _of_kind(desk, topic, kinds, False) or _of_mentions([one for one in mentions if _is_guess(one)])


def _means_column(mention: Mention, question: str) -> bool:
    """Whether a column is meant by words that are one's name: said so, written so, or named with its table."""
    said = re.search(r"\b(column|columns|field|fields)\b", question.casefold())
    return bool(said or re.search(r"[._]", mention.text) or len(mention.text) > len(mention.column))


def _of_mentions(mentions: list[Mention]) -> Subject | None:
    if not mentions:
        return None
    first = mentions[0]
    rivals = [one for one in mentions[1:] if one.text == first.text and one.urn != first.urn]
    others = tuple(AssetHit(one.urn, one.name, one.kind, one.score) for one in rivals[:_OTHERS])
    return Subject(first.urn, first.column, first.text, others, certain=not _is_guess(first))


def _of_kind(desk: Desk, topic: str, kinds: tuple[str, ...], certain: bool) -> Subject | None:
    """The asset of these kinds that the words name: "the churn model" is a model, though a term is called Churn."""
    found = desk.finder.search(topic, Filters(kinds=kinds), _OTHERS)
    named = [one for one in found if names_it(topic, desk, one.urn)]
    if not named:
        return None
    others = tuple(AssetHit(one.urn, one.name, one.kind, one.score) for one in named[1:])
    return Subject(named[0].urn, "", topic, others, certain)


def _column_of(subject: Subject | None, column: str) -> Subject | None:
    """A column that is asked for and not there, of an asset that is: the skill says so."""
    return None if subject is None else replace(subject, column=column)


def _by_id(desk: Desk, idents: list[str]) -> list[Mention]:
    """Assets whose URN is their id ("bram.kuipers", "active-customer"): what people copy out of files."""
    urns = {f"{PREFIX}{entity}:{ident.casefold()}": ident for ident in idents for entity in _PLAIN_ENTITIES}
    return [
        Mention(urns[row.urn], desk.question.find(urns[row.urn]), row.urn, row.kind, row.name, 1.0, how="id")
        for row in desk.rows(urns).values()
    ]


def _unknown_identifiers(question: str, named: list[Mention]) -> list[str]:
    """Names written as systems do ("raw_app.orders") that nothing visible has."""
    written = re.findall(r"\b\w+(?:[._-]\w+)*[._]\w+(?:[._-]\w+)*\b", question)
    return [name for name in written if not any(name.casefold() in one.text.casefold() for one in named)]


def topic_of(question: str) -> str:
    """The words of a question that name something, in order."""
    words = re.findall(r"[\w.'-]+", question)
    kept = [word.strip(".'-") for word in words if word.casefold().strip(".'-") not in _ASKING]
    return " ".join(word for word in kept if word)


def direction_of(question: str, skill: Skill, subject: str = "") -> str:
    """Up, down or "" (both): the direction whose longest phrase stands in the question.

    "what is X built on" asks for what is upstream, "what is built on X" for downstream: there the order decides.
    """
    if not skill.directions:
        return ""
    text = f" {' '.join(re.findall(r'[a-z]+', question.casefold()))} "
    at = text.find(" ".join(re.findall(r"[a-z]+", subject.casefold())) or "\0")
    for phrase in _TURNING:
        if at >= 0 and f" {phrase} " in text:
            return "up" if text.find(f" {phrase} ") > at else "down"
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
    for kind in list(kinds):  # people say table and mean a view too, say model and mean a version of it
        kinds |= dict.fromkeys(_MEANS_ALSO.get(kind, ()))
    return tuple(kinds)
