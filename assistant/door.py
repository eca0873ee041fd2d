"""What every door needs and none may do its own way: the object it asks, who a mail address is, safe text and links.

Pure. Never renders for one door: that is the door's own work.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from urllib.parse import quote, urlsplit

from assistant.answer import Answer, Citation
from assistant.claims import ago

_SPACE = re.compile(r"\s+")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co"})  # control, format (text direction too), surrogate, private use
_JOINERS = "\u200c\u200d"  # format characters that words and emoji are written with


class Asking(Protocol):
    """What a door asks: the Docent object."""

    def person_by_email(self, email: str) -> str:
        """The person (URN) whose address this is; the guest when there is none, or they have left."""

    def ask(self, question: str, viewer: str | Sequence[str] | None = None, *, conversation: str = "") -> Answer:
        """Answer within what all viewers may see. Raises BadInput and other DocentErrors."""


def plain(text: str) -> str:
    """Text on one line, without characters that hide or turn round what follows them."""
    shown = _SPACE.sub(" ", text)
    return "".join(char for char in shown if char in _JOINERS or unicodedata.category(char) not in _INVISIBLE).strip()


def link(citation: Citation) -> str:
    """Where a person can open the cited thing: http or https with nothing left to misread, else empty."""
    try:
        parts = urlsplit(citation.url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc
    except ValueError:  # for example an unclosed [ of an IPv6 address
        return ""
    if not usable or plain(citation.url) != citation.url or "\\" in citation.url:
        return ""
    return quote(citation.url, safe=":/?#[]@!$&'*+,;=%~")


def source_line(citation: Citation, now: datetime) -> str:
    """Where a citation comes from in one line: "dbt: ownership of fct_orders, 3 days ago". A search: what it was."""
    if citation.kind == "search":
        return plain(citation.quote)
    age = f", {ago(datetime.fromisoformat(citation.observed_at), now)}" if citation.observed_at else ""
    return plain(f"{citation.source}: {citation.aspect} of {citation.name}{age}")
