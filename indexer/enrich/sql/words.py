"""Sets of words, written the way one reads them.

Owns two one-line constructors and nothing else.
"""

from __future__ import annotations

from typing import Any

from sqlglot.tokens import TokenType


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


def kinds(text: str) -> frozenset[Any]:
    """The token types of those names. Raises AttributeError when the installed sqlglot lacks one."""
    return frozenset(getattr(TokenType, name) for name in text.split())
