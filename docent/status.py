"""The state of a workspace, for operators: counts, sources, index, versions. Unfiltered, so no answer to anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from catalog.codec import stamp
from catalog.kinds import noun
from retrieval.errors import GenerationUnusable
from retrieval.generation import open_current

if TYPE_CHECKING:
    from docent.app import Docent


def status_of(docent: Docent) -> dict[str, Any]:
    """The status object of the machine interface."""
    version = docent.catalog.version()
    try:
        generation = open_current(docent.folders.index)
    except GenerationUnusable as error:
        index: dict[str, object] = {
            "generation": None, "lexical_fresh": False, "vectors_fresh": False, "problem": str(error)
        }  # fmt: skip
    else:
        fresh = generation.manifest.catalog_version == str(version)
        index = {
            "generation": generation.manifest.name,
            "lexical_fresh": fresh,
            "vectors_fresh": fresh and generation.has_vectors,
        }
    return {
        "workspace": docent.settings.name,
        "assets": docent.catalog.counts(),
        "catalog_version": version,
        "state_hash": docent.catalog.state_hash(),
        "index": index,
        "sources": [
            {
                "name": source.name,
                "type": source.type,
                "last_run": stamp(source.last_run) if source.last_run else None,
                "status": source.status,
                **{key: source.report.get(key, 0) for key in ("added", "changed", "removed", "skipped", "errors")},
            }
            for source in docent.catalog.sources()
        ],
    }


def print_status(found: dict[str, Any]) -> None:
    """The status for people."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    total = sum(found["assets"].values())
    console.print(f"[bold]{found['workspace']}[/bold]: {total:,} assets, catalog version {found['catalog_version']:,}")
    if total:
        words = (f"{count:,} {noun(kind, count)}" for kind, count in found["assets"].items())
        console.print("  " + ", ".join(words), highlight=False)
    table = Table("source", "type", "last run", "status", box=None, pad_edge=False, header_style="bold")
    for column in ("added", "changed", "removed", "skipped", "errors"):
        table.add_column(column, justify="right")
    for source in found["sources"]:
        counts = (f"{source[key]:,}" for key in ("added", "changed", "removed", "skipped", "errors"))
        table.add_row(source["name"], source["type"], source["last_run"] or "never", source["status"], *counts)
    console.print(table)
    index = found["index"]
    if index["generation"] is None:
        console.print(f"Search index: none. {index['problem']}", highlight=False)
    else:
        behind = "up to date" if index["lexical_fresh"] else "behind the catalog; run 'docent index'"
        vectors = "with sentence vectors" if index["vectors_fresh"] else "words only"
        console.print(f"Search index: {index['generation']}, {behind}, {vectors}.", highlight=False)
