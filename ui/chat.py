"""The chat page: questions in, answers with their sources. Touches Streamlit and the object it is given to ask.

Holds no logic of answering. Everything that comes from the catalog is escaped (ui/markdown.py).
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import streamlit as st

from assistant.answer import Answer, Citation
from assistant.door import Asking, source_line
from catalog.errors import DocentError
from ui.markdown import bullets, escaped, open_link, sentence

PROMPTS = (
    "Where do we keep customers?",
    "Who owns orders?",
    "What does revenue mean?",
    "Can I trust orders?",
)
_LOG = logging.getLogger("docent.ui")
_FAILED = "Docent could not answer this. The log of `docent ui` says why; please report it with your question."


@dataclass(frozen=True)
class Turn:
    """One question with its answer, or with what went wrong (Markdown)."""

    question: str
    answer: Answer | None
    problem: str = ""


def run(docent: Asking, prompts: Sequence[str] = PROMPTS) -> None:
    """Draw the page once; Streamlit calls this again at every action."""
    state = st.session_state
    state.setdefault("turns", [])
    state.setdefault("conversation", uuid.uuid4().hex[:16])
    _sidebar()
    st.title("Docent", anchor=False)
    st.caption("Ask about your company's data. Every sentence cites the catalog record that proves it.")
    typed = st.chat_input("Ask about your data", key="question")
    question = typed or state.pop("chosen", "")
    turns: list[Turn] = state.turns
    for number, turn in enumerate(turns, 1):
        _show_question(turn.question)
        with st.chat_message("assistant"):
            _show(turn, last=number == len(turns) and not question)
    if question:
        _show_question(question)
        with st.chat_message("assistant"):
            with st.spinner("Looking in the catalog"):
                turn = _ask(docent, question)
            turns.append(turn)
            _show(turn, last=True)
    elif not turns:
        _offer(prompts, "prompt", "You could ask")


def _sidebar() -> None:
    with st.sidebar:
        st.text_input(
            "Asking as",
            key="viewer",
            placeholder="the workspace's default person",
            help="The id of a person, for example ana. Answers hold only what this person may see.",
            on_change=_begin_again,  # what one person was told is not for the next
        )
        st.button("New conversation", key="new", on_click=_begin_again, width="stretch")


def _begin_again() -> None:
    st.session_state.turns = []
    st.session_state.conversation = uuid.uuid4().hex[:16]


def _choose(question: str) -> None:
    st.session_state.chosen = question


def _ask(docent: Asking, question: str) -> Turn:
    viewer = st.session_state.viewer.strip() or None
    try:
        return Turn(question, docent.ask(question, viewer=viewer, conversation=st.session_state.conversation))
    except DocentError as error:
        return Turn(question, None, escaped(str(error)))
    except Exception:  # noqa: BLE001 - the edge of one question: the page must stay usable
        _LOG.exception("The question %r could not be answered", question)
        return Turn(question, None, _FAILED)


def _show_question(question: str) -> None:
    with st.chat_message("user"):
        st.markdown(escaped(question))


def _show(turn: Turn, last: bool) -> None:
    if turn.answer is None:
        st.error(turn.problem, icon=":material/error:")
        return
    answer, draft = turn.answer, turn.answer.draft
    _show_lead(answer)
    if draft.caveats:
        st.warning(bullets([sentence(answer, one) for one in draft.caveats]), icon=":material/warning:")
    if draft.details:
        st.markdown(bullets([sentence(answer, one) for one in draft.details]))
    if draft.coverage.missing:
        st.caption(f"Not known here: {'; '.join(escaped(one) for one in draft.coverage.missing)}.")
    for note in answer.notes:
        st.caption(escaped(note))
    if answer.citations:
        _show_sources(answer.citations)
    if last and draft.follow_ups:
        _offer(draft.follow_ups, answer.answer_id, "Ask next")


def _show_lead(answer: Answer) -> None:
    lead = " ".join(sentence(answer, one) for one in answer.draft.lead)
    match answer.verdict:
        case "forbidden" | "refused":
            st.error(lead, icon=":material/lock:")
        case "unknown":
            st.warning(lead, icon=":material/help:")
        case "no" | "clarify":
            st.info(lead, icon=":material/info:")
        case _:
            st.markdown(lead)


def _show_sources(citations: tuple[Citation, ...]) -> None:
    now = datetime.now(UTC)
    count = f"{len(citations)} source" + ("" if len(citations) == 1 else "s")
    with st.expander(count, icon=":material/format_quote:"):
        for one in citations:
            st.markdown(f"**{escaped(f'[{one.n}]')}** {escaped(source_line(one, now))} {open_link(one)}")
            if one.kind == "record" and one.quote:
                st.caption(escaped(one.quote))


def _offer(questions: Sequence[str], key: str, title: str) -> None:
    """Buttons that ask."""
    st.caption(title)
    with st.container(horizontal=True):
        for number, question in enumerate(questions):
            st.button(escaped(question), key=f"{key}-{number}", on_click=_choose, args=(question,))
