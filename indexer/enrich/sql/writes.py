"""Statements that put a query's result somewhere: SELECT, SELECT INTO, CREATE ... AS, INSERT in all its forms.

Owns what each of them writes. Returns effects; knows nothing of records.
"""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from indexer.enrich.sql.effects import Effect, assign, top_level
from indexer.enrich.sql.projections import project
from indexer.enrich.sql.query import read_ctes, read_select
from indexer.enrich.sql.reader import Reader
from indexer.enrich.sql.relations import Base, Gap, Output, Query, Relation
from indexer.enrich.sql.scope import Ctes, Entry, Scope
from indexer.enrich.sql.sources import put_join, put_source, with_columns


def select(reader: Reader, node: Any, ctes: Ctes) -> list[Effect]:
    """A query by itself, or SELECT ... INTO a table."""
    relation = reader.query(node, ctes)
    into = _into(node)
    names = _variables(reader, node, into)
    if names:
        reader.session.variables.update((name, (node, at)) for at, name in enumerate(names))
        return [Effect(None, [], [relation])]
    target = reader.base(into.this, reading=False) if into is not None else None
    if into is not None and target is not None:
        _remember(reader, target, relation, temporary=bool(into.args.get("temporary")))
    return [assign(reader, target, relation)]


def _into(node: Any) -> Any:
    while isinstance(node, exp.SetOperation | exp.Subquery):
        node = node.this
    return node.args.get("into") if isinstance(node, exp.Select) else None


def _variables(reader: Reader, node: Any, into: Any) -> list[str]:
    """The variables that a query fills: SELECT ... INTO v (procedures), SELECT @v = a (T-SQL); none for a table."""
    if into is None:
        items = node.expressions if isinstance(node, exp.Select) else []
        filled = [e.this.this.name for e in items if isinstance(e, exp.EQ) and isinstance(e.this, exp.Parameter)]
        return ["@" + name.lower() for name in filled]
    if into.expressions:
        return [".".join(part.name for part in column.parts).lower() for column in into.expressions]
    if isinstance(into.this.this, exp.Parameter):
        return ["@" + into.this.this.name.lower()]
    makes_tables = reader.session.platform.select_into and (into.args.get("temporary") or not reader.session.routine)
    return [] if makes_tables or reader.session.platform.grammar == "tsql" else [into.this.name.lower()]


def create(reader: Reader, node: Any, ctes: Ctes) -> list[Effect]:
    """CREATE TABLE or VIEW, by a column list, a query, LIKE or CLONE. Other kinds of object write nothing here."""
    kind = (node.args.get("kind") or "").upper()
    if kind not in {"TABLE", "VIEW"}:
        return []
    ctes = read_ctes(reader, node, ctes)
    schema = node.this if isinstance(node.this, exp.Schema) else None
    table = schema.this if schema is not None else node.this
    if not isinstance(table, exp.Table):
        return []
    properties = _properties(node)
    to = properties.get(exp.ToTableProperty)
    target = reader.base(to.this if to is not None else table, reading=False)
    listed = [definition for definition in schema.expressions if _names_column(definition)] if schema else []
    names = [reader.session.column_name(d.this if isinstance(d, exp.ColumnDef) else d) for d in listed]
    temporary = not _PASSING.isdisjoint(properties) or any(p.startswith("#") for p in target.name.parts[-1:])
    query = node.expression
    clone = node.args.get("clone")
    if clone is not None and isinstance(clone.this, exp.Table):
        query = clone.this
    if not isinstance(query, exp.Expr):
        names += _like(reader, [*properties.values(), *(schema.expressions if schema else ())])
        columns = [Output(target.spelled(name) or name, {}) for name in names]
        reader.session.made[target.name.key] = tuple(names) if names else target.columns
        _note_temporary(reader, target, temporary)
        return [Effect(target, columns)]
    relation = reader.query(query, ctes)
    if to is not None or (reader.session.platform.grammar == "mysql" and kind == "TABLE"):
        names = []
    effect = assign(reader, target, relation, names or None)
    _remember(reader, target, relation, temporary, names)
    return [effect]


def _like(reader: Reader, parts: list[Any]) -> list[str]:
    """The columns that CREATE TABLE ... (LIKE other) takes over; no data comes with them."""
    likes = [part.this for part in parts if isinstance(part, exp.LikeProperty) and isinstance(part.this, exp.Table)]
    return [column for like in likes for column in reader.base(like, reading=False).columns or ()]


_PASSING = frozenset((exp.TemporaryProperty, exp.VolatileProperty))
"""Properties of tables that do not outlast their session."""


def _names_column(definition: Any) -> bool:
    return isinstance(definition, exp.ColumnDef | exp.Identifier)


def _properties(node: Any) -> dict[type, Any]:
    properties = node.args.get("properties")
    return {type(each): each for each in properties.expressions} if properties is not None else {}


def _remember(
    reader: Reader, target: Base, relation: Relation, temporary: bool, names: list[str] | None = None
) -> None:
    """Later statements of the script know the columns of what this one made, when all of them are known."""
    if target.columns is None:
        columns = tuple(names or (output.name for output in relation.outputs()))
        reader.session.made[target.name.key] = None if relation.gaps() else columns
    _note_temporary(reader, target, temporary)


def _note_temporary(reader: Reader, target: Base, temporary: bool) -> None:
    if temporary:
        reader.session.temporary[target.name] = None


def insert(reader: Reader, node: Any, ctes: Ctes) -> list[Effect]:
    """INSERT INTO or OVERWRITE a table or directory, from a query or values, with upsert clauses."""
    ctes = read_ctes(reader, node, ctes)
    schema = node.this if isinstance(node.this, exp.Schema) else None
    table = schema.this if schema is not None else node.this
    if isinstance(table, exp.Directory):
        table = exp.Table(this=exp.Literal.string(table.name))
    if isinstance(table, exp.Func):
        place = next((each.name for each in table.find_all(exp.Literal) if each.is_string), table.name)
        table = exp.Table(this=exp.Literal.string(place))
    if not isinstance(table, exp.Table):
        return []
    target = reader.base(table, reading=False)
    names = _names(reader, target, schema, table, node)
    query = node.expression or node.args.get("source")
    if not isinstance(query, exp.Expr):
        return [Effect(target)]
    relation = reader.query(query, ctes)
    effect = assign(reader, target, relation, names, by_position=not node.args.get("by_name"))
    conflict = node.args.get("conflict")
    if conflict is not None:
        _upsert(reader, effect, target, node, ctes, table)
    return [effect, *output_into(reader, node, [effect], ctes)]


def output_into(reader: Reader, node: Any, effects: list[Effect], ctes: Ctes) -> list[Effect]:
    """T-SQL's OUTPUT inserted.a, deleted.b INTO u: the rows written, or written over, go to a second table too."""
    returning = node.args.get("returning")
    into = returning.args.get("into") if returning is not None else None
    if not isinstance(into, exp.Expr) or not effects or effects[0].target is None:
        return []
    call = into if isinstance(into, exp.Anonymous) else None
    named = into if call is not None or isinstance(into, exp.Identifier) else into.find(exp.Table)
    if named is None:
        return []
    table = exp.to_table(named.name, dialect=reader.session.platform.grammar)
    target = effects[0].target
    scope = reader.scope(ctes)
    scope.put(Entry("inserted", Query(list(effects[0].columns), [Gap(target)])))
    scope.put(Entry("deleted", target))
    for relation in effects[0].relations[:1]:
        scope.relation.inputs.append(relation)
    outputs, gaps = project(reader, returning, scope)
    names = [reader.session.column_name(column.this) for column in call.expressions] if call is not None else None
    return [assign(reader, reader.base(table, reading=False), Query(outputs, gaps), names, by_position=True)]


def _names(reader: Reader, target: Base, schema: Any, table: Any, node: Any) -> list[str] | None:
    """The target columns in the order in which values come, when the statement or the schema tells."""
    if schema is not None:
        return [reader.session.column_name(c.this if isinstance(c, exp.ColumnDef) else c) for c in schema.expressions]
    partition = table.args.get("partition") or node.args.get("partition")
    if target.columns is None or not isinstance(partition, exp.Expr):
        return None
    fixed = {e.this.name.lower() for e in partition.expressions if isinstance(e, exp.EQ)}
    return [column for column in top_level(target.columns) if column.lower() not in fixed]


def _upsert(reader: Reader, effect: Effect, target: Base, node: Any, ctes: Ctes, table: Any) -> None:
    """ON CONFLICT DO UPDATE, ON DUPLICATE KEY UPDATE: `excluded` is the row that was to be inserted."""
    conflict = node.args["conflict"]
    scope = reader.scope(ctes)
    scope.put(Entry((table.alias or table.name).lower(), target))
    scope.put(Entry("excluded", Query(list(effect.columns))))
    query = node.expression
    alias = query.args.get("alias") if isinstance(query, exp.Values) else None
    if alias is not None:
        row = with_columns(reader, effect.relations[0], [reader.session.column_name(c) for c in alias.columns])
        scope.put(Entry(alias.name.lower(), row if alias.columns else Query(list(effect.columns))))
    if isinstance(query, exp.Select) and query.args.get("from_") is not None and conflict.args.get("duplicate"):
        put_source(reader, query.args["from_"].this, scope)
        for join in query.args.get("joins") or ():
            put_join(reader, join, scope)
    effect.columns += assignments(reader, conflict.expressions, scope, target)
    if conflict.args.get("where") is not None:
        effect.influences.append(("filter", reader.collect.sources(conflict.args["where"].this, scope)))


def assignments(reader: Reader, sets: list[Any], scope: Scope, target: Base | None) -> list[Output]:
    """SET a = x, (b, c) = (SELECT ...): outputs named after the assigned columns."""
    outputs: list[Output] = []
    for each in sets:
        if not isinstance(each, exp.EQ | exp.PropertyEQ):
            continue
        left, right = each.this, each.expression
        if isinstance(left, exp.Tuple | exp.Paren) and not isinstance(left.this, exp.Column):
            outputs += _row_assignment(reader, left, right, scope)
            continue
        left = left.this if isinstance(left, exp.Paren) else left
        outputs.append(Output(_assigned(reader, left), reader.collect.sources(right, scope), right))
    return outputs


def _assigned(reader: Reader, left: Any) -> str:
    if isinstance(left, exp.Dot):
        return ".".join(part.name for part in left.parts)
    return reader.session.column_name(left.this if isinstance(left, exp.Column) else left)


def _row_assignment(reader: Reader, left: Any, right: Any, scope: Scope) -> list[Output]:
    names = [_assigned(reader, column) for column in left.expressions]
    right = right.this if isinstance(right, exp.Subquery | exp.Paren) else right
    if isinstance(right, exp.Query):
        relation = reader.query(right, scope.ctes, scope)
        scope.relation.inputs.append(relation)
        return [Output(name, o.sources, o.node) for name, o in zip(names, relation.outputs(), strict=False)]
    rows = isinstance(right, exp.Tuple | exp.Struct) or (
        isinstance(right, exp.Anonymous) and right.name.upper() == "ROW"
    )
    values = right.expressions if rows else [right]
    return [Output(n, reader.collect.sources(v, scope), v) for n, v in zip(names, values, strict=False)]


def multi_insert(reader: Reader, node: Any, ctes: Ctes) -> list[Effect]:
    """INSERT ALL / FIRST (Oracle, Snowflake) and FROM ... INSERT ... INSERT (Hive)."""
    ctes = read_ctes(reader, node, ctes)
    source = node.args["source"]
    scope = reader.scope(ctes)
    if isinstance(source, exp.Select | exp.SetOperation):
        scope.put(Entry("", reader.query(source, ctes)))
    else:
        put_source(reader, source, scope)
    relation = scope.entries[0].relation
    effects = []
    for branch in node.expressions:
        conditional = isinstance(branch, exp.ConditionalInsert)
        effect = _branch(reader, branch.this if conditional else branch, scope, relation, ctes)
        if conditional and branch.expression is not None:
            effect.influences.append(("filter", reader.collect.sources(branch.expression, scope)))
        effects.append(effect)
    return effects


def _branch(reader: Reader, node: Any, scope: Scope, relation: Relation, ctes: Ctes) -> Effect:
    schema = node.this if isinstance(node.this, exp.Schema) else None
    table = schema.this if schema is not None else node.this
    target = reader.base(table, reading=False)
    names = _names(reader, target, schema, table, node)
    query = node.expression
    if isinstance(query, exp.Values):
        row = query.expressions[0]
        cells = row.expressions if isinstance(row, exp.Tuple) else [row]
        outputs = [Output(_cell_name(reader, cell), reader.collect.sources(cell, scope), cell) for cell in cells]
        return assign(reader, target, Query(outputs, inputs=[relation]), names, by_position=True)
    if isinstance(query, exp.Select):
        chosen = read_select(reader, query, ctes, given=scope.entries)
        return assign(reader, target, chosen, names, by_position=True)
    return assign(reader, target, relation, names, by_position=True)


def _cell_name(reader: Reader, cell: Any) -> str:
    return reader.session.column_name(cell.this) if isinstance(cell, exp.Column) else reader.text_of(cell)
