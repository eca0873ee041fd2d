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
from typing import TYPE_CHECKING

from catalog.change import Record
from catalog.errors import ConfigInvalid
from indexer import source_urls

if TYPE_CHECKING:
    from indexer.enrich.known import KnownTables

Reader = Callable[..., Iterator[Record]]
Option = str | int | float | bool | tuple[str, ...]

CONNECTORS: dict[str, str] = {
    "dbt": "indexer.sources.dbt:read",
    "files": "indexer.sources.files:read",
    "datahub": "indexer.sources.datahub:read",
    "database": "indexer.sources.database:read",
    "sql": "indexer.sources.sql:read",
}


@dataclass(frozen=True)
class SourceConfig:
    """One configured source: its name, the type of its connector, what to read, and the connector's own options.

    `path` may be shown and stored. `target`, where set, is what is really read: it may hold a password.
    """

    name: str
    type: str
    path: str
    options: Mapping[str, Option] = field(default_factory=dict)
    rank: int | None = None  # how far it is believed; lower is more; None: as its type
    target: str = field(default="", repr=False)


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


Classified = Callable[[str], dict[str, tuple[str, ...]]]
"""The sensitive classes that the catalog has for a table (URN): by column in lower case, "" for the whole table."""

Known = Callable[[], "KnownTables"]
"""Which tables the catalog has, read when asked."""

_FILLED_IN = ("source", "classified", "known")  # parameters of a reader that are no options


def records(
    config: SourceConfig, root: Path, classified: Classified | None = None, known: Known | None = None
) -> Iterator[Record]:
    """What a source says. Relative paths are taken from `root`. `classified` goes to readers that look at data, the
    known tables to those that must tell which asset a name means.

    Raises ConfigInvalid for an unknown option, or a variable of the environment that is not set.
    """
    read = connector(config.type)
    parameters = list(inspect.signature(read).parameters)
    allowed = [name for name in parameters[1:] if name not in _FILLED_IN]
    for name in config.options:
        if name not in allowed:
            close = get_close_matches(name, allowed, 1)
            hint = f" Did you mean '{close[0]}'?" if close else ""
            raise ConfigInvalid(
                f"Source '{config.name}': a {config.type} source has no option '{name}'.{hint} "
                f"It takes: {', '.join(allowed) or 'none'}."
            )
    text = config.target or config.path
    if unset := source_urls.missing(text):
        raise ConfigInvalid(
            f"Source '{config.name}': the environment variable {unset[0]} is not set. Set it, and index again."
        )
    target = source_urls.rooted(text, root) if parameters[0] == "url" else root / text
    given: dict[str, object] = {"classified": classified} if classified and "classified" in parameters else {}
    if known and "known" in parameters:
        given["known"] = known()
    return read(target, source=config.name, **config.options, **given)
