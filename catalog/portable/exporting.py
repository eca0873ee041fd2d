"""Writing an export: one consistent snapshot, streamed to files. Reads the database; writes only below the target."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, select

from catalog import tables
from catalog.codec import stamp
from catalog.database import Database
from catalog.errors import BadInput
from catalog.portable.archive import is_archive, pack
from catalog.portable.layout import (
    MANIFEST,
    PRIVATE,
    SCHEMA,
    TABLES,
    ExportManifest,
    FileFacts,
    json_schema,
    row_json,
)  # fmt: skip
from catalog.store import read_state, version

_PAGE = 2000


def export(
    database: Database, target: Path, at: datetime, docent_version: str, answers: bool = False
) -> ExportManifest:
    """Write the catalog to `target`: a .tar.gz, or a folder that is new or empty. Raises BadInput."""
    if target.exists() and (is_archive(target) or target.is_file() or any(target.iterdir())):
        raise BadInput(f"{target} is there already. Name a new file or folder, or remove it first.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))  # for its owner only
    except OSError as error:
        raise BadInput(f"{target} cannot be written: {error}. Name a place you may write to.") from error
    try:
        manifest = _write(database, work, stamp(at), docent_version, answers)
        names = [MANIFEST, SCHEMA, *(name for name in TABLES if name in manifest.files)]
        if is_archive(target):
            pack(target, [work / name for name in names])
        else:
            for name in names:
                (work / name).chmod(0o600)
            if target.exists():
                target.rmdir()
            work.rename(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return manifest


def _write(database: Database, work: Path, at: str, docent_version: str, answers: bool) -> ExportManifest:
    files = {SCHEMA: _write_file(work / SCHEMA, iter([json.dumps(json_schema(), indent=2)]))}
    with database.reading() as connection:
        for name, table in TABLES.items():
            if answers or name not in PRIVATE:
                lines = (row_json(name, row) for row in _rows(connection, table))
                files[name] = _write_file(work / name, lines)
        manifest = ExportManifest(
            at,
            docent_version,
            tables.SCHEMA_VERSION,
            version(connection),
            f"{read_state(connection):032x}",
            files,
        )
    (work / MANIFEST).write_text(manifest.to_json(), encoding="ascii")
    return manifest


def _rows(connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    """Every row by primary key, or by point where there is none, a page in memory at a time."""
    order = list(table.primary_key.columns) or [
        table.c[name] for name in ("urn", "aspect", "source", "observed_at", "digest")
    ]
    query = select(table).order_by(*order).execution_options(yield_per=_PAGE)
    for row in connection.execute(query):
        yield row._asdict()


def _write_file(path: Path, lines: Iterator[str]) -> FileFacts:
    rows = size = 0
    hashed = hashlib.sha256()
    with path.open("wb") as file:
        for line in lines:
            data = line.encode("ascii") + b"\n"
            file.write(data)
            hashed.update(data)
            rows, size = rows + 1, size + len(data)
    return FileFacts(rows, size, hashed.hexdigest())
