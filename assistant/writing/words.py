"""The words a model may put between claims. Closed: none names a thing, a quantity, a relation, a time, a cause,
a condition or a truth value, so that no order of them says anything that could be checked.

A list of forbidden words cannot do this: whatever is invented (an owner, a table) is on no list. See decision 0028.
"""

from __future__ import annotations

import re

_WORDS = """
a about added addition additionally also an and answer apart as asked attention background be besides brief briefly
but careful caution comes context detail details directly finally first for further furthermore here however
importantly in keep lastly let looking me meanwhile mention mentioning mind more moreover next notably note noting of on
overall please point points question regarding see short simply start summary that the these this to together too top
turning watch way we well what while with worth you your
"""
CONNECTIVES = frozenset(_WORDS.split())
_WORD = re.compile(r"[A-Za-z]+")
_ALLOWED = re.compile(r"[A-Za-z ,;:.\u2013\u2014-]*")
LENGTH = 120  # characters of free text in a row


def is_connective(text: str) -> bool:
    """Whether free text consists of connective words and plain punctuation alone."""
    words = _WORD.findall(text)
    return (
        len(text) <= LENGTH and bool(_ALLOWED.fullmatch(text)) and all(word.casefold() in CONNECTIVES for word in words)
    )
