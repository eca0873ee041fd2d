"""From a question to a Call, without a language model: link names, mask them, route, fill the arguments.

Uses only the words of the question and the names the viewer may see. Owns how an argument is picked out of the words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from assistant.claims import AssetHit
from assistant.conversation import instead, narrows, needs_referent, referent
from assistant.desk import UNBOUNDED, Bounds, Call, Desk, Filters, Mention, Subject
from assistant.listing import counted, listing_of, narrowed
from assistant.pairs import pair_of
from assistant.phrases import Named, named_in
from assistant.router import Router, Scored, mask
from assistant.skills.registry import Skill
from assistant.skills.talk import kind_of_talk
from assistant.subjects import names_it
from assistant.times import only_time
from assistant.wording import KIND_WORDS, kinds_of, topic_of
from catalog.aspects import Schema
from catalog.urn import PREFIX

_OTHERS = 5
_SURE = 0.35  # below this the nearest example says little
_LIKELY = 0.2  # enough when the question names an asset: then it is about that asset
_ABOUT = 0.15  # what naming an asset speaks against a search for one
_FEW = 3  # words beside a name that say nothing: "AR30?", "and dim_customer?"
_TIE = 0.05
_LONG = 0.08  # for each word more: longer names are named by chance less often
_CERTAIN = 0.6  # above this the nearest example is all but the question itself
_SEARCHING = r"\b(where|find|which|looking|search|store[ds]?|kept|table|tables|dashboards?|anywhere|any)\b"
_SEEKS = (
    r"\b(do|did) (we|you|they) (even )?(track|store|have|keep|log|record|collect)\b"
    r"|\bis there (a|an|any|some)|\banywhere\b|\b(looking|searching) for\b"
    r"|\bneed (a|some|to see|to find|something)\b"
    r"|\bneed .{0,20}\bthat (tells|shows|has|holds|says)\b|\bwhere (can|could|do|would|are|is) "
)
_SEEKS_TABLE = r"\b(which|what) (table|view|dataset)s?\b"
_WHAT_IS = (
    r"(hey |hi |so |ok |and )?"
    r"(what'?s|what is|what are|whats|explain|describe|tell me about|how (many|long|much|often))\b"
)
_WRITTEN = 0.3  # a name written as systems write it ("email_hash") is meant; plain words may be chance
_STORING = frozenset({"keep", "kept", "store", "stored", "stores", "data", "live", "lives", "saved", "column", "field"})
_STORED_IN = ("table", "view", "topic", "feature_view", "vector_store")
# Things that hold or show data. Terms, people and policies speak of it and are found when they are asked for.
_KEPT_IN = (
    "table", "view", "topic", "dashboard", "chart", "metric", "feature", "feature_view", "model", "training_set",
    "vector_store", "data_product", "pipeline",
)  # fmt: skip


# Before the name these ask for what lies downstream ("what depends on X"), after it for what lies upstream.
_TURNING = (
    "built on", "based on", "trained on", "run on", "built from", "made from", "made of", "fed by", "depend on",
    "depends on", "rely on", "relies on", "reads from", "read from",
)  # fmt: skip
_FEEDING = (
    "feeds",
    "feed",
    "feeding",
    "populates",
    "populate",
    "fills",
    "produces",
    "writes to",
)  # the other way round
_TRACED = ("lineage", "impact")  # asked about a column, these trace it; others describe it
_PLAIN_ENTITIES = ("corpuser", "corpGroup", "glossaryTerm", "domain", "dataProduct", "policy")
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
        if talk := kind_of_talk(desk.question):
            return Plan(Call("talk", None, talk), 1.0, "")
        if (call := self._going_on(desk) or listing_of(desk)) is not None:
            return Plan(call, 1.0, "")
        mentions = _mentions(desk)
        named = [one for one in mentions if not _is_guess(one)]
        if (meant := referent(desk, named)) is not None:
            mentions = named = [meant]
        elif not named and needs_referent(desk.question) and not self._names_something(desk.question):
            return Plan(Call("clarify", None, desk.question), 1.0, "")
        if (pair := pair_of(desk, named)) is not None:
            return Plan(pair, 1.0, "")
        phrase = None if meant else _phrase(desk, named)
        spans = [one.text for one in named] + sorted(phrase.words if phrase else ())
        words = mask(desk.question, spans)
        ranked = self._router.rank(words)
        subjects = [phrase.row.kind] if phrase else [one.kind for one in named]
        best = _settle(_chosen(ranked, words, desk.question, subjects, spans), ranked, subjects)
        best = _by_form(desk.question, best, ranked, named, subjects)
        if meant is not None:
            best = _by_cue(desk.question, best, ranked)
        call = self._fill(desk, best.skill, mentions, phrase)
        return Plan(_with_column(desk, call, best), best.score, best.example)

    def _names_something(self, question: str) -> bool:
        """Whether a question holds any word that no kind of question explains."""
        known = frozenset().union(*(_words_of(skill) for skill in self._skills.values() if skill.needs == "asset"))
        return any(word.casefold() not in known for word in topic_of(question).split())

    def _going_on(self, desk: Desk) -> Call | None:
        """The last call with another subject ("what about X?") or one more condition ("only certified")."""
        last = desk.turns[-1].call if desk.turns else None
        if last is None:
            return None
        if narrows(desk):
            return narrowed(desk, last)
        if (other := instead(desk)) and last.skill in self._skills and self._skills[last.skill].needs == "asset":
            call = self.call(desk, last.skill, other, last.direction)
            return call if call.subject is not None and call.subject.certain else None
        return None

    def call(self, desk: Desk, skill: str, text: str, direction: str = "", bounds: Bounds = UNBOUNDED) -> Call:
        """A call of a named skill about the thing that `text` names; for doors where people choose the skill."""
        known = self._skills[skill]
        if skill == "count":
            return counted(desk, text)
        mentions = sorted(desk.finder.link(text, known.kinds), key=_meant, reverse=True)
        if known.needs == "topic":
            return Call(skill, None, text)
        if known.needs == "any":
            return Call(skill, _of_mentions([one for one in mentions if not _is_guess(one)]), text, direction)
        subject = _subject(desk, mentions, known, text)
        if subject is not None and bounds.column:
            subject = replace(subject, column=bounds.column)
        other = _named_by(desk, known, bounds.other) if bounds.other else None
        if known.needs == "pair" and not bounds.other:
            subject, other = _pair(mentions, known)
        return Call(skill, subject, text, direction, bounds=bounds, other=other)

    def _fill(self, desk: Desk, skill: Skill, mentions: list[Mention], phrase: Named | None) -> Call:
        topic = topic_of(desk.question)
        named = [one for one in mentions if not _is_guess(one)]
        unknown = _unknown_identifiers(desk, named)
        if skill.needs == "topic":
            if unknown:
                return Call("describe", None, unknown[0])
            kinds = kinds_of(mask(desk.question, [one.text for one in named])) or _holding(desk.question)
            return Call(skill.name, None, topic or desk.question, filters=Filters(kinds=kinds))
        if skill.needs == "any":
            if unknown:
                return Call("describe", None, unknown[0])
            named = [one for one in named if not only_time(one.text)]
            phrase = phrase if phrase and not only_time(" ".join(phrase.words)) else None
            meant = Subject(phrase.row.urn, "", " ".join(sorted(phrase.words))) if phrase else _of_mentions(named)
            return Call(skill.name, meant, topic or desk.question)
        topic = " ".join(word for word in topic.split() if word.casefold() not in _words_of(skill)) or topic
        if phrase is not None and not (skill.kinds and phrase.row.kind not in skill.kinds):
            subject: Subject | None = Subject(phrase.row.urn, "", " ".join(sorted(phrase.words)))
        else:
            subject = _subject(desk, mentions, skill, topic or desk.question)
        if unknown:
            subject = _column_of(subject, unknown[0]) if _as_column(desk.question, unknown[0]) else None
            topic = unknown[0]
        direction = direction_of(desk.question, skill, subject.text if subject else "")
        if skill.needs == "pair":
            first, second = _pair(named, skill)
            if first and second is None and first.text:
                second = _named_by(desk, skill, topic_of(desk.question.partition(first.text)[2]))
            return Call(skill.name, first or subject, topic or desk.question, other=second)
        return Call(skill.name, subject, topic or desk.question, direction)


def _mentions(desk: Desk) -> list[Mention]:
    """What the words name, the surest first; ids of files and chat included."""
    linked = list(desk.finder.link(desk.question))
    written = _unknown_identifiers(desk, linked)
    kept = [one for one in linked if not one.column or _means_column(one, desk.question)]
    return sorted([*kept, *_by_id(desk, written)], key=_meant, reverse=True)


def _phrase(desk: Desk, named: list[Mention]) -> Named | None:
    """An asset named in passing, where that says more than any single name in the question."""
    kinds = kinds_of(desk.question)
    found = (named_in(desk, desk.question, kinds) if kinds else []) or named_in(desk, desk.question)
    if any(re.search(r"\w[._]\w", one.text) and not one.column for one in named):
        return found[0] if found and found[0].layered and found[0].share == 1 else None
    if not found or (found[0].share < 1 and any(not one.column for one in named)):
        return None
    longest = max((len(one.text.split()) for one in named if not one.column), default=0)
    best = found[0]
    return best if len(best.words) > longest - best.layered else None


def _by_form(question: str, best: Scored, ranked: list[Scored], named: list[Mention], subjects: list[str]) -> Scored:
    """What the form of a question decides, whatever its words are near to."""
    by_name = {one.skill.name: one for one in ranked}
    if any(kind not in _SPOKEN_OF for kind in subjects) and (decided := _decided(question, ranked)) is not None:
        return decided
    people = sum(one.kind == "person" for one in named)
    if people and any(one.kind not in _SPOKEN_OF for one in named) and best.score < _SURE and "owner" in by_name:
        return by_name["owner"]  # "dim_bike - yusuf or femke?"
    is_term = bool(subjects) and subjects[0] in ("term", "metric")
    if is_term and (re.match(_WHAT_IS, question.casefold()) or _speaks_only_of_terms(best, question, subjects)):
        return by_name.get("definition", best)
    written = any(re.search(r"\w[._]\w", one.text) for one in named)
    holds = any(kind not in _SPOKEN_OF for kind in subjects)
    seeks = re.search(_SEEKS, question.casefold()) or (not holds and re.search(_SEEKS_TABLE, question.casefold()))
    if seeks and not written and best.score < _CERTAIN:
        return by_name["find"]
    if best.skill.needs == "topic" and is_term and not re.search(_SEARCHING, question.casefold()):
        return by_name.get("definition", best)
    asks_what = bool(subjects) and bool(re.match(_WHAT_IS, question.casefold()))
    if asks_what and best.score < _SURE and not is_term:
        return by_name["describe"]  # "what's that campaign doing every night"
    if asks_what and (best.skill.needs == "topic" or (best.skill.name == "owner" and subjects[0] not in _SPOKEN_OF)):
        return by_name["definition" if is_term else "describe"]
    return best


def _decided(question: str, ranked: list[Scored]) -> Scored | None:
    """The likeliest skill whose own words leave no doubt."""
    text = question.casefold()
    return next((one for one in ranked if one.skill.decides and re.search(one.skill.decides, text)), None)


def _by_cue(question: str, best: Scored, ranked: list[Scored]) -> Scored:
    """Of a follow-up, which is short, the single words that speak for a kind of question decide: "and downstream?"."""
    words = set(re.findall(r"[a-z]+", question.casefold()))
    cued = max(ranked, key=lambda one: (len(words & set(one.skill.cues)), one.score))
    return cued if best.score < _CERTAIN and words & set(cued.skill.cues) else best


def _speaks_only_of_terms(best: Scored, question: str, subjects: list[str]) -> bool:
    """Whether a question routed to data names only a term and no kind of data: "is a paused subscription churn?"."""
    about_data = bool(best.skill.kinds) and not set(subjects) & set(best.skill.kinds)
    return about_data and best.score < _SURE and not kinds_of(question)


def _with_column(desk: Desk, call: Call, best: Scored) -> Call:
    """The column of the subject that the question names; asked about one, people want it described or traced."""
    if call.subject is None or call.subject.column or call.skill == "path":
        return call
    schema = desk.read(call.subject.urn, Schema)
    words = re.findall(r"\w+", desk.question.casefold())
    said = bool(re.search(r"\b(column|field)\b", desk.question.casefold()))
    for column in schema.value.columns if schema else ():
        name = column.name.casefold()
        if name in words and ("_" in name or said):
            skill = call.skill if call.skill in _TRACED else "describe"
            return replace(call, skill=skill, subject=replace(call.subject, column=column.name))
    return call


def _pair(mentions: list[Mention], skill: Skill) -> tuple[Subject | None, Subject | None]:
    """The two things a question names, in the order of its words: where from, and where to."""
    fitting = [one for one in mentions if not skill.kinds or one.kind in skill.kinds]
    first = min(fitting, key=lambda one: one.start, default=None)
    last = max((one for one in fitting if first and one.start >= first.start + len(first.text)),
               key=lambda one: (one.score, one.start), default=None)  # fmt: skip
    here, there = ([one for one in fitting if at and one.start == at.start] for at in (first, last))
    return _of_mentions(here), _of_mentions(there)


def _named_by(desk: Desk, skill: Skill, text: str) -> Subject | None:
    """The one thing that these words name."""
    if not text:
        return None
    mentions = sorted(desk.finder.link(text, skill.kinds), key=_meant, reverse=True)
    return _subject(desk, mentions, skill, text)


def _words_of(skill: Skill) -> frozenset[str]:
    """The words with which people ask this kind of question; what is left names the thing."""
    return frozenset(re.findall(r"[a-z]+", re.sub(r"\{\w+\}", "", " ".join((*skill.examples, *skill.cues)).casefold())))


def _is_guess(mention: Mention) -> bool:
    return mention.how.startswith("spelled like")


def _meant(mention: Mention) -> tuple[bool, float, int]:
    """Order of mentions: names before guesses at spelling, names written as systems do before plain words."""
    score = mention.score + min(_LONG * mention.text.count(" "), _WRITTEN)
    if re.search(r"\w[._]\w", mention.text):
        score += _WRITTEN
    elif mention.kind in ("term", "metric"):
        score += _TIE  # plain words that name a term and a chart alike mean the term
    if mention.text == mention.name:
        score += 2 * _TIE  # the very spelling
    if mention.column and len(mention.text) > len(mention.column):
        score += 4 * _TIE  # "email in customers" says more than either word
    return (not _is_guess(mention), score, -mention.start)


def _chosen(ranked: list[Scored], words: str, question: str, subjects: list[str], spans: list[str]) -> Scored:
    """The skill the router means, weighed with whether the question names an asset."""
    by_name = {one.skill.name: one for one in ranked}
    if not subjects:
        return ranked[0] if ranked[0].score >= _SURE else by_name["find"]
    # A name that is most of what the question says is its subject; one among other words may be part of a search.
    says_more = len(topic_of(question).split()) > 2 * sum(len(span.split()) for span in spans)
    against = 0.0 if says_more else _ABOUT
    weighed = sorted(ranked, key=lambda one: one.score - (against if one.skill.needs == "topic" else 0), reverse=True)
    if len(re.findall(r"[a-z]+", words)) <= _FEW and weighed[0].score < _SURE:
        return by_name["describe"]
    return weighed[0] if weighed[0].score >= _LIKELY else by_name["find" if says_more else "describe"]


def _settle(best: Scored, ranked: list[Scored], subjects: list[str]) -> Scored:
    """What a subject is decides between kinds of question that read alike: terms are defined, tables described."""
    by_name = {one.skill.name: one for one in ranked}
    if best.skill.name == "describe" and subjects and subjects[0] in ("term", "metric"):
        return by_name.get("definition", best)
    if best.skill.name == "definition" and subjects and not set(subjects) & {"term", "metric"}:
        return by_name.get("describe", best)
    return best


def _subject(desk: Desk, mentions: list[Mention], skill: Skill, topic: str) -> Subject | None:
    named = [one for one in mentions if not _is_guess(one)]
    fitting = [one for one in named if one.kind in skill.kinds] if skill.kinds else named
    fitting = fitting or named
    data = [one for one in fitting if one.kind not in _SPOKEN_OF]
    if not skill.kinds and data and fitting and fitting[0].kind in _SPOKEN_OF and data[0].text == fitting[0].text:
        fitting = data
    kinds = kinds_of(desk.question)
    if kinds and not any(one.kind in kinds for one in fitting) and (subject := _of_kind(desk, topic, kinds, True)):
        return subject
    # "the rider dimension" is a table, though Rider is a term: the words say more than the term's name.
    says_more = bool(fitting) and len(topic.split()) > len(fitting[0].text.split())
    if says_more and fitting[0].kind in _SPOKEN_OF and not skill.kinds:
        return _of_kind(desk, topic, _KEPT_IN, True) or _of_mentions(fitting)
    if fitting:
        return _of_mentions(fitting)
    return _of_kind(desk, topic, kinds or skill.kinds, False) or _of_mentions(
        [one for one in mentions if _is_guess(one)]
    )


def _means_column(mention: Mention, question: str) -> bool:
    """Whether a column is meant by words that are one's name: said so, written so, or named with its table."""
    said = re.search(r"\b(column|columns|field|fields)\b", question.casefold())
    return bool(said or re.search(r"[._]|\w\s+\w", mention.text))


def _of_mentions(mentions: list[Mention]) -> Subject | None:
    if not mentions:
        return None
    first = mentions[0]
    rivals = [one for one in mentions[1:] if one.text == first.text and one.urn != first.urn]
    others = tuple(AssetHit(one.urn, one.name, one.kind, one.score) for one in rivals[:_OTHERS])
    return Subject(first.urn, first.column, first.text, others, certain=not _is_guess(first))


def _of_kind(desk: Desk, topic: str, kinds: tuple[str, ...], certain: bool) -> Subject | None:
    """The asset of these kinds that the words name: "the churn model" is a model, though a term is called Churn."""
    words = [word.removesuffix("'s") for word in topic.split() if word.casefold() not in KIND_WORDS]
    topic = " ".join(words) or topic
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


def _as_column(question: str, name: str) -> bool:
    """Whether a name is asked about as a column of something else: "the column x", "x in orders"."""
    said = rf"\b(columns?|fields?)\b|{re.escape(name)}\W+(in|of|from|on)\b"
    return bool(re.search(said, question, re.IGNORECASE))


def _unknown_identifiers(desk: Desk, named: list[Mention]) -> list[str]:
    """Names written as systems do ("raw_app.orders") that nothing visible has."""
    question = desk.question
    written = re.findall(r"\b\w+(?:[._-]\w+)*[._]\w+(?:[._-]\w+)*\b", question)
    return [name for name in written if not any(name.casefold() in one.text.casefold() for one in named)]


def direction_of(question: str, skill: Skill, subject: str = "") -> str:
    """Up, down or "" (both): the direction whose longest phrase stands in the question.

    "what is X built on" asks for what is upstream, "what is built on X" for downstream: there the order decides.
    """
    if not skill.directions:
        return ""
    text = f" {' '.join(re.findall(r'[a-z]+', question.casefold()))} "
    at = text.find(" ".join(re.findall(r"[a-z]+", subject.casefold())) or "\0")
    for phrase in (*_TURNING, *_FEEDING):
        if at >= 0 and f" {phrase} " in text:
            comes_after = text.find(f" {phrase} ") > at
            return "up" if comes_after != (phrase in _FEEDING) else "down"
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
