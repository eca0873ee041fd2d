"""Which table columns an expression is computed from, and how: copied, computed, or aggregated.

Owns the walk over value expressions. It is iterative, because real scripts hold chains of thousands of operators;
only a subquery recurses, and those are bounded by guard.py. Resolves names through the Scope it is given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from indexer.enrich.sql.relations import AGGREGATE, EXPRESSION, IDENTITY, Output, Sources, add
from indexer.enrich.sql.scope import Scope, whole_row

if TYPE_CHECKING:
    from indexer.enrich.sql.reader import Reader
from indexer.enrich.sql.words import words

_Item = tuple[Any, int, frozenset[str]]
_NONE: frozenset[str] = frozenset()

_LEAVES = (
    exp.Identifier, exp.Literal, exp.Var, exp.DataType, exp.Star, exp.Null, exp.Boolean, exp.Placeholder,
    exp.Table, exp.JSONPath, exp.WindowSpec, exp.CurrentDate, exp.CurrentTimestamp, exp.RawString, exp.National,
)  # fmt: skip
_TRANSPARENT = (exp.Paren, exp.Alias, exp.Aliases, exp.Ordered, exp.Order, exp.Tuple, exp.PropertyEQ, exp.Kwarg)
_PICKS = (exp.FirstValue, exp.LastValue, exp.NthValue, exp.Lag, exp.Lead, exp.AnyValue)
"""Called like aggregates, they pass one row's value on."""

_UNITS = words(
    "year years yyyy yy quarter qtr month months mm week weeks isoweek day days dd dayofweek dow doy dayofyear "
    "hour hours hh minute minutes mi second seconds ss millisecond ms microsecond us nanosecond ns epoch"
)
"""Unquoted date parts: as arguments of date functions they parse like columns."""


class Collector:
    """Finds the sources of expressions for one statement's Reader."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def sources(self, node: exp.Expr, scope: Scope) -> Sources:
        """The table columns whose values enter the value of `node`."""
        if type(node) is exp.Column and not isinstance(node.this, exp.Star):
            return self._column(node, scope)
        result: Sources = {}
        stack: list[_Item] = [(node, IDENTITY, _NONE)]
        while stack:
            current, floor, hidden = stack.pop()
            kind = self._kind(type(current))
            if isinstance(kind, int):
                if kind >= 0:
                    _push_children(current, max(floor, kind), hidden, stack)
            else:
                kind(current, floor, hidden, scope, result, stack)
        return result

    def _kind(self, of: type) -> Any:
        kind = _KINDS.get(of)
        if kind is None:
            kind = _KINDS[of] = _classified(of)
        return kind if isinstance(kind, int) else getattr(self, kind)

    def _column(self, node: Any, scope: Scope, fields: tuple[str, ...] = ()) -> Sources:
        name = self._reader.session.column_name
        args = node.args
        this = args["this"]
        if isinstance(this, exp.Parameter):
            return self._reader.positional(this, scope)
        path = [name(part) for part in (args.get("catalog"), args.get("db"), args.get("table")) if part is not None]
        return scope.resolve((*path, name(this), *fields))

    def _on_column(self, node: Any, floor: int, hidden: Any, scope: Scope, result: Sources, stack: Any) -> None:
        if isinstance(node.this, exp.Star):
            entry = scope.entry((node.table,))
            if entry is not None and not isinstance(node.parent, exp.Count):
                add(result, whole_row(entry.relation))
            return
        if hidden and node.parts[0].name.lower() in hidden:
            return
        add(result, self._column(node, scope), floor)

    def _on_dot(self, node: Any, floor: int, hidden: Any, scope: Scope, result: Sources, stack: list[_Item]) -> None:
        bottom, fields = unwound(node)
        if isinstance(bottom, exp.Column) and not isinstance(bottom.this, exp.Star):
            if hidden and bottom.parts[0].name.lower() in hidden:
                return
            add(result, self._column(bottom, scope, fields), floor)
        elif isinstance(bottom, exp.Placeholder) and scope.knows(bottom.name):
            add(result, scope.resolve((bottom.name, *fields)), floor)
        elif isinstance(bottom, exp.Identifier):
            stack.extend((arg, EXPRESSION, hidden) for arg in calls_in(node))
        else:
            stack.append((bottom, max(floor, EXPRESSION), hidden))

    def _on_exists(self, node: Any, floor: int, hidden: Any, scope: Scope, result: Sources, stack: Any) -> None:
        query = node.this
        if isinstance(query, exp.Query):
            scope.relation.inputs.append(self._reader.query(query, scope.ctes, scope))
        else:
            stack.append((query, EXPRESSION, hidden))

    def _on_query(self, node: Any, floor: int, hidden: Any, scope: Scope, result: Sources, stack: Any) -> None:
        relation = self._reader.query(node, scope.ctes, scope)
        scope.relation.inputs.append(relation)
        for output in relation.outputs():
            add(result, output.sources, max(floor, EXPRESSION))

    def _on_in(self, node: Any, floor: int, hidden: Any, scope: Scope, result: Sources, stack: list[_Item]) -> None:
        """`x IN t` reads a table in ClickHouse, where t is no column."""
        field = node.args.get("field")
        if isinstance(field, exp.Column) and self._reader.session.platform.grammar == "clickhouse":
            if not any(entry.relation.has(field.name.lower()) for entry in scope.entries):
                self._reader.base(exp.Table(this=field.this, db=field.args.get("table")))
                field = None
            stack.extend((part, EXPRESSION, hidden) for part in (node.this, field) if part is not None)
            return
        _push_children(node, EXPRESSION, hidden, stack)

    def _on_lambda(self, node: Any, floor: int, hidden: frozenset[str], scope: Scope, result: Any, stack: Any) -> None:
        names = hidden | {parameter.name.lower() for parameter in node.expressions}
        stack.append((node.this, EXPRESSION, names))

    def _on_comprehension(self, node: Any, floor: int, hidden: Any, scope: Scope, result: Any, stack: Any) -> None:
        """DuckDB's [f(x) FOR x IN list IF ...]."""
        names = hidden | {node.expression.name.lower()}
        inner = [node.this, node.args.get("condition")]
        stack.extend((part, EXPRESSION, names) for part in inner if part is not None)
        stack.append((node.args["iterator"], EXPRESSION, hidden))

    def _on_window(self, node: Any, floor: int, hidden: Any, scope: Scope, result: Any, stack: list[_Item]) -> None:
        named = node.args.get("alias")
        for part in (node, scope.windows.get(named.name.lower()) if named is not None else None):
            if part is None:
                continue
            for key in ("partition_by", "order"):
                value = part.args.get(key)
                items = value if isinstance(value, list) else [value] if value is not None else []
                stack.extend((item, EXPRESSION, hidden) for item in items)
        stack.append((node.this, max(floor, EXPRESSION), hidden))

    def _on_parameter(self, node: Any, floor: int, hidden: Any, scope: Scope, result: Sources, stack: Any) -> None:
        add(result, self._reader.positional(node, scope), floor)

    def _on_anonymous(self, node: Any, floor: int, hidden: Any, scope: Scope, result: Any, stack: Any) -> None:
        name = node.name.upper()
        arguments = node.expressions
        if name.startswith("DICTGET") and arguments:
            self._reader.dictionary(arguments[0])
            arguments = arguments[1:]
        elif name == "VALUES" and scope.entry(("excluded",)) is not None:
            for argument in arguments:
                add(result, scope.resolve(("excluded", argument.name)), floor)
            return
        elif arguments and isinstance(arguments[0], exp.Column) and arguments[0].sql().lower() in _UNITS:
            arguments = arguments[1:]
        stack.extend((argument, max(floor, EXPRESSION), hidden) for argument in arguments)

    def star_of(self, node: exp.Expr, scope: Scope) -> list[Output]:
        """The fields of `expression.*` where the expression yields whole rows of FROM items, matched by name."""
        rows: dict[str, list[Output]] = {}
        conditions: Sources = {}
        for column in node.find_all(exp.Column):
            entry = scope.entry((column.name,)) if not column.table else None
            if entry is not None and whole_row(entry.relation):
                for output in entry.relation.outputs():
                    rows.setdefault(output.name.lower(), []).append(output)
            else:
                add(conditions, self._column(column, scope), EXPRESSION)
        result = []
        for same in rows.values():
            sources = dict(conditions)
            for output in same:
                add(sources, output.sources, EXPRESSION)
            result.append(Output(same[0].name, sources))
        return result


_HANDLERS: tuple[tuple[type, str], ...] = (
    (exp.Column, "_on_column"),
    (exp.Dot, "_on_dot"),
    (exp.Exists, "_on_exists"),
    (exp.Query, "_on_query"),
    (exp.Lambda, "_on_lambda"),
    (exp.Comprehension, "_on_comprehension"),
    (exp.Window, "_on_window"),
    (exp.Parameter, "_on_parameter"),
    (exp.In, "_on_in"),
    (exp.Anonymous, "_on_anonymous"),
)
_KINDS: dict[type, str | int] = {}
"""By type of node: the method that reads it, -1 for a leaf, else how much it works on what is under it. Filled as types
are met; it holds nothing of any statement."""


def _classified(of: type) -> str | int:
    for handled, method in _HANDLERS:
        if issubclass(of, handled):
            return method
    if issubclass(of, _LEAVES):
        return -1
    if issubclass(of, _TRANSPARENT):
        return IDENTITY
    return AGGREGATE if issubclass(of, exp.AggFunc) and not issubclass(of, _PICKS) else EXPRESSION


def unwound(node: exp.Dot) -> tuple[Any, tuple[str, ...]]:
    """The expression under a chain of dots, through parentheses, and the field names after it."""
    fields: list[str] = []
    bottom: Any = node
    while isinstance(bottom, exp.Dot | exp.Paren):
        if isinstance(bottom, exp.Dot):
            fields.append(bottom.expression.name)
        bottom = bottom.this
    return bottom, tuple(reversed(fields))


def calls_in(node: exp.Dot) -> list[exp.Expr]:
    """The arguments of a schema-qualified function call, `db.f(a, b)`, which parses as a chain of dots."""
    call = node.expression
    return list(call.expressions) if isinstance(call, exp.Func) else []


def _push_children(node: Any, floor: int, hidden: frozenset[str], stack: list[_Item]) -> None:
    for value in node.args.values():
        if isinstance(value, exp.Expr):
            stack.append((value, floor, hidden))
        elif isinstance(value, list):
            stack.extend((item, floor, hidden) for item in value if isinstance(item, exp.Expr))
