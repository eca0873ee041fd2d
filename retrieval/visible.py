"""Who may see which rows: a filter that search applies before it counts, ranks or suggests anything.

Owns the `Visible` value and nothing else. Touches nothing. Never decides access: the caller's scope does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Visible:
    """The urns that one scope may see. `key` names the scope (its digest): equal keys must allow equal urns.

    Masks and the statistics over them are kept per key and generation, so a scope is evaluated once, not per search.
    """

    key: str
    allows: Callable[[Sequence[str]], Mask]

    @staticmethod
    def everything() -> Visible:
        """No restriction; for public catalogs, benches and tests."""
        return Visible("*", lambda urns: np.ones(len(urns), np.bool_))

    @staticmethod
    def where(key: str, may_see: Callable[[str], bool]) -> Visible:
        """Restrict by a predicate over single urns."""
        return Visible(key, lambda urns: np.fromiter((may_see(urn) for urn in urns), np.bool_, len(urns)))

    @staticmethod
    def only(key: str, urns: Collection[str]) -> Visible:
        """Restrict to a given set."""
        allowed = frozenset(urns)
        return Visible.where(key, allowed.__contains__)
