"""Turns names, texts and questions into index terms, the same way on both sides.

Owns splitting, stemming, stop words and the spelling out of abbreviations and glued words, for words and for vectors.
Touches the word lists shipped in `retrieval/data`. Never sees the corpus: a company's own vocabulary is passed in, so
that a hidden asset cannot change how a visible one is indexed.
"""

from __future__ import annotations

import json
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from itertools import pairwise

import Stemmer

WORD = re.compile(r"[^\W_]+")
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=[0-9])|(?<=[0-9])(?=[A-Za-z])")
MAX_SPELLINGS = 4
"""Words one abbreviation may stand for; more would drown the words that were really written."""
MAX_SHORTENED = 2
LONGEST_SHORT = 6
"""Letters of a word that may be a shortened one; longer unknown words are names."""
SPELLED = 0.85
"""Likeness of a word to what it may stand for; its fourth power, about a half, is what it adds to a score."""
PAIR = "~"
"""Joins two stems to one term; sorts after all letters, so that pairs come after the words that begin alike."""
PAIRED = 0.85
LONGEST_NAME = 5
"""Words of a text that is a name, whose neighbouring words are indexed as pairs."""
LONG_QUESTION = 5
"""Words beyond which a question also says how the answer should look, which no asset is about."""
REMEMBERED = 500_000
"""Distinct texts whose terms are kept while an index is built: names repeat, and this is most of the build's speed."""


@dataclass(frozen=True)
class QueryWord:
    """One word of a question and the index terms that may stand for it, each with its likeness (0 to 1)."""

    word: str
    terms: tuple[tuple[str, float], ...]

    def with_terms(self, found: Mapping[str, float]) -> QueryWord:
        """The same word with more terms; a term keeps its highest likeness."""
        best = dict(self.terms)
        for term, likeness in found.items():
            best[term] = max(best.get(term, 0.0), likeness)
        return QueryWord(self.word, tuple(sorted(best.items(), key=lambda item: (-item[1], item[0]))))


def fold(text: str) -> str:
    """Remove accents and compatibility forms; keeps case, because case marks word borders."""
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def split(text: str) -> list[str]:
    """Lower-case words of a text or identifier, split at separators, case borders and digits."""
    return list(_split(text))


@lru_cache(100_000)
def _split(text: str) -> tuple[str, ...]:
    return tuple(part.lower() for word in WORD.findall(fold(text)) for part in CAMEL.split(word))


@cache
def read_words(name: str) -> frozenset[str]:
    """A shipped word list."""
    return frozenset(files("retrieval").joinpath("data", name).read_text(encoding="utf-8").split())


@cache
def read_abbreviations() -> Mapping[str, tuple[str, ...]]:
    """The shipped dictionary of warehouse abbreviations: short form to the words it may stand for, likeliest first."""
    raw: dict[str, str] = json.loads(files("retrieval").joinpath("data", "abbreviations.json").read_text("utf-8"))
    return {short: tuple(words.split()) for short, words in raw.items()}


@cache
def read_instructions() -> Mapping[tuple[str, ...], int]:
    """Phrases that say how an answer should look ("in ascending order"), and how many words each has."""
    lines = files("retrieval").joinpath("data", "instructions.txt").read_text("utf-8").splitlines()
    return {tuple(line.split()): len(line.split()) for line in lines if line}


def without_instructions(words: Sequence[str]) -> list[str]:
    """The words of a long question without those that say how its answer should look; a short one as it is."""
    known = read_instructions()
    longest = max(known.values())
    kept: list[str] = []
    place = 0
    while place < len(words):
        spans = range(min(longest, len(words) - place), 0, -1)
        said = next((n for n in spans if tuple(words[place : place + n]) in known), 0)
        if not said:
            kept.append(words[place])
        place += max(said, 1)
    return kept


def skeleton(word: str) -> str:
    """The first letter and the consonants after it, doubled ones once: how people shorten words."""
    return word[:1] + re.sub(r"(.)\1", r"\1", re.sub(r"[aeiou]", "", word[1:]))


class Analyzer:
    """Text to terms. Equal `vocabulary` and `synonyms` give equal terms; see `settings` for what an index must store.

    `vocabulary`: words of this company (from what everyone may see), added to the shipped list.
    `synonyms`: glossary phrases to the words to add where the phrase occurs, e.g. {"arr": ("annual", "recurring")}.
    """

    def __init__(self, vocabulary: Iterable[str] = (), synonyms: Mapping[str, Sequence[str]] | None = None) -> None:
        self.vocabulary = frozenset(vocabulary)
        self.synonyms = {key: tuple(words) for key, words in (synonyms or {}).items()}
        self._phrases = {tuple(split(key)): tuple(split(" ".join(words))) for key, words in self.synonyms.items()}
        self._longest = max((len(phrase) for phrase in self._phrases), default=0)
        self._known = read_words("words.txt") | self.vocabulary
        self._stop = read_words("stopwords.txt")
        self._stemmer = Stemmer.Stemmer("english")
        self._spellings: dict[str, tuple[str, ...]] = {}
        self._terms: dict[str, tuple[tuple[str, ...], int]] = {}

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self._known)

    @cached_property
    def _stems(self) -> frozenset[str]:
        return frozenset(self._stemmer.stemWords(self._sorted + sorted(self._stop)))

    @cached_property
    def _by_skeleton(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for word in self._sorted:
            found.setdefault(skeleton(word), []).append(word)
        return found

    def settings(self) -> dict[str, object]:
        """What another process needs to analyse in the same way, as JSON."""
        synonyms = {phrase: list(words) for phrase, words in sorted(self.synonyms.items())}
        return {"vocabulary": sorted(self.vocabulary), "synonyms": synonyms}

    def stem(self, word: str) -> str:
        """The index term of one lower-case word."""
        return str(self._stemmer.stemWord(word))

    def knows(self, word: str) -> bool:
        """Whether a word is ordinary language, in any number or tense, or a known abbreviation."""
        return word in self._known or self.stem(word) in self._stems or bool(self.spellings(word))

    def words(self, text: str) -> list[str]:
        """Lower-case words of a text that mean something by themselves."""
        return [word for word in split(text) if word not in self._stop]

    def terms(self, text: str) -> tuple[tuple[str, ...], int]:
        """Index terms of a text, and how many of them were written: stems of its words come first.

        After them come stems of glued parts, and of what abbreviations and glossary synonyms stand for.
        """
        found = self._terms.get(text)
        if found is None:
            words = self.words(text)
            extra = [other for word in words for other in self.spellings(word)]
            extra += [other for others in self._synonyms_in(text).values() for other in others]
            paired = self._pairs(words) if len(words) <= LONGEST_NAME else []
            found = (*self._stemmer.stemWords(words + extra), *paired), len(words)
            if len(self._terms) < REMEMBERED:
                self._terms[text] = found
        return found

    def query(self, text: str) -> tuple[QueryWord, ...]:
        """The words of a question, each once, with the terms that may stand for it."""
        found: dict[str, QueryWord] = {}
        synonyms = self._synonyms_in(text)
        for word in self._asked(text):
            stem = self.stem(word)
            others = (*self.spellings(word), *synonyms.get(word, ()))
            meant = QueryWord(word, ((stem, 1.0),)).with_terms({self.stem(other): SPELLED for other in others})
            found.setdefault(stem, meant)
        return tuple(found.values())

    def _pairs(self, words: Sequence[str]) -> list[str]:
        """A term for each two words that follow one another: `building key` tells more than both words apart."""
        stems = self._stemmer.stemWords(list(words))
        return [f"{first}{PAIR}{second}" for first, second in pairwise(stems)]

    def pairs(self, text: str) -> tuple[QueryWord, ...]:
        """The pairs of words of a question, each once, as index terms of names that hold both side by side."""
        words = self._asked(text)
        named = dict(zip(self._pairs(words), pairwise(words), strict=True))
        return tuple(QueryWord(" ".join(said), ((term, PAIRED),)) for term, said in named.items())

    def _asked(self, text: str) -> list[str]:
        """Words of a question that may name what it is about."""
        words = self.words(text)
        if len(words) <= LONG_QUESTION:
            return words
        return [word for word in without_instructions(split(text)) if word not in self._stop] or words

    def _synonyms_in(self, text: str) -> dict[str, tuple[str, ...]]:
        """Last word of each glossary phrase in a text, and the words that the glossary adds for it."""
        if not self._phrases:
            return {}
        words, found = split(text), {}
        for start in range(len(words)):
            for end in range(start + 1, min(start + self._longest, len(words)) + 1):
                if tuple(words[start:end]) in self._phrases:
                    found[words[end - 1]] = self._phrases[tuple(words[start:end])]
        return found

    def spoken(self, text: str) -> str:
        """A name for embedding: split, each cryptic word followed by what it likeliest stands for."""
        return " ".join(" ".join((word, *self.spellings(word)[:1])) for word in split(text))

    def spellings(self, word: str) -> tuple[str, ...]:
        """The words that a cryptic or glued word stands for; empty for a known word."""
        found = self._spellings.get(word)
        if found is None:
            found = read_abbreviations().get(word, ())[:MAX_SPELLINGS]
            if not found and word.isalpha() and word not in self._known:
                found = self._unglue(word) or self._unshorten(word)
            if len(self._spellings) < REMEMBERED:
                self._spellings[word] = found
        return found

    def _unglue(self, word: str) -> tuple[str, ...]:
        """Split `countrycode` into two known words of at least three letters, the longest first word winning."""
        for cut in range(len(word) - 3, 2, -1) if len(word) > 6 else ():
            if word[:cut] in self._known and word[cut:] in self._known:
                return (word[:cut], word[cut:])
        return ()

    def _unshorten(self, word: str) -> tuple[str, ...]:
        """Known words that `word` begins (`invent`) or is the consonants of (`shpmnt`), the shortest first."""
        if not 3 <= len(word) <= LONGEST_SHORT:
            return ()
        found = set(self._by_skeleton.get(skeleton(word), ())) if skeleton(word) == word else set()
        place = bisect_left(self._sorted, word)
        while place < len(self._sorted) and self._sorted[place].startswith(word):
            found.add(self._sorted[place])
            place += 1
        return tuple(sorted(found, key=lambda known: (len(known), known))[:MAX_SHORTENED])
