"""Lineage of views, parsed from the SQL that the database keeps of them. Owns the schema lookup over what was read.

The SQL is not trusted: it is read in a worker process that is ended when it takes too long (indexer/enrich/sql).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from catalog.aspects import ColumnEdge, Lineage, Upstream
from catalog.change import Change, Skipped
from indexer.enrich.sql import KnownTable, ScriptLineage, TableName
from indexer.enrich.sql.bounded import Extractor, WorkerNotStarted
from indexer.sources.database.address import Address
from indexer.sources.database.records import Relation
from indexer.sources.database.telling import Teller

_CREATES = ("create", "replace", "alter")


@dataclass(frozen=True)
class View:
    """A view whose SQL is to be read."""

    schema: str
    name: str
    sql: str
    columns: tuple[str, ...]


@dataclass
class Known:
    """The relations read so far, by full name; a SchemaLookup."""

    address: Address
    exact: dict[tuple[str, ...], KnownTable] = field(default_factory=dict)
    folded: dict[tuple[str, ...], KnownTable] = field(default_factory=dict)
    urns: dict[tuple[str, ...], str] = field(default_factory=dict)

    def add(self, relation: Relation) -> None:
        """Remember a relation."""
        parts = self.address.parts(relation.schema, relation.name)
        table = KnownTable(TableName(parts), tuple(column.name for column in relation.columns))
        self.exact[parts] = table
        self.folded.setdefault(_fold(parts), table)
        self.urns[parts] = self.address.urn(relation.schema, relation.name)

    def find(self, name: TableName, exact_case: bool) -> KnownTable | None:
        """The table of that full name; where case does not count, the like-spelled one is preferred to another."""
        found = self.exact.get(name.parts)
        return found if found is not None or exact_case else self.folded.get(_fold(name.parts))

    def urn(self, name: TableName) -> str:
        """The URN of a table that a view reads; "" for a file, or a name that is not full."""
        found = self.find(name, False)
        if found is not None:
            return self.urns[found.name.parts]
        levels = 3 if self.address.database else 2
        if name.is_file or len(name.parts) != levels or (levels == 3 and name.parts[0] != self.address.database):
            return ""
        return self.address.urn(name.parts[-2], name.parts[-1])


def _fold(parts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part.casefold() for part in parts)


def lineage(views: Iterable[View], known: Known, teller: Teller) -> Iterator[Change | Skipped]:
    """The lineage of each view. What could not be followed is told, and what could be is kept."""
    with Extractor() as extractor:
        for view in views:
            origin = teller.origin(view.schema, view.name)
            urn = known.address.urn(view.schema, view.name)
            try:
                script = _extracted(extractor, view, known)
            except WorkerNotStarted as error:
                yield Skipped("lineage of views", str(error), origin.locator, view.name, error=True)
                return
            found = _aspect(script, view, known, urn)
            if found.upstreams:
                yield Change(urn, found, origin)
            problems = [*script.problems, *(one for each in script.statements for one in each.problems)]
            if problems:
                yield Skipped("part of a view's lineage", problems[0], origin.locator, view.name)


def _extracted(extractor: Extractor, view: View, known: Known) -> ScriptLineage:
    address = known.address
    sql = view.sql
    if not sql.lstrip().lower().startswith(_CREATES):
        name = ".".join('"' + part.replace('"', '""') + '"' for part in address.parts(view.schema, view.name))
        quote = "`" if address.platform in ("mysql", "mariadb") else '"'
        sql = f"CREATE VIEW {name.replace(chr(34), quote)} AS {sql}"
    return extractor.extract(sql, address.platform, known, address.database or None, view.schema)


def _aspect(script: ScriptLineage, view: View, known: Known, urn: str) -> Lineage:
    """Tables read become upstreams; edges that flow into the view's columns become column edges."""
    spelling: Mapping[str, str] = {name.casefold(): name for name in view.columns}
    upstreams: dict[str, Upstream] = {}
    edges: dict[tuple[str, str, str], ColumnEdge] = {}
    for statement in script.statements:
        for table in statement.in_tables:
            source = known.urn(table)
            if source and source != urn:
                upstreams.setdefault(source, Upstream(source, "built from", statement.basis))
        for edge in statement.edges:
            source = known.urn(edge.from_table)
            if source not in upstreams:
                continue
            column = spelling.get(edge.to_column.casefold(), edge.to_column)
            made = ColumnEdge(
                source, edge.from_column, column, edge.how, statement.basis, edge.expression, edge.confidence
            )
            edges.setdefault((source, edge.from_column, column), made)
    return Lineage(tuple(upstreams.values()), tuple(edges.values()))
