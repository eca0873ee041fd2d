"""Joining URNs into classes while some pairs must stay apart. Pure: the same joins in the same order, one result."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """Why two URNs are one thing: the rule, and what it saw."""

    rule: str
    evidence: str = ""


class Classes:
    """URNs in disjoint classes. A join that would bring a forbidden pair together is not made."""

    def __init__(self, urns: Iterable[str], apart: Iterable[tuple[str, str]]) -> None:
        self._root = {urn: urn for urn in urns}
        self._members = {urn: {urn} for urn in self._root}
        self._apart: dict[str, set[str]] = {}
        for a, b in apart:
            self._apart.setdefault(a, set()).add(b)
            self._apart.setdefault(b, set()).add(a)
        self.reasons: dict[str, Reason] = {}

    def root(self, urn: str) -> str:
        """What names the class of a URN."""
        return self._root[urn]

    def members(self, root: str) -> set[str]:
        """The URNs of a class."""
        return self._members[root]

    def roots(self) -> list[str]:
        """The classes, in order of their names."""
        return sorted(self._members)

    def are_apart(self, a: str, b: str) -> bool:
        """Whether somebody said that these classes hold different things."""
        if not self._apart:
            return False
        others = self._members[self._root[b]]
        return any(not others.isdisjoint(self._apart.get(one, ())) for one in self._members[self._root[a]])

    def join(self, a: str, b: str, reason: Reason) -> bool:
        """Make one class of two, unless they must stay apart. True if they are one class afterwards."""
        keep, lose = sorted((self._root[a], self._root[b]))
        if keep == lose:
            return True
        if self.are_apart(a, b):
            return False
        for urn in self._members.pop(lose):
            self._root[urn] = keep
            self._members[keep].add(urn)
        for urn in (a, b):
            self.reasons.setdefault(urn, reason)
        return True
