"""The real Bolt app, sent signed requests, against a local Web API: who is answered, where, how often, with what."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from slack_bolt import BoltRequest
from slack_sdk.signature import SignatureVerifier

from catalog.errors import ConfigInvalid
from docent.app import Docent
from slackbot.app import connect, make_app

SECRET = "shh"
GUEST = "urn:li:corpuser:guest"
Send = Callable[..., int]


def event(text: str, channel: str = "DANA", user: str = "UANA", ts: str = "10.1", **more: Any) -> dict[str, Any]:
    kind = {"type": "message", "channel_type": "im"} if channel.startswith("D") else {"type": "app_mention"}
    return {**kind, "text": text, "channel": channel, "user": user, "ts": ts, **more}


@pytest.fixture
def send(docent: Docent, slack: Any, tmp_path: Path) -> Send:
    """Sends events to a new app in the same folder and waits until all its work is done."""

    def sent(*events: dict[str, Any], asking: Any = docent, event_id: str = "Ev1", secret: str = SECRET) -> int:
        workers = ThreadPoolExecutor(4)
        app = make_app(asking, "xoxb-1", SECRET, tmp_path, GUEST, slack.url, workers)
        status = 0
        for one in events:
            body = json.dumps(
                {"type": "event_callback", "event_id": event_id, "team_id": "T1", "api_app_id": "A1", "event": one}
            )
            verifier = SignatureVerifier(secret)
            now = str(int(verifier.clock.now()))
            headers = {
                "content-type": "application/json",
                "x-slack-request-timestamp": now,
                "x-slack-signature": verifier.generate_signature(timestamp=now, body=body) or "",
            }
            status = app.dispatch(BoltRequest(body=body, headers=headers)).status
        workers.shutdown(wait=True)
        return status

    return sent


def words(post: dict[str, Any]) -> str:
    """Every text of a message's blocks, after checking Slack's limits."""
    blocks = json.loads(post["blocks"]) if isinstance(post["blocks"], str) else post["blocks"]
    assert len(blocks) <= 50
    texts = [text for block in blocks for text in (block.get("elements") or [block["text"]])]
    assert all(0 < len(text["text"]) <= 3000 and text["verbatim"] for text in texts)
    return "\n".join(text["text"] for text in texts)


def test_a_direct_message_is_answered_in_its_thread_with_sources(send: Send, slack: Any) -> None:
    assert send(event("who owns the Churn board?")) == 200

    (post,) = slack.posts
    assert (post["channel"], post["thread_ts"]) == ("DANA", "10.1")
    assert str(post["unfurl_links"]).lower() in {"0", "false"}
    assert "Ana Souza" in post["text"]
    assert "files: ownership of Churn board, " in words(post)
    assert "<https://looker.shop.example/7|open>" in words(post)


def test_a_mention_is_answered_under_the_thread_it_stands_in(send: Send, slack: Any) -> None:
    send(event("<@UBOT> who owns the Churn board?", "CPUBLIC", ts="11.5", thread_ts="11.1"))
    assert slack.posts[0]["thread_ts"] == "11.1"
    assert "Ana Souza" in slack.posts[0]["text"]


def test_a_redelivery_is_answered_once_even_after_a_restart(send: Send, slack: Any) -> None:
    send(event("who owns the Churn board?"), event("who owns the Churn board?"))
    send(event("who owns the Churn board?"))
    send(event("who owns the Churn board?"), event_id="Ev2")  # the same message by another subscription
    assert len(slack.posts) == 1
    send(event("who owns the Churn board?", ts="10.2"), event_id="Ev3")
    assert len(slack.posts) == 2


def test_a_bad_signature_is_refused(send: Send, slack: Any) -> None:
    assert send(event("who owns the Churn board?"), secret="other") == 401
    assert slack.posts == []


@pytest.mark.parametrize(
    ("channel", "user", "sees"),
    [("DANA", "UANA", True), ("DBEN", "UBEN", False), ("CANA", "UANA", True), ("CBOTH", "UANA", False),
     ("CPUBLIC", "UANA", False)],
)  # fmt: skip
def test_an_answer_holds_what_all_its_readers_may_see(
    send: Send, slack: Any, channel: str, user: str, sees: bool
) -> None:
    send(event("what is the Payroll board?", channel, user))
    assert ("What everyone earns" in words(slack.posts[0])) is sees


@pytest.mark.parametrize(
    "flags", [{"is_stranger": True}, {"is_restricted": True}, {"team_id": "T9"}, {"is_bot": True}, {"deleted": True}]
)
def test_an_address_from_outside_is_not_believed(send: Send, slack: Any, flags: dict[str, Any]) -> None:
    slack.users["UANA"].update(flags)
    send(event("what is the Payroll board?"))
    assert "What everyone earns" not in words(slack.posts[0])


def test_a_large_channel_is_read_page_by_page(send: Send, slack: Any) -> None:
    crowd = {f"U{n}": {"id": f"U{n}", "team_id": "T1", "profile": {"email": "ana@shop.example"}} for n in range(60)}
    slack.users = {**crowd, **slack.users}
    slack.channels["CANA"]["members"] = [*crowd, "UANA", "UBOT"]
    send(event("what is the Payroll board?", "CANA"))
    assert "What everyone earns" in words(slack.posts[0])
    assert "users.info" not in slack.methods()

    slack.channels["CANA"]["members"].append("UBEN")  # the last of the last page
    send(event("what is the Payroll board?", "CANA", ts="10.2"), event_id="Ev2")
    assert "What everyone earns" not in words(slack.posts[1])


@pytest.mark.parametrize(
    ("channel", "method"),
    [("CANA", "conversations.members"), ("CANA", "conversations.info"), ("DANA", "users.info")],
)
def test_without_knowing_the_readers_nothing_is_told(send: Send, slack: Any, channel: str, method: str) -> None:
    slack.failing[method] = "missing_scope"
    send(event("what is the Churn board?", channel))
    assert "does not tell me who would read" in slack.posts[0]["text"]
    assert "Who leaves us" not in json.dumps(slack.posts)


def test_hostile_names_make_no_mention_and_no_link(send: Send, slack: Any) -> None:
    send(event("what is the Bait board?"))
    shown = words(slack.posts[0]) + slack.posts[0]["text"]
    assert "&lt;!" in shown
    for dangerous in ("<!", "<@", "@here", "<https://evil", "javascript:"):
        assert dangerous not in shown


def test_a_failure_is_one_plain_sentence(send: Send, slack: Any, docent: Docent) -> None:
    class Broken:
        person_by_email = staticmethod(docent.person_by_email)

        def ask(self, *_: object, **__: object) -> None:
            raise RuntimeError("disk on fire")

    send(event("who owns the Churn board?"), asking=Broken())
    assert "something failed" in slack.posts[0]["text"]
    assert "fire" not in json.dumps(slack.posts)


def test_an_unusable_question_says_why(send: Send, slack: Any) -> None:
    send(event("x" * 4001))
    assert "4,001 characters" in slack.posts[0]["text"]


def test_a_mention_without_question_is_greeted(send: Send, slack: Any) -> None:
    send(event("<@UBOT>", "CPUBLIC"))
    assert "Ask me about your data" in slack.posts[0]["text"]


def test_blocks_that_slack_does_not_take_are_sent_as_text(send: Send, slack: Any) -> None:
    slack.refuse_blocks = True
    send(event("who owns the Churn board?"))
    assert "blocks" not in slack.posts[-1]
    assert "Ana Souza" in slack.posts[-1]["text"]


@pytest.mark.parametrize("more", [{"subtype": "message_changed"}, {"bot_id": "B2"}, {"subtype": "message_deleted"}])
def test_edits_and_bots_are_not_answered(send: Send, slack: Any, more: dict[str, Any]) -> None:
    send(event("who owns the Churn board?", **more))
    assert slack.posts == []


@pytest.mark.parametrize("method", ["auth.test", "apps.connections.open"])
def test_tokens_that_slack_refuses_are_an_error_with_what_to_do(
    docent: Docent, slack: Any, tmp_path: Path, method: str
) -> None:
    slack.failing[method] = "invalid_auth"
    with pytest.raises(ConfigInvalid, match=r"did not accept the tokens.*docs/slack\.md"):
        connect(docent, "xoxb-1", "xapp-1", tmp_path, GUEST, slack.url)


def test_a_slack_out_of_reach_is_an_error_with_what_to_do(docent: Docent, tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match="cannot be reached"):
        connect(docent, "xoxb-1", "xapp-1", tmp_path, GUEST, "http://127.0.0.1:1/api/")
