"""dbt: models, sources, seeds, snapshots, tests, exposures and metrics from a target folder. The connector's door.

Reads manifest.json and what stands beside it: catalog.json, run_results.json, sources.json. No network, no writes.
`read` is the connector; docs/sources/dbt.md says what of dbt becomes what here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from catalog.aspects import Aspect
from catalog.change import Change, Complete, Record, Skipped
from catalog.errors import UrnInvalid
from catalog.urn import DEFAULT_ENV, parse
from indexer.sources.dbt import artifacts, manifest, results
from indexer.sources.dbt.names import Names
from indexer.sources.dbt.telling import Teller

__all__ = ["read"]


def read(
    path: Path,
    *,
    source: str = "dbt",
    platform: str = "",
    env: str = DEFAULT_ENV,
    database_in_names: bool = True,
    catalog: str = "",
    run_results: tuple[str, ...] = (),
    freshness: str = "",
) -> Iterator[Record]:
    """Yield what a dbt project says. `path`: its target folder, its own folder, or a manifest file.

    `platform`: of the tables, by default the adapter (`duckdb`). `database_in_names` False: names are `schema.table`.
    `catalog`, `run_results`, `freshness`: files of other names, in the manifest's folder; by default those dbt writes.

    Raises SourceUnreadable if the manifest is missing, not JSON, or something else than a manifest. All other harm is
    yielded as Skipped; Complete comes last, and only if nothing was broken.
    """
    report: list[Skipped] = []
    files = artifacts.locate(Path(path), catalog, run_results, freshness)
    project = manifest.parse(artifacts.load(files.manifest, "manifest", report))
    found = results.find(files, report)
    names = Names(platform or project.adapter or "dbt", env, database_in_names)
    yield from _each_once(Teller(source, project, found, names, report).tell(), report)
    yield from report
    if not any(one.error for one in report):
        yield Complete()


def _each_once(changes: Iterator[Change], report: list[Skipped]) -> Iterator[Change]:
    """The changes with a valid URN, the first of each aspect of an asset: two exposures may bear one name."""
    seen: set[tuple[str, str]] = set()
    for change in changes:
        key = (change.urn, change.value.NAME if isinstance(change.value, Aspect) else change.value.aspect)
        where = (change.origin.locator, change.origin.pointer)
        try:
            parse(change.urn)
        except UrnInvalid as error:
            report.append(Skipped("invalid URN", str(error), *where, error=True))
            continue
        if key in seen:
            why = f"'{change.urn}' has a second '{key[1]}' here; the first is kept. Give the two different names."
            report.append(Skipped("second asset of a name", why, *where, error=True))
            continue
        seen.add(key)
        yield change
