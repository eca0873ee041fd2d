"""What the model benchmarks share: a company, a stubbed model behind a real client, what an answer was made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from assistant.claims import Draft
from assistant.desk import Call, Desk
from assistant.model.budget import Budget
from assistant.model.client import Client
from assistant.model.path import ModelPath, Session
from assistant.model.settings import ModelSettings
from assistant.planner import Plan, Planner
from assistant.skills.registry import Skill
from assistant.writing.verify import verified
from assistant.writing.write import Check
from evals.stub_llm.server import StubServer

Provider = Literal["openai", "anthropic"]
PROVIDERS: tuple[Provider, ...] = ("openai", "anthropic")
API_KEY = "sk-bench-7f3Qm9Lx2Wc8Tz4Rb6"


@dataclass
class Seen:
    """What one answer was made of: the calls that ran, the draft before writing, tool calls nobody planned."""

    calls: list[Call] = field(default_factory=list)
    without: Call | None = None
    draft: Draft | None = None
    unplanned: list[str] = field(default_factory=list)


class RecordingPath(ModelPath):
    """A model path that keeps what the last answer was made of."""

    def __init__(self, settings: ModelSettings, check: Check = verified) -> None:
        super().__init__(settings, Client(settings), check)
        self.seen = Seen()

    def begin(self) -> Session:
        """A session that writes into `seen`."""
        self.seen = Seen()
        self.client.warm()
        return _Recording(self)


class _Recording(Session):
    """A session that notes what passes through it."""

    def __init__(self, path: RecordingPath) -> None:
        super().__init__(path.client, Budget(path.settings), path.check)
        self._seen = path.seen

    def plan(self, planner: Planner, skills: Mapping[str, Skill], desk: Desk, without: Plan) -> list[Call]:
        """As ever; the calls are kept."""
        self._seen.calls = super().plan(planner, skills, desk, without)
        self._seen.without = without.call
        return self._seen.calls

    def write(self, question: str, draft: Draft) -> Draft:
        """As ever; the draft is kept as it came."""
        self._seen.draft = draft
        written = super().write(question, draft)
        self._seen.unplanned = list(self.unplanned)
        return written


def settings_for(stub: StubServer | None, provider: Provider, base_url: str = "", **bounds: Any) -> ModelSettings:
    """A configured model at the stub (or at `base_url`)."""
    url = stub.base_url(provider) if stub is not None else base_url
    return ModelSettings(f"{provider}:stub-1", url, API_KEY, **bounds)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
