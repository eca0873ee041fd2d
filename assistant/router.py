"""Which kind of question it is, without a language model: the nearest of the skills' own examples, and their cue words.

Pure given an encoder. The question is compared with its subject masked ("who owns {asset}"), so that names do not
decide; with an encoder by meaning, without one by shared words alone.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.skills.registry import Skill

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
MASK = "it"  # what stands for the subject in question and examples alike: a word that carries no meaning of its own
_WORDS = re.compile(r"[a-z]+(?:'[a-z]+)?")
_PLACEHOLDER = re.compile(r"\{\w+\}")
_MEANING = 0.5  # weight of the encoder's similarity beside that of shared words; equal shares, not tuned
_CUE = 0.15  # a cue word is worth about a third of a perfect match: it decides between near equals only


@dataclass(frozen=True)
class Scored:
    """A skill with how well it fits, and the example that came nearest."""

    skill: Skill
    score: float
    example: str


class Router:
    """Compares questions with every example of every skill. Build once; it is read-only."""

    def __init__(self, skills: Sequence[Skill], encode: Encode | None = None) -> None:
        self._skills = [skill for skill in skills if skill.needs != "nothing"]
        self._owner = [i for i, skill in enumerate(self._skills) for _ in skill.examples]
        self.texts = [masked(example) for skill in self._skills for example in skill.examples]
        self._examples = [example for skill in self._skills for example in skill.examples]
        bags = [_bag(text) for text in self.texts]
        frequency = Counter(word for bag in bags for word in bag)
        self._weight = {word: math.log(1 + len(bags) / count) for word, count in frequency.items()}
        self._rare = math.log(1 + len(bags))
        self._bags = bags
        self._norms = [self._norm(bag) for bag in bags]
        self._encode = encode
        self._vectors = encode(self.texts) if encode else None

    def rank(self, question: str) -> list[Scored]:
        """All skills, best first. `question` has its subject masked already (`mask`)."""
        shared = np.array([self._overlap(_bag(question), i) for i in range(len(self.texts))])
        score = shared
        if self._encode is not None and self._vectors is not None:
            meaning = self._vectors @ self._encode([question])[0]
            score = (1 - _MEANING) * shared + _MEANING * meaning
        words = set(_WORDS.findall(question.casefold()))
        best: dict[int, tuple[float, int]] = {}
        for i, owner in enumerate(self._owner):
            if owner not in best or score[i] > best[owner][0]:
                best[owner] = (float(score[i]), i)
        ranked = [
            Scored(self._skills[owner], value + self._cue(self._skills[owner], words), self._examples[i])
            for owner, (value, i) in best.items()
        ]
        return sorted(ranked, key=lambda one: -one.score)

    def _cue(self, skill: Skill, words: set[str]) -> float:
        return _CUE * min(1.0, sum(1 for cue in skill.cues if cue in words) / 2)

    def _norm(self, bag: frozenset[str]) -> float:
        return math.sqrt(sum(self._weight.get(word, self._rare) ** 2 for word in bag)) or 1.0

    def _overlap(self, bag: frozenset[str], i: int) -> float:
        both = sum(self._weight[word] ** 2 for word in bag & self._bags[i])
        return both / (self._norm(bag) * self._norms[i] or 1.0)


def masked(example: str) -> str:
    """An example with its placeholders masked like a question's subject."""
    return _PLACEHOLDER.sub(MASK, example).casefold()


def mask(question: str, spans: Sequence[str]) -> str:
    """A question with the words that name its subject masked."""
    text = question.casefold()
    for span in sorted(spans, key=len, reverse=True):
        text = text.replace(span.casefold(), f" {MASK} ")
    return " ".join(text.split())


def _bag(text: str) -> frozenset[str]:
    words = [word for word in _WORDS.findall(text.casefold()) if word != MASK]
    pairs = [f"{a} {b}" for a, b in pairwise(words)]
    return frozenset([*words, *pairs])


def encoder_of(embedder: Any | None) -> Encode | None:
    """The encode function of an embedder, or None."""
    return None if embedder is None else embedder.encode
