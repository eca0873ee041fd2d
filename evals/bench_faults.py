"""A model that is down in eight ways: is every question answered, in time, as if there were no model? And the breaker.

Measures seconds of whole answers, so nothing else should run beside it. Each fault has its own model path and breaker.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_args

from assistant.answer import Answer
from assistant.model.breaker import Breaker
from assistant.model.client import Client
from assistant.model.path import ModelPath
from evals.model_company import VIEWER, make_company, questions_of
from evals.model_runs import PROVIDERS, Provider, percentile, settings_for
from evals.small_company import SmallCompany
from evals.stub_llm.faithful import faithful, foreign
from evals.stub_llm.server import Fault, StubServer

EIGHT = ("refused", "rate_limited", "rate_limited_after", "server_error", "timeout", "half_stream", "garbage", "drip")
BESIDE = ("empty", "wrong_language")
DEADLINE = 2.0  # seconds; short, so that the slow faults can be asked often enough to be measured
_CELLS = 4
_NOWHERE = "http://127.0.0.1:9"  # the discard port: nothing listens there


def bench_faults(questions: int = 1000, deadline: float = DEADLINE) -> dict[str, Any]:
    """Ask `questions` over all faults; figures a fault, and the breaker's own trial."""
    asked = [one for cell in range(_CELLS) for one in questions_of(cell)]
    share = -(-questions // len(EIGHT))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_company(folder, [""] * _CELLS)
        with SmallCompany(folder, None) as docent:
            expected = {question: docent.ask(question, VIEWER).text for question in asked}
        faults = {}
        for number, fault in enumerate((*EIGHT, *BESIDE)):
            provider = PROVIDERS[number % len(PROVIDERS)]
            wanted = [asked[n % len(asked)] for n in range(share if fault in EIGHT else len(asked))]
            faults[fault] = _fault(folder, fault, provider, wanted, expected, deadline)
        breaker = breaker_trial(folder, asked[0])
    counted = [faults[fault] for fault in EIGHT]
    whole = sum(one["asked"] for one in counted)
    return {
        "questions": whole,
        "answered": sum(one["answered"] for one in counted),
        "as_without_model": sum(one["as_without_model"] for one in counted),
        "labelled": sum(one["labelled"] for one in counted),
        "deadline_s": deadline,
        "p95_s": max(one["p95_s"] for one in counted),
        "max_s": max(one["max_s"] for one in counted),
        "p95_called_s": max(one["p95_called_s"] for one in counted),
        "faults": faults,
        "breaker": breaker,
        "passed": all(one["answered"] == one["asked"] == one["labelled"] == one["as_without_model"]
                      and one["p95_s"] <= deadline for one in faults.values())
        and breaker == EXPECTED_BREAKER,
    }  # fmt: skip


def _fault(
    folder: Path, fault: str, provider: Provider, questions: list[str], expected: dict[str, str], deadline: float
) -> dict[str, Any]:
    """One fault's figures. `called`: answers for which a call went out, before the breaker opened or while it tried."""
    seconds, called, answers = [], [], []
    with _broken(fault) as stub:
        bounds = {"deadline": deadline, "breaker_pause": 5 * deadline}
        path = ModelPath(settings_for(stub, provider, _NOWHERE, **bounds))
        path.client.preload()
        with SmallCompany(folder, path) as docent:
            docent.ask(questions[0], VIEWER, model=False)  # what is loaded on a first question is not the model's
            for question in questions:
                begun = time.perf_counter()
                answer = docent.ask(question, VIEWER)
                seconds.append(time.perf_counter() - begun)
                called += [seconds[-1]] if answer.usage and answer.usage.calls else []
                answers.append((question, answer))
    return {
        "provider": provider,
        "asked": len(questions),
        "answered": sum(bool(answer.text) for _, answer in answers),
        "as_without_model": sum(_same(answer, expected[question]) for question, answer in answers),
        "labelled": sum(bool(answer.notes) and answer.phrased_by == "docent" for _, answer in answers),
        "called": len(called),
        "p50_s": round(percentile(seconds, 0.5), 3),
        "p95_s": round(percentile(seconds, 0.95), 3),
        "p95_called_s": round(percentile(called, 0.95), 3),
        "max_s": round(max(seconds), 3),
        "breaker_opened": path.client.breaker.opened,
    }


def _same(answer: Answer, expected: str) -> bool:
    """Whether an answer is the one given without a model: ages ("3 days ago") move on, so only figures may differ."""
    return _lettered(answer.text) == _lettered(expected)


def _lettered(text: str) -> str:
    return "".join(char for char in text if not char.isdigit())


@contextmanager
def _broken(fault: str) -> Iterator[StubServer | None]:
    """A server with this fault; None for one that is not there."""
    if fault == "refused":
        yield None
        return
    line: Fault = next((one for one in get_args(Fault) if one == fault), "")
    with StubServer(foreign if fault == "wrong_language" else faithful, line) as stub:
        yield stub


EXPECTED_BREAKER = ["closed", "open", "half-open", "open", "half-open", "closed"]


def breaker_trial(folder: Path, question: str) -> list[str]:
    """The breaker's states: new, after its failures, the pause over, after a failed try, again, after a good one.

    The clock is turned by hand.
    """
    now = [0.0]
    with StubServer(faithful, "server_error") as stub:
        settings = settings_for(stub, "openai", deadline=30.0)
        breaker = Breaker(settings.breaker_failures, settings.breaker_pause, lambda: now[0])
        with SmallCompany(folder, ModelPath(settings, Client(settings, breaker))) as docent:
            states = [breaker.state]
            _ask(docent, question, settings.breaker_failures)
            states.append(breaker.state)
            now[0] += settings.breaker_pause
            states.append(breaker.state)
            _ask(docent, question, 1)
            states.append(breaker.state)
            now[0] += settings.breaker_pause
            states.append(breaker.state)
            stub.fault = ""
            _ask(docent, question, 1)
            states.append(breaker.state)
    return states


def _ask(docent: SmallCompany, question: str, times: int) -> None:
    for _ in range(times):
        docent.ask(question, VIEWER)
