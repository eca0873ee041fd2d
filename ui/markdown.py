"""Catalog text made safe for Streamlit's Markdown. Pure.

Every character that Markdown, GitHub's extensions or Streamlit's own (colours, icons, mathematics) give a meaning is
escaped. Bare addresses become links after escapes are undone, so they are broken by an invisible space instead.
"""

from __future__ import annotations

import re

from assistant.answer import Answer, Citation
from assistant.claims import Claim
from assistant.door import link, plain

_MEANING = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&=^\"'/])")
_ADDRESS = re.compile(r"(?i)(https?:|ftp:|mailto:|xmpp:|www)(?=//|\.|\w)|(@)")
_GAP = "\u200b"  # zero-width space


def escaped(text: str) -> str:
    """Text that Markdown shows exactly as it is, on one line."""
    broken = _ADDRESS.sub(lambda found: found.group(0) + _GAP, plain(text))
    return _MEANING.sub(r"\\\1", broken)


def sentence(answer: Answer, claim: Claim) -> str:
    """A sentence and its citation marks, as Markdown."""
    return f"{escaped(claim.text)} :gray[{escaped(answer.marks(claim))}]"


def bullets(lines: list[str]) -> str:
    """Markdown lines as a list."""
    return "\n".join(f"- {line}" for line in lines)


def open_link(citation: Citation) -> str:
    """A Markdown link to the cited thing, or nothing."""
    address = link(citation)
    return f"[Open {escaped(citation.name) or 'it'}](<{address}>)" if address else ""
