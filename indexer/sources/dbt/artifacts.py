"""The files of a dbt target folder: which they are, whether they are what they claim, and when dbt wrote them.

Touches only the files named. Knows the artifacts' common head (`metadata`), not what stands below it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from catalog.change import Skipped
from catalog.errors import SourceUnreadable
from indexer.safe_load import read_json
from indexer.sources.dbt.body import Body
from indexer.sources.dbt.records import Written

# The versions whose fields were compared with this reader; others are read by the same rules, with a warning.
KNOWN = {
    "manifest": frozenset(range(1, 13)) | {20},  # 20: early previews of dbt 2; its releases write 12 again
    "catalog": frozenset({1}),
    "run-results": frozenset(range(1, 7)),
    "sources": frozenset({1, 2, 3}),
}
_SCHEMA = re.compile(r"dbt/([a-z_-]+)/v(\d{1,6})")
_MANIFEST = "manifest"


@dataclass(frozen=True)
class Files:
    """Where the artifacts are. Those beside the manifest may be missing."""

    manifest: Path
    catalog: Path
    sources: Path
    run_results: tuple[Path, ...]


@dataclass(frozen=True)
class Artifact:
    """A loaded artifact."""

    body: Body
    written: Written
    dbt_version: str


def locate(path: Path, catalog: str, run_results: Iterable[str], freshness: str) -> Files:
    """The artifacts at `path`: a target folder, a project with a target folder, or a manifest file.

    Beside `x_manifest_2.json` belong `x_catalog_2.json` and so on. Paths that are named are taken from the folder of
    the manifest unless absolute. Raises SourceUnreadable if there is no manifest, or a file that was named is missing.
    """
    manifest = _manifest(path)
    folder, name = manifest.parent, manifest.name
    named = [folder / one for one in (catalog, freshness, *run_results) if one]
    for one in named:
        if not one.is_file():
            raise SourceUnreadable(f"No dbt artifact at '{one}', named in the settings. Correct or remove it.")
    return Files(
        manifest,
        folder / (catalog or _alike(name, "catalog")),
        folder / (freshness or _alike(name, "sources")),
        tuple(folder / one for one in run_results) or _all_results(folder, name),
    )


def _manifest(path: Path) -> Path:
    if path.is_file():
        return path
    for candidate in (path / "manifest.json", path / "target" / "manifest.json"):
        if candidate.is_file():
            return candidate
    where = path if path.suffix == ".json" else path / "manifest.json"
    raise SourceUnreadable(f"No dbt manifest at '{where}'. Run 'dbt parse' or 'dbt build', or give another folder.")


def _alike(name: str, artifact: str) -> str:
    return name.replace(_MANIFEST, artifact, 1) if _MANIFEST in name else f"{artifact}.json"


def _all_results(folder: Path, name: str) -> tuple[Path, ...]:
    """run_results.json holds the last command only, so copies kept beside it (run_results_test.json) count too."""
    own = Path(_alike(name, "run_results"))
    pattern = f"{own.stem}*.json" if name == "manifest.json" else own.name
    return tuple(sorted(one for one in folder.glob(pattern) if one.is_file()))


def load(path: Path, artifact: str, report: list[Skipped]) -> Artifact:
    """Read an artifact. Raises SourceUnreadable if it is no JSON or another artifact; warns of an unknown version."""
    value = read_json(path)
    if not isinstance(value, dict):
        raise SourceUnreadable(f"'{path}' is JSON, but no dbt {artifact}: it holds no object. Write it again with dbt.")
    body = Body(value, str(path), "", report)
    head = body.body("metadata")
    schema = head.text("dbt_schema_version")
    found = _SCHEMA.search(schema)
    if found and found[1] != artifact:
        raise SourceUnreadable(f"'{path}' is a dbt {found[1]} file, not a {artifact}. Give the right file.")
    if not found or int(found[2]) not in KNOWN[artifact]:
        report.append(
            Skipped(
                "dbt schema version",
                f"'{schema[:80] or 'none'}' is not a {artifact} version this reader knows; read as far as it is alike. "
                "Compare counts, and report what is missing.",
                str(path),
                "metadata.dbt_schema_version",
            )
        )
    return Artifact(body, Written(str(path), head.time("generated_at")), head.scalar("dbt_version"))
