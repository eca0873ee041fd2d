"""Access, measured: the matrix of viewers and assets, two worlds, caches, revocation, broken builds, a scope's cost."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from catalog.access import AccessSettings, Scope, Viewer, scope_of
from catalog.aspects import Documentation, Lineage, Ownership, Schema
from catalog.catalog import Catalog
from docent.assurance.checks import Count, interleaved, matrix, opened, two_worlds
from docent.assurance.revocation import revoked
from docent.assurance.sabotage import SABOTAGE, sabotaged
from docent.assurance.world import World, changes, make_world

SEED = 20260301
ROUNDS = 5  # of the cost; the best of each counts, as the others were disturbed


def bench_access(assets: int = 2000, viewers: int = 40, fast: bool = False) -> dict[str, object]:
    """All figures of access. `fast`: sizes for every day."""
    assets, viewers = (min(assets, 200), min(viewers, 10)) if fast else (assets, viewers)
    asks, pairs, mixed, revocations = (2, 200, 200, 10) if fast else (30, 2000, 10_000, 500)
    world = make_world(assets, viewers, SEED)
    small = make_world(min(assets, 300), min(viewers, 24), SEED)
    with opened(changes(world)) as docent:
        found = {"matrix": matrix(docent, world, asks, SEED)}
    some = [urn for urn, kind in small.viewers.items() if kind in ("guest", "member", "role", "person")][:3]
    found["two_worlds"], found["hidden_or_absent"] = two_worlds(small, some, pairs, pairs, SEED)
    with opened(changes(small)) as docent:
        found["interleaved"] = interleaved(docent, small, mixed, SEED)
        found["revocation"] = revoked(docent, small, revocations)
    controls = caught()
    return {
        "seed": SEED,
        "assets": assets,
        "viewers": len(world.viewers),
        "pairs_viewer_asset": assets * len(world.viewers),
        **{name: asdict(count) for name, count in found.items()},
        "clean": not any(count.caught for count in found.values()),
        "sabotage_caught": controls,
        "all_sabotage_caught": all(controls.values()),
        "cost": cost(2000 if fast else 20_000),
    }


def caught() -> dict[str, int]:
    """For each broken build, how often its check noticed. Zero would mean that the check sees nothing."""
    world = make_world(60, 16, SEED)
    found = {}
    for name in SABOTAGE:
        with sabotaged(name) as check:
            found[name] = _small(world, check).caught
    return found


def _small(world: World, check: str) -> Count:
    if check == "two_worlds":
        return two_worlds(world, ["urn:li:corpuser:person0"], 30, 0, SEED)[0]
    with opened(changes(world)) as docent:
        if check == "matrix":
            return matrix(docent, world, 1, SEED)
        return interleaved(docent, world, 60, SEED) if check == "interleaved" else revoked(docent, world, 2)


def cost(assets: int) -> dict[str, object]:
    """Reads through a scope with rules beside the same reads through one without, in one run."""
    world = make_world(assets, 8, SEED)
    times: dict[str, dict[str, float]] = {name: {} for name in _READS}
    with TemporaryDirectory() as folder:
        catalog = Catalog(f"sqlite:///{Path(folder)}/catalog.db")
        catalog.apply(changes(world))
        viewer = Viewer("urn:li:corpuser:person0")
        scopes = {"unscoped": scope_of([viewer], (), AccessSettings())}
        scopes["scoped"] = scope_of([viewer], world.rules, AccessSettings())
        urns = list(world.assets)[:: max(1, assets // 1000)]
        for _ in range(ROUNDS):
            for name, read in _READS.items():
                for arm, scope in scopes.items():
                    begun = time.perf_counter()
                    read(catalog, scope, urns)
                    taken = (time.perf_counter() - begun) * 1000
                    times[name][arm] = min(times[name].get(arm, taken), taken)
        catalog.database.close()
    totals = {arm: sum(held[arm] for held in times.values()) for arm in scopes}
    return {
        "assets": assets,
        "milliseconds": {name: {arm: round(ms, 2) for arm, ms in held.items()} for name, held in times.items()},
        "ratios": {name: round(held["scoped"] / held["unscoped"], 3) for name, held in times.items()},
        "ratio_scoped_to_unscoped": round(totals["scoped"] / totals["unscoped"], 3),
    }


def _list(catalog: Catalog, scope: Scope, urns: list[str]) -> None:
    catalog.view(scope).assets()


def _rows(catalog: Catalog, scope: Scope, urns: list[str]) -> None:
    catalog.view(scope).rows(urns)


def _aspects(catalog: Catalog, scope: Scope, urns: list[str]) -> None:
    view = catalog.view(scope)
    view.load(urns)
    for urn in urns:
        for aspect in (Documentation, Schema, Ownership, Lineage):
            view.read(urn, aspect)


def _edges(catalog: Catalog, scope: Scope, urns: list[str]) -> None:
    list(catalog.view(scope).edges())


_READS: dict[str, Callable[[Catalog, Scope, list[str]], None]] = {
    "list": _list,
    "rows": _rows,
    "aspects": _aspects,
    "edges": _edges,
}
