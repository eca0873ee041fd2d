"""From stored edges to a graph: reading all of them, or those of some assets, as numbers. Reads the database.

The key of an edge tells who may see it beside its two ends: 0, nothing more is needed; 1, it was derived from its
upstream too, so that must be readable; from 2, the number of a set of inputs that must all be readable.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection, select

from catalog import tables
from catalog.codec import decode_inputs
from catalog.lineage import BASES, Graph, Label, Names, build, edges, pack, pack_names
from catalog.reader import chunks

_FETCHED = 50_000
_LABELS = {basis: pack(Label(basis=basis)) for basis in BASES}
Inputs = tuple[tuple[str, ...], ...]
EdgeRow = tuple[str, str, int, int]  # upstream, urn, label, key


def read_whole(connection: Connection, stamp: int) -> tuple[Graph, Names, Inputs]:
    """The graph of all edges. Needs about 150 bytes an edge while it runs."""
    numbers: dict[str, int] = {}
    source, target, label, key = array("i"), array("i"), array("H"), array("i")
    interned: dict[tuple[str, ...], int] = {}
    e = tables.edges.c
    found = connection.execution_options(yield_per=_FETCHED).execute(select(e.upstream, e.urn, e.basis, e.inputs))
    for upstream, urn, basis, inputs in found:
        source.append(numbers.setdefault(upstream, len(numbers)))
        target.append(numbers.setdefault(urn, len(numbers)))
        label.append(_LABELS.get(basis, 0))
        key.append(_key(upstream, urn, inputs, interned) if inputs else 0)
    names = pack_names(numbers)
    place = np.empty(len(numbers), np.int32)
    place[[numbers[urn] for urn in sorted(numbers, key=_as_packed)]] = np.arange(len(numbers), dtype=np.int32)
    given = edges(
        place[np.frombuffer(source, np.int32)] if source else [],
        place[np.frombuffer(target, np.int32)] if target else [],
        np.frombuffer(label, np.uint16) if label else 0,
        np.frombuffer(key, np.int32) if key else 0,
    )
    return build(len(names), given, stamp), names, tuple(interned)


def row_of_edges(connection: Connection, urns: Sequence[str], known: Inputs) -> tuple[list[EdgeRow], Inputs]:
    """The edges into some assets, and the sets of inputs with any new ones at the end."""
    interned = {inputs: number for number, inputs in enumerate(known, 2)}
    e = tables.edges.c
    rows: list[EdgeRow] = []
    for some in chunks(urns):
        query = select(e.upstream, e.urn, e.basis, e.inputs).where(e.urn.in_(some))
        for upstream, urn, basis, inputs in connection.execute(query):
            key = _key(upstream, urn, inputs, interned) if inputs else 0
            rows.append((upstream, urn, _LABELS.get(basis, 0), key))
    return rows, tuple(interned)


def _key(upstream: str, urn: str, inputs: str, interned: dict[tuple[str, ...], int]) -> int:
    others = tuple(one for one in decode_inputs(inputs) if one != urn)
    if not others:
        return 0
    if others == (upstream,):
        return 1
    return interned.setdefault(others, len(interned) + 2)


def _as_packed(urn: str) -> Any:
    return urn.encode(errors="surrogatepass")
