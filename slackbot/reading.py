"""A Slack event read into what is asked, where and by whom. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_USER = re.compile(r"<@[A-Z0-9]+(?:\|[^>]*)?>")
_LABELLED = re.compile(r"<[^<>|]*\|([^<>]*)>")
_BARE = re.compile(r"<([^<>|]+)>")
_ASKED = frozenset({"", "thread_broadcast", "file_share"})  # other subtypes are edits, removals and notices


@dataclass(frozen=True)
class Message:
    """A message that asks something. `thread`: the message under which the answer belongs."""

    event_id: str
    team: str
    channel: str
    ts: str
    thread: str
    user: str
    question: str

    @property
    def conversation(self) -> str:
        """One thread is one conversation."""
        return f"slack:{self.team}:{self.channel}:{self.thread}"


def read_message(body: Mapping[str, Any]) -> Message | None:
    """The message of an event, or None when no person says something in it."""
    event = body.get("event") or {}
    if event.get("bot_id") or (event.get("subtype") or "") not in _ASKED or not event.get("user"):
        return None
    return Message(
        event_id=str(body.get("event_id") or ""),
        team=str(body.get("team_id") or ""),
        channel=str(event["channel"]),
        ts=str(event["ts"]),
        thread=str(event.get("thread_ts") or event["ts"]),
        user=str(event["user"]),
        question=question_of(str(event.get("text") or "")),
    )


def question_of(text: str) -> str:
    """What a person wrote: without mentions, links and channels by their labels, Slack's escapes undone."""
    words = _BARE.sub(r"\1", _LABELLED.sub(r"\1", _USER.sub(" ", text)))
    return " ".join(html.unescape(words).split())
