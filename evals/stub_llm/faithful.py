"""The good characters: a planner and writer that do as told by simple rules over the prompt, and one that uses another
language. No model runs here; what a real one would write better is not shown by them."""

from __future__ import annotations

import re
from typing import Any

from evals.stub_llm.prompt import Prompt, Reply, called

_CUES = (
    ("owner", r"\b(own|owns|owner|owned|responsible|contact)\b"),
    ("lineage", r"\b(feeds?|upstream|downstream|depends|lineage|come from|comes from|breaks)\b"),
    ("quality", r"\b(trust|fresh|tested|failing|stale)\b"),
    ("sensitive", r"\b(personal|sensitive|pii)\b"),
    ("may_use", r"\bmay (i|we) use\b"),
    ("definition", r"\b(mean|means|definition)\b"),
    ("count", r"\bhow many\b"),
    ("find", r"\b(where|find|which table)\b"),
    ("describe", r"."),
)
_LITTLE = frozenset(
    [
        "who",
        "what",
        "where",
        "which",
        "how",
        "is",
        "are",
        "was",
        "the",
        "a",
        "an",
        "of",
        "on",
        "it",
        "its",
        "does",
        "do",
        "did",
        "mean",
        "means",
        "own",
        "owns",
        "owner",
        "owned",
        "feeds",
        "feed",
        "trust",
        "can",
        "i",
        "we",
        "may",
        "use",
        "for",
        "and",
        "upstream",
        "downstream",
        "from",
        "come",
        "comes",
        "to",
        "many",
        "in",
        "there",
        "depends",
        "tested",
        "fresh",
    ]
)


def faithful(prompt: Prompt) -> Reply:
    """Plan or write as the prompt says."""
    return called("plan", calls=_plan(prompt)) if prompt.forced == "plan" else called("write", sentences=_write(prompt))


def foreign(prompt: Prompt) -> Reply:
    """Plan and write in another language than was asked in."""
    if prompt.forced == "plan":
        return called("plan", calls=[{"skill": prompt.skills()[0], "topic": "de bedoelde tabel"}])
    return called("write", sentences=[f"Het antwoord luidt als volgt: {{{one['id']}}}" for one in prompt.units()])


def _plan(prompt: Prompt) -> list[dict[str, Any]]:
    known = set(prompt.skills())
    parts = re.split(r"\s+and\s+(?=(?:who|what|where|which|how|is|can|may)\b)", prompt.question.strip(" ?!."))
    calls = []
    for part in parts[:4]:
        skill = next((name for name, cue in _CUES if name in known and re.search(cue, part.casefold())), "describe")
        subject = _subject(part) or _subject(prompt.question)
        points_back = "#1" in prompt.system and re.search(r"\b(it|that|this)\b", part.casefold()) and not _subject(part)
        if points_back and "#1" in prompt.system:
            subject = re.findall(r"#\d+", prompt.system)[-1]
        call = {"skill": skill, "topic" if skill in ("find", "count") else "subject": subject}
        direction = {"upstream": "up", "come": "up", "downstream": "down", "depends": "down", "breaks": "down"}
        said = [value for word, value in direction.items() if re.search(rf"\b{word}", part.casefold())]
        calls.append(call | ({"direction": said[0]} if said and skill == "lineage" else {}))
    return calls


def _subject(text: str) -> str:
    """The longest stretch of words that say something."""
    best, now = "", ""
    for word in text.split(" "):
        bare = word.strip("?!.,;")
        now = "" if bare.casefold() in _LITTLE or not bare else f"{now} {bare}".strip()
        best = max(best, now, key=len)
    return best


def _write(prompt: Prompt) -> list[str]:
    """Leads first, then warnings two by two, then the rest."""
    by_role: dict[str, list[str]] = {"lead": [], "caveat": [], "detail": []}
    for one in prompt.units():
        by_role[one["role"]].append(f"{{{one['id']}}}")
    sentences = list(by_role["lead"])
    if by_role["caveat"]:
        sentences.append(f"Keep in mind that {by_role['caveat'][0]}")
    sentences += [f"Also, {one}" for one in by_role["caveat"][1:]]
    return [*sentences, *(f"In addition, {one}" for one in by_role["detail"])]
