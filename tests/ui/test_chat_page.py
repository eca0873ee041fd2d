"""The chat page as a person uses it, on a real workspace: Streamlit's AppTest runs the script that `docent ui` runs."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from docent import ui_app


def page() -> AppTest:
    return AppTest.from_file(str(Path(ui_app.__file__)), default_timeout=60).run()


def ask(at: AppTest, question: str) -> AppTest:
    at.chat_input[0].set_value(question).run()
    assert not at.exception
    return at


def words(at: AppTest) -> str:
    """All Markdown on the page, escapes undone."""
    parts = [one.value for kind in (at.markdown, at.info, at.warning, at.error, at.caption) for one in kind]
    return re.sub(r"\\(.)|\u200b", r"\1", "\n".join(parts))


def labels(at: AppTest) -> list[str]:
    return [re.sub(r"\\(.)", r"\1", one.label) for one in at.main.button]


@pytest.mark.usefixtures("workspace")
def test_an_empty_page_offers_questions_and_a_click_asks() -> None:
    at = page()
    first = labels(at)[0]
    at.main.button[0].click().run()

    assert [one.name for one in at.chat_message] == ["user", "assistant"]
    assert first in words(at)
    assert first not in labels(at)


@pytest.mark.usefixtures("workspace")
def test_an_answer_shows_sources_with_age_and_a_link() -> None:
    at = ask(page(), "who owns the Churn board?")

    assert "Ana Souza" in at.chat_message[1].markdown[0].value
    assert re.fullmatch(r"\d+ sources?", at.expander[0].label)
    shown = words(at)
    assert re.search(r"\*\*\[1\]\*\* files: ownership of Churn board, (just now|\d+ minutes? ago)", shown)
    assert "](<https://looker.shop.example/7>)" in shown


@pytest.mark.usefixtures("workspace")
def test_a_follow_up_button_asks() -> None:
    at = ask(page(), "who owns the Churn board?")
    following = labels(at)[0]
    at.main.button[0].click().run()

    assert not at.exception
    assert len(at.chat_message) == 4
    assert following in words(at)


@pytest.mark.usefixtures("workspace")
def test_nothing_found_is_told_apart_from_an_answer() -> None:
    at = ask(page(), "where is zebra migration tracked?")
    assert at.info or at.warning


@pytest.mark.usefixtures("workspace")
def test_another_viewer_begins_again_and_sees_what_they_may() -> None:
    at = ask(page(), "what is the Payroll board?")
    assert "What everyone earns" in words(at)

    at.text_input(key="viewer").set_value("ben").run()
    assert not at.chat_message
    ask(at, "what is the Payroll board?")
    assert "What everyone earns" not in words(at)


@pytest.mark.usefixtures("workspace")
def test_hostile_descriptions_stay_words() -> None:
    at = ask(page(), "what is the Bait board?")
    markdown = [one.value for kind in (at.markdown, at.info, at.warning, at.caption) for one in kind]
    shown = "\n".join(markdown)

    assert "pixel" in shown
    for dangerous in (
        r"(?<!\\)!\[",
        r"(?<!\\)\]\(",
        r"(?<!\\)<img",
        r"https?\\?://",
        r"www\\?\.",
        r"(?<!\\):red",
        "javascript:alert",
    ):
        assert not re.search(dangerous, shown.replace("](<https://looker", "")), dangerous


@pytest.mark.usefixtures("workspace")
def test_a_question_that_cannot_be_used_gets_a_plain_sentence() -> None:
    at = ask(page(), "x" * 4001)
    assert "4,001 characters" in words(at)
    assert len(at.error) == 1


def test_a_folder_without_workspace_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCENT_WORKSPACE", str(tmp_path))
    at = page()
    assert "docent init" in words(at)


def test_a_failure_is_logged_and_told_in_one_sentence(caplog: pytest.LogCaptureFixture) -> None:
    def script() -> None:
        from ui.chat import run

        class Broken:
            def ask(self, question: str, viewer: object = None, conversation: str = "") -> None:
                raise RuntimeError("disk on fire")

        run(Broken())

    with caplog.at_level(logging.ERROR, "docent.ui"):
        at = ask(AppTest.from_function(script).run(), "who owns orders?")
    assert "disk on fire" not in words(at)
    assert "could not answer" in at.error[0].value
    assert "disk on fire" in caplog.text
