"""What an edge is: how a value travels, who says so, and eight flags of the caller. Owns the packing into 16 bits.

A label is `basis | how << 4 | flags << 8`. The two lists below may grow at their ends, up to 16 entries each; an
entry never moves, because saved graphs hold the numbers. Pure; no I/O.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from catalog.errors import BadInput

Ids = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]
LabelArray = npt.NDArray[np.uint16]

BASES = ("declared", "parsed", "inferred")
HOWS = ("unstated", "identity", "expression", "aggregate", "filter", "join")
# These influence which rows or pairs come out, but no value of theirs does.
INFLUENCE = ("filter", "join")
FLOW = tuple(how for how in HOWS if how not in INFLUENCE)


@dataclass(frozen=True)
class Label:
    """A label in words. `flags` is 0..255; what a bit means is the caller's business."""

    basis: str = "declared"
    how: str = "unstated"
    flags: int = 0


def pack(label: Label) -> int:
    """The 16-bit form. Raises BadInput for a word that is not in the lists or flags above 255."""
    if label.basis not in BASES or label.how not in HOWS or not 0 <= label.flags <= 255:
        raise BadInput(f"No such edge label: {label}. Basis is one of {BASES}, how one of {HOWS}, flags 0 to 255.")
    return BASES.index(label.basis) | HOWS.index(label.how) << 4 | label.flags << 8


def unpack(code: int) -> Label:
    """The words of a 16-bit label. Raises BadInput for a code written by a newer version of the lists."""
    basis, how = code & 15, code >> 4 & 15
    if not 0 <= code <= 0xFFFF or basis >= len(BASES) or how >= len(HOWS):
        raise BadInput(f"Edge label {code} is not known to this version. Rebuild the lineage graph.")
    return Label(BASES[basis], HOWS[how], code >> 8)


def edge_filter(bases: Collection[str] = BASES, hows: Collection[str] = HOWS, without_flags: int = 0) -> Mask:
    """The edges to walk, as a table of 65,536 booleans by label: basis and how among those named, and none of
    `without_flags` set. Read-only and cached. Raises BadInput for an unknown word.
    """
    return _filter(frozenset(bases), frozenset(hows), without_flags)


@lru_cache(maxsize=64)
def _filter(bases: frozenset[str], hows: frozenset[str], without_flags: int) -> Mask:
    for basis in bases:
        pack(Label(basis=basis))
    for how in hows:
        pack(Label(how=how))
    codes = np.arange(0x10000)
    table: Mask = (
        np.isin(codes & 15, [BASES.index(b) for b in bases])
        & np.isin(codes >> 4 & 15, [HOWS.index(h) for h in hows])
        & (codes >> 8 & without_flags == 0)
    )
    table.setflags(write=False)
    return table
