"""The two protocols the stub speaks: OpenAI chat completions and Anthropic messages, whole or as server-sent events.

Pure: from a request's JSON to a Prompt, and from a Reply to bodies and events.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from evals.stub_llm.prompt import Prompt, Reply

_PIECE = 24  # characters of arguments in an event: clients have to put them together


class Speaks(Protocol):
    """One protocol."""

    def parse(self, body: Mapping[str, Any]) -> Prompt: ...

    def whole(self, prompt: Prompt, reply: Reply) -> dict[str, Any]: ...

    def events(self, prompt: Prompt, reply: Reply) -> Iterator[str]: ...


def _texts(content: object) -> str:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "\n".join(part.get("text", "") for part in parts if isinstance(part, dict))


def _pieces(text: str) -> Iterable[str]:
    return [text[at : at + _PIECE] for at in range(0, len(text), _PIECE)] or [""]


class OpenAI:
    """POST /v1/chat/completions."""

    def parse(self, body: Mapping[str, Any]) -> Prompt:
        """Read a request."""
        texts = {"system": "", "user": ""}
        for message in body["messages"]:
            role = "system" if message["role"] in ("system", "developer") else "user"
            texts[role] += _texts(message.get("content"))
        tools = {one["function"]["name"]: one["function"].get("parameters", {}) for one in body.get("tools", ())}
        choice = body.get("tool_choice")
        forced = choice["function"]["name"] if isinstance(choice, dict) else ""
        return Prompt(texts["system"], texts["user"], tools, forced, bool(body.get("stream")), body["model"])

    def whole(self, prompt: Prompt, reply: Reply) -> dict[str, Any]:
        """A reply in one body."""
        message: dict[str, Any] = {"role": "assistant", "content": reply.text or None}
        if reply.calls:
            message["tool_calls"] = [_function(n, *call) for n, call in enumerate(reply.calls)]
        reason = "tool_calls" if reply.calls else "stop"
        choice = {"index": 0, "message": message, "finish_reason": reason}
        return {"id": "stub", "object": "chat.completion", "created": 0, "model": prompt.model, "choices": [choice],
                "usage": self._usage(reply)}  # fmt: skip

    def events(self, prompt: Prompt, reply: Reply) -> Iterator[str]:
        """A reply as events."""
        head = {"id": "stub", "object": "chat.completion.chunk", "created": 0, "model": prompt.model}

        def event(delta: dict[str, Any], reason: str | None = None) -> str:
            return _data({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})

        yield event({"role": "assistant", "content": ""})
        for piece in _pieces(reply.text) if reply.text else ():
            yield event({"content": piece})
        for n, (name, arguments) in enumerate(reply.calls):
            yield event({"tool_calls": [{"index": n, **_function(n, name, "")}]})
            for piece in _pieces(arguments):
                yield event({"tool_calls": [{"index": n, "function": {"arguments": piece}}]})
        yield event({}, "tool_calls" if reply.calls else "stop")
        yield _data({**head, "choices": [], "usage": self._usage(reply)})
        yield "data: [DONE]\n\n"

    def _usage(self, reply: Reply) -> dict[str, int]:
        taken, given = reply.tokens
        return {"prompt_tokens": taken, "completion_tokens": given, "total_tokens": taken + given}


def _function(number: int, name: str, arguments: str) -> dict[str, Any]:
    return {"id": f"call_{number}", "type": "function", "function": {"name": name, "arguments": arguments}}


class Anthropic:
    """POST /v1/messages."""

    def parse(self, body: Mapping[str, Any]) -> Prompt:
        """Read a request."""
        user = "".join(_texts(message.get("content")) for message in body["messages"])
        tools = {one["name"]: one.get("input_schema", {}) for one in body.get("tools", ())}
        forced = body.get("tool_choice", {}).get("name", "")
        return Prompt(_texts(body.get("system", "")), user, tools, forced, bool(body.get("stream")), body["model"])

    def whole(self, prompt: Prompt, reply: Reply) -> dict[str, Any]:
        """A reply in one body."""
        content: list[dict[str, Any]] = [{"type": "text", "text": reply.text}] if reply.text else []
        for n, (name, arguments) in enumerate(reply.calls):
            content.append({"type": "tool_use", "id": f"call_{n}", "name": name, "input": json.loads(arguments)})
        return {**self._head(prompt, reply), "content": content, "stop_reason": self._reason(reply)}

    def events(self, prompt: Prompt, reply: Reply) -> Iterator[str]:
        """A reply as events."""
        yield _named("message_start", message=self._head(prompt, reply))
        blocks: list[tuple[dict[str, Any], str, str, str]] = []
        if reply.text:
            blocks.append(({"type": "text", "text": ""}, "text_delta", "text", reply.text))
        for n, (name, arguments) in enumerate(reply.calls):
            block = {"type": "tool_use", "id": f"call_{n}", "name": name, "input": {}}
            blocks.append((block, "input_json_delta", "partial_json", arguments))
        for index, (block, kind, key, text) in enumerate(blocks):
            yield _named("content_block_start", index=index, content_block=block)
            for piece in _pieces(text):
                yield _named("content_block_delta", index=index, delta={"type": kind, key: piece})
            yield _named("content_block_stop", index=index)
        stop = {"stop_reason": self._reason(reply), "stop_sequence": None}
        yield _named("message_delta", delta=stop, usage={"output_tokens": reply.tokens[1]})
        yield _named("message_stop")

    def _reason(self, reply: Reply) -> str:
        return "tool_use" if reply.calls else "end_turn"

    def _head(self, prompt: Prompt, reply: Reply) -> dict[str, Any]:
        usage = {"input_tokens": reply.tokens[0], "output_tokens": reply.tokens[1]}
        return {"id": "stub", "type": "message", "role": "assistant", "model": prompt.model, "content": [],
                "stop_reason": None, "stop_sequence": None, "usage": usage}  # fmt: skip


def _data(value: object) -> str:
    return f"data: {json.dumps(value)}\n\n"


def _named(name: str, **fields: Any) -> str:
    return f"event: {name}\ndata: {json.dumps({'type': name, **fields})}\n\n"


PROTOCOLS: dict[str, Speaks] = {"/v1/chat/completions": OpenAI(), "/v1/messages": Anthropic()}
