"""The columns and keys of a relation, from what the manifest describes and what the warehouse has. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable

from catalog.aspects import Column, ForeignKey, Schema
from indexer.sources.dbt import meta as said
from indexer.sources.dbt.body import spoken
from indexer.sources.dbt.names import Names, unquoted
from indexer.sources.dbt.records import ColumnDoc, Relation, Table, Test
from indexer.sources.dbt.resource import referred


def schema(relation: Relation, table: Table | None, tests: Iterable[Test], names: Names) -> Schema:
    """All columns: those of the warehouse in its order, then those only described. Case makes no difference.

    Names and types are the warehouse's, descriptions the manifest's; either fills in where the other is silent.
    """
    docs = {doc.name.casefold(): doc for doc in relation.columns}
    found = table.columns if table else ()
    spelling = {name.casefold(): name for name, _, _, _ in found}
    spelling = {key: doc.name for key, doc in docs.items()} | spelling
    on_columns = [test for test in tests if test.column.casefold() in spelling]
    keys = {name.casefold() for name in _primary_key(relation, on_columns)}
    required = {name.casefold() for name in _constrained(relation, "not_null")}
    columns = [
        _column(name, type_, comment, position, docs.pop(name.casefold(), None), keys, required)
        for name, type_, comment, position in found
    ]
    columns += [_column(doc.name, "", "", 0, doc, keys, required) for doc in docs.values()]
    return Schema(tuple(columns), tuple(dict.fromkeys(_foreign_keys(relation, on_columns, names, spelling))))


def _column(
    name: str, type_: str, comment: str, position: int, doc: ColumnDoc | None, keys: set[str], required: set[str]
) -> Column:
    doc = doc or ColumnDoc(name)
    key = name.casefold() in keys
    return Column(
        name=name,
        type=type_ or doc.type,
        description=doc.description or comment,
        nullable=False if key or name.casefold() in required else None,
        primary_key=key,
        tags=doc.tags,
        terms=said.terms(doc.meta),
        position=position,
        label=spoken(doc.meta.get("label")),
        properties=tuple(pair for pair in said.properties(doc.meta) if pair[0] != "label"),
    )


def _constrained(relation: Relation, kind: str) -> tuple[str, ...]:
    """The columns under a constraint of a kind, declared at the model or at a column."""
    every = [*relation.constraints, *(one for column in relation.columns for one in column.constraints)]
    return tuple(name for one in every if one.type == kind for name in one.columns)


def _primary_key(relation: Relation, tests: list[Test]) -> tuple[str, ...]:
    """The declared key; without one, each column tested on all rows to be both unique and not null."""
    declared = _constrained(relation, "primary_key")
    if declared:
        return declared
    tested = {
        kind: {test.column.casefold() for test in tests if test.kind == kind and not test.partial and _alone(test)}
        for kind in ("unique", "not_null")
    }
    return tuple(tested["unique"] & tested["not_null"])


def _alone(test: Test) -> bool:
    return len(test.on) == 1


def _foreign_keys(
    relation: Relation, tests: list[Test], names: Names, spelling: dict[str, str]
) -> Iterable[ForeignKey]:
    for test in tests:
        field = spoken(test.arguments.get("field"))
        target = referred(spoken(test.arguments.get("to")), test.head.parents) if test.kind == "relationships" else ""
        if target in names.urns and field:
            column = spelling[test.column.casefold()]
            yield ForeignKey((column,), names.urns[target], (field.strip('"`'),))
    every = [*relation.constraints, *(one for column in relation.columns for one in column.constraints)]
    for one in every:
        target = _written(one.to, names) if one.type == "foreign_key" else ""
        if target and one.columns:
            columns = tuple(spelling.get(name.casefold(), name) for name in one.columns)
            yield ForeignKey(columns, target, one.to_columns, one.name)


def _written(relation: str, names: Names) -> str:
    """The URN of a relation written as SQL does ("shop"."public"."orders") or as a ref(), or ""."""
    direct = referred(relation, names.urns)
    if direct:
        return names.urns[direct]
    return names.written.get(unquoted(relation), "")
