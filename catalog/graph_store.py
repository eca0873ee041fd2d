"""The saved graph of a catalog: which folder is the newest whole one. Touches the file system; beside catalog/lineage.

A folder is named by the catalog version and state it reflects. One that cannot be read is left out: it is a
projection, and the caller reads the catalog instead.
"""

from __future__ import annotations

import json
import re
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from catalog.errors import IndexUnusable
from catalog.lineage import Graph, Names, load, save

SAVE_ABOVE = 20_000  # nodes; a smaller graph is read from the catalog in a fraction of a second
_NAME = re.compile(r"^graph-(\d+)-([0-9a-f]{1,40})$")


@dataclass(frozen=True)
class Saved:
    """What a saved graph holds."""

    version: int
    state: int
    graph: Graph
    names: Names
    inputs: tuple[tuple[str, ...], ...]


def write_saved(
    folder: Path, graph: Graph, names: Names, inputs: tuple[tuple[str, ...], ...], version: int, state: int
) -> None:
    """Save a graph and forget older ones. A folder that cannot be written costs the next process time, no more."""
    place = folder / f"graph-{version}-{state:x}"
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        place.with_suffix(".json").write_text(json.dumps(inputs), encoding="utf-8")
        save(place, graph, names)
        for other in _saved(folder):
            if other != place:
                shutil.rmtree(other, ignore_errors=True)
                other.with_suffix(".json").unlink(missing_ok=True)


def read_saved(folder: Path) -> Saved | None:
    """The newest saved graph that can be read, or None."""
    for place in reversed(_saved(folder)):
        with suppress(IndexUnusable, OSError, ValueError, TypeError):
            graph, names = load(place)
            held = json.loads(place.with_suffix(".json").read_text(encoding="utf-8"))
            found = _NAME.match(place.name)
            if found:
                inputs = tuple(tuple(map(str, one)) for one in held)
                return Saved(int(found[1]), int(found[2], 16), graph, names, inputs)
    return None


def _saved(folder: Path) -> list[Path]:
    """Saved graphs, the newest last."""
    named = [(match, place) for place in folder.glob("graph-*") if (match := _NAME.match(place.name))]
    return [place for _, place in sorted(named, key=lambda pair: int(pair[0][1]))]
