"""Statements that change rows where they are: UPDATE, MERGE, DELETE.

Owns what each of them writes: assignments read through a scope of target and sources, conditions kept as influences.
"""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from indexer.enrich.sql.effects import Effect, top_level, unexpanded
from indexer.enrich.sql.query import read_ctes
from indexer.enrich.sql.reader import Reader
from indexer.enrich.sql.relations import Base, Output, Relation
from indexer.enrich.sql.scope import Ctes, Scope
from indexer.enrich.sql.sources import put_join, put_source
from indexer.enrich.sql.writes import assignments, output_into


def update(reader: Reader, node: Any, ctes: Ctes) -> list[Effect]:
    """UPDATE with FROM, joins (MySQL), an alias defined in FROM (T-SQL), or row assignments (Oracle)."""
    ctes = read_ctes(reader, node, ctes)
    scope = reader.scope(ctes)
    first = node.this
    source = node.args.get("from_")
    if source is not None:
        put_source(reader, source.this, scope)
        for join in node.args.get("joins") or ():
            put_join(reader, join, scope)
    target = _target_among(first, scope)
    if target is None:
        before = len(scope.entries)
        put_source(reader, first, scope)
        target = scope.entries[before].relation
        scope.entries.insert(0, scope.entries.pop(before))
    outputs = assignments(reader, node.expressions, scope, None)
    if node.args.get("where") is not None:
        reader.condition("filter", node.args["where"].this, scope)
    effects = _by_target(node, outputs, scope, target)
    return effects + output_into(reader, node, effects, ctes)


def _put_target(reader: Reader, node: Any, scope: Scope) -> None:
    """The table that MERGE writes. It is no input by that alone: its rows are chosen, not taken."""
    before = dict(reader.reads)
    put_source(reader, node, scope)
    target = scope.entries[-1].relation
    if isinstance(target, Base) and target not in before:
        del reader.reads[target]


def beneath(relation: Relation) -> Relation:
    """The one table under a CTE that is written through (T-SQL), or the relation itself."""
    if isinstance(relation, Base):
        return relation
    bases = {base for output in relation.outputs() for base, _ in output.sources}
    bases |= {gap.relation for gap in relation.gaps() if isinstance(gap.relation, Base)}
    return bases.pop() if len(bases) == 1 else relation


def _target_among(first: Any, scope: Scope) -> Relation | None:
    """The FROM item that `UPDATE t` means, where t is an alias or the same table written in FROM (T-SQL)."""
    if not isinstance(first, exp.Table) or first.args.get("joins"):
        return None
    entry = scope.entry((first.name,)) if not first.args.get("db") else scope.entry(tuple(p.name for p in first.parts))
    return entry.relation if entry is not None and isinstance(entry.relation, Base) else None


def _by_target(node: Any, outputs: list[Output], scope: Scope, target: Relation) -> list[Effect]:
    """Assignments grouped by the table they write: MySQL's UPDATE a JOIN b SET a.x = ..., b.y = ... writes two."""
    qualifiers = [each.this.args.get("table") for each in node.expressions if isinstance(each, exp.EQ | exp.PropertyEQ)]
    groups: dict[Base, list[Output]] = {}
    plain = len(qualifiers) == len(outputs)
    for at, output in enumerate(outputs):
        qualifier = qualifiers[at] if plain else None
        entry = scope.entry((qualifier.name,)) if isinstance(qualifier, exp.Identifier) else None
        base, column = _written(entry.relation if entry is not None else target, output.name)
        if base is not None:
            groups.setdefault(base, []).append(Output(column, output.sources, output.node))
    if not groups and isinstance(target, Base):
        groups[target] = []
    return [Effect(base, columns, [scope.relation]) for base, columns in groups.items()]


def _written(relation: Relation, column: str) -> tuple[Base | None, str]:
    """The table and column that an assignment changes, through a view written as a CTE or subquery."""
    if isinstance(relation, Base):
        return relation, column
    sources = relation.get(column) or {}
    return next(iter(sources)) if len(sources) == 1 else (None, column)


def delete(reader: Reader, node: Any, ctes: Ctes) -> list[Effect]:
    """DELETE: nothing flows; its conditions, and the tables they read, decide which rows go. The table deleted from is
    no input by that alone, but it is where it stands in a FROM with others."""
    ctes = read_ctes(reader, node, ctes)
    scope = reader.scope(ctes)
    for source in node.args.get("using") or ():
        put_source(reader, source, scope)
    targets = node.args.get("tables") or [node.this]
    if node.args.get("tables") and isinstance(node.this, exp.Table):
        put_source(reader, node.this, scope)
    bases: list[Base] = []
    for table in targets:
        entry = scope.entry((table.name,))
        if entry is not None and isinstance(entry.relation, Base):
            bases.append(entry.relation)
            reader.returned.add(entry.relation)
        elif isinstance(table, exp.Table):
            put_source(reader, table, scope)
            base = beneath(scope.entries[-1].relation)
            if isinstance(base, Base):
                bases.append(base)
    for base in bases:
        if base not in reader.returned:
            reader.reads.pop(base, None)
    if node.args.get("where") is not None:
        reader.condition("filter", node.args["where"].this, scope)
    effects = [Effect(base, [], [scope.relation]) for base in bases]
    return effects + output_into(reader, node, effects, ctes)


def merge(reader: Reader, node: Any, ctes: Ctes) -> list[Effect]:
    """MERGE with all its branches: what is updated, what is inserted, and the conditions of each."""
    ctes = read_ctes(reader, node, ctes)
    scope = reader.scope(ctes)
    _put_target(reader, node.this, scope)
    put_source(reader, node.args["using"], scope)
    target, source = beneath(scope.entries[0].relation), scope.entries[1].relation
    if not isinstance(target, Base):
        return []
    effect = Effect(target, [], [scope.relation])
    if node.args.get("on") is not None:
        reader.condition("join", node.args["on"], scope)
    inserted = reader.scope(ctes)
    inserted.put(scope.entries[1])
    whens = node.args.get("whens")
    for when in whens.expressions if whens is not None else ():
        then = when.args.get("then")
        if isinstance(then, exp.Expr) and then.args.get("where") is not None:
            effect.influences.append(("filter", reader.collect.sources(then.args["where"].this, scope)))
        if when.args.get("condition") is not None:
            effect.influences.append(("filter", reader.collect.sources(when.args["condition"], scope)))
        effect.columns += _branch(reader, when.args.get("then"), scope, inserted, target, source)
    if any(base is target for output in effect.columns for base, _ in output.sources):
        reader.reads[target] = None
    return [effect, *output_into(reader, node, [effect], ctes)]


def _branch(reader: Reader, then: Any, scope: Scope, inserted: Scope, target: Base, source: Relation) -> list[Output]:
    if isinstance(then, exp.Update):
        if any(isinstance(each, exp.Star) for each in then.expressions):
            return _whole_row(reader, target, source)
        return assignments(reader, then.expressions, scope, target)
    if not isinstance(then, exp.Insert):
        return []
    values = then.expression
    columns = then.this
    if isinstance(columns, exp.Star) or (isinstance(columns, exp.Var) and columns.name.upper() == "ROW"):
        return _whole_row(reader, target, source, by_position=isinstance(columns, exp.Var))
    cells = list(values.expressions) if isinstance(values, exp.Tuple) else [values] if values is not None else []
    if isinstance(columns, exp.Tuple | exp.Schema | exp.Paren):
        listed = columns.expressions or [columns.this]
        names = [reader.session.column_name(c.this if isinstance(c, exp.Column) else c) for c in listed]
    else:
        names = top_level(target.columns) if target.columns is not None else []
    if not names and cells:
        names = [cell.name if isinstance(cell, exp.Column) else reader.text_of(cell) for cell in cells]
    pairs = zip(names, cells, strict=False)
    return [Output(name, reader.collect.sources(cell, inserted), cell) for name, cell in pairs]


def _whole_row(reader: Reader, target: Base, source: Relation, by_position: bool = False) -> list[Output]:
    """UPDATE SET *, INSERT *: by name. INSERT ROW: by position where the target's columns are known."""
    for gap in source.gaps():
        names = [o.name for o in source.outputs()] or (top_level(target.columns) if target.columns else [])
        found = [(name, source.get(name)) for name in names]
        if not found:
            reader.problem(unexpanded(gap.relation))
        return [Output(name, sources) for name, sources in found if sources]
    outputs = source.outputs()
    if by_position and target.columns is not None:
        pairs = zip(top_level(target.columns), outputs, strict=False)
        return [Output(name, output.sources, output.node) for name, output in pairs]
    if target.columns is not None:
        outputs = [output for output in outputs if target.has(output.name.lower())]
    return list(outputs)
