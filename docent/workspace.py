"""Making a workspace: docent.toml and the state folder. Touches the file system only."""

from __future__ import annotations

from pathlib import Path

from catalog.errors import ConfigInvalid
from docent.settings import FILE_NAME

_TEMPLATE = """# A Docent workspace. Every key: docs/configuration.md

[workspace]
name = "{name}"

# Who asks when nobody says --as: a person's id.
# [viewer]
# default = "ana"

# One table for each source; 'docent index' reads them all.
# [[source]]
# name = "dbt"
# type = "dbt"
# path = "path/to/dbt/target"
#
# [[source]]
# name = "files"
# type = "files"
# path = "knowledge"
"""


def init_workspace(folder: Path) -> Path:
    """Write docent.toml into `folder`. Raises ConfigInvalid when one is there already."""
    path = folder / FILE_NAME
    if path.exists():
        raise ConfigInvalid(f"{path} is there already. Edit it, or make the workspace in another folder.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".docent").mkdir(mode=0o700, exist_ok=True)
        path.write_text(_TEMPLATE.format(name=folder.absolute().name.replace('"', "")), encoding="utf-8")
    except OSError as error:
        raise ConfigInvalid(f"{path} cannot be written: {error}. Choose a folder you may write to.") from error
    return path
