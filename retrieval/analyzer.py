"""Turns names, texts and questions into index terms, the same way on both sides.

Owns splitting, stemming, stop words and the spelling out of abbreviations and glued words, for words and for vectors.
Touches the word lists shipped in `retrieval/data`. Never sees the corpus: a company's own vocabulary is passed in, so
that a hidden asset cannot change how a visible one is indexed.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import Stemmer

WORD = re.compile(r"[^\W_]+")
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=[0-9])|(?<=[0-9])(?=[A-Za-z])")
MAX_SPELLINGS = 4
"""Words one abbreviation may stand for; more would drown the words that were really written."""


@dataclass(frozen=True)
class QueryTerm:
    """One index term of a question: how much it counts, and the word as it was written (for explanations)."""

    term: str
    weight: float
    word: str


def fold(text: str) -> str:
    """Remove accents and compatibility forms; keeps case, because case marks word borders."""
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def split(text: str) -> list[str]:
    """Lower-case words of a text or identifier, split at separators, case borders and digits."""
    return [part.lower() for word in WORD.findall(fold(text)) for part in CAMEL.split(word)]


@cache
def read_words(name: str) -> frozenset[str]:
    """A shipped word list."""
    return frozenset(files("retrieval").joinpath("data", name).read_text(encoding="utf-8").split())


@cache
def read_abbreviations() -> Mapping[str, tuple[str, ...]]:
    """The shipped dictionary of warehouse abbreviations: short form to the words it may stand for, likeliest first."""
    raw: dict[str, str] = json.loads(files("retrieval").joinpath("data", "abbreviations.json").read_text("utf-8"))
    return {short: tuple(words.split()) for short, words in raw.items()}


class Analyzer:
    """Text to terms. Equal `vocabulary` and `synonyms` give equal terms; see `settings` for what an index must store.

    `vocabulary`: words of this company (from what everyone may see), added to the shipped list.
    `synonyms`: glossary phrases to the words to add where the phrase occurs, e.g. {"arr": ("annual", "recurring")}.
    """

    def __init__(self, vocabulary: Iterable[str] = (), synonyms: Mapping[str, Sequence[str]] | None = None) -> None:
        self.vocabulary = frozenset(vocabulary)
        self.synonyms = {key: tuple(words) for key, words in (synonyms or {}).items()}
        self._known = read_words("words.txt") | self.vocabulary
        self._stop = read_words("stopwords.txt")
        self._abbreviations = {**read_abbreviations(), **self.synonyms}
        self._stemmer = Stemmer.Stemmer("english")
        self._spellings: dict[str, tuple[str, ...]] = {}
        self._terms: dict[str, tuple[str, ...]] = {}

    def settings(self) -> dict[str, object]:
        """What another process needs to analyse in the same way, as JSON."""
        synonyms = {phrase: list(words) for phrase, words in sorted(self.synonyms.items())}
        return {"vocabulary": sorted(self.vocabulary), "synonyms": synonyms}

    def terms(self, text: str) -> tuple[str, ...]:
        """Index terms of a text: stems of its words, of glued parts, and of what abbreviations stand for."""
        found = self._terms.get(text)
        if found is None:
            words = [word for word in split(text) if word not in self._stop]
            spelled = [extra for word in words for extra in self.spellings(word)]
            found = tuple(self._stemmer.stemWords(words + spelled))
            if len(self._terms) < 500_000:
                self._terms[text] = found
        return found

    def query(self, text: str) -> tuple[QueryTerm, ...]:
        """Terms of a question, each once, words as written before words an abbreviation may stand for."""
        found: dict[str, QueryTerm] = {}
        words = [word for word in split(text) if word not in self._stop]
        for word in words:
            stem = self._stemmer.stemWord(word)
            found.setdefault(stem, QueryTerm(stem, 1.0, word))
        for word in words:
            for extra in self.spellings(word):
                stem = self._stemmer.stemWord(extra)
                found.setdefault(stem, QueryTerm(stem, 0.5, word))
        return tuple(found.values())

    def spoken(self, text: str) -> str:
        """A name as a person would say it: split, abbreviations and glued words spelled out, for embedding."""
        return " ".join(" ".join(self.spellings(word)[:1] or (word,)) for word in split(text))

    def spellings(self, word: str) -> tuple[str, ...]:
        """The words that a cryptic or glued word stands for; empty for a known word."""
        found = self._spellings.get(word)
        if found is None:
            found = self._abbreviations.get(word, ())[:MAX_SPELLINGS] or self._unglue(word)
            if len(self._spellings) < 500_000:
                self._spellings[word] = found
        return found

    def _unglue(self, word: str) -> tuple[str, ...]:
        """Split `countrycode` into two known words of at least three letters, the longest first word winning."""
        if len(word) < 7 or word in self._known or not word.isalpha():
            return ()
        for cut in range(len(word) - 3, 2, -1):
            if word[:cut] in self._known and word[cut:] in self._known:
                return (word[:cut], word[cut:])
        return ()
