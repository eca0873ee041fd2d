"""The words of questions: which ask, which name a kind of thing, and what is left to name the thing itself. Pure."""

from __future__ import annotations

import re

from catalog.kinds import KINDS

# Words that ask rather than name. What is left of a question without them is its topic.
ASKING_WORDS = """
a about actually again all also an and any anybody anyone are as at be been being by called can can't column columns
could current currently dashboard dashboards data dataset datasets do does doesn't don't each etc ever every exactly
field fields find folks for from get go goes going got guys had has have having he hello her hers hey hi him his
hold holds how i i'd i'm if in information is it it's just keep kept know last lately let like list live loaded
located look looking lot maybe me metric metrics model models more most much my name need needed needs new newest
now of on one only or our out people per person please pls really record recorded records right search see she
should show shows smth so some somebody someone something sth still store stored stores stuff table tables team tell
tells thanks that that's the their them there these they thing things this those thx to today told track tracked
tracks us use used via view views want warehouse was we went were what what's when where where's which who who'd
who's whom whose wich will with would year years yesterday you your
"""
ASKING = frozenset(ASKING_WORDS.split())
KIND_WORDS = {
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
    "tool": "agent_tool",
    "tools": "agent_tool",
    "bot": "agent",
    "bots": "agent",
    "copilot": "agent",
    "job": "pipeline",
    "jobs": "pipeline",
    "doc": "document",
    "docs": "document",
}
_MEANS_ALSO = {"table": ("view",), "model": ("model_version",), "agent": ("llm_app",)}


def topic_of(question: str) -> str:
    """The words of a question that name something, in order."""
    words = re.findall(r"[\w.'-]+", question)
    kept = [word.strip(".'-") for word in words if word.casefold().strip(".'-") not in ASKING]
    return " ".join(word for word in kept if word)


def kinds_of(question: str) -> tuple[str, ...]:
    """The kind of thing asked for, when the question names one ("which dashboards ...")."""
    text = f" {' '.join(re.findall(r'[a-z]+', question.casefold()))} "
    found = [kind for word, kind in KIND_WORDS.items() if f" {word.casefold()} " in text]
    kinds = dict.fromkeys(found)
    for kind in list(kinds):  # people say table and mean a view too, say model and mean a version of it
        kinds |= dict.fromkeys(_MEANS_ALSO.get(kind, ()))
    return tuple(kinds)
