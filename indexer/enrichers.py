"""The registry of enrichers: one line each. An enricher works on the catalog itself, after the sources are read.

Each opens as `open(catalog) -> Enricher`, writes as a source of its own name, and is asked only when the catalog has
changed since it last ran. Modules are imported only then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from typing import Protocol

from catalog.catalog import Catalog
from catalog.change import Record
from catalog.enriched import Done, read_done_one, write_done
from indexer.run import Progress, RunReport, run_source

TYPE = "inferred"  # how far what enrichers say is believed: after every source

ENRICHERS: dict[str, str] = {
    "lineage": "indexer.enrich.lineage:open_enricher",
}


class Enricher(Protocol):
    """One pass over the catalog. `unchanged`: how many assets were found as they were."""

    unchanged: int

    def records(self) -> Iterator[Record]:
        """What is new, to be applied to the end."""
        ...

    def finish(self) -> None:
        """Called when all records are stored."""
        ...


def is_due(catalog: Catalog, name: str) -> bool:
    """Whether the catalog has changed since the enricher last ran to its end."""
    done = read_done_one(catalog.database, name, "")
    return done is None or done.context != str(catalog.version())


def run_enricher(catalog: Catalog, name: str, progress: Progress) -> RunReport:
    """Let one enricher work, and note that it has. Raises what it raises; what was applied before then stays."""
    module, _, opening = ENRICHERS[name].partition(":")
    opened: Callable[[Catalog], Enricher] = getattr(import_module(module), opening)
    enricher = opened(catalog)
    report = run_source(catalog, name, enricher.records(), progress, allow_removal=True)
    enricher.finish()
    write_done(catalog.database, name, [Done("", "", str(catalog.version()))])
    return replace(report, unchanged=report.unchanged + enricher.unchanged)
