"""What can be configured of the language model. Pure records; docent/settings.py fills them from docent.toml."""

from __future__ import annotations

from dataclasses import dataclass, field

CALLS = 3  # plan, one repair, write
DEADLINE = 8.0  # seconds: people leave a chat that is silent for ten
TOKENS_IN = 12_000  # a plan takes about 1,500, twelve claims with quotes about 2,000
TOKENS_OUT = 1_500
FAILURES = 5
PAUSE = 30.0  # seconds


@dataclass(frozen=True)
class ModelSettings:
    """A language model and its bounds. Off while `model` is empty."""

    model: str = ""  # provider:name, as init_chat_model takes it
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    temperature: float = 0.0
    max_calls: int = CALLS
    max_tokens_in: int = TOKENS_IN
    max_tokens_out: int = TOKENS_OUT
    deadline: float = DEADLINE  # seconds from the question to the answer; the model is left behind when it is near
    breaker_failures: int = FAILURES
    breaker_pause: float = PAUSE
    price_in: float = 0.0  # per million tokens; 0: not known
    price_out: float = 0.0

    @property
    def name(self) -> str:
        """The model's own name, without the provider."""
        return self.model.partition(":")[2] or self.model
