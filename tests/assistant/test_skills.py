"""Each skill on a small company: right facts, every slot proved, honest negatives, nothing of what is hidden."""

from __future__ import annotations

import json
from typing import Any

import pytest

from assistant.answer import to_json
from assistant.grounding import check
from catalog.change import Evidence
from docent.app import Docent


def urn(name: str) -> str:
    return f"urn:li:dataset:(urn:li:dataPlatform:duckdb,shop.{name},PROD)"


ORDERS, REVENUE, REFUNDS = urn("raw.orders"), urn("marts.revenue"), urn("marts.refunds")
SEVERANCE, PAYSLIPS = urn("hr.severance"), urn("hr.payslips")


def asked(docent: Docent, question: str, viewer: str = "ana", skill: str = "") -> dict[str, Any]:
    """The answer as programs get it, after every slot was compared again with what is stored."""
    answer = docent.ask(question, viewer, skill=skill)
    proofs = [proof for claim in answer.draft.claims for proof in claim.evidence if isinstance(proof, Evidence)]
    # The workspace's own reading of a record, as its source: what citations resolve to for somebody who may see all.
    texts = {proof.version: docent.cite(proof.ref(), "ben").json for proof in proofs}
    assert check(answer.draft.claims, texts) == []
    return json.loads(json.dumps(to_json(answer)))  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("question", "skill", "first"),
    [
        ("who owns orders?", "owner", ORDERS),
        ("where does revenue come from?", "lineage", REVENUE),
        ("can I trust orders?", "quality", ORDERS),
        ("what does churn mean?", "definition", "urn:li:glossaryTerm:churn"),
        ("what is sales_v1?", "describe", urn("old.sales_v1")),
        ("where do we keep money paid back?", "find", REFUNDS),
    ],
)
def test_a_question_in_words_reaches_its_skill_and_asset(docent: Docent, question: str, skill: str, first: str) -> None:
    body = asked(docent, question)
    assert (body["skill"], body["verdict"], body["assets"][0]["urn"]) == (skill, "answered", first)


def test_an_owner_comes_from_the_source_believed_first_and_the_other_is_told(docent: Docent) -> None:
    body = asked(docent, "orders", skill="owner")
    assert [owner["urn"] for owner in body["facts"]["owners"]] == ["urn:li:corpuser:ana"]
    assert body["facts"]["inherited"] is False
    assert "Sources differ" in body["text"]
    assert "Ben Okri" in body["text"]
    assert {citation["source"] for citation in body["citations"]} == {"facts", "other"}


def test_an_owner_who_left_is_said_to_have_left(docent: Docent) -> None:
    body = asked(docent, "revenue", skill="owner")
    assert body["facts"]["owners"][0]["active"] is False
    assert "Jonas Weber left on 2024-06-30" in body["text"]


def test_a_team_of_people_who_left_is_no_contact(docent: Docent) -> None:
    body = asked(docent, "refunds", skill="owner")
    assert body["facts"]["owners"][0]["active"] is False
    assert "Ghosts has no active members" in body["text"]


def test_no_owner_is_a_no_and_names_nobody(docent: Docent) -> None:
    body = asked(docent, "lonely", skill="owner")
    assert (body["verdict"], body["facts"]["owners"]) == ("no", [])
    assert "No owner is recorded" in body["text"]


def test_lineage_lists_what_depends_on_an_asset_without_what_is_hidden(docent: Docent) -> None:
    seen = {node["urn"]: node["hops"] for node in asked(docent, "what depends on orders?")["facts"]["nodes"]}
    assert seen == {REVENUE: 1, REFUNDS: 1}
    told = {node["urn"] for node in asked(docent, "what depends on orders?", "ben")["facts"]["nodes"]}
    assert told == {REVENUE, REFUNDS, SEVERANCE}


def test_quality_names_the_failing_check_and_every_status(docent: Docent) -> None:
    body = asked(docent, "orders", skill="quality")
    statuses = {one["name"]: one["status"] for one in body["facts"]["checks"]}
    assert statuses == {"ids are unique": "pass", "totals add up": "fail"}
    assert "totals add up" in body["text"]


def test_what_is_wrong_upstream_arrives_downstream(docent: Docent) -> None:
    assert "totals add up" in asked(docent, "revenue", skill="quality")["text"]


def test_an_untested_table_is_said_to_be_untested(docent: Docent) -> None:
    body = asked(docent, "lonely", skill="quality")
    assert body["verdict"] == "unknown"
    assert "No checks are recorded" in body["text"]


def test_a_deprecated_table_names_its_replacement(docent: Docent) -> None:
    body = asked(docent, "sales_v1", skill="describe")
    assert body["facts"]["deprecated"]
    assert body["facts"]["replacement"] == REVENUE
    assert "deprecated" in body["text"]
    assert "Counts guests twice" in body["text"]


def test_a_column_is_described_with_its_type(docent: Docent) -> None:
    facts = asked(docent, "what is the column email of orders?")["facts"]
    assert (facts["column"], facts["type"], facts["description"]) == ("email", "text", "Lower-cased address.")


def test_a_definition_is_quoted_and_an_empty_one_is_unknown(docent: Docent) -> None:
    assert "A customer without an order in 90 days." in asked(docent, "attrition", skill="definition")["text"]
    assert asked(docent, "margin", skill="definition")["verdict"] == "unknown"


def test_find_says_what_it_searched_when_there_is_nothing(docent: Docent) -> None:
    body = asked(docent, "where do we keep helicopters?")
    assert (body["verdict"], body["facts"]["matches"]) == ("no", [])
    assert body["coverage"]["searched"] == body["coverage"]["visible"] > 0
    assert body["citations"][0]["kind"] == "search"


@pytest.mark.parametrize("skill", ["", "find", "describe", "owner", "lineage", "definition", "quality"])
@pytest.mark.parametrize("words", ["severance", "zebrafish redundancy", SEVERANCE])
def test_a_hidden_asset_is_in_no_answer(docent: Docent, skill: str, words: str) -> None:
    body = asked(docent, words, skill=skill)
    answered = {key: value for key, value in body.items() if key not in ("question", "text", "claims", "citations")}
    assert SEVERANCE not in json.dumps(answered)
    assert "What zebrafish" not in json.dumps(body)
    stranger = asked(docent, words.replace("severance", "seltsamkeit").replace("zebrafish", "zugspitze"), skill=skill)
    assert (body["verdict"], body["coverage"]["visible"]) == (stranger["verdict"], stranger["coverage"]["visible"])


@pytest.mark.parametrize("question", ["orders", "revenue", "ben", "what depends on orders?", "what does Ben Okri own?"])
@pytest.mark.parametrize("skill", ["", "find", "describe", "owner", "lineage", "quality"])
def test_what_stands_beside_a_hidden_asset_does_not_show_it(docent: Docent, question: str, skill: str) -> None:
    body = json.dumps(asked(docent, question, skill=skill)).casefold()
    assert "severance" not in body
    assert "zebrafish" not in body


@pytest.mark.parametrize("skill", ["describe", "lineage", "quality"])
def test_what_may_be_found_and_not_read_gives_its_name_and_whom_to_ask(docent: Docent, skill: str) -> None:
    body = asked(docent, "payslips", skill=skill)
    assert body["verdict"] == "forbidden"
    assert body["assets"][0]["urn"] == PAYSLIPS
    assert "Ben Okri" in body["text"]
    assert "flamingo" not in json.dumps(body)
    assert asked(docent, "payslips", "ben", skill)["verdict"] != "forbidden"


def test_several_readers_see_what_all_of_them_may_see(docent: Docent) -> None:
    answer = docent.ask("payslips", ["ana", "ben"], skill="describe")
    assert answer.verdict == "forbidden"
