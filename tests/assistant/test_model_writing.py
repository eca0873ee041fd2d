"""What a model may write: units and joining words. Each refused form is one that would say something of its own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from assistant.claims import Coverage, Draft, Slot, claim
from assistant.model.breaker import Breaker
from assistant.model.secrets import masked
from assistant.writing.units import units_of
from assistant.writing.verify import Rejected, Sentence, verified
from assistant.writing.write import composed
from catalog.change import Evidence

PROOF = Evidence("urn:li:dataset:a", "ownership", "files", "d1")
OTHER = Evidence("urn:li:dataset:b", "checks", "dbt", "d2")


def slot(shown: str) -> Slot:
    return Slot("name", shown, shown)


OWNER = claim("{asset} is owned by {owner}.", [PROOF], asset=slot("orders"), owner=slot("Ana"))
NOBODY = claim("No check is recorded for {asset}.", [OTHER], asset=slot("orders"))
STALE = claim("The check {check} is {status}.", [OTHER], check=slot("totals"), status=slot("failing"))
CERTIFIED = claim("It is certified.", [PROOF])
NOTE = claim("{note}", [OTHER], note=slot("Counts guests twice."))
CHANNEL = claim("Ask {owner} in the channel.", [PROOF], owner=slot("Ana"))
DRAFT = Draft(
    "answered",
    (OWNER, NOBODY),
    Coverage(3, 3, True, datetime(2026, 1, 1, tzinfo=UTC)),
    (STALE, CERTIFIED),
    (NOTE, CHANNEL),
)
UNITS = {one.ident: one for one in units_of(DRAFT)}


def shown(text: str) -> str:
    result = verified(text, UNITS)
    assert isinstance(result, Sentence), result
    return " ".join(one.text for one in result.claims)


def test_claims_that_lean_on_another_stay_with_it() -> None:
    assert units_of(DRAFT)[3].leans
    assert [one.claims for one in units_of(DRAFT)] == [(OWNER,), (NOBODY,), (STALE, CERTIFIED), (NOTE,), (CHANNEL,)]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("{c1}", "orders is owned by Ana."),
        ("{c1}, and keep in mind that {c2}", "orders is owned by Ana, and keep in mind that no check is recorded for orders."),
        ("In addition, {c3}", "In addition, the check totals is failing. It is certified."),
        ("{c1.asset_of_0} is owned by {c1.owner_of_0}.", "orders is owned by Ana."),
        ("Also {c1.asset_of_0} is owned by {c1.owner_of_0}, while {c2}", "Also orders is owned by Ana, while no check is recorded for orders."),
    ],
)  # fmt: skip
def test_joined_claims_are_shown(written: str, read: str) -> None:
    assert shown(written) == read


@pytest.mark.parametrize(
    "written",
    [
        "{c1.owner_of_0} is owned by {c1.asset_of_0}.",  # swapped
        "{c1.asset_of_0} is not owned by {c1.owner_of_0}.",
        "{c1.asset_of_0} is owned by {c3.check_of_0}.",  # slots of two claims
        "check is recorded for {c2.asset_of_0}",  # a lost "no"
        "Gloria owns {c1.asset_of_0}",
        "{c1} and Gloria too",
        "It is false that {c1}",
        "{c1}, or so they say",
        "{c1} with 3 rows",
        "{c1} [7]",
        "{c9}",
        "{c1.nothing}",
        "{c1.__class__}",
        "{c1!r}",
        "{{c1}}",
        "{0}",
        "{c1} {c2}",
        "{c1}, and {c1}",
        "{c3}, and {c1}",  # goes on after a claim of two sentences
        "{c1} https://evil.example",
        "![x](y) {c1}",
        "[{c1}](x)",
        "<b>{c1}</b>",
        "**{c1}**",
        "{c1} <@U1>",
        "{c1} @channel",
        "{c1}?",
        "“{c1}”",
        "{c1}\u202e",
        "{c1}\n- also",
        "orders is owned by Ana.",
        "",
    ],
)
def test_whatever_says_something_of_its_own_is_refused(written: str) -> None:
    assert isinstance(verified(written, UNITS), Rejected)


def test_every_claim_is_shown_once_whatever_a_model_leaves_out_or_repeats() -> None:
    written = composed(DRAFT, ["{c3}", "{c3}", "Gloria owns {c1}", "Also, {c5}"])
    assert written.kept == 2
    assert len(written.refused) == 2
    texts = [one.text for one in written.draft.claims]
    assert texts == [
        OWNER.text,
        NOBODY.text,
        STALE.text,
        CERTIFIED.text,
        NOTE.text,
        "Also, ask Ana in the channel.",
    ]


def test_a_joined_sentence_cites_what_all_its_claims_cite() -> None:
    result = verified("{c1}, and {c2}", UNITS)
    assert isinstance(result, Sentence)
    assert [one.evidence for one in result.claims] == [(PROOF, OTHER)]


def test_when_nothing_passes_the_draft_is_as_it_was() -> None:
    assert composed(DRAFT, ["no", "{c9}"]).draft is DRAFT


def test_the_breaker_lets_one_try_through_when_the_pause_is_over() -> None:
    now = [0.0]
    breaker = Breaker(2, 30, lambda: now[0])
    for _ in range(2):
        assert breaker.allows()
        breaker.fail()
    assert not breaker.allows()
    now[0] = 30
    assert [breaker.allows(), breaker.allows()] == [True, False]
    breaker.succeed()
    assert breaker.state == "closed"


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://etl:hunter2@db/shop", "key sk-live-Zq83kfPw0Xn5vR2t", "AKIAIOSFODNN7EXAMPLE", "password = swordfish",
        "token: abcdef123456", "Bearer abcdefghijklmnop", "xoxb-123456789012-abc", "ghp_abcdefghijklmnopqrstuvwxyz",
    ],
)  # fmt: skip
def test_what_looks_like_a_secret_is_masked(text: str) -> None:
    assert "[secret]" in masked(text)
    assert "swordfish" not in masked(text)
    assert "hunter2" not in masked(text)


def test_plain_words_are_not_masked() -> None:
    text = "One row for each order; the token table has 3 keys, see https://wiki.example/a:b@c"
    assert masked(text) == text.replace("a:b@c", "a:b@c")
