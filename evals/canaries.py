"""Canaries: aspects in which every text field holds a token that exists nowhere else. Pure; made from the type hints.

A token is `zq` + number of the asset + `x` + number of the field + 8 random hex digits, so that one regular expression
finds all of them in any bytes and says whose they are.
"""

from __future__ import annotations

import random
import re
import types
import typing
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from catalog.aspects import REGISTRY, Aspect

TOKEN = re.compile(rb"zq(\d{4})x\d{4}[0-9a-f]{8}", re.IGNORECASE)
_LEFT_OUT = frozenset(("erasure", "policy", "siblings"))  # said by nobody of an asset, or a rule and not a description
_AT = datetime(2026, 5, 1, 9, tzinfo=UTC)
_KEPT = frozenset(("extra", "kind", "platform", "env", "parent", "basis"))  # what the asset is, by which it is found

_URNS = frozenset((
    "terms", "domain", "urn", "source_urn", "target", "replacement", "training_run", "training_sets", "features",
    "teams", "members", "lead", "manager", "related", "rivals", "implemented_by", "assets", "consumers", "latest",
    "contact", "production_version", "view", "top_users", "prompts", "tools", "vector_stores",
))  # fmt: skip
"""Fields whose text must be a URN."""


class Canaries:
    """Makes tokens of one asset, each new."""

    def __init__(self, number: int, random_: random.Random) -> None:
        self._number = number
        self._random = random_
        self._count = 0

    def token(self) -> str:
        """A token of its own."""
        self._count += 1
        return f"zq{self._number:04d}x{self._count:04d}{self._random.getrandbits(32):08x}"

    def aspects(self) -> list[Aspect]:
        """One of each aspect, every text in it a token."""
        return [self.filled(cls) for name, cls in sorted(REGISTRY.items()) if name not in _LEFT_OUT]

    def filled(self, cls: type[Any]) -> Any:
        """A record of `cls` with a value in every field."""
        hints = typing.get_type_hints(cls)
        return cls(**{f.name: self._value(hints[f.name], f.name) for f in fields(cls) if f.name not in _KEPT})

    def _value(self, hint: Any, name: str) -> Any:
        origin = typing.get_origin(hint)
        if is_dataclass(hint):
            return self.filled(typing.cast(type[Any], hint))
        if origin is tuple:
            args = typing.get_args(hint)
            return (
                (self._value(args[0], name),) if args[-1] is Ellipsis else tuple(self._value(arg, name) for arg in args)
            )
        if origin in (typing.Union, types.UnionType):
            return self._value(next(arg for arg in typing.get_args(hint) if arg is not type(None)), name)
        if origin is Literal:
            return typing.get_args(hint)[0]
        plain: dict[Any, Any] = {bool: False, int: 7, float: 0.5, datetime: _AT}
        if hint is str:
            return f"urn:li:tag:{self.token()}" if name in _URNS else f"about {self.token()}"
        return plain[hint]


def numbers_in(data: bytes) -> list[int]:
    """Whose tokens stand in a piece of bytes: plain, in capitals, or with zero bytes between, as in UTF-16."""
    found = [int(number) for number in TOKEN.findall(data)]
    if b"z\x00q" in data.lower():
        found += [int(number) for number in TOKEN.findall(data.replace(b"\x00", b""))]
    return found
