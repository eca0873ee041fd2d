"""Which exports and backups were made of a workspace, so that an erasure can say which of them still hold what it took.

Owns `.docent/copies.jsonl`, a line a copy. Never touches the copies.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

NAME = "copies.jsonl"


@dataclass(frozen=True)
class Copy:
    """One export or backup: where it was written, and when (ISO 8601, UTC)."""

    kind: str
    path: str
    made_at: str


def note_copy(state_folder: Path, kind: str, path: Path, made_at: str) -> None:
    """Remember a copy."""
    state_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (state_folder / NAME).open("a", encoding="utf-8") as file:
        file.write(json.dumps(vars(Copy(kind, str(path.absolute()), made_at))) + "\n")


def copies_that_exist(state_folder: Path) -> list[Copy]:
    """The copies whose file is still where it was written. A line that cannot be read is left out."""
    path = state_folder / NAME
    if not path.exists():
        return []
    found = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            body = json.loads(line)
            copy = Copy(str(body["kind"]), str(body["path"]), str(body["made_at"]))
        except (ValueError, KeyError, TypeError):
            continue
        if Path(copy.path).exists():
            found.append(copy)
    return found
