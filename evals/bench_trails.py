"""`docent bench trails`: lineage as requests meet it, through a catalog and scopes, not the bare engine.

Makes a catalog of the asked size with stored edges as an index run would leave them, in a temporary folder, and times
reading the graph, seeing it through scopes, walks, one change, opening the saved graph, column walks and propagation.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from catalog import tables
from catalog.access import AccessSettings, Scope, Viewer
from catalog.aspects import AccessRule, Info, Lineage, Upstream
from catalog.catalog import Catalog
from catalog.change import Change, Origin
from catalog.column_trail import ColumnTrails
from catalog.trail import Trails
from evals.bench_graph import layered_edges
from indexer.enrich.propagation import Copy, spread

HIDDEN_EVERY = 10  # of the assets, one is hidden from the scope
COPIES = 100_000
PAGED = 643
_ROUNDS = 7
_ROWS = 50_000


def bench_trails(assets: int = 100_000, edge_count: int = 500_000) -> dict[str, Any]:
    """Named figures with units in the names."""
    source, target, by_layer = layered_edges(assets, edge_count)
    start, low = int(by_layer[1][0]), int(by_layer[15][0])
    with tempfile.TemporaryDirectory() as folder:
        url, saved = f"sqlite:///{folder}/catalog.db", Path(folder) / "lineage"
        catalog = Catalog(url, graph_folder=saved)
        _fill(catalog, assets, zip(source.tolist(), target.tolist(), strict=True))
        figures: dict[str, Any] = {"assets": assets, "edges": edge_count}
        everything, some = _scopes()
        figures["read_graph_s"] = _once(lambda: Trails(catalog.view(everything)).size(_urn(start), "down"))
        figures["first_scope_s"] = _once(lambda: Trails(catalog.view(some)).size(_urn(start), "down"))
        figures |= _walks(catalog, everything, some, start, low)
        figures |= _after_a_change(catalog, everything, some, start)
        figures["open_saved_ms"] = round(_once(lambda: _reopened(url, saved, everything, start)) * 1000, 1)
        figures |= _columns(catalog, everything)
        catalog.database.close()
    figures |= _spread()
    return figures


def _urn(number: int) -> str:
    return f"urn:li:dataset:(urn:li:dataPlatform:snowflake,analytics.s{number % 500:03d}.t{number:07d},PROD)"


def _scopes() -> tuple[Scope, Scope]:
    hide = AccessRule("deny", "discover", assets=("analytics.s??0.*",))
    viewer = Viewer("urn:li:corpuser:ana")
    return Scope((viewer,)), Scope((viewer,), (hide,), AccessSettings())


def _fill(catalog: Catalog, assets: int, pairs: Iterator[tuple[int, int]]) -> None:
    """Assets and edges as the projections hold them; and one change, so that the catalog has a version."""
    catalog.apply(
        [Change(_urn(assets), Info(kind="table"), Origin("dbt", observed_at=datetime(2026, 1, 1, tzinfo=UTC)))]
    )
    empty: dict[str, object] = dict.fromkeys(("env", "domain", "parent"), "") | {
        "kind": "table",
        "platform": "snowflake",
        "seq": 1,
    }
    rows: list[dict[str, object]] = []
    with catalog.database.writing() as connection:
        for number in range(assets):
            name = _urn(number).split(",")[1]
            rows.append(
                empty
                | {
                    "urn": _urn(number),
                    "kind": "table",
                    "name": name,
                    "qualified_name": name,
                    "platform": "s",
                    "seq": 1,
                }
            )
            if len(rows) == _ROWS or number == assets - 1:
                connection.execute(insert(tables.assets), rows)
                rows = []
        shared: dict[str, object] = {
            "source": "dbt",
            "how": "built from",
            "basis": "declared",
            "digest": "0",
            "inputs": "",
        }
        for a, b in set(pairs):
            if a != b:
                rows.append(shared | {"urn": _urn(b), "upstream": _urn(a)})
            if len(rows) == _ROWS:
                connection.execute(insert(tables.edges), rows)
                rows = []
        if rows:
            connection.execute(insert(tables.edges), rows)


def _once(work: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    work()
    return round(time.perf_counter() - begun, 3)


def _median_ms(work: Callable[[], Any]) -> float:
    times = sorted(_once(work) for _ in range(_ROUNDS))
    return round(times[_ROUNDS // 2] * 1000, 2)


def _walks(catalog: Catalog, everything: Scope, some: Scope, start: int, low: int) -> dict[str, Any]:
    reached = Trails(catalog.view(everything)).size(_urn(start), "down")
    return {
        "closure_nodes": reached,
        "closure_ms": _median_ms(lambda: Trails(catalog.view(everything)).size(_urn(start), "down")),
        "closure_scoped_ms": _median_ms(lambda: Trails(catalog.view(some)).size(_urn(start), "down")),
        "first_page_2_hops_ms": _median_ms(lambda: Trails(catalog.view(everything)).walk(_urn(low), "down", 2, 100)),
        "first_page_2_hops_scoped_ms": _median_ms(lambda: Trails(catalog.view(some)).walk(_urn(low), "down", 2, 100)),
    }


def _after_a_change(catalog: Catalog, everything: Scope, some: Scope, start: int) -> dict[str, Any]:
    open_: list[float] = []
    scoped: list[float] = []
    for number in range(_ROUNDS):
        at = datetime(2026, 2, 1, 0, number, tzinfo=UTC)
        catalog.apply([Change(_urn(start + number), Lineage((Upstream(_urn(number)),)), Origin("dbt", observed_at=at))])
        for spent, scope in ((open_, everything), (scoped, some)):
            begun = time.perf_counter()
            Trails(catalog.view(scope)).size(_urn(start), "down")
            spent.append(time.perf_counter() - begun)
    middle = _ROUNDS // 2
    return {
        "after_change_ms": round(sorted(open_)[middle] * 1000, 1),
        "after_change_scoped_ms": round(sorted(scoped)[middle] * 1000, 1),
    }


def _reopened(url: str, saved: Path, scope: Scope, start: int) -> None:
    catalog = Catalog(url, graph_folder=saved)
    Trails(catalog.view(scope)).size(_urn(start), "down")
    catalog.database.close()


def _columns(catalog: Catalog, scope: Scope) -> dict[str, Any]:
    """A column that 643 others are made from, each copied on once more; and how many a paged walk yields."""
    shared = {"source": "dbt", "how": "identity", "basis": "parsed", "digest": "0", "inputs": "", "column": "email"}
    rows = [
        shared | {"urn": _urn(after), "upstream": _urn(before), "upstream_column": "email"}
        for leaf in range(PAGED)
        for before, after in ((0, 1 + leaf), (1 + leaf, 1 + PAGED + leaf))
    ]
    with catalog.database.writing() as connection:
        connection.execute(insert(tables.column_edges), rows)
    walk_ms = _median_ms(lambda: ColumnTrails(catalog.view(scope)).walk([(_urn(0), "email")], "down"))
    got, cursor = 0, None
    while cursor or not got:
        page = ColumnTrails(catalog.view(scope)).walk([(_urn(0), "email")], "down", 1, 50, cursor)
        got, cursor = got + page.returned, page.cursor
    return {"column_walk_nodes": 2 * PAGED, "column_walk_ms": walk_ms, "paged_of_643": got}


def _spread() -> dict[str, Any]:
    """Labels over 100,000 copies in ten layers."""
    per = COPIES // 10
    copies = [
        Copy((f"u{layer}.{number}", "c"), (f"u{layer + 1}.{number * 7 % per}", "c"))
        for layer in range(10)
        for number in range(per)
    ]
    given = {(f"u0.{number}", "c"): {"personal data"} for number in range(per)}
    return {"propagation_copies": len(copies), "propagation_s": _once(lambda: spread(copies, given))}
