"""The order in which assets are worked through: what others are made from comes first. Reads a catalog's edges."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection

from sqlalchemy import select

from catalog import tables
from catalog.catalog import Catalog


def in_order(catalog: Catalog, urns: Collection[str]) -> list[str]:
    """`urns` with upstreams before downstreams as far as lineage is known; what stands in a circle comes last."""
    e = tables.edges.c
    wanted = set(urns)
    after: dict[str, set[str]] = defaultdict(set)
    waiting: dict[str, set[str]] = defaultdict(set)
    with catalog.database.reading() as connection:
        for upstream, urn in connection.execute(select(e.upstream, e.urn).distinct()):
            if upstream in wanted and urn in wanted:
                after[upstream].add(urn)
                waiting[urn].add(upstream)
    ready = deque(sorted(urn for urn in wanted if not waiting[urn]))
    ordered: list[str] = []
    while ready:
        urn = ready.popleft()
        ordered.append(urn)
        for other in sorted(after[urn]):
            waiting[other].discard(urn)
            if not waiting[other]:
                ready.append(other)
    return ordered + sorted(wanted - set(ordered))
