"""The one place that talks to a language model, through LangChain's clients: one forced tool call, streamed, within a
deadline, counted, broken off when it fails. Opens network connections; returns parsed arguments or raises ModelFailed.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from assistant.model.breaker import Breaker
from assistant.model.budget import Budget, estimated
from assistant.model.secrets import masked
from assistant.model.settings import ModelSettings
from catalog.errors import DocentError

_GRACE = 0.2  # seconds for a cancelled call to end before it is left to itself
_RUNAWAY = 12  # characters of output per token allowed; more is no answer
_STREAMS = ("openai", "anthropic")


class ModelFailed(DocentError):
    """The language model gave nothing usable. Always caught: the answer is then put together without it."""

    exit_code = 5


@dataclass(frozen=True)
class Tool:
    """What the model is made to call: a name, when to, and the JSON schema of its arguments."""

    name: str
    doc: str
    schema: dict[str, Any]

    def declared(self) -> dict[str, Any]:
        """As LangChain binds it."""
        return {"name": self.name, "description": self.doc, "parameters": self.schema}


@dataclass(frozen=True)
class Reply:
    """What came back: arguments of the tool asked for, and the names of others that were called. Those never run."""

    arguments: Mapping[str, Any]
    unplanned: tuple[str, ...] = ()


@dataclass
class _Heard:
    """What a stream has said so far."""

    message: Any = None
    size: int = 0
    limit: int = field(default=0)

    def add(self, chunk: Any) -> None:
        self.message = chunk if self.message is None else self.message + chunk
        self.size += len(json.dumps(chunk.content, default=str)) + sum(
            len(part.get("args") or "") for part in getattr(chunk, "tool_call_chunks", ())
        )
        if self.size > self.limit:
            raise ModelFailed("it does not stop talking")


class Client:
    """A configured model. Threads may share it."""

    def __init__(self, settings: ModelSettings, breaker: Breaker | None = None) -> None:
        self.settings = settings
        self.breaker = breaker or Breaker(settings.breaker_failures, settings.breaker_pause)
        self._lock = threading.Lock()
        self._model: Any = None

    def warm(self) -> None:
        """Begin to load the provider's client, which takes seconds, without waiting for it."""
        if self._model is None:
            asyncio.run_coroutine_threadsafe(asyncio.to_thread(self._opened), _loop())

    def preload(self) -> None:
        """Load the provider's client and wait for it: for servers, before the first question."""
        self._opened()

    def call(self, tool: Tool, system: str, user: str, budget: Budget, seconds: float | None = None) -> Reply:
        """Have the model call `tool`. `seconds`: the most this call may take. Raises ModelFailed, saying why.

        Everything in `user` that has the form of a secret is masked.
        """
        user = masked(user)
        if why := budget.refuses(system + user):
            raise ModelFailed(why)
        if not self.breaker.allows():
            raise ModelFailed("it failed repeatedly and is left alone for a while")
        budget.calls += 1
        begun = time.monotonic()
        left = budget.seconds_left()
        try:
            heard = self._heard(tool, system, user, min(left, seconds or left))
            reply = _read(tool, heard)
        except _Failure as failure:
            self.breaker.fail(failure.rest)
            budget.spend(estimated(system + user), 0)
            raise ModelFailed(failure.why) from failure
        finally:
            budget.waited += time.monotonic() - begun
        self.breaker.succeed()
        budget.unplanned += reply.unplanned
        used = heard.usage_metadata or {}
        budget.spend(used.get("input_tokens") or estimated(system + user),
                     used.get("output_tokens") or estimated(json.dumps(reply.arguments)))  # fmt: skip
        return reply

    def _heard(self, tool: Tool, system: str, user: str, seconds: float) -> Any:
        """The whole message. Raises _Failure."""
        try:
            waiting = asyncio.run_coroutine_threadsafe(self._listen(tool, system, user, seconds), _loop())
            return _awaited(waiting, seconds)
        except Exception as error:
            raise _Failure(_why(error, seconds), _rest(error)) from error

    async def _listen(self, tool: Tool, system: str, user: str, seconds: float) -> Any:
        """Stream the reply; cancelled as a whole when the time is over, which closes the connection."""
        heard = _Heard(limit=self.settings.max_tokens_out * _RUNAWAY)
        async with asyncio.timeout(seconds):
            # The first import of a provider's client takes seconds: it counts, and goes on if it is not awaited.
            opened = await asyncio.to_thread(self._opened)
            model = opened.bind_tools([tool.declared()], tool_choice=tool.name)
            async for chunk in model.astream([("system", system), ("human", user)]):
                heard.add(chunk)
        if heard.message is None:
            raise ModelFailed("it answered with nothing")
        return heard.message

    def _opened(self) -> Any:
        with self._lock:
            if self._model is None:
                self._model = _open(self.settings)
            return self._model


class _Failure(Exception):
    """Why a call failed, in words without anything the server said, and how long it wants to be left alone."""

    def __init__(self, why: str, rest: float = 0.0) -> None:
        super().__init__(why)
        self.why, self.rest = why, rest


def _open(settings: ModelSettings) -> Any:
    from langchain.chat_models import init_chat_model

    given: dict[str, Any] = {"temperature": settings.temperature, "max_tokens": settings.max_tokens_out}
    if settings.model.partition(":")[0] in _STREAMS:
        given |= {"max_retries": 0, "timeout": settings.deadline}
    if settings.model.startswith("openai:"):
        given["stream_usage"] = True
    if settings.base_url:
        given["base_url"] = settings.base_url
    if settings.api_key:
        given["api_key"] = settings.api_key
    return init_chat_model(settings.model, **given)


def _awaited(waiting: Future[Any], seconds: float) -> Any:
    try:
        return waiting.result(seconds + _GRACE)
    finally:
        waiting.cancel()


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """One loop for the process: LangChain's clients share connections, and those belong to a loop."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="docent-model", daemon=True).start()
    return loop


def _read(tool: Tool, message: Any) -> Reply:
    """The arguments of the one tool. Raises _Failure for a cut or broken message."""
    import jsonschema  # takes a tenth of a second: not on the way of questions without a model

    calls = list(message.tool_calls)
    unplanned = tuple(call["name"] for call in calls if call["name"] != tool.name)
    wanted = [call["args"] for call in calls if call["name"] == tool.name]
    if not wanted:
        broken = bool(getattr(message, "invalid_tool_calls", ()))
        raise _Failure("its output was cut off or is no JSON" if broken else "it did not do what it was asked to")
    ended = message.response_metadata.get("finish_reason") or message.response_metadata.get("stop_reason")
    if not ended:
        raise _Failure("its output was cut off")
    try:
        jsonschema.validate(wanted[0], tool.schema)
    except jsonschema.ValidationError:
        return Reply({}, unplanned)
    return Reply(wanted[0], unplanned)


def _why(error: Exception, seconds: float) -> str:
    """What happened, in our words: what a server says is not repeated."""
    if isinstance(error, ModelFailed):
        return str(error)
    if isinstance(error, TimeoutError) or "Timeout" in type(error).__name__:
        return f"it did not answer within {seconds:.1f} seconds"
    if isinstance(code := getattr(error, "status_code", None), int):
        return f"it answered with HTTP {code}"
    if "Connection" in type(error).__name__:
        return "it cannot be reached"
    if isinstance(error, ImportError):
        return "its client is not installed (pip install 'docent[models]')"
    return f"its client failed ({type(error).__name__})"


def _rest(error: Exception) -> float:
    """Seconds of a Retry-After header; 0 without one."""
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    try:
        return min(max(float(headers.get("retry-after", 0)), 0.0), 3600.0)
    except ValueError:  # a date: seldom used by model servers; the breaker's own pause does
        return 0.0
