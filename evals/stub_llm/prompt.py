"""What a stub is asked and what it answers, whatever the protocol. Pure records."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Prompt:
    """One request: its texts, the tools offered and the one that must be called."""

    system: str
    user: str
    tools: dict[str, dict[str, Any]]  # name to JSON schema
    forced: str
    stream: bool
    model: str

    @property
    def question(self) -> str:
        """The question to plan for or to write about."""
        if (found := re.search(r"<question>(.*?)</question>", self.user, re.S)) is not None:
            return found.group(1)
        return str(next((line["question"] for line in self.data() if "question" in line), ""))

    def data(self) -> list[dict[str, Any]]:
        """The marked data, a JSON object a line."""
        body = self.user.partition("<data>")[2].partition("</data>")[0]
        return [json.loads(line) for line in body.splitlines() if line.strip()]

    def units(self) -> list[dict[str, Any]]:
        """The claims to write with."""
        return [line for line in self.data() if "template" in line]

    def skills(self) -> list[str]:
        """The skills that may be planned, in the order of the prompt."""
        return re.findall(r"^- (\w+) \(give", self.system, re.M)


@dataclass(frozen=True)
class Reply:
    """Tool calls as name and arguments, and free text."""

    calls: tuple[tuple[str, str], ...] = ()
    text: str = ""
    tokens: tuple[int, int] = field(default=(100, 20))


Character = Callable[[Prompt], Reply]


def called(name: str, **arguments: Any) -> Reply:
    """A reply that calls one tool."""
    return Reply(((name, json.dumps(arguments, ensure_ascii=False)),))
