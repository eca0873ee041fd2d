"""Backup and restore of an SQLite catalog while it is in use. Owns the copy, its checks and its place.

The copy is made by SQLite's own online backup in one step: a consistent snapshot, for which no writer has to wait. It
is checked before it counts as a backup, and again before it counts as restored. A catalog in PostgreSQL is backed up as
an export with its answers (catalog/portable/exporting.py).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from catalog.errors import BadInput, ExportUnusable
from catalog.history import Point, add
from catalog.portable.archive import Member, members, pack
from catalog.tables import SCHEMA_VERSION

FORMAT = "docent-backup"
MANIFEST = "manifest.json"
CATALOG = "catalog.db"
CONFIG = "docent.toml"
_COPY = 1 << 20


@dataclass(frozen=True)
class BackupManifest:
    """What a backup says about itself."""

    made_at: str
    docent_version: str
    schema_version: int
    catalog_version: int
    state_hash: str
    sha256: str
    bytes: int


def backup(source: Path, target: Path, made_at: str, docent_version: str, config: str) -> BackupManifest:
    """Copy the catalog at `source` into the new file `target`. Raises BadInput; ExportUnusable for an unsound copy."""
    if target.exists():
        raise BadInput(f"{target} is there already. Name a new file, or remove it first.")
    with _beside(target) as work:
        copy = work / CATALOG
        os.close(os.open(copy, os.O_CREAT | os.O_RDWR, 0o600))
        with closing(sqlite3.connect(source, timeout=30)) as live, closing(sqlite3.connect(copy)) as kept:
            live.backup(kept, pages=-1)
            kept.execute("PRAGMA journal_mode=DELETE").fetchall()
        schema, newest, state = inspect(copy)
        manifest = BackupManifest(made_at, docent_version, schema, newest, state, _sha256(copy), copy.stat().st_size)
        (work / MANIFEST).write_text(json.dumps({"format": FORMAT, "version": 1} | vars(manifest), indent=2) + "\n")
        (work / CONFIG).write_text(config, encoding="utf-8")
        pack(target, [work / MANIFEST, work / CONFIG, copy])
    return manifest


def inspect(copy: Path) -> tuple[int, int, str]:
    """Schema version, catalog version and state hash of a catalog file. Raises ExportUnusable if it is not sound."""
    try:
        with closing(sqlite3.connect(copy)) as held:
            problems = [row[0] for row in held.execute("PRAGMA integrity_check(5)")]
            if problems != ["ok"]:
                raise ExportUnusable(f"The catalog is damaged: {'; '.join(problems)[:300]}. Use another backup.")
            meta = dict(held.execute("SELECT key, value FROM meta"))
            newest = held.execute("SELECT coalesce(max(seq), 0) FROM history").fetchone()[0]
            live = held.execute("SELECT urn, aspect, source, digest FROM current WHERE live")
            state = f"{add(0, (Point(u, a, s, 0, d) for u, a, s, d in live)):032x}"
    except sqlite3.DatabaseError as error:
        raise ExportUnusable(f"The catalog cannot be read: {error}. Use another backup.") from error
    if state != meta.get("state", "0" * 32):
        raise ExportUnusable("The catalog's state hash is not that of its values. Use another backup.")
    return int(meta["schema"]), int(newest), state


def restore(source: Path, target: Path) -> tuple[BackupManifest, str]:
    """Put the catalog of a backup at `target`, where there is none. Returns its manifest and its docent.toml.

    Raises ExportUnusable for a damaged or foreign file; then nothing is at `target`.
    """
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _beside(target) as work, members(source, (MANIFEST, CONFIG, CATALOG)) as found:
        manifest = read_backup(next(found))
        config = ""
        copy = work / CATALOG
        for member in found:
            if member.name == CONFIG:
                config = b"".join(iter(member.read, b"")).decode("utf-8", "replace")
            else:
                _unpack(member, copy, manifest)
        if not copy.exists():
            raise ExportUnusable(f"{source} holds no {CATALOG}. Use another backup.")
        if inspect(copy)[1:] != (manifest.catalog_version, manifest.state_hash):
            raise ExportUnusable("The restored catalog is not the one that the manifest describes. Use another backup.")
        copy.replace(target)
    return manifest, config


def read_backup(member: Member) -> BackupManifest:
    """Parse a backup's manifest. Raises ExportUnusable, also for one of a newer Docent."""
    try:
        body = json.loads(member.read(_COPY))
        if (body.pop("format"), body.pop("version")) != (FORMAT, 1):
            raise ExportUnusable("This is no backup of this form. Give a file that 'docent backup' made.")
        manifest = BackupManifest(**body)
        if manifest.schema_version > SCHEMA_VERSION:
            raise ExportUnusable("A newer Docent made this backup. Upgrade Docent: pip install -U docent.")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ExportUnusable(f"The backup's manifest cannot be read: {error!r}. Use another backup.") from error
    return manifest


def _unpack(member: Member, copy: Path, manifest: BackupManifest) -> None:
    if member.size != manifest.bytes:
        raise ExportUnusable("The catalog in the backup is not as long as its manifest says. Use another backup.")
    with os.fdopen(os.open(copy, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as file:
        while piece := member.read(_COPY):
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    if member.sha256 != manifest.sha256:
        raise ExportUnusable("The catalog in the backup is damaged: its sha256 differs. Use another backup.")


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A folder for its owner only, on the file system of the target, gone afterwards."""
    try:
        work = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise BadInput(f"{target} cannot be written: {error}. Name a place you may write to.") from error
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
