"""Catalog text in Markdown: shown as written, never as links, images or styles."""

from __future__ import annotations

import pytest

from assistant.answer import Citation
from assistant.door import link, plain
from ui.markdown import escaped, open_link


@pytest.mark.parametrize(
    "text", ["fct_orders", "a*b*", "[x](y)", "<b>", "`c`", "$x$", ":red[x]", "1. one", "&lt;", "~~no~~"]
)
def test_every_character_with_a_meaning_is_escaped(text: str) -> None:
    shown = escaped(text)
    bare = [c for i, c in enumerate(shown) if c in "\\`*_[]<>$:&~." and (i == 0 or shown[i - 1] != "\\") and c != "\\"]
    assert bare == []
    assert shown.replace("\\", "") == text


@pytest.mark.parametrize(
    "address", ["https://e.example", "HTTP://e.example", "www.e.example", "me@e.example", "ftp://e.example"]
)
def test_bare_addresses_are_broken(address: str) -> None:
    assert address not in escaped(address).replace("\\", "")


def test_lines_and_hidden_characters_go() -> None:
    assert plain("a\n\n# b\u202e c\u200b\x00") == "a # b c"


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "//evil.example", "https://good.example@evil.example/", "https://[bad",
     "https://evil.example/\nx", "file:///etc/passwd", "https://", "https:\\\\evil.example", ""],
)  # fmt: skip
def test_only_whole_web_addresses_become_links(url: str) -> None:
    assert link(Citation("e1", "r", 1, "record", name="x", url=url)) == ""


def test_an_address_cannot_end_its_link() -> None:
    made = open_link(Citation("e1", "r", 1, "record", name="x](y", url='https://a.example/<b>|c"d e'.replace(" ", "")))
    assert made == "[Open x\\]\\(y](<https://a.example/%3Cb%3E%7Cc%22de>)"
