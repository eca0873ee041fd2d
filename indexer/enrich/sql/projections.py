"""The select list: what columns it yields, what they are called, and how stars spread.

Owns output names and star expansion with EXCEPT, REPLACE, RENAME and ILIKE.
"""

from __future__ import annotations

import re
from typing import Any

from sqlglot import exp

from indexer.enrich.sql.expressions import unwound
from indexer.enrich.sql.reader import Reader
from indexer.enrich.sql.relations import AGGREGATE, EXPRESSION, IDENTITY, Gap, Output, Sources, raised
from indexer.enrich.sql.scope import Entry, Scope


def project(reader: Reader, node: Any, scope: Scope) -> tuple[list[Output], list[Gap]]:
    """The outputs of a select list (or RETURNING), and the gaps left by stars over unknown tables."""
    outputs: list[Output] = []
    gaps: list[Gap] = []
    late: list[Output] = []
    for item in node.expressions:
        star = _star(item)
        if star is not None:
            _spread(reader, item, star, scope, outputs, gaps)
            continue
        each = item.find(exp.Columns, exp.Apply) if not isinstance(item, exp.Column) else None
        if each is not None and _inside(each):
            inner = each.this if isinstance(each, exp.Apply | exp.Columns) and isinstance(each.this, exp.Expr) else each
            _spread_within(reader, item, inner if _star(inner) is not None else each, scope, outputs)
            continue
        made = _item(reader, item, scope)
        outputs += made
        if scope.reuse:
            for output in made:
                scope.define(output)
        else:
            late += made
    excluded = node.args.get("exclude")
    if excluded:
        names = {column.name.lower() for column in excluded}
        outputs = [output for output in outputs if output.name.lower() not in names]
        gaps = [Gap(gap.relation, gap.without | names, gap.renamed) for gap in gaps]
    for output in late:
        scope.define(output)
    if node.args.get("kind") == "VALUE" and len(outputs) == 1 and outputs[0].fields:
        outputs = [Output(name, sources) for name, sources in outputs[0].fields.items()]
    return outputs, gaps


def _inside(each: Any) -> bool:
    """False for COLUMNS(...) that stands by itself, which is a star."""
    return isinstance(each, exp.Apply) or not isinstance(each.parent, exp.Select)


def _spread_within(reader: Reader, item: Any, star: Any, scope: Scope, outputs: list[Output]) -> None:
    """`f(COLUMNS(...))`, `* APPLY(f)`: the expression once for each column."""
    found: list[Output] = []
    _spread(reader, star, _star(star), scope, found, [])
    how = AGGREGATE if item.find(exp.AggFunc) is not None else EXPRESSION
    outputs += [Output(output.name, raised(output.sources, how), item) for output in found]


def _star(item: Any) -> Any:
    if isinstance(item, exp.Star):
        return item
    if isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
        return item.this
    if isinstance(item, exp.Dot) and isinstance(item.expression, exp.Star):
        return item.expression
    return item if isinstance(item, exp.Columns) else None


def _item(reader: Reader, item: Any, scope: Scope) -> list[Output]:
    sources = reader.collect.sources(item, scope)
    if isinstance(item, exp.QueryTransform):
        return _transformed(reader, item, raised(sources, EXPRESSION))
    if isinstance(item, exp.Aliases):
        return [Output(reader.session.column_name(alias), sources, item) for alias in item.expressions]
    value = item.this if isinstance(item, exp.Alias) else item
    fields = _struct_fields(reader, value, scope) if isinstance(value, exp.Struct) else None
    return [Output(output_name(reader, item), sources, item, fields)]


def _transformed(reader: Reader, item: Any, sources: Sources) -> list[Output]:
    """Hive's TRANSFORM (a, b) USING 'script' AS (x, y): what the script does is not known, so all gives all."""
    schema = item.args.get("schema")
    listed = schema.expressions if schema is not None else [exp.to_identifier("key"), exp.to_identifier("value")]
    names = [column.this if isinstance(column, exp.ColumnDef) else column for column in listed]
    return [Output(reader.session.column_name(name), sources, item) for name in names]


def output_name(reader: Reader, item: Any) -> str:
    """What a select item is called: its alias, its column or last field, else its text in lower case."""
    if isinstance(item, exp.Alias):
        alias = item.args["alias"]
        return reader.session.column_name(alias) if isinstance(alias, exp.Identifier) else str(alias)
    if isinstance(item, exp.Subquery) and item.alias:
        return str(item.alias)
    if isinstance(item, exp.Column) and isinstance(item.this, exp.Parameter):
        return f"${item.this.this.name}"
    if isinstance(item, exp.Column):
        return reader.session.column_name(item.this)
    if isinstance(item, exp.Dot) and isinstance(item.expression, exp.Identifier):
        return reader.session.column_name(item.expression)
    if isinstance(item, exp.Cast | exp.Paren):
        inner = item.output_name
        if inner:
            return str(inner).lower()
    return reader.text_of(item)


def _struct_fields(reader: Reader, value: Any, scope: Scope) -> dict[str, Sources]:
    fields = {}
    for part in value.expressions:
        name = part.this.name if isinstance(part, exp.PropertyEQ) else part.alias_or_name
        inner = part.expression if isinstance(part, exp.PropertyEQ) else part
        fields[name.lower()] = reader.collect.sources(inner, scope)
    return fields


def _spread(reader: Reader, item: Any, star: Any, scope: Scope, outputs: list[Output], gaps: list[Gap]) -> None:
    """Expand one star into outputs and gaps."""
    found, open_ones = _covered(reader, item, scope)
    without = {_plain(column) for column in star.args.get("except_") or ()}
    replaced = {e.alias.lower(): e for e in star.args.get("replace") or ()}
    renamed = {_plain(e.this): reader.session.column_name(e.args["alias"]) for e in star.args.get("rename") or ()}
    pattern = _pattern(star)
    for output in found:
        key = output.name.lower()
        if key in without or (pattern is not None and not pattern.search(output.name)):
            continue
        if key in replaced:
            node = replaced.pop(key)
            outputs.append(Output(output.name, reader.collect.sources(node.this, scope), node))
        else:
            outputs.append(Output(renamed.get(key, output.name), output.sources, output.node))
    if open_ones:
        for node in replaced.values():
            outputs.append(Output(output_name(reader, node), reader.collect.sources(node.this, scope), node))
        hidden = frozenset(without | set(replaced) | set(renamed))
        back = {new.lower(): old for old, new in renamed.items()}
        gaps += [_narrowed(gap, hidden, back) for gap in open_ones]


def _narrowed(gap: Gap, hidden: frozenset[str], renamed: dict[str, str]) -> Gap:
    if not hidden and not renamed:
        return gap
    return Gap(gap.relation, gap.without | hidden, {**gap.renamed, **renamed})


def _covered(reader: Reader, item: Any, scope: Scope) -> tuple[list[Output], list[Gap]]:
    """The columns a star stands for, before its own EXCEPT and REPLACE."""
    if isinstance(item, exp.Dot):
        bottom, _ = unwound(item)
        if isinstance(bottom, exp.Star):
            bottom = item.this
        entry = scope.entry((bottom.name,)) if isinstance(bottom, exp.Column) and not bottom.table else None
        if entry is not None:
            return _of(entry)
        if isinstance(bottom, exp.Column):
            return _fields_of(reader, bottom, scope)
        return reader.collect.star_of(bottom, scope), []
    if isinstance(item, exp.Column):
        qualifier = tuple(part.name for part in item.parts[:-1])
        scopes: Scope | None = scope
        while scopes is not None:
            entry = scopes.entry(qualifier)
            if entry is not None:
                return _of(entry)
            scopes = scopes.outer
        column = exp.Column(this=item.parts[-2], table=item.parts[-3] if len(item.parts) > 2 else None)
        return _fields_of(reader, column, scope)
    return _all(scope)


def _of(entry: Entry) -> tuple[list[Output], list[Gap]]:
    return entry.relation.outputs(), entry.relation.gaps()


def _all(scope: Scope) -> tuple[list[Output], list[Gap]]:
    """Every FROM item in turn; columns joined by USING come first, and once."""
    outputs = [Output(name, sources) for name, sources in scope.joined.items()]
    gaps: list[Gap] = []
    hidden = frozenset(scope.joined)
    for entry in scope.entries:
        outputs += [output for output in entry.relation.outputs() if output.name.lower() not in hidden]
        gaps += [_narrowed(gap, hidden, {}) for gap in entry.relation.gaps()]
    return outputs, gaps


def _fields_of(reader: Reader, column: Any, scope: Scope) -> tuple[list[Output], list[Gap]]:
    """`column.*`: the fields of a struct column, which the schema may list."""
    sources = reader.collect.sources(column, scope)
    outputs = []
    for base, name in sources:
        prefix = name.lower() + "."
        for listed in base.columns or ():
            if listed.lower().startswith(prefix) and "." not in listed[len(prefix) :]:
                outputs.append(Output(listed[len(prefix) :], {(base, listed): IDENTITY}))
    if not outputs:
        reader.problem(f"the fields of struct '{column.name}' are not known")
        return [], []
    return outputs, []


def _plain(column: Any) -> str:
    return str(column.name).lower()


def _pattern(star: Any) -> re.Pattern[str] | None:
    like = star.args.get("ilike")
    if like is not None:
        return re.compile("^" + re.escape(like.name).replace("%", ".*").replace("_", ".") + "$", re.IGNORECASE)
    if isinstance(star, exp.Columns) and isinstance(star.this, exp.Literal):
        try:
            return re.compile(star.this.name)
        except re.error:
            return None
    return None
