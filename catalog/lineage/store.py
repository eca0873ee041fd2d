"""A graph and its names as a folder of .npy files, read by memory mapping. Owns the file format; does file I/O.

A folder is written beside its place and moved into it whole: nobody reads half of one, and who has the old one open
keeps it. Saving over a folder leaves an instant without any, so a new generation is best given a folder of its own.
The files are a projection of the catalog: one that does not fit is rebuilt, never repaired.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from catalog.errors import BadInput, IndexUnusable
from catalog.lineage.graph import Graph, edges
from catalog.lineage.names import Names, repacked
from catalog.lineage.rows import Rows, Side

FORMAT = 1
_ABOUT = "graph.json"
_ARRAYS = {
    "down_ptr": ("int32", "int64"),
    "down_adj": ("int32",),
    "down_label": ("uint16",),
    "up_ptr": ("int32", "int64"),
    "up_adj": ("int32",),
    "up_label": ("uint16",),
    "keys": ("int32",),
    "text": ("uint8",),
    "ends": ("int64",),
}


def save(folder: Path, graph: Graph, names: Names) -> None:
    """Write the graph and its names, repacked: node numbers of what is loaded may differ. Raises BadInput if they do
    not belong together, OSError if the folder cannot be written.
    """
    if len(names) != graph.nodes:
        raise BadInput(f"{len(names)} names cannot number {graph.nodes} lineage nodes. Add the missing ones to both.")
    whole, packed_names = repacked(graph, names)
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, array in _parts(whole, packed_names).items():
            np.save(beside / f"{name}.npy", array)
        about = {"format": FORMAT, "nodes": whole.nodes, "edges": whole.size, "stamp": whole.stamp}
        (beside / _ABOUT).write_text(json.dumps(about))
        _replace(beside, folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def load(folder: Path) -> tuple[Graph, Names]:
    """The saved graph and names, memory-mapped and read-only. Raises IndexUnusable if missing, foreign or damaged."""
    try:
        about = json.loads((folder / _ABOUT).read_text())
        arrays = {name: _open(folder / f"{name}.npy") for name in _ARRAYS}
        _check(about, arrays)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexUnusable(f"The lineage graph at '{folder}' cannot be read: {error}. Rebuild it.") from error
    down = Rows(arrays["down_ptr"], arrays["down_adj"], arrays["down_label"])
    up = Rows(arrays["up_ptr"], arrays["up_adj"], arrays["up_label"])
    nodes, keys = int(about["nodes"]), arrays["keys"] if len(arrays["keys"]) else None
    graph = Graph(nodes, Side(down, nodes), Side(up, nodes), keys, edges([], []), int(about["stamp"]))
    return graph, Names(arrays["text"], arrays["ends"])


def _parts(graph: Graph, names: Names) -> dict[str, npt.NDArray[Any]]:
    sides = {"down": graph.down.rows, "up": graph.up.rows}
    parts = {f"{side}_{part}": getattr(rows, part) for side, rows in sides.items() for part in ("ptr", "adj", "label")}
    keys = np.empty(0, np.int32) if graph.keys is None else graph.keys
    return parts | {"keys": keys, "text": names.text, "ends": names.ends}


def _open(path: Path) -> npt.NDArray[Any]:
    # An empty file cannot be mapped, and a plain view is faster to index than a memmap.
    try:
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    except ValueError:
        empty: npt.NDArray[Any] = np.load(path, allow_pickle=False)
        if empty.size:
            raise
        return empty


def _check(about: dict[str, Any], arrays: dict[str, npt.NDArray[Any]]) -> None:
    """ValueError for what could make a walk read outside its arrays; the rest is a matter of the catalog's version."""
    if about["format"] != FORMAT:
        raise ValueError(f"it has format {about['format']}, this version reads {FORMAT}")
    nodes, count = about["nodes"], about["edges"]
    for name, array in arrays.items():
        if array.ndim != 1 or array.dtype.name not in _ARRAYS[name]:
            raise ValueError(f"{name} is not an array of {' or '.join(_ARRAYS[name])}")
    for side in ("down", "up"):
        ptr, adj, label = (arrays[f"{side}_{part}"] for part in ("ptr", "adj", "label"))
        if len(ptr) != nodes + 1 or len(adj) != count or len(label) != count or ptr[0] != 0 or ptr[-1] != count:
            raise ValueError(f"its {side} rows do not hold {nodes} nodes and {count} edges")
        if np.any(ptr[1:] < ptr[:-1]) or (count and (adj.min() < 0 or adj.max() >= nodes)):
            raise ValueError(f"its {side} rows point outside")
    if len(arrays["ends"]) != nodes or len(arrays["keys"]) not in (0, count):
        raise ValueError("its names or keys do not belong to its nodes and edges")
    if nodes and (arrays["ends"][-1] != len(arrays["text"]) or np.any(np.diff(arrays["ends"]) < 0)):
        raise ValueError("the ends of its names do not fit")


def _replace(beside: Path, folder: Path) -> None:
    """Move `beside` to `folder`. A folder in the way steps aside first: POSIX replaces only an empty one."""
    old = folder.with_name(f".{folder.name}-old-{os.getpid()}")
    if folder.exists():
        folder.rename(old)
    beside.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
