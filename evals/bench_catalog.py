"""How fast the catalog takes in changes and gives them out again, and whether any order ends in one state.

`docent bench catalog`: changes applied a second on a fresh SQLite file with the durability of the product; events with
duplicates, late and shuffled, in many permutations, with a control that believes whatever came last; reading as of a
time beside reading now, in the same run on the same assets.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory

from catalog.access import Scope
from catalog.aspects import (
    Aspect,
    Column,
    ColumnEdge,
    Documentation,
    Info,
    Lineage,
    Membership,
    Owner,
    Ownership,
    Schema,
    Tags,
    Upstream,
    Usage,
)  # fmt: skip
from catalog.catalog import Catalog
from catalog.change import Change, Origin, Removed
from catalog.urn import dataset
from catalog.view import View

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_VERSIONS = 4  # how often each asset changed before it is read as of a time
_SCHEMAS = ("raw", "staging", "marts", "finance", "growth")


def table(number: int) -> str:
    """The URN of the made-up table `number`."""
    return dataset("postgres", f"shop.{_SCHEMAS[number % len(_SCHEMAS)]}.table_{number}")


def aspects(number: int, edition: int = 0) -> Iterator[Aspect]:
    """What a source says of a table: eight aspects, with 12 columns and the lineage of each from another table."""
    name, urn = f"table_{number}", table(number * 7 // 8)
    yield Info("table", name, "postgres", f"shop.{_SCHEMAS[number % len(_SCHEMAS)]}.{name}", "PROD")
    yield Documentation(f"Edition {edition} of what {name} holds: one row for each thing of kind {number % 97}.")
    columns = tuple(Column(f"column_{i}", "text", f"The value {i} of {name}.", position=i) for i in range(12))
    yield Schema(columns)
    yield Ownership((Owner(f"urn:li:corpuser:person_{number % 50}"), Owner(f"urn:li:corpGroup:team_{number % 9}")))
    yield Tags((f"tag_{number % 13}", f"edition_{edition}"))
    yield Membership(f"urn:li:domain:domain_{number % 11}")
    edges = tuple(ColumnEdge(urn, f"column_{i}", f"column_{i}", "identity") for i in range(12))
    yield Lineage((Upstream(urn),), edges)
    yield Usage(queries=number % 1000 + edition, users=number % 40)


def changes(count: int, edition: int = 0, source: str = "dbt") -> list[Change]:
    """`count` changes, eight for each table, observed on the day of their edition."""
    origin = Origin(source, "manifest.json", "nodes", BEGIN + timedelta(days=edition))
    return [Change(table(n), value, origin) for n in range(-(-count // 8)) for value in aspects(n, edition)][:count]


def bench_catalog(count: int, events: int, permutations: int, seed: int) -> dict[str, object]:
    """Every figure, by name with its unit."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        return {
            "changes": count,
            "seed": seed,
            **_applying(root, count),
            **_as_of(root, max(500, count // 40), seed),
            **_any_order(root, events, permutations, seed),
        }


def _applying(root: Path, count: int) -> dict[str, object]:
    catalog = Catalog(f"sqlite:///{root}/applying.db")
    first = changes(count)
    seconds = {"apply": _seconds(catalog, first), "apply_again": _seconds(catalog, first)}
    some = changes(count // 100 * 8, edition=1)
    seconds["apply_changed"] = _seconds(catalog, some)
    catalog.database.close()
    return {
        "apply_s": round(seconds["apply"], 2),
        "apply_per_s": round(count / seconds["apply"]),
        "apply_again_per_s": round(count / seconds["apply_again"]),
        "apply_changed_per_s": round(len(some) / seconds["apply_changed"]),
    }


def _seconds(catalog: Catalog, some: list[Change]) -> float:
    begun = time.perf_counter()
    catalog.apply(some)
    return time.perf_counter() - begun


def _as_of(root: Path, assets: int, seed: int) -> dict[str, object]:
    """Reading every aspect of assets, and listing them all, now and as of a time in the middle of their history."""
    catalog = Catalog(f"sqlite:///{root}/as_of.db")
    for edition in range(_VERSIONS):
        catalog.apply(changes(assets * 8, edition))
    then, scope = BEGIN + timedelta(days=_VERSIONS // 2, hours=1), catalog.scope("urn:li:corpuser:ada")
    urns = [table(n) for n in Random(seed).sample(range(assets), min(200, assets))]
    ratios: dict[str, list[float]] = {"read": [], "list": [], "edges": []}
    for _ in range(7):
        ratios["read"].append(_ratio(lambda view: [view.read_all(urn) for urn in urns], catalog, scope, then))
        ratios["list"].append(_ratio(lambda view: view.assets(), catalog, scope, then))
        ratios["edges"].append(_ratio(lambda view: list(view.edges()), catalog, scope, then))
    catalog.database.close()
    return {f"ratio_as_of_to_now_{name}": round(median(held), 2) for name, held in ratios.items()}


def _ratio(work: Callable[[View], object], catalog: Catalog, scope: Scope, then: datetime) -> float:
    """How many times as long the work takes as of a time, each in a view that has read nothing yet."""
    seconds = []
    for as_of in (then, None):
        view = catalog.view(scope, as_of)
        begun = time.perf_counter()
        work(view)
        seconds.append(time.perf_counter() - begun)
    return seconds[0] / seconds[1]


def _any_order(root: Path, events: int, permutations: int, seed: int) -> dict[str, object]:
    """Half of `events` distinct, half delivered again, a tenth late by months, applied by three consumers in turn."""
    random = Random(seed)
    distinct = list(_events(events // 2, random))
    delivered = distinct + random.choices(distinct, k=events - len(distinct))
    expected = _state(root / "in_order.db", sorted(distinct, key=_observed), 1000)
    hashes = set()
    for number in range(permutations):
        random.shuffle(delivered)
        hashes.add(_state(root / f"shuffled{number}.db", delivered, random.choice((137, 400, 1000))))
    by_arrival = [_stamped_on_arrival(change, number) for number, change in enumerate(delivered)]
    return {
        "events": events,
        "permutations": permutations,
        "other_states": len(hashes - {expected}),
        "control_last_arrival_wins_caught": _state(root / "control.db", by_arrival, 1000) != expected,
    }


def _events(count: int, random: Random) -> Iterator[Change]:
    """Values, changes and removals of a twentieth as many assets; removals may come before what they remove."""
    for number in range(count):
        asset = random.randrange(max(1, count // 20))
        late = random.random() < 0.1
        observed = BEGIN + timedelta(days=-90 if late else 0, seconds=random.randrange(count * 4))
        held = random.choice(list(aspects(asset, random.randrange(5))))
        gone = random.choice((Removed(), Removed(held.NAME)))
        value = gone if random.random() < 0.1 else held
        source = random.choice(("dbt", "datahub", "database"))
        yield Change(table(asset), value, Origin(source, "events", "", observed, f"event-{number}"))


def _observed(change: Change) -> datetime:
    return change.origin.observed_at or BEGIN


def _stamped_on_arrival(change: Change, number: int) -> Change:
    """The change as a catalog would hold it that believes whatever came last, and every delivery anew."""
    at = BEGIN + timedelta(seconds=number)
    return replace(change, origin=replace(change.origin, observed_at=at, event_id=""))


def _state(path: Path, delivered: list[Change], batch: int) -> str:
    """The state hash after three consumers have applied the events, each its share, batch by batch in turn."""
    consumers = [Catalog(f"sqlite:///{path}") for _ in range(3)]
    for number, start in enumerate(range(0, len(delivered), batch)):
        consumers[number % 3].apply(delivered[start : start + batch])
    found = consumers[0].state_hash()
    for consumer in consumers:
        consumer.database.close()
    return found
