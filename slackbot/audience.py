"""Who will read an answer in Slack, as people of the catalog. Touches Slack's Web API; decides nothing about access.

A direct message is read by who asks; a channel by all its members, a public one by anyone (the guest). People from
another organisation, Slack's own guests and other bots are the guest too: their addresses are not ours to trust.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from slack_sdk import WebClient

KNOWN_FOR = 600  # seconds that an address is believed; Slack allows about 100 look-ups a minute
_ONE_BY_ONE = 20  # more unknown members than this: read the whole list of users, 200 a request
_OUTSIDE = ("is_bot", "is_stranger", "is_restricted", "is_ultra_restricted", "deleted")


class Audience:
    """Slack users as viewers. `person`: the URN for an address, or the guest's."""

    def __init__(self, person: Callable[[str], str], guest: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._person = person
        self._guest = guest
        self._clock = clock
        self._emails: dict[tuple[str, str], tuple[float, str]] = {}
        self._lock = threading.Lock()

    def of_direct(self, client: WebClient, team: str, user: str) -> list[str]:
        """Who reads an answer to a direct message."""
        return self._viewers(client, team, [user])

    def of_channel(self, client: WebClient, team: str, channel: str, user: str, bot: str) -> list[str]:
        """Everyone who can read an answer in a channel. `bot`: our own user id. Raises SlackApiError."""
        info = client.conversations_info(channel=channel)["channel"]
        if info.get("is_im"):
            return self.of_direct(client, team, user)
        members = [
            member for page in _pages(client.conversations_members, channel=channel) for member in page["members"]
        ]
        viewers = self._viewers(client, team, {user, *members} - {bot})
        closed = info.get("is_private") or info.get("is_mpim")
        return viewers if closed else sorted({*viewers, self._guest})

    def _viewers(self, client: WebClient, team: str, users: Iterable[str]) -> list[str]:
        emails = self._known(client, team, set(users))
        return sorted({self._person(email) if email else self._guest for email in emails.values()})

    def _known(self, client: WebClient, team: str, users: set[str]) -> dict[str, str]:
        oldest = self._clock() - KNOWN_FOR
        with self._lock:
            held = {user: self._emails.get((team, user), (oldest - 1, "")) for user in users}
        emails = {user: email for user, (at, email) in held.items() if at >= oldest}
        unknown = users - emails.keys()
        if len(unknown) > _ONE_BY_ONE:
            listed = (user for page in _pages(client.users_list) for user in page["members"])
            found = {one["id"]: _email(one, team) for one in listed if one["id"] in unknown}
        else:
            found = {user: _email(client.users_info(user=user)["user"], team) for user in unknown}
        now = self._clock()
        with self._lock:
            self._emails.update({(team, user): (now, found.get(user, "")) for user in unknown})
        return emails | {user: found.get(user, "") for user in unknown}


def _email(user: Mapping[str, Any], team: str) -> str:
    """A user's address, when Slack vouches that they are of this workspace; else empty."""
    outside = any(user.get(flag) for flag in _OUTSIDE) or (user.get("team_id") or team) != team
    return "" if outside else str((user.get("profile") or {}).get("email") or "")


def _pages(method: Callable[..., Any], **arguments: Any) -> Iterable[Mapping[str, Any]]:
    cursor = ""
    while True:
        page = method(limit=200, cursor=cursor or None, **arguments)
        yield page
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return
