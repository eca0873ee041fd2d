"""What one answer may cost and what it did: calls, tokens, seconds, money. A Budget belongs to one answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from assistant.model.settings import ModelSettings

_CHARACTERS = 3  # per token, on the safe side: English has about four
RESERVE = 0.15  # of the deadline is kept for what code does: run the skills, verify, record


@dataclass(frozen=True)
class Usage:
    """What an answer used. `cost` is None where no price is configured. `seconds`: spent waiting for the model."""

    model: str
    calls: int
    tokens_in: int
    tokens_out: int
    seconds: float
    cost: float | None

    def to_json(self) -> dict[str, object]:
        """For the answer object."""
        return asdict(self)


class Budget:
    """The bounds of one answer, counted down."""

    def __init__(self, settings: ModelSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings, self._clock = settings, clock
        self._begun = clock()
        self.calls = self.tokens_in = self.tokens_out = 0
        self.waited = 0.0
        self.unplanned: list[str] = []  # tools that were called and never offered

    def seconds_left(self) -> float:
        """Until the model has to be left behind."""
        return self._settings.deadline * (1 - RESERVE) - (self._clock() - self._begun)

    def refuses(self, prompt: str) -> str:
        """Why one more call with this prompt is out of bounds; "" when it is not."""
        if self.calls >= self._settings.max_calls:
            return f"its {self._settings.max_calls} calls are used up"
        if self.tokens_in + len(prompt) // _CHARACTERS > self._settings.max_tokens_in:
            return f"the prompt would exceed {self._settings.max_tokens_in:,} tokens"
        if self.tokens_out >= self._settings.max_tokens_out:
            return f"its {self._settings.max_tokens_out:,} tokens of output are used up"
        if self.seconds_left() <= 0:
            return f"its {self._settings.deadline:g} seconds are used up"
        return ""

    def spend(self, tokens_in: int, tokens_out: int) -> None:
        """Count what a call used."""
        self.tokens_in += max(0, tokens_in)
        self.tokens_out += max(0, tokens_out)

    def usage(self) -> Usage:
        """What was used so far."""
        one = self._settings
        priced = one.price_in or one.price_out
        cost = (self.tokens_in * one.price_in + self.tokens_out * one.price_out) / 1e6 if priced else None
        return Usage(one.name, self.calls, self.tokens_in, self.tokens_out, round(self.waited, 3), cost)


def estimated(text: str) -> int:
    """Tokens of a text, where the provider does not say."""
    return len(text) // _CHARACTERS
