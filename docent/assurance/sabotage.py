"""Broken builds: each takes one guard of access away, in this process only, so that a check must notice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import assistant.finding
import catalog.view
from assistant.claims import Coverage
from assistant.desk import Desk
from catalog.access import Level
from catalog.catalog import Catalog
from catalog.cleaning import Cleaner
from catalog.policies import Principals
from catalog.roster import Roster
from catalog.sight import RosterRows, Sight
from retrieval.visible import Visible


def _unfiltered(self: Any, *_: object) -> Level:
    return Level.READ


def _every_column(self: Any, *_: object) -> bool:
    return False


def _no_hidden(self: Any, *_: object) -> set[str]:
    return set()


def _all_inputs(self: Any, *_: object) -> bool:
    return True


def _one_sight(roster: Roster, scope: Any) -> Sight:
    held = roster.by_scope.setdefault("anyone", Sight(scope, RosterRows(roster)))
    return held if isinstance(held, Sight) else Sight(scope, RosterRows(roster))


def _everything(view: Any) -> Visible:
    return Visible.everything()


def _all_counted(self: Desk, missing: Any = ()) -> Coverage:
    total = len(self.view._rosters.newest().rows)
    return Coverage(total, total, True, self.now, tuple(missing))


_PRINCIPALS: Callable[[Catalog], Principals] = Catalog._principals


def _old_rules(self: Catalog) -> Principals:
    return self._known or _PRINCIPALS(self)


# name: the object, its attribute, what stands in its place, and the check that must notice
SABOTAGE: dict[str, tuple[Any, str, Any, str]] = {
    "no level filter in the view": (Sight, "_level", _unfiltered, "matrix"),
    "no column filter": (Cleaner, "hides_column", _every_column, "matrix"),
    "references to hidden assets kept": (Sight, "hidden", _no_hidden, "matrix"),
    "inputs of derived values ignored": (Cleaner, "may_see", _all_inputs, "matrix"),
    "cache without the viewer": (catalog.view, "shared_sight", _one_sight, "interleaved"),
    "index not masked": (assistant.finding, "visible_in", _everything, "matrix"),
    "hidden assets counted in coverage": (Desk, "coverage", _all_counted, "two_worlds"),
    "policies read once": (Catalog, "_principals", _old_rules, "revocation"),
}


@contextmanager
def sabotaged(name: str) -> Iterator[str]:
    """Put a broken part in place; yields the check that must notice."""
    owner, attribute, broken, check = SABOTAGE[name]
    whole = getattr(owner, attribute)
    setattr(owner, attribute, broken)
    try:
        yield check
    finally:
        setattr(owner, attribute, whole)
