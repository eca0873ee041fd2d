"""Queries: SELECT, set operations, CTEs, and the data-changing statements that may stand in their place.

Owns the order in which a query's clauses are read. The whole statement is read once, from the inside out; every
column's sources are worked out when the relation that has it is built, and never again.
"""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import Any

from sqlglot import exp

from indexer.enrich.sql.pivots import pivot_statement
from indexer.enrich.sql.projections import project
from indexer.enrich.sql.reader import Reader
from indexer.enrich.sql.relations import Branches, Output, Query, Relation, add
from indexer.enrich.sql.scope import Ctes, Entry, Scope
from indexer.enrich.sql.sources import put_join, put_source, with_columns

_ROUNDS = 12
"""A recursive CTE is read until its sources stop growing; each round moves a source one column on, so that the rounds
needed are at most its width; wider exchanges than this do not occur in practice."""


def read_query(reader: Reader, node: exp.Expr, ctes: Ctes, outer: Scope | None) -> Relation:
    """The relation that a query yields, seen from `outer` when it is a subquery."""
    ctes = read_ctes(reader, node, ctes, outer)
    if isinstance(node, exp.Select):
        return read_select(reader, node, ctes, outer)
    if isinstance(node, exp.SetOperation):
        return _set_operation(reader, node, ctes, outer)
    if isinstance(node, exp.Subquery | exp.Paren):
        return _subquery(reader, node, ctes, outer)
    scope = reader.scope(ctes, outer)
    if isinstance(node, exp.Pivot):
        put_source(reader, node.this, scope)
        return pivot_statement(reader, node, scope)
    if isinstance(node, exp.Insert | exp.Update | exp.Delete | exp.Merge):
        return _returning(reader, node, ctes, scope)
    put_source(reader, node, scope)
    return scope.entries[0].relation


def read_ctes(reader: Reader, node: exp.Expr, ctes: Ctes, outer: Scope | None = None) -> Ctes:
    """The CTEs visible inside a statement: those around it and those of its own WITH."""
    clause = node.args.get("with_")
    if clause is None:
        return ctes
    visible = dict(ctes)
    for cte in clause.expressions:
        name = cte.alias.lower()
        names = [reader.session.column_name(column) for column in cte.args["alias"].columns]
        if cte.args.get("scalar"):
            continue
        if _refers_to_itself(cte.this, name) and isinstance(cte.this, exp.SetOperation):
            relation = _recursive(reader, cte.this, visible, name, names, outer)
        elif isinstance(cte.this, exp.Query | exp.DML | exp.Pivot | exp.Table | exp.Values):
            relation = reader.query(cte.this, visible, outer)
        else:
            relation = Query([Output(cte.alias, {})])
        visible[name] = with_columns(reader, relation, names) if names else relation
    return visible


def read_select(
    reader: Reader, node: Any, ctes: Ctes, outer: Scope | None = None, given: list[Entry] | None = None
) -> Relation:
    """A SELECT. `given` are FROM items it takes from elsewhere (Hive's FROM t INSERT ... SELECT)."""
    scope = reader.scope(ctes, outer)
    for entry in given or ():
        scope.put(entry)
    source = node.args.get("from_")
    if source is not None:
        put_source(reader, source.this, scope)
    for join in node.args.get("joins") or ():
        put_join(reader, join, scope)
    for lateral in node.args.get("laterals") or ():
        put_source(reader, lateral, scope)
    if node.args.get("match") is not None:
        _match_recognize(reader, node.args["match"], scope)
    for window in node.args.get("windows") or ():
        scope.windows[window.name.lower()] = window
    clause = node.args.get("with_")
    for named in clause.expressions if clause is not None else ():
        if named.args.get("scalar"):
            scope.define(Output(named.alias, reader.collect.sources(named.this, scope)))
    outputs, gaps = project(reader, node, scope)
    _influences(reader, node, scope)
    relation = Query(outputs, gaps)
    relation.inputs, relation.influences = scope.relation.inputs, scope.relation.influences
    return relation


def _influences(reader: Reader, node: Any, scope: Scope) -> None:
    """Conditions choose rows. Grouping and ordering are read only for the tables in their subqueries."""
    args = node.args
    for key in ("prewhere", "where", "having", "qualify"):
        clause = args.get(key)
        if clause is not None:
            reader.condition("filter", clause.this, scope)
    connect = args.get("connect")
    if connect is not None:
        scope.relation.influences.append(("filter", reader.collect.sources(connect, scope)))
    for key in ("group", "order", "limit", "distinct"):
        clause = args.get(key)
        if isinstance(clause, exp.Expr) and clause.find(exp.Query) is not None:
            scope.relation.influences.append(("filter", reader.collect.sources(clause, scope)))


def _subquery(reader: Reader, node: Any, ctes: Ctes, outer: Scope | None) -> Relation:
    inner = node.this
    alias = node.args.get("alias")
    if isinstance(alias, exp.TableAlias) or node.args.get("pivots") or not isinstance(inner, exp.Query):
        scope = reader.scope(ctes, outer)
        bare = node.copy() if node.args.get("with_") is not None else node
        bare.set("with_", None)
        put_source(reader, bare, scope)
        return scope.entries[0].relation
    return reader.query(inner, ctes, outer)


def _set_operation(reader: Reader, node: Any, ctes: Ctes, outer: Scope | None) -> Relation:
    """UNION, INTERSECT, EXCEPT: columns meet by position, or by name where BY NAME is said or a star stays closed."""
    branches: list[Any] = []
    by_name = bool(node.args.get("by_name"))
    current: Any = node
    while isinstance(current, exp.SetOperation):
        branches.append(current.expression)
        current = current.this
        if isinstance(current, exp.SetOperation) and current.args.get("with_") is not None:
            break
    branches.append(current)
    relations = [reader.query(branch, ctes, outer) for branch in reversed(branches)]
    if any(relation.gaps() for relation in relations):
        return Branches(relations)
    return _matched_by_name(relations) if by_name else _matched(reader, relations)


def _matched(reader: Reader, relations: list[Relation]) -> Relation:
    first = relations[0].outputs()
    if any(len(relation.outputs()) != len(first) for relation in relations):
        reader.problem("the branches of a set operation have different numbers of columns")
    columns = zip_longest(*(relation.outputs() for relation in relations))
    outputs = [_united(list(same)) for same in columns]
    return Query(outputs, inputs=relations)


def _matched_by_name(relations: list[Relation]) -> Relation:
    same: dict[str, list[Output | None]] = {}
    for relation in relations:
        for output in relation.outputs():
            same.setdefault(output.name.lower(), []).append(output)
    return Query([_united(outputs) for outputs in same.values()], inputs=relations)


def _united(same: list[Output | None]) -> Output:
    there = [output for output in same if output is not None]
    result = Output(there[0].name, dict(there[0].sources), there[0].node)
    for output in there[1:]:
        add(result.sources, output.sources)
    return result


def _refers_to_itself(node: exp.Expr, name: str) -> bool:
    return any(not table.args.get("db") and table.name.lower() == name for table in node.find_all(exp.Table))


def _recursive(
    reader: Reader, node: Any, ctes: dict[str, Relation], name: str, names: list[str], outer: Scope | None
) -> Relation:
    """Read the first branch, then the whole with the name bound to what is known so far, until nothing is added."""
    anchor: Any = node
    while isinstance(anchor, exp.SetOperation):
        anchor = anchor.this
    known = reader.query(anchor, ctes, outer)
    for _ in range(_ROUNDS):
        bound = with_columns(reader, known, names) if names else known
        grown = reader.query(node, {**ctes, name: bound}, outer)
        if [output.sources for output in grown.outputs()] == [output.sources for output in known.outputs()]:
            return grown
        known = grown
    return known


def _returning(reader: Reader, node: Any, ctes: Ctes, scope: Scope) -> Relation:
    """A data-changing statement in a WITH: its effect is noted, its RETURNING columns are its relation."""
    reader.effects.append((node, ctes))
    target = node.this.this if isinstance(node.this, exp.Schema) else node.this
    returning = node.args.get("returning")
    if returning is None or not isinstance(target, exp.Table):
        return Query([])
    base = reader.base(target)
    reader.returned.add(base)
    scope.put(Entry((target.alias or target.name).lower(), base))
    outputs, gaps = project(reader, returning, scope)
    return Query(outputs, gaps, [base])


def _match_recognize(reader: Reader, match: Any, scope: Scope) -> None:
    """Replace the FROM items by what MATCH_RECOGNIZE yields: partition columns and measures."""
    name = reader.session.column_name
    symbols = {symbol.alias.lower() for symbol in match.args.get("define") or ()}
    pattern = match.args.get("pattern")
    symbols |= set(re.findall(r"[a-z_]\w*", pattern.name.lower())) if pattern is not None else set()
    for symbol in symbols:
        scope.put(Entry(symbol, scope.entries[0].relation))
    keys = [Output(name(k.this), reader.collect.sources(k, scope)) for k in match.args.get("partition_by") or ()]
    measures = [
        Output(m.this.alias_or_name.lower(), reader.collect.sources(m.this, scope), m.this)
        for m in match.args.get("measures") or ()
    ]
    conditions = [reader.collect.sources(d.this, scope) for d in match.args.get("define") or ()]
    inputs = list(scope.relation.inputs)
    alias = match.args.get("alias")
    scope.entries.clear()
    relation = Query(keys + measures, inputs=inputs)
    relation.influences += [("filter", condition) for condition in conditions]
    scope.put(Entry(alias.name.lower() if alias is not None else "", relation))
