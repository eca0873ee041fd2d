"""Export, import, backup and restore of a workspace's catalog, as the commands do them. Owns where things are put."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.engine import make_url

from catalog.catalog import Catalog
from catalog.codec import stamp
from catalog.errors import BadInput
from catalog.portable import backup as copies
from catalog.portable import exporting, importing
from catalog.portable.archive import is_archive, members
from catalog.portable.layout import FORMAT, ExportManifest
from docent import __version__
from docent.copies import note_copy
from docent.settings import FILE_NAME, read_settings
from docent.workspace import init_workspace

if TYPE_CHECKING:
    from docent.app import Docent


@dataclass(frozen=True)
class Kept:
    """What was written or restored: where, the state hash and the catalog version it holds."""

    path: Path
    kind: str
    state_hash: str
    catalog_version: int
    bytes: int = 0


def export(docent: Docent, target: Path, answers: bool = False) -> ExportManifest:
    """Write the catalog as open files and remember where. Raises BadInput."""
    at = docent.catalog.clock()
    manifest = exporting.export(docent.catalog.database, target, at, __version__, answers)
    note_copy(docent.settings.state_folder, "export", target, stamp(at))
    return manifest


def import_(docent: Docent, source: Path, progress: Callable[[str], None] = lambda name: None) -> importing.Loaded:
    """Load an export into the workspace's catalog. Raises ExportUnusable; then nothing changed."""
    return importing.load(docent.catalog.database, source, progress, docent.catalog.audit)


def backup(docent: Docent, target: Path) -> Kept:
    """Copy the catalog while it is in use, and remember where. Raises BadInput, ExportUnusable."""
    if not is_archive(target):
        raise BadInput(f"A backup is one file; name it with .tar.gz, for example {target}.tar.gz")
    at = stamp(docent.catalog.clock())
    file = _sqlite_file(docent.catalog.database.url)
    if file is None:
        made = exporting.export(docent.catalog.database, target, docent.catalog.clock(), __version__, answers=True)
        kept = Kept(target, "export", made.state_hash, made.catalog_version, target.stat().st_size)
    else:
        config = (docent.settings.root / FILE_NAME).read_text(encoding="utf-8")
        copied = copies.backup(file, target, at, __version__, config)
        kept = Kept(target, "backup", copied.state_hash, copied.catalog_version, target.stat().st_size)
    note_copy(docent.settings.state_folder, "backup", target, at)
    return kept


def restore(source: Path, folder: Path) -> Kept:
    """Put a backup into a workspace whose catalog is empty; one is made where there is none.

    Raises ExportUnusable for a damaged file, BadInput for a catalog that is not empty; then nothing changed.
    """
    if not source.is_file():
        raise BadInput(f"There is no {source}. Give a file that 'docent backup' made.")
    made = not (folder / FILE_NAME).exists()
    if made:
        init_workspace(folder)
    url = read_settings(folder, os.environ).catalog_url
    file = _sqlite_file(url)
    if _is_export(source) or file is None:
        return _import_into(url, source)
    _refuse_full(url, file)
    for ending in ("-wal", "-shm"):
        Path(f"{file}{ending}").unlink(missing_ok=True)
    manifest, config = copies.restore(source, file)
    if made and config:
        (folder / FILE_NAME).write_text(_without_url(config), encoding="utf-8")
    return Kept(file, "backup", manifest.state_hash, manifest.catalog_version, manifest.bytes)


def _is_export(source: Path) -> bool:
    with members(source, (copies.MANIFEST,)) as found:
        return f'"{FORMAT}"'.encode() in next(found).read(200)


def _import_into(url: str, source: Path) -> Kept:
    file = _sqlite_file(url)
    _refuse_full(url, file)
    catalog = Catalog(url)
    try:
        loaded = importing.load(catalog.database, source, audit=catalog.audit)
    finally:
        catalog.database.close()
    return Kept(file or source, "export", loaded.state_hash, loaded.manifest.catalog_version)


def _refuse_full(url: str, file: Path | None) -> None:
    if file is not None and not file.exists():
        return
    catalog = Catalog(url)
    try:
        full = catalog.version() > 0
        shown = catalog.database.shown_url()
    finally:
        catalog.database.close()
    if full:
        raise BadInput(
            f"The catalog {shown} is not empty, and restoring overwrites nothing. Name another folder with --to, or "
            "move the catalog away first."
        )


def _sqlite_file(url: str) -> Path | None:
    parsed = make_url(url)
    return Path(parsed.database) if parsed.get_backend_name() == "sqlite" and parsed.database else None


def _without_url(config: str) -> str:
    """The settings less the address of the old catalog: what was restored lies in the new folder."""
    out, table = [], ""
    for line in config.splitlines():
        if found := re.match(r"\s*\[+\s*([\w.]+)\s*\]+", line):
            table = found.group(1)
        out.append(f"# {line}" if table == "catalog" and re.match(r"\s*url\s*=", line) else line)
    return "\n".join(out) + "\n"
