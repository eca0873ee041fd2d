"""From effects to records: edges with their strength, text, place and confidence.

Owns the numbers of confidence and the walk that gathers conditions. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable

from indexer.enrich.sql.effects import Effect
from indexer.enrich.sql.joins import join_keys
from indexer.enrich.sql.reader import Reader
from indexer.enrich.sql.records import ColumnEdge, How, OutputColumn, Place, StatementLineage, TableName
from indexer.enrich.sql.relations import IDENTITY, Base, Influence, Output, Ref, Relation
from indexer.enrich.sql.text import Texts

_HOW: tuple[How, ...] = ("identity", "expression", "aggregate")

KNOWN, UNKNOWN, AGAINST = 0.95, 0.8, 0.5


def confidence(base: Base, column: str) -> float:
    """How sure an edge is: 0.95 the schema has the column; 0.8 the table's schema is not known, so that the column is
    placed by elimination; 0.5 the schema is known and lacks it, so that schema or statement is out of date."""
    if base.columns is None:
        return UNKNOWN
    return KNOWN if column.lower() in base.spelling else AGAINST


def statement_lineage(kind: str, text: str, place: Place, reader: Reader, effects: list[Effect]) -> StatementLineage:
    """Put what one statement does into its record."""
    targets = [effect.target for effect in effects if effect.target is not None]
    edges: dict[tuple[object, ...], ColumnEdge] = {}
    influences: dict[tuple[object, ...], ColumnEdge] = {}
    columns: dict[OutputColumn, None] = {}
    for effect in effects:
        to = effect.target.name if effect.target is not None else None
        for output in effect.columns:
            name = (effect.target.spelled(output.name) if effect.target is not None else None) or output.name
            columns[OutputColumn(to, name)] = None
            _flow(reader.texts, to, name, output, edges)
        for how, (base, column) in _conditions(effect):
            edge = ColumnEdge(base.name, column, to, "*", how, "", None, confidence(base, column))
            influences[base, column, to, how] = edge
    return StatementLineage(
        kind=kind,
        text=text,
        place=place,
        in_tables=tuple(
            dict.fromkeys([*(base.name for base in reader.reads), *(e.from_table for e in edges.values())])
        ),
        out_tables=tuple(dict.fromkeys(base.name for base in targets)),
        columns=tuple(columns),
        edges=tuple(edges.values()),
        influences=tuple(influences.values()),
        temporary=_made_temporary(reader, targets),
        complete=not reader.problems,
        problems=tuple(reader.problems),
        joins=join_keys(reader.equal),
    )


def _made_temporary(reader: Reader, targets: Iterable[Base]) -> tuple[TableName, ...]:
    passing = reader.session.temporary
    return tuple(base.name for base in targets if base.name in passing or base.name.parts[-1].startswith(("#", "@")))


def _flow(
    texts: Texts, to: TableName | None, name: str, output: Output, edges: dict[tuple[object, ...], ColumnEdge]
) -> None:
    if not output.sources:
        return
    expression, place = texts.of(output.node) if output.node is not None else ("", None)
    for (base, column), how in output.sources.items():
        key = (base, column, to, name)
        held = edges.get(key)
        if held is None or _HOW.index("identity" if held.how == "identity" else "expression") > how == IDENTITY:
            edges[key] = ColumnEdge(base.name, column, to, name, _HOW[how], expression, place, confidence(base, column))


def _conditions(effect: Effect) -> Iterable[tuple[Influence, Ref]]:
    """Every column that a condition anywhere on the way reads, once a kind."""
    seen: set[int] = set()
    found: dict[tuple[Influence, Ref], None] = {}
    pending: list[Relation] = list(effect.relations)
    for how, sources in effect.influences:
        found.update(((how, ref), None) for ref in sources)
    while pending:
        relation = pending.pop()
        if id(relation) in seen:
            continue
        seen.add(id(relation))
        for how, sources in relation.influences:
            found.update(((how, ref), None) for ref in sources)
        pending += relation.inputs
    return found
