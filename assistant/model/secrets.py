"""Secrets that people leave in descriptions: masked before any text goes to a model. Pure."""

from __future__ import annotations

import re

MASK = "[secret]"
_FORMS = (
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)",
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",  # cloud access key
    r"\b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{16,}",  # API keys of model and payment providers
    r"\bgh[pousr]_[A-Za-z0-9]{20,}",
    r"\bgithub_pat_\w{20,}",
    r"\bglpat-[\w-]{16,}",
    r"\bxox[abposr]-[\w-]{10,}",
    r"\bxapp-[\w-]{10,}",
    r"\bdapi[0-9a-f]{32}\b",
    r"\bAIza[\w-]{30,}",
    r"\bey[JK][\w-]{10,}\.[\w-]{10,}\.[\w-]*",  # a signed token
    r"(?<=://)[^\s/@:]*:[^\s/@]+(?=@)",  # user and password of a URL
    r"(?i)(?<=bearer )[\w.~+/=-]{12,}",
    r"(?i)\b(?:passw(?:or)?d|pwd|secret|token|(?:api|access)[_ -]?key)\b\s*(?:=|:|\bis\b)\s*[\"']?[^\s\"',;]{4,}",
)
_ANY = re.compile(
    "|".join(f"(?:{form})" if not form.startswith("(?i)") else f"(?i:{form[4:]})" for form in _FORMS), re.S
)


def masked(text: str) -> str:
    """The text with everything that has the form of a secret replaced by a mark."""
    return _ANY.sub(MASK, text)
