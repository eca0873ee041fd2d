"""Questions about several named assets: which to use, how they differ, how they join. Reads the form off the words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.desk import Call, Desk, Mention
from assistant.skills.registry import DATA_KINDS

_JOINS = (
    r"\bjoin(?:s|ed|ing)?\b|\bcombine[ds]?\b|\blink(?:s|ed)? .* (?:to|with|and)\b"
    r"|\bgo together\b|\bconnects?\b|\bon what\b"
)
_DIFFERS = (
    r"\bdifferen(?:t|ce|ces)\b|\bdiffers?\b|\bcompare[ds]?\b|\bcomparison\b|\bdistinguish(?:es)?\b"
    r"|\bsame (?:thing|columns)\b"
)
_VERSUS = r"\b(?:vs\.?|versus)\b"
_CHOOSES = (
    r"\bwhich (?:one|of (?:these|those|them)|should|do i (?:use|take))\b|\bshould (?:i|we)\b|\bwhich is\b"
    r"|\bor\b.*\?|\bbetter\b|\bright one\b|\bgood one\b|\bchoose\b|\bwhich .* (?:use|take|pick)\b"
)
_MOST = 6


def pair_of(desk: Desk, named: Sequence[Mention]) -> Call | None:
    """The call about several assets; None when the question names fewer than two or is of another form."""
    several = _several(named)
    if len(several) < 2:
        return None
    text = desk.question.casefold()
    urns = tuple(one.urn for one in several)[:_MOST]
    tables = all(one.kind in ("table", "view", "topic") for one in several[:2])
    if tables and re.search(_JOINS, text):
        return Call("join", None, desk.question, several=urns)
    if re.search(_CHOOSES, text) and not re.search(_DIFFERS, text):
        return Call("choose", None, desk.question, several=urns) if _alike(several) else None
    if re.search(_DIFFERS, text) or re.search(_VERSUS, text):
        return Call("compare", None, desk.question, several=urns) if _alike(several) else None
    return None


def _several(named: Sequence[Mention]) -> list[Mention]:
    """One asset for each stretch of the question that names one, in reading order."""
    by_text: dict[str, Mention] = {}
    for one in named:
        if not one.column:
            by_text.setdefault(one.text.casefold(), one)
    found = {one.urn: one for one in by_text.values()}
    data = {urn: one for urn, one in found.items() if one.kind in DATA_KINDS}
    if len(data) > 1:
        found = data  # "for people who ride" names no asset beside the tables asked about
    return sorted(found.values(), key=lambda one: one.start)


def _alike(several: Sequence[Mention]) -> bool:
    """Whether they are things of one sort: a table and its owner are not compared."""
    sorts = {"table": "data", "view": "data", "topic": "data", "term": "meaning", "metric": "meaning"}
    kinds = {sorts.get(one.kind, one.kind) for one in several[:2]}
    return len(kinds) == 1 and not kinds & {"person", "team"}
