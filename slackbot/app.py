"""The Slack bot: a mention or a direct message is answered in its thread. Touches Slack through Bolt.

Every delivery is acknowledged at once and answered once. An answer in a channel is made for everyone who can read it.
Holds no logic of answering; what a person is told when something fails is one plain sentence, the log has the rest.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any
from urllib.error import URLError

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.error import BoltError
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler

from assistant.door import Asking
from catalog.errors import BadInput, ConfigInvalid
from slackbot.audience import Audience
from slackbot.deliveries import Deliveries
from slackbot.reading import Message, read_message
from slackbot.render import Rendered, render, render_text

WORKERS = 8  # answers at a time; each takes well under a second, most of it waiting for Slack
_LOG = logging.getLogger("docent.slack")
_GREETING = 'Ask me about your data, for example "who owns orders?" or "where does revenue come from?"'
_NO_AUDIENCE = (
    "Slack does not tell me who would read my answer, so I cannot give it here. "
    "Please try again; in a channel, invite me first or ask me in a direct message."
)
_FAILED = "I could not answer this because something failed on my side. Please ask again, or tell whoever runs Docent."
_TOO_MUCH = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"})


class Bot:
    """Answers Slack messages."""

    def __init__(self, docent: Asking, audience: Audience, deliveries: Deliveries) -> None:
        self._docent = docent
        self._audience = audience
        self._deliveries = deliveries

    def mentioned(self, body: dict[str, Any], client: WebClient, context: Mapping[str, Any]) -> None:
        """Someone wrote @Docent in a channel."""
        bot = str(context.get("bot_user_id") or "")
        self._take(body, client, lambda m: self._audience.of_channel(client, m.team, m.channel, m.user, bot))

    def messaged(self, body: dict[str, Any], client: WebClient) -> None:
        """Someone wrote a direct message."""
        if body.get("event", {}).get("channel_type") == "im":
            self._take(body, client, lambda m: self._audience.of_direct(client, m.team, m.user))

    def _take(self, body: dict[str, Any], client: WebClient, readers: Callable[[Message], list[str]]) -> None:
        message = read_message(body)
        if message and self._deliveries.claim(message.event_id, message.team, message.channel, message.ts):
            post(client, message, self._answer(message, readers))

    def _answer(self, message: Message, readers: Callable[[Message], list[str]]) -> Rendered:
        """What to say: the answer, or one plain sentence."""
        if not message.question:
            return render_text(_GREETING)
        try:
            viewers = readers(message)
            answer = self._docent.ask(message.question, viewer=viewers, conversation=message.conversation)
            return render(answer, datetime.now(UTC))
        except (SlackApiError, URLError, ConnectionError, TimeoutError) as error:
            _LOG.error("Slack does not say who reads %s: %s", message.conversation, error)
            return render_text(_NO_AUDIENCE)
        except BadInput as error:
            return render_text(str(error))
        except Exception:  # noqa: BLE001 - the edge of one event: the person must not be left without a word
            _LOG.exception("A question in %s could not be answered", message.conversation)
            return render_text(_FAILED)


def post(client: WebClient, message: Message, said: Rendered) -> None:
    """Say it in the thread; as text alone when Slack does not take the blocks. Never fetches links it contains."""
    arguments = {
        "channel": message.channel,
        "thread_ts": message.thread,
        "text": said.text,
        "unfurl_links": False,
        "unfurl_media": False,
        "parse": "none",
    }
    try:
        client.chat_postMessage(**arguments, blocks=said.blocks)
    except SlackApiError as error:
        if error.response.get("error") not in _TOO_MUCH:
            raise
        _LOG.warning("Slack did not take the blocks of an answer: %s", error.response.get("error"))
        client.chat_postMessage(**arguments)


def make_app(
    docent: Asking,
    token: str,
    signing_secret: str,
    folder: Path,
    guest: str,
    base_url: str = "",
    executor: Executor | None = None,
) -> App:
    """The Bolt app. `folder` keeps the deliveries taken; `base_url`: another Web API than Slack's. Calls auth.test."""
    client = WebClient(token=token, **({"base_url": base_url} if base_url else {}))
    client.retry_handlers.append(RateLimitErrorRetryHandler(max_retry_count=2))
    app = App(
        client=client,
        signing_secret=signing_secret,
        listener_executor=executor or ThreadPoolExecutor(WORKERS, thread_name_prefix="docent-slack"),
    )
    audience = Audience(docent.person_by_email, guest)
    bot = Bot(docent, audience, Deliveries(folder))
    app.event("app_mention")(bot.mentioned)
    app.event("message")(bot.messaged)
    return app


def connect(
    docent: Asking, bot_token: str, app_token: str, folder: Path, guest: str, api_url: str
) -> SocketModeHandler:
    """Open Socket Mode. Raises ConfigInvalid when Slack cannot be reached or does not accept the tokens."""
    try:
        handler = SocketModeHandler(make_app(docent, bot_token, "", folder, guest, api_url), app_token)
        handler.connect()
    except (BoltError, SlackApiError) as error:
        said = error.response.get("error") if isinstance(error, SlackApiError) else error
        raise ConfigInvalid(
            f"Slack did not accept the tokens: {said}. docs/slack.md says where to find them."
        ) from error
    except URLError as error:
        raise ConfigInvalid(f"Slack cannot be reached: {error.reason}. Check the network and try again.") from error
    return handler


def serve(docent: Asking, bot_token: str, app_token: str, folder: Path, guest: str, api_url: str = "") -> None:
    """Answer over Socket Mode until interrupted. Raises ConfigInvalid as `connect` does."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    handler = connect(docent, bot_token, app_token, folder, guest, api_url)
    _LOG.info("Docent listens in Slack. Ctrl-C ends it.")
    with suppress(KeyboardInterrupt):
        Event().wait()
    handler.close()
