"""PIVOT and UNPIVOT: columns that become rows and rows that become columns.

Owns the columns each of them yields. A pivoted column is an aggregate of what its function reads.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlglot import exp

from indexer.enrich.sql.reader import Reader
from indexer.enrich.sql.relations import AGGREGATE, Gap, Made, Output, Query, Relation, Sources, add, merged, raised
from indexer.enrich.sql.scope import Entry, Scope


def pivoted(reader: Reader, relation: Relation, pivot: Any, scope: Scope) -> Relation:
    """The relation after one PIVOT or UNPIVOT clause."""
    inner = reader.scope(scope.ctes, scope)
    inner.put(Entry("", relation))
    if pivot.args.get("unpivot"):
        return _unpivot(reader, relation, pivot, inner)
    return _pivot(reader, relation, pivot, inner)


def pivot_statement(reader: Reader, node: Any, scope: Scope) -> Relation:
    """DuckDB's PIVOT t ON y USING f(x) GROUP BY k, and UNPIVOT t ON a, b INTO NAME n VALUE v."""
    relation = scope.entries[0].relation
    if node.args.get("unpivot"):
        into = node.args.get("into")
        names = [i.name for i in into.expressions] if into is not None else ["value"]
        label = into.this.name if into is not None else "name"
        columns = [c for e in node.expressions for c in e.find_all(exp.Column)]
        return _melted(reader, relation, scope, label, names, [[column] for column in columns])
    group = node.args.get("group")
    outputs = [
        Output(k.alias_or_name, reader.collect.sources(k, scope), k) for k in (group.expressions if group else ())
    ]
    using = node.args.get("using") or []
    sources = merged(raised(reader.collect.sources(u, scope), AGGREGATE) for u in using)
    names = [v.name for e in node.expressions if isinstance(e, exp.In) for v in e.expressions]
    if names:
        outputs += [Output(name, sources) for name in names]
        return Query(outputs, inputs=[relation])
    reader.problem("the columns of this PIVOT depend on the data")
    return Query(outputs, [Gap(Made(sources))], [relation])


def _pivot(reader: Reader, relation: Relation, pivot: Any, inner: Scope) -> Relation:
    functions = pivot.expressions
    inputs = [raised(reader.collect.sources(function, inner), AGGREGATE) for function in functions]
    used = set(_column_names((*functions, *(field.this for field in pivot.args.get("fields") or ()))))
    outputs, gaps = _rest(relation, used)
    names = [reader.session.column_name(column) for column in pivot.args.get("columns") or ()]
    made = [Output(name, inputs[at % len(inputs)] if inputs else {}) for at, name in enumerate(names)]
    if not names:
        reader.problem("the columns of this PIVOT depend on the data")
        gaps = [*gaps, Gap(Made(merged(inputs)))]
    result = Query(outputs + made, gaps, [relation])
    for field in pivot.args.get("fields") or ():
        result.influences.append(("filter", reader.collect.sources(field.this, inner)))
    return result


def _unpivot(reader: Reader, relation: Relation, pivot: Any, inner: Scope) -> Relation:
    values: list[str] = []
    for expression in pivot.expressions:
        values += [e.name for e in expression.expressions] if isinstance(expression, exp.Tuple) else [expression.name]
    field = pivot.args["fields"][0] if pivot.args.get("fields") else None
    if field is None:
        reader.problem("this UNPIVOT names no columns")
        return relation
    groups = []
    for item in field.expressions:
        item = item.this if isinstance(item, exp.PivotAlias | exp.Alias) else item
        groups.append(item.expressions if isinstance(item, exp.Tuple) else [item])
    return _melted(reader, relation, inner, field.this.name, values, groups)


def _melted(
    reader: Reader, relation: Relation, inner: Scope, label: str, values: list[str], groups: list[list[Any]]
) -> Relation:
    used = set(_column_names(item for group in groups for item in group))
    columns: list[Sources] = [{} for _ in values]
    for group in groups:
        for at, item in enumerate(group[: len(columns)]):
            add(columns[at], reader.collect.sources(item, inner))
    outputs, gaps = _rest(relation, used)
    name = reader.session.column_name
    made = [Output(name(exp.to_identifier(v)), sources) for v, sources in zip(values, columns, strict=True)]
    return Query([*outputs, Output(name(exp.to_identifier(label)), {}), *made], gaps, [relation])


def _rest(relation: Relation, used: set[str]) -> tuple[list[Output], list[Gap]]:
    """What a pivot does not touch."""
    outputs = [output for output in relation.outputs() if output.name.lower() not in used]
    gaps = [Gap(gap.relation, gap.without | used, gap.renamed) for gap in relation.gaps()]
    return outputs, gaps


def _column_names(nodes: Iterable[Any]) -> Iterable[str]:
    for node in nodes:
        if isinstance(node, exp.Identifier):
            yield node.name.lower()
        else:
            yield from (column.name.lower() for column in node.find_all(exp.Column))
