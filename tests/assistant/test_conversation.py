"""Follow-ups: "it", "the other one", "only ...", "what about ...", each within what its own asker may see."""

from __future__ import annotations

import pytest

from docent.app import Docent

SHOP = "urn:li:dataset:(urn:li:dataPlatform:duckdb,shop."
ORDERS, REVENUE = f"{SHOP}raw.orders,PROD)", f"{SHOP}marts.revenue,PROD)"


def talked(docent: Docent, name: str, *questions: str, viewer: str = "ana"):  # type: ignore[no-untyped-def]
    return [docent.ask(question, viewer, conversation=name) for question in questions]


def test_it_is_what_the_last_answer_was_about(docent: Docent) -> None:
    first, second, third = talked(docent, "c1", "what is raw.orders?", "who owns it?", "and downstream?")
    assert first.draft.assets[0].urn == ORDERS
    assert (second.skill, second.draft.assets[0].urn) == ("owner", ORDERS)
    assert (third.skill, third.draft.facts["direction"]) == ("lineage", "down")


def test_what_about_asks_the_same_of_another(docent: Docent) -> None:
    _, second = talked(docent, "c2", "who owns raw.orders?", "what about revenue?")
    assert (second.skill, second.draft.assets[0].urn) == ("owner", REVENUE)


def test_only_narrows_what_was_listed(docent: Docent) -> None:
    _, second = talked(docent, "c3", "which tables have no description?", "only deprecated")
    assert second.skill == "count"
    listed, narrowed = talked(docent, "c4", "list tables without an owner", "only deprecated ones")
    assert set(narrowed.draft.facts["assets"]) < set(listed.draft.facts["assets"])


def test_the_second_one_is_the_second_of_the_list(docent: Docent) -> None:
    first, second = talked(docent, "c5", "list tables without an owner", "what is the second one?")
    assert second.draft.assets[0].urn == first.draft.assets[1].urn


def test_without_anything_before_docent_asks_back(docent: Docent) -> None:
    answer = docent.ask("who owns it?", conversation="c6")
    assert (answer.skill, answer.verdict) == ("clarify", "clarify")


def test_another_speaker_of_the_thread_gets_only_what_they_may_see(docent: Docent) -> None:
    (hidden,) = talked(docent, "c7", "what is hr.severance?", viewer="ben")
    assert hidden.draft.assets[0].urn == f"{SHOP}hr.severance,PROD)"
    (answer,) = talked(docent, "c7", "who owns it?", viewer="ana")
    (alone,) = talked(docent, "c8", "who owns it?", viewer="ana")
    assert (answer.text, answer.verdict) == (alone.text, alone.verdict)


@pytest.mark.parametrize(
    ("question", "verdict"),
    [("hello!", "refused"), ("thanks", "refused"), ("what can you do?", "answered"), ("delete raw.orders", "refused"),
     ("tell me a joke", "refused"), ("whats the weather in berlin", "refused")],
)  # fmt: skip
def test_talk_is_answered_shortly(docent: Docent, question: str, verdict: str) -> None:
    answer = docent.ask(question)
    assert (answer.skill, answer.verdict) == ("talk", verdict)


@pytest.mark.parametrize("question", ["orders and their emails", "where is our weather data", "call orders table"])
def test_questions_about_data_are_no_talk(docent: Docent, question: str) -> None:
    assert docent.ask(question).skill != "talk"
