"""The stub's HTTP server: threads on loopback, a character that answers, a fault of the line. Keeps every request body.

`fault` and `character` may be changed while it runs. Nothing here waits longer than `close`.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Literal

from evals.stub_llm.prompt import Character, Prompt, Reply
from evals.stub_llm.protocols import PROTOCOLS, Speaks

Fault = Literal[
    "", "rate_limited", "rate_limited_after", "server_error", "timeout", "half_stream", "garbage", "drip", "empty"
]
FAULTS: tuple[Fault, ...] = (
    "rate_limited", "rate_limited_after", "server_error", "timeout", "half_stream", "garbage", "drip", "empty",
)  # fmt: skip
_LONGEST = 60.0  # seconds a request is held
RETRY_AFTER = 2  # seconds asked for with a 429


class StubServer:
    """A language model server at `url`. Use as a context manager."""

    def __init__(self, character: Character, fault: Fault = "") -> None:
        self.character, self.fault = character, fault
        self.bodies: list[str] = []
        self.replies: list[Reply] = []
        self.stopping = threading.Event()
        stub = self

        class Handler(_Handler):
            server_of = stub

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.root = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def base_url(self, provider: str) -> str:
        """What the provider's client takes as its base URL."""
        return self.root if provider == "anthropic" else f"{self.root}/v1"

    def close(self) -> None:
        """End at once; requests that are held are let go."""
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> StubServer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_of: StubServer

    def do_POST(self) -> None:
        """Answer a request in the protocol of its path, or with the fault that is set."""
        stub = self.server_of
        body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        stub.bodies.append(body)
        protocol = PROTOCOLS.get(self.path)
        if protocol is None:
            self._send(404, b"{}")
            return
        try:
            self._answer(stub, protocol, protocol.parse(json.loads(body)))
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the client has given up, as it should

    def _answer(self, stub: StubServer, protocol: Speaks, prompt: Prompt) -> None:
        fault = stub.fault
        if fault in ("rate_limited", "rate_limited_after"):
            after = {"Retry-After": str(RETRY_AFTER)} if fault == "rate_limited_after" else {}
            self._send(429, b'{"error": {"message": "slow down", "type": "rate_limit_error"}}', after)
        elif fault == "server_error":
            self._send(500, b'{"error": {"message": "it broke", "type": "server_error"}}')
        elif fault == "timeout":
            stub.stopping.wait(_LONGEST)
            self.close_connection = True
        elif fault == "empty":
            self._send(200, b"")
        elif fault == "garbage":
            self._send(200, b'data: {"choices": [{"delta": {"con\n\ndata: ]]}} not json\n\n', kind="text/event-stream")
        else:
            reply = stub.character(prompt)
            stub.replies.append(reply)
            self._deliver(stub, fault, protocol, prompt, reply)

    def _deliver(self, stub: StubServer, fault: Fault, protocol: Speaks, prompt: Prompt, reply: Reply) -> None:
        if not prompt.stream:
            self._send(200, json.dumps(protocol.whole(prompt, reply)).encode())
            return
        events = [event.encode() for event in protocol.events(prompt, reply)]
        whole = b"".join(events)
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        self.close_connection = True
        if fault == "half_stream":
            self.wfile.write(whole[: len(whole) // 2])
        elif fault == "drip":
            for at in range(len(whole)):
                self.wfile.write(whole[at : at + 1])
                self.wfile.flush()
                if stub.stopping.wait(1.0):
                    return
        else:
            self.wfile.write(whole)

    def _send(
        self, code: int, body: bytes, extra: dict[str, str] | None = None, kind: str = "application/json"
    ) -> None:
        self.send_response(code)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        for name, value in (extra or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name in http.server
        """Say nothing: what was asked is in `bodies`."""
