"""The registry of connectors: one line each. Third parties add theirs as an entry point in the group "docent.sources".

A connector is a generator function `read(path_or_url, *, source, ...) -> Iterator[Record]`; its signature is its
configuration. Modules are imported only when one of their sources is read.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

from catalog.change import Record
from catalog.errors import ConfigInvalid

Reader = Callable[..., Iterator[Record]]
Option = str | int | float | bool | tuple[str, ...]

CONNECTORS: dict[str, str] = {
    "dbt": "indexer.sources.dbt:read",
    "files": "indexer.sources.files:read",
    "datahub": "indexer.sources.datahub:read",
}


@dataclass(frozen=True)
class SourceConfig:
    """One configured source: its name, the type of its connector, what to read, and the connector's own options."""

    name: str
    type: str
    path: str
    options: Mapping[str, Option] = field(default_factory=dict)
    rank: int | None = None  # how far it is believed; lower is more; None: as its type


def known_types() -> list[str]:
    """The types of source that can be read here, ours and those of installed packages."""
    return sorted({*CONNECTORS, *(point.name for point in entry_points(group="docent.sources"))})


def connector(type_: str) -> Reader:
    """The reader of a type. Raises ConfigInvalid with what is known."""
    if type_ in CONNECTORS:
        module, _, name = CONNECTORS[type_].partition(":")
        found: Reader = getattr(import_module(module), name)
        return found
    for point in entry_points(group="docent.sources"):
        if point.name == type_:
            loaded: Reader = point.load()
            return loaded
    close = get_close_matches(type_, known_types(), 1)
    hint = f" Did you mean '{close[0]}'?" if close else ""
    raise ConfigInvalid(f"No connector is called '{type_}'.{hint} Known: {', '.join(known_types())}.")


def records(config: SourceConfig, root: Path) -> Iterator[Record]:
    """What a source says. Relative paths are taken from `root`. Raises ConfigInvalid for an unknown option."""
    read = connector(config.type)
    allowed = [name for name in list(inspect.signature(read).parameters)[1:] if name != "source"]
    for name in config.options:
        if name not in allowed:
            close = get_close_matches(name, allowed, 1)
            hint = f" Did you mean '{close[0]}'?" if close else ""
            raise ConfigInvalid(
                f"Source '{config.name}': a {config.type} source has no option '{name}'.{hint} "
                f"It takes: {', '.join(allowed) or 'none'}."
            )
    first = next(iter(inspect.signature(read).parameters))
    target = config.path if first == "url" else root / config.path
    return read(target, source=config.name, **config.options)
