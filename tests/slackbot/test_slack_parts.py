"""The bot's parts: reading events, rendering within limits, taking deliveries once, knowing people, the manifest."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from assistant.answer import Answer, Citation
from assistant.claims import Coverage, Draft, SearchProof, claim, quote
from docent.app import Docent
from slackbot.deliveries import KEPT, Deliveries
from slackbot.manifest import MANIFEST
from slackbot.reading import question_of
from slackbot.render import escaped, render

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
GUEST = "urn:li:corpuser:guest"


def big_answer(lines: int, length: int) -> Answer:
    proofs = [SearchProof(f"q{n}", 1, 10, 0) for n in range(lines)]
    claims = tuple(claim("{words}", [proof], words=quote("&<@" * length, 9999)) for proof in proofs)
    draft = Draft("answered", claims[:1], Coverage(1, 1, True, NOW), (), claims[1:])
    cited = tuple(
        Citation(f"e{n}", proof.ref(), n, "record", name="<n>" * length, aspect="info", source="dbt",
                 observed_at="2026-04-30T12:00:00Z", url="https://a.example/" + "&" * 2000)
        for n, proof in enumerate(proofs, 1)
    )  # fmt: skip
    return Answer("a", "q", "find", draft, cited, {proof.ref(): n for n, proof in enumerate(proofs, 1)})


@pytest.mark.parametrize(("lines", "length"), [(1, 1), (3, 3000), (400, 1), (400, 40), (60, 900)])
def test_blocks_stay_within_slacks_limits(lines: int, length: int) -> None:
    made = render(big_answer(lines, length), NOW)
    texts = [block["text"] if block["type"] == "section" else block["elements"][0] for block in made.blocks]  # type: ignore[index]
    sizes = [len(text["text"]) for text in texts]  # type: ignore[index, call-overload]
    assert len(made.blocks) <= 50
    assert max(sizes) <= 3000
    assert sum(sizes) <= 12_000
    if lines > 100:
        assert "left out here" in made.text


def test_age_and_verdict_are_shown() -> None:
    answer = big_answer(1, 1)
    made = render(replace(answer, draft=replace(answer.draft, verdict="forbidden")), NOW)
    assert made.text.startswith(":lock: ")
    assert "1 day ago" in str(made.blocks)


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("<@U0BOT> who owns orders?", "who owns orders?"),
        ("hey <@U0BOT|docent>, is a &lt; b &amp; c?", "hey , is a < b & c?"),
        ("see <http://x.example|x.example> in <#C1|data>", "see x.example in data"),
        ("<https://x.example/a>", "https://x.example/a"),
        ("  <@U0BOT>  ", ""),
    ],
)
def test_a_question_is_what_a_person_wrote(text: str, question: str) -> None:
    assert question_of(text) == question


def test_escaping_leaves_nothing_for_slack_to_act_on() -> None:
    assert escaped("<!here> @all a&b\nc") == "&lt;!here&gt; @\u200ball a&amp;b c"


def test_one_of_many_takes_a_delivery(tmp_path: Path) -> None:
    deliveries = Deliveries(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: deliveries.claim("E", "T", "C", "1"), range(24)))
    assert taken.count(True) == 1


def test_taken_deliveries_are_forgotten_in_the_end(tmp_path: Path) -> None:
    times = iter([0.0, KEPT - 1.0, KEPT + 2.0])
    deliveries = Deliveries(tmp_path, lambda: next(times))
    assert [deliveries.claim("E", "T", "C", "1") for _ in range(3)] == [True, False, True]


@pytest.mark.parametrize(
    ("email", "person"),
    [
        ("ANA@shop.example", "ana"),
        ("ana@elsewhere.example", "guest"),  # a namesake elsewhere is someone else
        ("c.lind@shop.example", "cleo"),
        ("dan@shop.example", "guest"),  # left
        ("eve@shop.example", "eve"),
        ("nobody@shop.example", "guest"),
        ("", "guest"),
    ],
)
def test_an_address_is_one_person_or_the_guest(docent: Docent, email: str, person: str) -> None:
    assert docent.person_by_email(email) == f"urn:li:corpuser:{person}"


def test_the_manifest_asks_for_what_the_bot_uses() -> None:
    manifest: dict[str, Any] = MANIFEST
    assert "agent_view" in manifest["features"]
    assert len(manifest["features"]["agent_view"]["agent_description"]) <= 300
    assert set(manifest["settings"]["event_subscriptions"]["bot_events"]) == {"app_mention", "message.im"}
    assert {"users:read.email", "channels:read", "groups:read"} <= set(manifest["oauth_config"]["scopes"]["bot"])
