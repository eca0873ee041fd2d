"""The SQL that the catalog holds, ready to be read: whose it is, in which dialect, and how it completes names.

Reads the catalog unfiltered; writes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from catalog import tables
from catalog.aspects import Aspect, Info, Lineage, Logic, Siblings
from catalog.catalog import Catalog
from catalog.change import Origin
from catalog.merge import Held, Said, merge
from catalog.reader import read_said
from catalog.urn import DEFAULT_ENV, env_of, parse, platform_of
from indexer.enrich.known import DBT, Asking, KnownTables, asking_of, digest
from indexer.enrich.sql.jinja import is_template
from indexer.enrich.sql.platforms import is_listed

VERSION = "1"  # of what is made of an extraction: raise it, and everything is extracted anew
_READ = (Logic.NAME, Info.NAME, Siblings.NAME, Lineage.NAME)
DEFAULTS = ("default_database", "default_schema")  # properties of a script's Info that complete its names


@dataclass(frozen=True)
class Statement:
    """One asset's SQL. `names_new`: a table that the catalog lacks is named by the script's own platform."""

    urn: str
    said: Said[Aspect]
    text: str
    dialect: str
    asking: Asking
    names_new: bool

    @property
    def locator(self) -> str:
        """Where the SQL was read."""
        return self.said.point.locator

    def origin(self, source: str, at: datetime | None) -> Origin:
        """The origin of what is read off it: the place of the SQL, and its evidence as the pointer."""
        return Origin(source, self.locator, self.said.evidence.ref(), at)


def is_table(urn: str) -> bool:
    """Whether the asset's SQL makes the asset itself; that of a task or document writes or reads others."""
    return parse(urn).entity == "dataset"


def read_inputs(catalog: Catalog, except_of: str) -> dict[str, str]:
    """Every asset with a Logic, and a digest of what its SQL and the completing of its names depend on: all that
    sources say of these, `except_of` one.
    """
    c = tables.current.c
    held: dict[str, list[str]] = defaultdict(list)
    logics = set()
    query = select(c.urn, c.aspect, c.source, c.digest).where(c.aspect.in_(_READ), c.source != except_of)
    query = query.where(c.live, c.urn.in_(select(c.urn).where(c.aspect == Logic.NAME, c.live)))
    with catalog.database.reading() as connection:
        for urn, aspect, source, of in connection.execute(query.order_by(c.urn, c.aspect, c.source)):
            held[urn].append(f"{aspect} {source} {of}")
            if aspect == Logic.NAME:
                logics.add(urn)
    return {urn: digest([VERSION, *held[urn]]) for urn in sorted(logics)}


def held_by(catalog: Catalog, source: str) -> set[str]:
    """The assets for which a source holds lineage."""
    c = tables.current.c
    query = select(c.urn).where(c.aspect == Lineage.NAME, c.source == source, c.live)
    with catalog.database.reading() as connection:
        return set(connection.execute(query).scalars())


def read_statements(catalog: Catalog, known: KnownTables, urns: Sequence[str]) -> Iterator[Statement]:
    """The SQL of those among `urns` whose Logic is SQL of a dialect that can be told."""
    with catalog.database.reading() as connection:
        said = read_said(connection, urns, names=_READ)
    for urn in urns:
        held = {name: merge(values, dict(known.authorities)) for name, values in said.get(urn, {}).items()}
        found = _statement(urn, held, known)
        if found is not None:
            yield found


def _statement(urn: str, held: dict[str, Held[Aspect]], known: KnownTables) -> Statement | None:
    logic = held[Logic.NAME].value if Logic.NAME in held else None
    if not isinstance(logic, Logic) or logic.language.lower() != "sql" or not logic.text.strip():
        return None
    said = held[Logic.NAME].said[0]
    platform = platform_of(urn)
    if is_table(urn):
        entry = known.by_urn.get(urn)
        asking = asking_of(platform, env_of(urn) or DEFAULT_ENV, ".".join(entry.parts) if entry else "")
        if not logic.compiled and is_template(logic.text):
            asking = replace(asking, own=urn, declared=_declared(held), template=True)
        dialect = logic.dialect or (platform if platform != DBT else _sibling_platform(held))
        return Statement(urn, said, logic.text, dialect, asking, True)
    info = held[Info.NAME].value if Info.NAME in held else Info()
    if not is_listed(platform):
        platform = logic.dialect or _declared_platform(held)
    asking = Asking(platform, _env(urn))
    if isinstance(info, Info):
        database, schema = (dict(info.properties).get(name) for name in DEFAULTS)
        asking = replace(asking, database=database or None, schema=schema or None)
    dialect = logic.dialect or platform
    own = is_listed(platform_of(urn))
    return Statement(urn, said, logic.text, dialect, asking, own) if is_listed(dialect) else None


def _sibling_platform(held: dict[str, Held[Aspect]]) -> str:
    """The platform of the table that a relation of a dbt project is, as far as its source says so."""
    siblings = held[Siblings.NAME].value if Siblings.NAME in held else None
    urns = siblings.urns if isinstance(siblings, Siblings) else ()
    return next((found for urn in urns if (found := platform_of(urn)) != DBT), "")


def _declared_platform(held: dict[str, Held[Aspect]]) -> str:
    """The platform of the tables that a chart or task says it reads, where all are of one."""
    platforms = {found for urn in _declared(held) if (found := platform_of(urn)) != DBT}
    return platforms.pop() if len(platforms) == 1 else ""


def _declared(held: dict[str, Held[Aspect]]) -> tuple[str, ...]:
    """The tables that sources say an asset is made from; not what was read off its SQL."""
    said = [one.value for one in held[Lineage.NAME].said] if Lineage.NAME in held else []
    urns = [up.urn for one in said if isinstance(one, Lineage) for up in one.upstreams if up.basis == "declared"]
    return tuple(dict.fromkeys(urn for urn in urns if parse(urn).entity == "dataset"))


def _env(urn: str) -> str:
    parsed = parse(urn)
    inner = parsed.parts[0] if parsed.entity == "dataJob" else urn
    parts = parse(inner).parts
    return parts[2] if len(parts) == 3 else DEFAULT_ENV
