"""Links the words of a question to assets, columns, people and terms, with every ambiguity left visible.

Owns spans, keys and the scores of mentions. Touches only a snapshot. Never links to a hidden asset, nor lets one change
what a visible one scores; never decides between candidates: it ranks them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz import fuzz, process

from retrieval.analyzer import read_words, split
from retrieval.segment import ALIAS, COLUMN, NAME, QUALIFIED, squash
from retrieval.snapshot import Scope, Snapshot
from retrieval.visible import Visible

TOKEN = re.compile(r"[\w$#@-]+(?:[./:][\w$#@-]+)*")
MAX_WORDS = 6
"""Longest name looked for, in words."""
MAX_CANDIDATES = 8
"""Candidates kept per span; more is not a choice a person can make."""
MAX_LOOSE_COLUMNS = 20
"""A column name without its table is linked only if it is rarer than this: `id` names nothing."""
FUZZY_CUTOFF = 82.0
"""Edit similarity (0 to 100) below which a did-you-mean misleads more than it helps."""
SCORES = {NAME: 0.95, QUALIFIED: 1.0, ALIAS: 0.85, COLUMN: 0.7}
HOW = {NAME: "name", QUALIFIED: "qualified name", ALIAS: "another name", COLUMN: "column"}
TOGETHER = 0.02
"""What naming a column along with its asset adds to the asset's own score."""
KIND_WORDS = {
    "table": "table",
    "tables": "table",
    "dataset": "table",
    "view": "view",
    "dashboard": "dashboard",
    "chart": "chart",
    "metric": "metric",
    "model": "model",
    "pipeline": "pipeline",
    "job": "pipeline",
    "topic": "topic",
    "feature": "feature",
    "term": "term",
    "team": "team",
    "domain": "domain",
}
"""A kind named beside a name prefers assets of that kind."""
COLUMN_WORDS = frozenset({"column", "columns", "field", "fields"})
JOINTS = frozenset({"in", "of", "from", "on", "for", "the", "table", "column", "field", "'s", "s"})


@dataclass(frozen=True)
class Mention:
    """A span of the text (character offsets) and one asset, or column of it, that it may mean.

    `score` runs from 0 to 1; `how` says what matched. Equal spans with several mentions are ambiguous, best first.
    """

    start: int
    end: int
    text: str
    urn: str
    name: str
    kind: str
    column: str | None
    score: float
    how: str


@dataclass(frozen=True)
class Token:
    """One word of the text, with dots and underscores inside it kept."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Match:
    """A key found in the name index: a row, the field it stood in, and how sure the spelling is."""

    row: int
    field: int
    score: float
    how: str


class Linker:
    """Entity linking over one snapshot; share it between threads."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._common = read_words("stopwords.txt") | COLUMN_WORDS | set(KIND_WORDS)

    def link(self, text: str, visible: Visible, fuzzy: bool = True) -> tuple[Mention, ...]:
        """Mentions in the order of the text; for each span its candidates, best first. Empty if nothing is named."""
        scope = self._snapshot.scope(visible)
        tokens = [Token(m.start(), m.end(), m.group()) for m in TOKEN.finditer(text)]
        taken = [False] * len(tokens)
        found: list[tuple[int, int, list[Match]]] = []
        for start, end in spans(len(tokens)):
            if any(taken[start:end]):
                continue
            matches = self._exact(tokens[start:end], scope)
            if matches:
                taken[start:end] = [True] * (end - start)
                found.append((start, end, matches))
        mentions = [m for start, end, matches in found for m in self._mentions(text, tokens, start, end, matches)]
        mentions = self._with_columns(text, tokens, found, mentions, scope)
        if fuzzy:
            mentions += [m for i, token in enumerate(tokens) if not taken[i] for m in self._guess(token, scope)]
        return tuple(sorted(mentions, key=lambda m: (m.start, -m.end, -m.score, m.urn, m.column or "")))

    def suggest(self, name: str, visible: Visible, limit: int = 5) -> tuple[Mention, ...]:
        """Visible assets whose names are spelled most like `name`: a did-you-mean."""
        scope = self._snapshot.scope(visible)
        return tuple(self._alike(Token(0, len(name), name), scope, FUZZY_CUTOFF - 17, limit))

    def _exact(self, tokens: Sequence[Token], scope: Scope) -> list[Match]:
        words = [word for token in tokens for word in split(token.text)]
        if not words or all(word in self._common for word in words):
            return []
        if len(tokens) == 1 and "." in tokens[0].text:
            dotted = self._dotted(tokens[0].text, scope)
            if dotted:
                return dotted
        key = "".join(words)
        found = self._lookup(key, scope, 1.0)
        for variant in () if any(m.field == NAME for m in found) else plurals(key):
            found += self._lookup(variant, scope, 0.93)
        return found

    def _dotted(self, text: str, scope: Scope) -> list[Match]:
        parts = [squash(part) for part in text.split(".")]
        found = self._lookup(".".join(parts), scope, 1.0)
        if found or len(parts) < 2:
            return found
        owner, column = self._lookup(".".join(parts[:-1]), scope, 1.0), parts[-1]
        held = self._rows(column, COLUMN)
        return [Match(m.row, COLUMN, 1.0, f"column {column}") for m in owner if m.row in held and m.field != COLUMN]

    def _lookup(self, key: str, scope: Scope, certainty: float) -> list[Match]:
        """Visible rows under a key; loose column names only where they are rare."""
        found = []
        for segment, start in zip(self._snapshot.segments, self._snapshot.starts, strict=True):
            docs, fields = segment.names.occurrences(key)
            rows = docs.astype(np.int64) + start
            seen = scope.mask[rows]
            found += list(zip(rows[seen].tolist(), fields[seen].tolist(), strict=True))
        loose = sum(1 for _, kind in found if kind == COLUMN)
        if loose > MAX_LOOSE_COLUMNS or loose < len(found):
            found = [(row, kind) for row, kind in found if kind != COLUMN]
        return [
            Match(row, kind, SCORES[kind] * certainty, f"column {key}" if kind == COLUMN else HOW[kind])
            for row, kind in found
        ]

    def _rows(self, key: str, wanted: int) -> set[int]:
        found: set[int] = set()
        for segment, start in zip(self._snapshot.segments, self._snapshot.starts, strict=True):
            docs, fields = segment.names.occurrences(key)
            found.update((docs[fields == wanted].astype(np.int64) + start).tolist())
        return found

    def _mentions(
        self, text: str, tokens: Sequence[Token], start: int, end: int, matches: Sequence[Match]
    ) -> list[Mention]:
        """Candidates of one span, best first, a neighbouring kind word preferring its kind."""
        beside = [tokens[i].text.lower() for i in (start - 1, end) if 0 <= i < len(tokens)]
        kinds = {KIND_WORDS[word] for word in beside if word in KIND_WORDS}
        made: dict[tuple[str, str | None], Mention] = {}
        for match in sorted(matches, key=lambda m: -m.score):
            mention = self._mention(text, tokens[start].start, tokens[end - 1].end, match, kinds)
            made.setdefault((mention.urn, mention.column), mention)
        rank = {urn: -use for urn, use in ((self._snapshot.urn(m.row), self._use(m.row)) for m in matches)}
        return sorted(made.values(), key=lambda m: (-m.score, rank[m.urn], m.urn))[:MAX_CANDIDATES]

    def _use(self, row: int) -> float:
        return float(self._snapshot.popularity[row])

    def _mention(self, text: str, start: int, end: int, match: Match, kinds: set[str]) -> Mention:
        row = self._snapshot.row(match.row)
        score = match.score * (0.9 if kinds and row.kind not in kinds else 1.0) * (0.8 if row.signals.deprecated else 1)
        column = None
        if match.how.startswith("column "):
            key = match.how.removeprefix("column ")
            column = next((name for name in row.columns if squash(name) == key), key)
        return Mention(start, end, text[start:end], row.urn, row.name, row.kind, column, round(score, 4), match.how)

    def _with_columns(
        self,
        text: str,
        tokens: Sequence[Token],
        found: Sequence[tuple[int, int, list[Match]]],
        mentions: list[Mention],
        scope: Scope,
    ) -> list[Mention]:
        """Add `email in customers`, `customers' email`: a column named within reach of an asset that has it."""
        added = []
        for start, end, matches in found:
            owners = [m for m in matches if m.field != COLUMN]
            for first, last in reachable(tokens, start, end):
                key = "".join(word for token in tokens[first:last] for word in split(token.text))
                if not key or key in self._common:
                    continue
                held = self._rows(key, COLUMN)
                span = (tokens[min(first, start)].start, tokens[max(last, end) - 1].end)
                added += [
                    self._mention(
                        text, *span, Match(m.row, COLUMN, min(m.score + TOGETHER, 1.0), f"column {key}"), set()
                    )
                    for m in owners
                    if m.row in held
                ]
        return mentions + added

    def _guess(self, token: Token, scope: Scope) -> list[Mention]:
        word = token.text.lower()
        if len(word) < 4 or all(part in self._common or self._snapshot.analyzer.knows(part) for part in split(word)):
            return []
        return self._alike(token, scope, FUZZY_CUTOFF, MAX_CANDIDATES)

    def _alike(self, token: Token, scope: Scope, cutoff: float, limit: int) -> list[Mention]:
        keys = self._snapshot.visible_names(scope)
        hits = process.extract(squash(token.text), keys, scorer=fuzz.ratio, score_cutoff=cutoff, limit=limit)
        found = []
        for key, likeness, _ in hits:
            for match in self._lookup(key, scope, float(likeness) / 100 * 0.8):
                if match.field != COLUMN:
                    guess = Match(match.row, match.field, match.score, f"spelled like {key}")
                    found.append(self._mention(token.text, 0, len(token.text), guess, set()))
        shifted = [replace_span(mention, token) for mention in found]
        return sorted(shifted, key=lambda m: (-m.score, m.urn))[:limit]


def replace_span(mention: Mention, token: Token) -> Mention:
    """The same mention, at the token's place in the text."""
    m = mention
    return Mention(token.start, token.end, token.text, m.urn, m.name, m.kind, m.column, m.score, m.how)


def spans(count: int) -> Iterator[tuple[int, int]]:
    """Token ranges, longest first, then from the left."""
    for width in range(min(MAX_WORDS, count), 0, -1):
        for start in range(count - width + 1):
            yield start, start + width


def reachable(tokens: Sequence[Token], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Ranges of one to three tokens just before or after an asset's name, with only joints (`in the`) between."""
    left = start
    while left > 0 and tokens[left - 1].text.lower() in JOINTS:
        left -= 1
    right = end
    while right < len(tokens) and tokens[right].text.lower() in JOINTS:
        right += 1
    for width in (3, 2, 1):
        if left - width >= 0:
            yield left - width, left
        if right + width <= len(tokens):
            yield right, right + width


def plurals(key: str) -> tuple[str, ...]:
    """The key in its other numbers."""
    if key.endswith("ies"):
        return (key[:-3] + "y",)
    if key.endswith("es"):
        return (key[:-1], key[:-2])
    if key.endswith("s"):
        return (key[:-1],)
    return (key + "s", key + "es", key[:-1] + "ies") if key.endswith("y") else (key + "s", key + "es")
