"""From the catalog to what the search index needs of each asset. Reads unfiltered, for the index builder only.

Restricted columns are left out, and `public` marks what everyone may see: the index learns words from nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, select

from catalog import tables
from catalog.access import Level, everyone_scope
from catalog.aspects import (
    Aspect,
    Certification,
    Checks,
    Classification,
    Deprecation,
    Documentation,
    Freshness,
    Info,
    Lineage,
    Ownership,
    Person,
    Schema,
    Term,
    Usage,
)  # fmt: skip
from catalog.catalog import Catalog
from catalog.cleaning import Marks, marks_of
from catalog.identity.lookup import said_of
from catalog.merge import Authority, Said, merge
from catalog.projection import read_authorities
from catalog.reader import AssetRow, chunks, read_rows
from catalog.roster import bare_facts
from catalog.urn import name_of
from retrieval.document import ColumnText, Document, Signals

_BATCH = 1000
_NAMES = tuple(
    cls.NAME
    for cls in (
        Info, Documentation, Schema, Ownership, Deprecation, Certification, Checks, Freshness, Usage, Classification,
        Term, Person, Lineage,
    )
)  # fmt: skip
_FAILED = ("fail", "error")
_TABLES = ("table", "view", "topic", "column")
A = TypeVar("A", bound=Aspect)


@dataclass(frozen=True)
class Changed:
    """What changed in the catalog since a version, for the index."""

    documents: tuple[Document, ...]
    removed: tuple[str, ...]


def documents(catalog: Catalog) -> Iterator[Document]:
    """Every asset as a Document, by URN."""
    builder = _Builder(catalog)
    with catalog.database.reading() as connection:
        rows = read_rows(connection)
    yield from builder.documents(rows)


def access_digest(catalog: Catalog) -> str:
    """What everyone may see at the least, as a digest: documents made under another one tell too much."""
    return everyone_scope(catalog.access_rules(), catalog.settings).digest


def changed_since(catalog: Catalog, version: int) -> Changed:
    """The assets that differ from what they were at a catalog version or name one that does, and those gone."""
    with catalog.database.reading() as connection:
        changed = sorted(
            {
                urn
                for table in (tables.current, tables.assets, tables.identities)
                for urn in connection.execute(select(table.c.urn).where(table.c.seq > version).distinct()).scalars()
            }
        )
        urns = sorted({*changed, *_naming(connection, changed)})
        rows = read_rows(connection, urns)
    if not urns:
        return Changed((), ())
    found = tuple(_Builder(catalog).documents(rows))
    return Changed(found, tuple(sorted(set(changed) - {document.urn for document in found})))


def _naming(connection: Connection, urns: Sequence[str]) -> Iterator[str]:
    """The assets whose documents hold the name of one of these: as owner, term, domain or part."""
    a, e, l = tables.assets.c, tables.edges.c, tables.labels.c  # noqa: E741
    for some in chunks(urns):
        yield from connection.execute(select(l.urn).where(l.type.in_(("owner", "term")), l.value.in_(some))).scalars()
        yield from connection.execute(select(a.urn).where(a.domain.in_(some))).scalars()
        parts = select(e.urn).join(tables.assets, a.urn == e.urn).where(e.upstream.in_(some), a.kind.not_in(_TABLES))
        yield from connection.execute(parts).scalars()


def synonyms(catalog: Catalog) -> dict[str, tuple[str, ...]]:
    """The glossary's other names for its terms, of terms that everyone may see: they widen search."""
    builder = _Builder(catalog)
    with catalog.database.reading() as connection:
        rows = [row for row in read_rows(connection, kind="term") if builder.is_public(row)]
        said = said_of(connection, [row.urn for row in rows], names=(Term.NAME,))
    found: dict[str, tuple[str, ...]] = {}
    for row in rows:
        for one in said.get(row.urn, {}).get(Term.NAME, ()):
            if isinstance(one.value, Term):
                words = (*one.value.synonyms, *one.value.abbreviations)
                for word in words:
                    found[word] = (*found.get(word, ()), row.name)
    return found


class _Builder:
    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._everyone = everyone_scope(catalog.access_rules(), catalog.settings)
        with catalog.database.reading() as connection:
            self._authorities: dict[str, Authority] = read_authorities(connection)
            rows = read_rows(connection)
        self._known = {row.urn for row in rows}
        levels = {row.urn: self._everyone.level(row.facts()) for row in rows}
        self._part_names = {row.urn: row.name for row in rows if levels[row.urn] is Level.READ}
        self._names = {row.urn: row.name for row in rows if levels[row.urn] is not Level.HIDDEN}

    def is_public(self, row: AssetRow) -> bool:
        """Whether everyone may read the asset."""
        return self._everyone.level(row.facts()) is Level.READ

    def documents(self, rows: Sequence[AssetRow]) -> Iterator[Document]:
        for start in range(0, len(rows), _BATCH):
            some = rows[start : start + _BATCH]
            with self._catalog.database.reading() as connection:
                said = said_of(connection, [row.urn for row in some], names=_NAMES)
            for row in some:
                held = said.get(row.urn, {})
                yield self._document(row, self._merged(held), marks_of(one.value for s in held.values() for one in s))

    def _merged(self, said: Mapping[str, list[Said[Aspect]]]) -> dict[str, Aspect]:
        """Every aspect, of derived values only those made from what everyone may read."""
        kept = {
            name: [one for one in values if set(one.inputs) <= self._part_names.keys()] for name, values in said.items()
        }
        return {name: merge(values, self._authorities).value for name, values in kept.items() if values}

    def _document(self, row: AssetRow, held: Mapping[str, Aspect], marks: Marks) -> Document:
        schema = _get(held, Schema)
        term, person = _get(held, Term), _get(held, Person)
        facts = row.facts()
        columns = tuple(
            ColumnText(column.name, column.description, column.label)
            for column in schema.columns
            if not self._everyone.hides_column(facts, column.name, marks.get(column.name.casefold(), ()))
        )
        public = self.is_public(row)
        return Document(
            urn=row.urn,
            name=row.name,
            kind=row.kind,
            platform=row.platform,
            env=row.env,
            title=person.full_name,
            path=_path(row),
            columns=columns,
            description=_get(held, Documentation).text,
            synonyms=(*term.synonyms, *term.abbreviations, *((person.email,) if person.email else ()), *_ident(row)),
            terms=(*self._labels(row.terms), *self._parts(row, held)),
            tags=tuple(sorted(row.tags)),
            domains=self._labels({row.domain} if row.domain else ()),
            owners=self._labels(row.owners),
            signals=_signals(held, public),
            public=public,
        )

    def _parts(self, row: AssetRow, held: Mapping[str, Aspect]) -> tuple[str, ...]:
        """What a dashboard, model or agent is made of, by name: people ask for the board by the charts on it."""
        if row.kind in _TABLES:
            return ()
        upstreams = {upstream.urn for upstream in _get(held, Lineage).upstreams}
        return tuple(sorted(self._part_names[urn] for urn in upstreams if urn in self._part_names))

    def _labels(self, urns: Iterable[str]) -> tuple[str, ...]:
        """The names that everyone may know; of what no source describes, what the URN tells."""
        names = (self._names.get(urn) or self._unloaded(urn) for urn in urns)
        return tuple(sorted(name for name in names if name))

    def _unloaded(self, urn: str) -> str:
        facts = bare_facts(urn)
        hidden = urn in self._known or self._everyone.level(facts) is Level.HIDDEN
        return "" if hidden else facts.qualified_name


def _ident(row: AssetRow) -> tuple[str, ...]:
    """The id people write in files and chat, where it is not the name: "bram.kuipers", "board-kpis"."""
    ident = name_of(row.urn)
    return () if row.kind in _TABLES or ident == row.name else (ident,)


def _path(row: AssetRow) -> tuple[str, ...]:
    """The containers' names in a dotted table name: database and schema."""
    if row.kind not in ("table", "view", "topic"):
        return ()
    return tuple(row.qualified_name.split(".")[:-1])


def _get(held: Mapping[str, Any], aspect: type[A]) -> A:
    found = held.get(aspect.NAME)
    return found if isinstance(found, aspect) else aspect()


def _signals(held: Mapping[str, Aspect], public: bool) -> Signals:
    """Ranking signals; only of public assets, so that what is hidden can move nobody's ranking."""
    if not public:
        return Signals()
    usage, checks = _get(held, Usage), _get(held, Checks)
    return Signals(
        popularity=float(usage.queries or usage.users or 0),
        certified=_get(held, Certification).certified,
        deprecated=_get(held, Deprecation).deprecated,
        failing=any(check.status in _FAILED for check in checks.checks),
        stale=_get(held, Freshness).status in _FAILED,
        personal_data=any("personal" in name for _, name in _get(held, Classification).classes),
    )
