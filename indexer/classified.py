"""What the catalog already knows to be sensitive, for connectors that look at data. Reads the catalog, unfiltered.

Only classes come out, never a value: they decide what a profile may hold. Spelling of a URN in another case counts too,
for another source may have classed the table under it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property

from sqlalchemy import select

from catalog import tables
from catalog.aspects import Aspect, Classification, Schema
from catalog.catalog import Catalog
from catalog.reader import read_said

_SENSITIVE_TAGS = ("pii", "personal", "gdpr", "phi", "pci", "sensitive", "confidential", "secret", "restricted")


class Classified:
    """Sensitive classes by column. The list of assets is read once, when first asked."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def __call__(self, urn: str) -> dict[str, tuple[str, ...]]:
        """The classes that any source gave a table (URN): by column in lower case, "" for the whole table."""
        spellings = self._spellings.get(urn.casefold(), [])
        with self._catalog.database.reading() as connection:
            said = read_said(connection, spellings, names=(Classification.NAME, Schema.NAME)) if spellings else {}
        found: dict[str, list[str]] = defaultdict(list)
        for by_aspect in said.values():
            for values in by_aspect.values():
                for one in values:
                    for column, name in _classes(one.value):
                        found[column.casefold()].append(name)
        return {column: tuple(names) for column, names in found.items()}

    @cached_property
    def _spellings(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        query = (
            select(tables.current.c.urn)
            .where(tables.current.c.aspect.in_((Classification.NAME, Schema.NAME)))
            .distinct()
        )
        with self._catalog.database.reading() as connection:
            for urn in connection.execute(query).scalars():
                found[urn.casefold()].append(urn)
        return found


def _classes(value: Aspect) -> Iterator[tuple[str, str]]:
    """(column, class): classes proper, and tags of columns that say the same."""
    if isinstance(value, Classification):
        yield from value.classes
    elif isinstance(value, Schema):
        for column in value.columns:
            for tag in column.tags:
                if any(word in tag.casefold() for word in _SENSITIVE_TAGS):
                    yield column.name, tag
