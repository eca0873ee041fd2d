"""Taking out of one value what a scope may not see: upstreams that are hidden, columns that are kept. Pure functions.

Knows which fields of which aspects name a column or an upstream; who may see what is decided by the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import replace

from catalog.aspects import Aspect, Checks, Classification, Lineage, Profile, Schema, Usage

HidesColumn = Callable[[str, str], bool]  # (URN of the asset, name of the column)


def upstreams_of(value: Aspect) -> set[str]:
    """Every URN that a lineage names; none for other aspects."""
    if not isinstance(value, Lineage):
        return set()
    return {up.urn for up in value.upstreams} | {edge.source_urn for edge in value.columns}


def without_upstreams(value: Aspect, hidden: Container[str]) -> Aspect:
    """The value less the edges from `hidden` assets."""
    if not isinstance(value, Lineage):
        return value
    return replace(
        value,
        upstreams=tuple(up for up in value.upstreams if up.urn not in hidden),
        columns=tuple(edge for edge in value.columns if edge.source_urn not in hidden),
    )


def without_columns(value: Aspect, urn: str, hides: HidesColumn) -> Aspect:
    """The value of `urn` less all it says of columns that are kept from the scope."""
    if isinstance(value, Schema):
        keys = tuple(
            key
            for key in value.foreign_keys
            if not any(hides(urn, name) for name in key.columns)
            and not any(hides(key.target, name) for name in key.target_columns)
        )
        return replace(value, columns=tuple(c for c in value.columns if not hides(urn, c.name)), foreign_keys=keys)
    if isinstance(value, Lineage):
        kept = (e for e in value.columns if not hides(urn, e.column) and not hides(e.source_urn, e.source_column))
        return replace(value, columns=tuple(kept))
    if isinstance(value, Profile):
        return replace(value, columns=tuple(one for one in value.columns if not hides(urn, one.column)))
    if isinstance(value, Usage):
        return replace(value, columns=tuple(pair for pair in value.columns if not hides(urn, pair[0])))
    if isinstance(value, Checks):
        return replace(value, checks=tuple(c for c in value.checks if not c.column or not hides(urn, c.column)))
    if isinstance(value, Classification):
        return replace(value, classes=tuple(pair for pair in value.classes if not pair[0] or not hides(urn, pair[0])))
    return value
