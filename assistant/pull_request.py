"""What a pull request changes in a dbt project, and what that breaks: in dbt, and beyond it in the catalog.

A dbt model breaks when its new SQL still names what is gone. What lies beyond dbt (dashboards, models, agents) breaks
when the catalog's column lineage leads there, and may break when nobody knows which columns it reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from typing import Literal

from assistant.dbt_states import ModelState, reached_classes
from assistant.desk import Desk
from assistant.reach import reach_of_asset, reach_of_column
from catalog.ai_aspects import ModelVersion
from catalog.aspects import Classification
from catalog.column_trail import urn_of
from catalog.edges import ColumnKey
from catalog.trail import Trails

_ALIKE = 0.6  # of 1: names below this are no renaming
_HARMLESS = frozenset({"public", "internal", "open", "not sensitive"})
ChangeKind = Literal["model added", "model removed", "column added", "column removed", "column renamed", "type changed"]


@dataclass(frozen=True)
class Altered:
    """One thing that changed. `was` and `now`: column names or types. `guess`: a renaming is concluded, not stated."""

    kind: ChangeKind
    urn: str
    name: str
    column: str = ""
    was: str = ""
    now: str = ""
    guess: bool = False

    @property
    def takes_away(self) -> bool:
        """Whether readers may lose something."""
        return self.kind in ("model removed", "column removed", "column renamed", "type changed")


@dataclass(frozen=True)
class Broken:
    """One asset that breaks, or may (`sure` False), because of a change."""

    urn: str
    name: str
    kind: str
    severity: str
    because: Altered
    sure: bool
    owners: tuple[str, ...]


@dataclass(frozen=True)
class Touched:
    """Sensitive data in a new place: class, where it comes from, where it newly arrives, and models there that nobody
    approved."""

    name: str
    origin: str
    urn: str
    arrives_in: str
    unapproved: tuple[str, ...]


@dataclass(frozen=True)
class Review:
    """The whole comparison."""

    altered: tuple[Altered, ...]
    broken: tuple[Broken, ...]
    touched: tuple[Touched, ...]
    ask: tuple[str, ...]

    @property
    def breaks(self) -> bool:
        """Whether anything surely breaks."""
        return any(one.sure for one in self.broken)

    def to_json(self) -> dict[str, object]:
        """For programs."""
        return asdict(self) | {"breaks": self.breaks}


def review(desk: Desk, base: Mapping[str, ModelState], head: Mapping[str, ModelState]) -> Review:
    """Compare two states of a project; `desk` shows the catalog of the workspace."""
    altered = tuple(one for urn in sorted({*base, *head}) for one in _altered(urn, base.get(urn), head.get(urn)))
    broken: dict[tuple[str, str], Broken] = {}
    for change in altered:
        if change.takes_away:
            for one in (*_in_project(change, base, head, desk), *_beyond(change, head, desk)):
                known = broken.get((one.urn, change.urn))
                if known is None or (one.sure and not known.sure):
                    broken[one.urn, change.urn] = one
    touched = tuple(_touched(desk, base, head))
    owners = [owner for one in broken.values() if one.sure for owner in one.owners]
    owners += [o for one in altered if one.takes_away for o in (base.get(one.urn) or head[one.urn]).owners]
    ask = tuple(dict.fromkeys(desk.view.name(owner) for owner in owners if desk.view.asset(owner)))
    ordered = sorted(broken.values(), key=lambda one: (not one.sure, _GRADES.index(one.severity), one.name))
    return Review(altered, tuple(ordered), touched, ask)


_GRADES = ("critical", "serious", "ordinary", "minor")


def _altered(urn: str, was: ModelState | None, now: ModelState | None) -> Iterator[Altered]:
    if was is None or now is None:
        one = was or now
        assert one is not None
        yield Altered("model removed" if was else "model added", urn, one.name)
        return
    old = {name.casefold(): name for name in was.columns}
    new = {name.casefold(): name for name in now.columns}
    gone, come = [key for key in old if key not in new], [key for key in new if key not in old]
    for key in gone:
        other = _renamed(old[key], [new[one] for one in come], was, now)
        if other is None:
            yield Altered("column removed", urn, was.name, old[key])
        else:
            come.remove(other.casefold())
            yield Altered("column renamed", urn, was.name, old[key], old[key], other, guess=True)
    for key in come:
        yield Altered("column added", urn, now.name, new[key])
    for key in old:
        types = (was.columns[old[key]], now.columns[new[key]]) if key in new else ("", "")
        if all(types) and types[0].casefold() != types[1].casefold():
            yield Altered("type changed", urn, was.name, old[key], *types)


def _renamed(column: str, come: list[str], was: ModelState, now: ModelState) -> str | None:
    """The new column that is made from exactly what this one was made from, or is called much like it."""
    mine = _made_of(was, column)
    same = [one for one in come if mine and _made_of(now, one) == mine]
    if len(same) == 1:
        return same[0]
    typed = [one for one in come if not was.columns[column] or not now.columns[one] or
             was.columns[column].casefold() == now.columns[one].casefold()]  # fmt: skip
    scored = sorted(
        ((SequenceMatcher(None, column.casefold(), one.casefold()).ratio(), one) for one in typed), reverse=True
    )
    return scored[0][1] if scored and scored[0][0] >= _ALIKE else None


def _made_of(state: ModelState, column: str) -> frozenset[tuple[ColumnKey, str]]:
    return frozenset((up, how) for up, own, how in state.reads if own.casefold() == column.casefold())


def _names(change: Altered, state: ModelState) -> bool:
    """Whether a model's SQL still names what a change takes away."""
    if change.kind == "model removed":
        return change.urn in state.upstreams or change.name.casefold() in state.tables
    wanted = (change.urn, change.column.casefold())
    return any((urn, column.casefold()) == wanted for (urn, column), _, _ in state.reads)


def _in_project(
    change: Altered, base: Mapping[str, ModelState], head: Mapping[str, ModelState], desk: Desk
) -> Iterator[Broken]:
    from assistant.severity import severity_of

    for urn, state in head.items():
        if urn != change.urn and _names(change, state):
            row = desk.view.asset(urn)
            sure = change.kind != "type changed"
            yield Broken(urn, state.name, row.kind if row else "table", severity_of(row), change, sure, state.owners)


def _beyond(change: Altered, head: Mapping[str, ModelState], desk: Desk) -> Iterator[Broken]:
    if desk.view.asset(change.urn) is None or not desk.view.readable(change.urn):
        return
    whole = change.kind == "model removed"
    reach = reach_of_asset(desk, change.urn) if whole else reach_of_column(desk, (change.urn, change.column))
    for one in reach.hits:
        if one.urn in head:
            continue
        row = desk.view.asset(one.urn)
        if row is None or row.kind == "document":
            continue
        sure = (one.hops == 1 if whole else one.through != "unknown") and change.kind != "type changed"
        name = row.qualified_name if row.kind in ("table", "view", "topic") else row.name
        yield Broken(one.urn, name or row.name, row.kind, one.severity, change, sure, one.owners)


def _touched(desk: Desk, base: Mapping[str, ModelState], head: Mapping[str, ModelState]) -> Iterator[Touched]:
    """Classes that arrive in a model of the head and did not in the base, and are not declared there."""
    before, after = (reached_classes(state, _given(desk, state)) for state in (base, head))
    for urn in sorted(after):
        if urn not in head:
            continue
        declared = {name for _, name in head[urn].classes}
        for name, origin in sorted(after[urn].items()):
            if name in before.get(urn, {}) or name in declared or origin[0] == urn:
                continue
            yield Touched(name, urn_of(origin), urn, head[urn].name, tuple(_unapproved(desk, urn)))


def _given(desk: Desk, states: Mapping[str, ModelState]) -> Iterator[tuple[ColumnKey, str]]:
    for urn, state in states.items():
        held = desk.view.read(urn, Classification) if desk.view.readable(urn) else None
        for column, name in {*state.classes, *(held.value.classes if held else ())}:
            if column and name.casefold() not in _HARMLESS:
                yield (urn, column), name


def _unapproved(desk: Desk, urn: str) -> Iterator[str]:
    """Model versions downstream that nobody approved."""
    trail = Trails(desk.view).walk(urn, "down")
    for other, _ in trail.nodes:
        held = desk.view.read(other, ModelVersion) if desk.view.readable(other) else None
        if held is not None and held.value.approved is not True and held.value.stage != "archived":
            yield desk.view.name(other)
