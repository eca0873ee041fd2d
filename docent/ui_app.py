"""The script that Streamlit runs: opens the workspace in DOCENT_WORKSPACE once for all visitors and draws the chat."""

from __future__ import annotations

import os
from pathlib import Path

import streamlit as st

from catalog.errors import DocentError
from docent.app import Docent
from docent.demonstration import QUESTIONS
from ui.chat import PROMPTS, run
from ui.markdown import escaped


def open_workspace(folder: str) -> Docent:
    """The Docent of a workspace. Raises WorkspaceMissing, WorkspaceTooNew, ConfigInvalid."""
    return Docent.open(folder, door="ui")


def main() -> None:
    """Draw the page, or say why the workspace cannot be opened."""
    st.set_page_config(page_title="Docent", page_icon=":material/menu_book:")
    folder = os.environ.get("DOCENT_WORKSPACE", ".")
    opened = st.cache_resource(max_entries=1)(open_workspace)
    try:
        docent = opened(folder)
    except DocentError as error:
        st.error(escaped(str(error)), icon=":material/error:")
        return
    run(docent, QUESTIONS if (Path(folder) / ".docent-demo").exists() else PROMPTS)


if __name__ == "__main__":
    main()
