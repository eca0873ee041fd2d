"""Golden questions: YAML that stewards write, asked of a workspace and compared with the known answers.

Owns the format, the scorers and the bars. A scorer is a function from a question and an answer object to what failed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import yaml

from assistant.answer import Answer, to_json
from assistant.grounding import Ungrounded
from catalog.errors import BadInput

GOLDEN = Path(__file__).parent / "golden"
BAR = 0.90  # of the questions: right asset first and right facts
BAR_SUPPORTED = 1.0  # of the claims: proved by what they cite


class Asks(Protocol):
    """What is evaluated: anything that answers as Docent does."""

    def ask(self, question: str, viewer: str | None = None) -> Answer: ...


@dataclass(frozen=True)
class Golden:
    """One question with its known answer. Empty fields are not checked."""

    id: str
    question: str
    viewer: str | None = None
    skills: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)
    text_has: tuple[str, ...] = ()
    text_lacks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scored:
    """How one question went: what each failing scorer says."""

    golden: Golden
    failures: tuple[str, ...]
    claims: int
    supported: int
    seconds: float
    text: str


@dataclass(frozen=True)
class Report:
    """A run over golden questions."""

    scored: tuple[Scored, ...]

    @property
    def right(self) -> float:
        """The share of questions without any failure."""
        return sum(not one.failures for one in self.scored) / max(1, len(self.scored))

    @property
    def supported(self) -> float:
        """The share of claims that their evidence proves."""
        return sum(one.supported for one in self.scored) / max(1, sum(one.claims for one in self.scored))

    @property
    def passed(self) -> bool:
        """Whether all bars are met."""
        return self.right >= BAR and self.supported >= BAR_SUPPORTED

    def to_json(self) -> dict[str, object]:
        """Figures and failures."""
        seconds = sorted(one.seconds for one in self.scored)
        return {
            "questions": len(self.scored),
            "right": round(self.right, 4),
            "claims": sum(one.claims for one in self.scored),
            "claims_supported": round(self.supported, 4),
            "p50_ms": round(seconds[len(seconds) // 2] * 1000, 1) if seconds else 0,
            "failures": [{"id": one.golden.id, "why": list(one.failures)} for one in self.scored if one.failures],
        }


def run_golden(docent: Asks, source: Path) -> Report:
    """Ask every question of a file, or of all files in a folder. Raises BadInput for a file that is none."""
    files = sorted(source.glob("*.yaml")) if source.is_dir() else [source]
    if not files:
        raise BadInput(f"There are no golden questions in {source}. Give a YAML file or a folder of them.")
    return Report(tuple(_score(docent, golden) for file in files for golden in read_golden(file)))


def read_golden(path: Path) -> list[Golden]:
    """The questions of one file. Raises BadInput with the entry that is wrong."""
    try:
        body = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadInput(f"{path} cannot be read as YAML: {error}.") from error
    if not isinstance(body, list):
        raise BadInput(f"{path} must be a list of questions. docs/evals.md shows one.")
    return [_golden(path, number, item) for number, item in enumerate(body, 1)]


def _golden(path: Path, number: int, item: Any) -> Golden:
    if not isinstance(item, dict) or not isinstance(item.get("question"), str):
        raise BadInput(f"{path}: entry {number} needs 'id' and 'question'.")
    return Golden(
        str(item.get("id", number)),
        item["question"],
        item.get("as"),
        _many(item.get("skill")),
        _many(item.get("verdict")),
        _many(item.get("asset")),
        item.get("facts") or {},
        _many(item.get("text_has")),
        _many(item.get("text_lacks")),
    )


def _many(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(str(one) for one in value) if isinstance(value, list) else (str(value),)


def _score(docent: Asks, golden: Golden) -> Scored:
    begun = time.perf_counter()
    try:
        answer = docent.ask(golden.question, golden.viewer)
    except Ungrounded as error:  # a defect of ours: counted as an unsupported claim, and the run goes on
        return Scored(golden, (str(error),), 1, 0, time.perf_counter() - begun, "")
    seconds = time.perf_counter() - begun
    body = to_json(answer)
    failures = tuple(failure for scorer in SCORERS for failure in scorer(golden, body))
    claims = len(answer.draft.claims)
    return Scored(golden, failures, claims, claims, seconds, answer.text)


def _skill(golden: Golden, body: dict[str, Any]) -> Iterable[str]:
    if golden.skills and body["skill"] not in golden.skills and "forbidden" not in golden.verdicts:
        yield f"skill {body['skill']}, not {' or '.join(golden.skills)}"


def _verdict(golden: Golden, body: dict[str, Any]) -> Iterable[str]:
    if golden.verdicts and body["verdict"] not in golden.verdicts:
        yield f"verdict {body['verdict']}, not {' or '.join(golden.verdicts)}"


def _asset(golden: Golden, body: dict[str, Any]) -> Iterable[str]:
    first = body["assets"][0]["urn"] if body["assets"] else "none"
    if golden.assets and first not in golden.assets:
        yield f"first asset {first}, not {golden.assets[0]}"


def _facts(golden: Golden, body: dict[str, Any]) -> Iterable[str]:
    for key, wanted in golden.facts.items():
        found = _FACTS.get(key, _plain(key))(body["facts"])
        if isinstance(wanted, list):
            missing = [one for one in wanted if one not in (found or [])]
            if missing:
                yield f"facts.{key} lacks {', '.join(map(str, missing))}"
        elif found != wanted:
            yield f"facts.{key} is {found!r}, not {wanted!r}"


def _plain(key: str) -> Callable[[dict[str, Any]], Any]:
    return lambda facts: facts.get(key)


_FACTS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "owners": lambda facts: [owner["urn"] for owner in facts.get("owners", [])],
    "nodes": lambda facts: [node["urn"] for node in facts.get("nodes", [])],
    "failing": lambda facts: [c["name"] for c in facts.get("checks", []) if c["status"] in ("fail", "error")],
    "columns": lambda facts: [column["name"] for column in facts.get("columns", [])],
}


def _text(golden: Golden, body: dict[str, Any]) -> Iterable[str]:
    text = body["text"].casefold()
    for words in golden.text_has:
        if words.casefold() not in text:
            yield f"the text lacks “{words}”"
    for words in golden.text_lacks:
        if words.casefold() in text:
            yield f"the text says “{words}”"


SCORERS: tuple[Callable[[Golden, dict[str, Any]], Iterable[str]], ...] = (_skill, _verdict, _asset, _facts, _text)


def render(report: Report) -> str:
    """The report for people."""
    lines = [
        f"{one.golden.id}: {one.golden.question}\n    {'; '.join(one.failures)}"
        for one in report.scored
        if one.failures
    ]
    figures = report.to_json()
    lines.append(
        f"{figures['questions']} questions, {report.right:.1%} right (bar {BAR:.0%}), {figures['claims']} claims, "
        f"{report.supported:.1%} supported by their evidence (bar {BAR_SUPPORTED:.0%}), p50 {figures['p50_ms']} ms"
    )
    return "\n".join(lines)
