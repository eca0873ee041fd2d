"""Short catalog searches: whether the right asset is among the first three, over catalogs of several kinds.

Owns the reading of search files, the comparison of names and the figures. Touches the files it is given; opening a
catalog is passed in. Never prints a search of a set-aside file: those count only as totals.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval.errors import BenchDataUnreadable

FIRST = 3
BAR = 0.95
SET_ASIDE = "set_aside"
"""Files with this in their name were put aside when they were written: nobody looks at their rows."""

Find = Callable[[str], Sequence[frozenset[str]]]
"""A text to the best assets, each as the lower-case names it goes by."""


@dataclass(frozen=True)
class Query:
    """One search and the names of the assets any of which is right."""

    catalog: str
    text: str
    right: frozenset[str]


def bench_searches(files: Sequence[Path], open_catalog: Callable[[str], Find]) -> dict[str, Any]:
    """Per file: searches, the shares with a right asset first and in the first three, and those missed in a public one.

    Raises BenchDataUnreadable.
    """
    report: dict[str, Any] = {"bar": BAR, "files": {}}
    opened: dict[str, Find] = {}
    for file in files:
        ranks: dict[str, list[int]] = {}
        missed = []
        for query in read_queries(file):
            if query.catalog not in opened:
                opened[query.catalog] = open_catalog(query.catalog)
            found = opened[query.catalog](query.text)
            rank = next((place for place, names in enumerate(found, 1) if names & query.right), 0)
            ranks.setdefault(query.catalog.split("/")[0], []).append(rank)
            if not 0 < rank <= FIRST:
                missed.append(
                    {"catalog": query.catalog, "query": query.text, "rank": rank, "right": sorted(query.right)}
                )
        report["files"][file.stem] = figures(ranks) | ({} if SET_ASIDE in file.stem else {"missed": missed})
    return report


def figures(ranks: Mapping[str, Sequence[int]]) -> dict[str, Any]:
    """Shares over all catalogs; of each kind of catalog the share in the first three and how many searches."""
    every = [rank for some in ranks.values() for rank in some]
    return {
        "searches": len(every),
        "first": share(every, 1),
        "in_first_3": share(every, FIRST),
        "in_first_10": share(every, 10),
        "by_catalog": {kind: {"in_first_3": share(some, FIRST), "of": len(some)} for kind, some in ranks.items()},
    }


def share(ranks: Sequence[int], depth: int) -> float:
    """How many of the ranks are within a depth; rank 0 is not found."""
    return round(sum(0 < rank <= depth for rank in ranks) / len(ranks), 4) if ranks else 0.0


def read_queries(file: Path) -> list[Query]:
    """Parse a file. Raises BenchDataUnreadable."""
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))
        return [
            Query(str(row["catalog"]), str(row["query"]), frozenset(str(name).lower() for name in row["right"]))
            for row in rows
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BenchDataUnreadable(
            f"Cannot read {str(file)!r}: {type(error).__name__}. Expected [{{catalog, query, right: [names]}}]."
        ) from error


def render(report: Mapping[str, Any]) -> str:
    """The report for people."""
    lines = []
    for name, found in report["files"].items():
        by = found["by_catalog"]
        kinds = ", ".join(f"{kind} {one['in_first_3']:.1%} of {one['of']}" for kind, one in by.items())
        lines.append(
            f"{name}: {found['searches']} searches, first {found['first']:.1%}, "
            f"in the first 3 {found['in_first_3']:.1%} (bar {report['bar']:.0%}), "
            f"in the first 10 {found['in_first_10']:.1%}"
        )
        lines.append(f"  {kinds}")
        for one in found.get("missed", ()):
            lines.append(f"  missed ({one['rank'] or 'not found'}): {one['query']} [{one['catalog']}]")
    return "\n".join(lines)
