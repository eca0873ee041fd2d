"""A local Slack: a Web API on loopback that records what the bot posts, and a small workspace to ask."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest

from docent.app import Docent

HOSTILE = "<!channel> @here <https://evil.example|click> & <@U1> https://evil.example/x"
KNOWLEDGE = """
people:
  - {id: ana, name: Ana Souza, email: ana@shop.example}
  - {id: ben, name: Ben Okri, email: ben@shop.example}
  - {id: cleo, name: Cleo Lind, email: c.lind@shop.example}
  - {id: dan, name: Dan Gone, email: dan@shop.example, left: 2024-01-01}
  - {id: eve, name: Eve Nomail}
platform: looker
dashboards:
  - {id: churn, name: Churn board, description: Who leaves us., owners: [ana], url: "https://looker.shop.example/7"}
  - {id: bait, name: 'Bait HOSTILE', description: 'HOSTILE', owners: [ben], url: "javascript:alert(1)"}
  - {id: payroll, name: Payroll board, description: What everyone earns., owners: [ana]}
policies:
  - id: pay
    name: Pay is private
    access:
      - {effect: deny, action: read, assets: ["*payroll*"], unless: [ana]}
"""


def user(ident: str, email: str, **more: Any) -> dict[str, Any]:
    return {"id": ident, "team_id": "T1", "profile": {"email": email}, **more}


@dataclass
class Slack:
    """The state of the local Slack, and every call the bot made."""

    url: str = ""
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    failing: dict[str, str] = field(default_factory=dict)  # method: error
    refuse_blocks: bool = False
    users: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {
            "UANA": user("UANA", "Ana@shop.example"),
            "UBEN": user("UBEN", "ben@shop.example"),
            "UBOT": user("UBOT", "", is_bot=True),
        }
    )
    channels: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {
            "CPUBLIC": {"members": ["UANA", "UBOT"], "is_private": False},
            "CANA": {"members": ["UANA", "UBOT"], "is_private": True},
            "CBOTH": {"members": ["UANA", "UBEN", "UBOT"], "is_private": True},
        }
    )

    @property
    def posts(self) -> list[dict[str, Any]]:
        return [arguments for method, arguments in self.calls if method == "chat.postMessage"]

    def methods(self) -> list[str]:
        return [method for method, _ in self.calls]

    def answer(self, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
        self.calls.append((method, arguments))
        if method in self.failing:
            return {"ok": False, "error": self.failing[method]}
        if method == "chat.postMessage" and self.refuse_blocks and "blocks" in arguments:
            return {"ok": False, "error": "invalid_blocks"}
        return {"ok": True, **self._body(method, arguments)}

    def _body(self, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
        match method:
            case "auth.test":
                return {"user_id": "UBOT", "bot_id": "B1", "team_id": "T1", "team": "Shop", "user": "docent"}
            case "users.info":
                return {"user": self.users[arguments["user"]]}
            case "users.list":
                return self._page(list(self.users.values()), arguments)
            case "conversations.info":
                return {"channel": {"id": arguments["channel"], **self.channels[arguments["channel"]]}}
            case "conversations.members":
                return self._page(self.channels[arguments["channel"]]["members"], arguments)
            case _:
                return {"ts": "99.1", "channel": arguments.get("channel", "")}

    def _page(self, members: list[Any], arguments: dict[str, Any]) -> dict[str, Any]:
        start, size = int(arguments.get("cursor") or 0), 25
        more = str(start + size) if start + size < len(members) else ""
        return {"members": members[start : start + size], "response_metadata": {"next_cursor": more}}


@pytest.fixture
def slack() -> Iterator[Slack]:
    state = Slack()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            is_json = "json" in (self.headers.get("Content-Type") or "")
            form = {key: values[0] for key, values in parse_qs(raw).items()}
            arguments = json.loads(raw or "{}") if is_json else form
            body = json.dumps(state.answer(self.path.rpartition("/")[2], arguments)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST  # noqa: N815 - the name that the server looks for

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}/api/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield state
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def docent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Docent]:
    root = tmp_path_factory.mktemp("shop")
    (root / "knowledge").mkdir()
    (root / "knowledge" / "all.yaml").write_text(KNOWLEDGE.replace("HOSTILE", HOSTILE), encoding="utf-8")
    (root / "docent.toml").write_text(
        '[access]\npolicy_sources = ["files"]\n'
        f'[model]\nfolder = "{root / "no-model"}"\n[[source]]\nname = "files"\ntype = "files"\npath = "knowledge"\n',
        encoding="utf-8",
    )
    with Docent.open(root, {}) as opened:
        report = opened.index(prepare_model=False)
        assert report.errors == 0, report.to_json()
        yield opened
