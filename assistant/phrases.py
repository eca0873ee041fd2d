"""Naming a thing in passing: "the subscription events mart", "raw ad spend", "the v2 rider dim".

Scores what search found by how much of each asset's own name the words of the question hold, and by the layer they
say (mart, staging, raw, snapshot). Pure over the rows a View shows; owns the words for layers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assistant.desk import Desk, Filters
from catalog.reader import AssetRow
from retrieval.analyzer import split

CANDIDATES = 40  # of search; what people name is practically always among them
ENOUGH = 0.55  # of a name's own words; below that the question names something else
_TURNED = 0.9  # a name said back to front: "a subscription that churned" is not Churned subscriptions
_LAYER = 0.25  # what a fitting layer adds, or a missing one takes: about one word of a short name

# How people speak of the layers of a warehouse, and how their tables are called.
LAYERS: dict[str, frozenset[str]] = {
    "dimension": frozenset({"dim"}),
    "dim": frozenset({"dim"}),
    "fact": frozenset({"fct", "fact"}),
    "mart": frozenset({"fct", "dim", "mart", "marts"}),
    "staging": frozenset({"stg", "staging"}),
    "staged": frozenset({"stg", "staging"}),
    "intermediate": frozenset({"int", "intermediate"}),
    "raw": frozenset({"raw", "landing", "bronze"}),
    "source": frozenset({"raw", "landing", "bronze"}),
    "snapshot": frozenset({"snap", "snapshot", "snapshots"}),
    "history": frozenset({"snap", "snapshot", "snapshots", "history", "hist"}),
    "seed": frozenset({"seed", "seeds"}),
}
_PREFIXES = frozenset().union(*LAYERS.values()) | {"tbl", "vw", "ml", "v", "the", "of", "and", "per"}


@dataclass(frozen=True)
class Named:
    """An asset that the words may name: how much of its name they hold, the score, and the words."""

    row: AssetRow
    share: float
    score: float
    words: frozenset[str]
    layered: bool = False  # the question says its layer


def named_in(desk: Desk, text: str, kinds: tuple[str, ...] = ()) -> list[Named]:
    """The assets whose names the text holds for the most part, best first."""
    # A name does not run across a comma; a layer may stand anywhere ("subscriptions, the snapshot").
    clauses = [split(clause) for clause in re.split(r"[,;:!?]\s|\s-\s", text)]
    layers = {word for clause in clauses for word in clause if word in LAYERS}
    found = desk.finder.search(text, Filters(kinds=kinds), CANDIDATES)
    rows = desk.rows(one.urn for one in found)
    scored = [
        named
        for one in found
        if one.urn in rows
        for clause in clauses
        if (named := _scored(rows[one.urn], clause, layers)) is not None
    ]
    return sorted(scored, key=lambda named: -named.score)


def _scored(row: AssetRow, clause: Sequence[str], layers: set[str]) -> Named | None:
    asked = [*clause, *layers]
    own = [word for word in split(row.name) if word not in _PREFIXES]
    if not own:
        return None
    hits = {word: match for word in own if (match := _match(word, asked))}
    share = sum(map(len, hits)) / sum(map(len, own))
    if share < ENOUGH:
        return None
    at = [asked.index(match) for match in hits.values()]
    if at != sorted(at) and "of" not in clause:  # "the home cell of a rider" is its rider_home_cell
        share *= _TURNED
    places = set(split(row.qualified_name))
    wanted = [LAYERS[word] for word in sorted(layers)]
    layer = sum(_LAYER if names & places else -_LAYER for names in wanted)
    # Beside whole names, longer ones: they leave less of the question unexplained.
    return Named(row, share, share + 0.1 * len(hits) + layer, frozenset(hits.values()), layer > 0)


def _match(word: str, asked: Iterable[str]) -> str:
    """The asked word that is this word of a name, endings apart; "" when none is."""
    for one in asked:
        if one == word or (min(len(one), len(word)) >= 4 and (one.startswith(word[:-1]) or word.startswith(one[:-1]))):
            return one
    return ""
