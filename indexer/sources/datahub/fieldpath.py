"""DataHub's field paths as people read them. Pure text.

Version 2 of the field path spec puts the type of every step into the path; stripped, it reads `items.sku`:
`[version=2.0].[type=Order].[type=array].[type=Item].items.[type=string].sku`
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_MARK = "[version="
_TYPES = re.compile(r"\[[^\[\]]*\]\.?")
_VERSION = re.compile(r"^\[version=[^\[\]]*\]\.?")


def readable(path: str) -> str:
    """A field path without the version and type marks; a path of version 1 stays as it is."""
    if not path.startswith(_MARK):
        return path
    return _TYPES.sub("", path).strip(".") or _VERSION.sub("", path)


def names(paths: Iterable[str]) -> list[str]:
    """A distinct readable name for each distinct path, in order; "" for a path that stands there a second time.

    Two branches of a union, or a key and a value, may strip to one name: the later one keeps its type marks.
    """
    taken: set[str] = set()
    seen: set[str] = set()
    made = []
    for path in paths:
        name = "" if path in seen else readable(path)
        seen.add(path)
        if name in taken:
            name = _VERSION.sub("", path)
        taken.add(name)
        made.append(name)
    return made
