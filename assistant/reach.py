"""What a change to an asset or a column hits: everything downstream, how it is reached, and how serious that is.

Of a column: what its values flow into, what it chooses rows of, and what reads such a table as a whole without saying
which columns. Those last may be hit or not; they are told apart. Reads through the desk's View.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from assistant.desk import Desk
from assistant.severity import Severity, order_of, severity_of
from catalog.aspects import Usage
from catalog.column_trail import WHOLE, ColumnTrails
from catalog.edges import ColumnKey, ColumnStep, Edge
from catalog.trail import Trails

LIMIT = 10_000
_LOADED = 300  # of the most serious: whose last use is read, and so orders them

Through = Literal["asset", "column", "rows", "unknown"]


@dataclass(frozen=True)
class Hit:
    """One asset that is hit. `through`: *asset*, it reads what changes; *column*, values of the column arrive in
    `columns`; *rows*, the column chooses its rows; *unknown*, it reads a table that is hit, nobody knows which columns.
    """

    urn: str
    hops: int
    through: Through
    severity: Severity
    last_used: datetime | None
    owners: tuple[str, ...]
    proofs: tuple[Edge | ColumnStep, ...]
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reach:
    """All hits, most serious first, and what the walks say of themselves."""

    hits: tuple[Hit, ...]
    edges: tuple[Edge | ColumnStep, ...]
    total: int
    complete: bool
    cut: tuple[str, ...]


@dataclass
class _Found:
    hops: int
    through: Through
    proofs: list[Edge | ColumnStep]
    columns: list[str]


def reach_of_asset(desk: Desk, urn: str) -> Reach:
    """What is downstream of an asset."""
    trail = Trails(desk.view).walk(urn, "down", limit=LIMIT)
    proofs = _by_target(trail.edges)
    found = {one: _Found(hops, "asset", proofs.get(one, [])[:2], []) for one, hops in trail.nodes}
    return Reach(_sorted(desk, found), trail.edges, trail.total, trail.complete, trail.cut)


def reach_of_column(desk: Desk, key: ColumnKey) -> Reach:
    """What a column's values, or its choice of rows, arrive in."""
    trail = ColumnTrails(desk.view).walk([key], "down")
    found: dict[str, _Found] = {}
    distance = dict(trail.nodes) | {key: 0}
    for step in trail.steps:
        if step.urn != key[0]:
            held = found.setdefault(step.urn, _Found(distance.get((step.urn, step.column), 1), "column", [], []))
            held.hops = min(held.hops, distance.get((step.urn, step.column), held.hops))
            held.proofs.append(step)
            if step.column not in (*WHOLE, *held.columns):
                held.columns.append(step.column)
    for step in trail.influences:
        hops = distance.get((step.upstream, step.upstream_column), 0) + 1
        if step.urn != key[0]:
            found.setdefault(step.urn, _Found(hops, "rows", [step], []))
    edges: list[Edge | ColumnStep] = [*trail.steps, *trail.influences]
    edges += _beyond(desk, key, found)
    complete = not trail.cut
    return Reach(_sorted(desk, found), tuple(edges), len(found), complete, trail.cut)


def _beyond(desk: Desk, key: ColumnKey, found: dict[str, _Found]) -> list[Edge]:
    """Add what reads a table that is hit (or the column's own) as a whole, and everything behind that."""
    trails, taken = Trails(desk.view), list[Edge]()
    known = {key[0]: 0} | {urn: one.hops for urn, one in found.items() if one.through == "column"}
    stated = {(step.upstream, step.urn) for step in desk.view.steps_of(list(known), "down")}
    for urn, hops in known.items():
        for edge in trails.walk(urn, "down", hops=1).edges:
            if edge.upstream != urn or (urn, edge.urn) in stated or edge.urn in (*found, key[0]):
                continue
            taken.append(edge)
            found[edge.urn] = _Found(hops + 1, "unknown", [edge], [])
            behind = trails.walk(edge.urn, "down", limit=LIMIT)
            proofs = _by_target(behind.edges)
            for other, further in behind.nodes:
                if other != key[0] and other not in found:
                    found[other] = _Found(hops + 1 + further, "unknown", proofs.get(other, [])[:2], [])
            taken += behind.edges
    return taken


def _by_target(edges: Iterable[Edge]) -> dict[str, list[Edge | ColumnStep]]:
    held: dict[str, list[Edge | ColumnStep]] = {}
    for edge in edges:
        held.setdefault(edge.urn, []).append(edge)
    return held


def _sorted(desk: Desk, found: dict[str, _Found]) -> tuple[Hit, ...]:
    rows = desk.rows(found)
    by_severity = {urn: severity_of(rows.get(urn)) for urn in found}
    rough = sorted(found, key=lambda urn: order_of(by_severity[urn], found[urn].hops, None, desk.view.name(urn)))
    desk.view.load(urn for urn in rough[:_LOADED] if urn in rows)
    used = {urn: _last_used(desk, urn) for urn in rough[:_LOADED] if urn in rows}
    hits = [
        Hit(
            urn,
            one.hops,
            one.through,
            by_severity[urn],
            used.get(urn),
            tuple(sorted(rows[urn].owners)) if urn in rows else (),
            tuple(dict.fromkeys(one.proofs)),
            tuple(one.columns),
        )
        for urn, one in found.items()
    ]
    return tuple(sorted(hits, key=lambda hit: order_of(hit.severity, hit.hops, hit.last_used, desk.view.name(hit.urn))))


def _last_used(desk: Desk, urn: str) -> datetime | None:
    held = desk.read(urn, Usage)
    return held.value.last_used_at if held else None
