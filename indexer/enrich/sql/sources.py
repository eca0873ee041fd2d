"""FROM items: tables, subqueries, table functions, unnested arrays, laterals, VALUES. Each becomes a scope entry.

Owns what each of these yields. Pivots are in pivots.py, queries in query.py.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from sqlglot import exp

from indexer.enrich.sql.joins import pair_of
from indexer.enrich.sql.pivots import pivoted
from indexer.enrich.sql.reader import Reader
from indexer.enrich.sql.relations import EXPRESSION, Made, Output, Query, Relation, Sources, add, merged, raised
from indexer.enrich.sql.scope import Entry, Scope, whole_row
from indexer.enrich.sql.words import words

_FLATTENED = ("seq", "key", "path", "index", "value", "this")
"""The columns of Snowflake's FLATTEN."""

_MADE_COLUMNS: dict[str, tuple[str, ...]] = {
    "explode": ("col",),
    "posexplode": ("pos", "col"),
    "splittotable": ("seq", "index", "value"),
    "split_to_table": ("seq", "index", "value"),
    "string_split": ("value", "ordinal"),
    "json_each": ("key", "value"),
    "jsonb_each": ("key", "value"),
    "jsonb_each_text": ("key", "value"),
    "json_tree": ("key", "value"),
    "openjson": ("key", "value", "type"),
}
"""What table functions call their columns when the query does not."""


def put_source(reader: Reader, node: Any, scope: Scope) -> None:
    """Read one FROM item, with the joins that hang on it, into the scope."""
    while isinstance(node, exp.Final | exp.TableSample | exp.Stream):
        node = node.this
    if isinstance(node, exp.TableAlias):  # what the grammar makes of a pipe's `|> AS q`
        node = exp.Table(this=node.this)
    if isinstance(node, exp.Subquery) and not isinstance(node.this, exp.Query):
        _put_wrapped(reader, node, scope)
    else:
        scope.put(_entry(reader, node, scope))
    for lateral in node.args.get("laterals") or ():
        put_source(reader, lateral, scope)
    for join in node.args.get("joins") or ():
        put_join(reader, join, scope)


def put_join(reader: Reader, join: Any, scope: Scope) -> None:
    """Read a join: its right side becomes an entry, its condition an influence, its USING columns one column each."""
    using = [column.name for column in join.args.get("using") or ()]
    left = {name: scope.resolve((name,)) for name in using}
    before = len(scope.entries)
    put_source(reader, join.this, scope)
    right = [entry.relation for entry in scope.entries[before:]]
    if join.args.get("method") == "NATURAL":
        using = _common(scope, before)
        left = {name: merged(_get(e.relation, name) for e in scope.entries[:before]) for name in using}
    side = (join.args.get("side") or "").upper()
    pairs = [pair_of(left[name], merged(_get(relation, name) for relation in right)) for name in using]
    reader.equal.append([pair for pair in pairs if pair is not None])
    for name in using:
        theirs = merged(_get(relation, name) for relation in right)
        both = merged((left[name], theirs))
        scope.joined[name.lower()] = raised(both, EXPRESSION) if side == "FULL" else both
        scope.relation.influences.append(("join", merged((left[name], theirs))))
    for key in ("on", "match_condition"):
        condition = join.args.get(key)
        if condition is not None:
            reader.condition("join", condition, scope)
    for further in join.expressions:
        put_source(reader, further, scope)
    if (join.args.get("kind") or "").upper() in {"SEMI", "ANTI"}:
        scope.drop(before, using)


def _common(scope: Scope, before: int) -> list[str]:
    right = {o.name.lower() for entry in scope.entries[before:] for o in entry.relation.outputs()}
    left = [o.name for entry in scope.entries[:before] for o in entry.relation.outputs()]
    return list(dict.fromkeys(name for name in left if name.lower() in right))


def _get(relation: Relation, name: str) -> Sources:
    return relation.get(name) or {}


def _put_wrapped(reader: Reader, node: Any, scope: Scope) -> None:
    """`(a JOIN b ON ...)`, with or without an alias for the whole."""
    inner = node.this
    alias = node.args.get("alias")
    if alias is None or not alias.name:
        put_source(reader, inner, scope)
        return
    own = reader.scope(scope.ctes, scope)
    put_source(reader, inner, own)
    outputs = [output for entry in own.entries for output in entry.relation.outputs()]
    gaps = [gap for entry in own.entries for gap in entry.relation.gaps()]
    relation = Query(outputs, gaps)
    relation.inputs, relation.influences = own.relation.inputs, own.relation.influences
    scope.put(Entry(alias.name.lower(), _renamed(reader, relation, alias)))


def _entry(reader: Reader, node: Any, scope: Scope) -> Entry:
    alias = node.args.get("alias") if not isinstance(node, exp.Alias) else None
    parts: tuple[str, ...] = ()
    if isinstance(node, exp.Table):
        relation = _table(reader, node, scope)
        parts = tuple(part.name.lower() for part in node.parts) if alias is None else ()
    elif isinstance(node, exp.Query):
        relation = reader.query(node.this if isinstance(node, exp.Subquery) else node, scope.ctes, scope)
    else:
        relation = _made(reader, node, scope)
    for pivot in node.args.get("pivots") or ():
        relation = pivoted(reader, relation, pivot, scope)
        alias = pivot.args.get("alias") or alias
    if alias is not None:
        relation = _renamed(reader, relation, alias)
    name = alias.name if alias is not None and alias.name else getattr(node, "name", "") or ""
    return Entry(name.lower(), relation, parts if len(parts) > 1 else ())


def _renamed(reader: Reader, relation: Relation, alias: Any) -> Relation:
    """The relation with the column names that an alias such as `AS t(a, b)` gives it."""
    names = [reader.session.column_name(c.this if isinstance(c, exp.ColumnDef) else c) for c in alias.columns]
    if not names or isinstance(relation, Made):
        return relation
    return with_columns(reader, relation, names)


def with_columns(reader: Reader, relation: Relation, names: list[str]) -> Relation:
    """The relation with its columns renamed by position."""
    outputs = relation.outputs()
    if relation.gaps():
        reader.problem("columns are renamed by position over a star that could not be expanded")
        outputs = []
    pairs = zip_longest(names, outputs[: max(len(names), len(outputs))])
    renamed = [
        Output(name or output.name, output.sources if output else {}, output.node if output else None)
        for name, output in pairs
    ]
    return Query(renamed, inputs=[relation])


def _table(reader: Reader, node: Any, scope: Scope) -> Relation:
    this = node.this
    if node.args.get("rows_from"):
        parts = [
            _made(reader, each.this if isinstance(each, exp.Table) else each, scope) for each in node.args["rows_from"]
        ]
        return Query([Output(f"column{at}", whole_row(part)) for at, part in enumerate(parts, 1)], inputs=parts)
    if isinstance(this, exp.SemanticView):
        return reader.base(this.this)
    if isinstance(this, exp.Func):
        return _made(reader, this, scope, node.args.get("alias"))
    if not node.args.get("db"):
        found = scope.ctes.get(node.name.lower())
        if found is not None:
            return found
        if node.name.lower() == "dual":
            return Query([])
    elif scope.fields and scope.entries and scope.entry((node.args["db"].name,)) is not None:
        return _array(reader, node, scope)
    return reader.base(node)


def _array(reader: Reader, node: Any, scope: Scope) -> Relation:
    """`FROM t, t.items AS i`: an array column of an earlier FROM item, unnested."""
    path = tuple(reader.session.column_name(part) for part in node.parts)
    return Made(raised(scope.resolve(path), EXPRESSION), (node.alias or path[-1],))


def _made(reader: Reader, node: Any, scope: Scope, alias: Any = None) -> Relation:
    """Rows made by a function or out of arrays."""
    alias = alias or node.args.get("alias")
    if isinstance(node, exp.Values):
        return _values(reader, node, scope, alias)
    if isinstance(node, exp.Alias):
        return Made(raised(reader.collect.sources(node.this, scope), EXPRESSION), (node.alias,), unlisted=False)
    if isinstance(node, exp.Column):
        return Made(raised(reader.collect.sources(node, scope), EXPRESSION), (node.name,), unlisted=False)
    call = node.this if isinstance(node, exp.Lateral | exp.TableFromRows) else node
    if isinstance(call, exp.Query):
        return reader.query(call.this if isinstance(call, exp.Subquery) else call, scope.ctes, scope)
    named = tuple(reader.session.column_name(c.this if isinstance(c, exp.ColumnDef) else c) for c in _columns(alias))
    if isinstance(call, exp.Unnest):
        return _unnested(reader, call, node, scope, named)
    if isinstance(call, exp.Anonymous) and call.name.lower() in _ELSEWHERE:
        return reader.base(_named_elsewhere(call))
    file = _file_argument(call)
    if file is not None:
        return reader.base(exp.Table(this=exp.Literal.string(file)))
    sources = raised(_argument_sources(reader, call, scope), EXPRESSION)
    own = _own_columns(call)
    if not named and alias is not None and alias.name and not own:
        named = (alias.name,)
    return Made(sources, named or own)


def _columns(alias: Any) -> list[Any]:
    return list(alias.columns) if alias is not None else []


def _argument_sources(reader: Reader, call: Any, scope: Scope) -> Sources:
    result: Sources = {}
    for table in call.find_all(exp.Table) if not isinstance(call, exp.Query) else ():
        if table.find_ancestor(exp.Query) is None or table.find_ancestor(exp.Query) is call.parent_select:
            add(result, merged(o.sources for o in _table(reader, table, scope).outputs()))
    add(result, reader.collect.sources(call, scope))
    return result


def _own_columns(call: Any) -> tuple[str, ...]:
    """The columns that a table function names by itself, or in its own column list."""
    if isinstance(call, exp.JSONTable):
        return tuple(d.name for d in call.find_all(exp.JSONColumnDef) if d.this is not None)
    if isinstance(call, exp.OpenJSON) and call.expressions:
        return tuple(definition.name for definition in call.expressions)
    if isinstance(call, exp.XMLTable):
        return tuple(definition.name for definition in call.args.get("columns") or ())
    name = call.name if isinstance(call, exp.Anonymous) else type(call).__name__
    if isinstance(call, exp.Explode) and (call.find(exp.Kwarg) or isinstance(call.parent, exp.TableFromRows)):
        return _FLATTENED
    return _MADE_COLUMNS.get(name.lower(), ())


def _file_argument(call: Any) -> str | None:
    """The path that a function such as read_csv('x.csv') or s3('url') reads."""
    if not isinstance(call, exp.Func) or isinstance(call, exp.Unnest):
        return None
    name = call.name if isinstance(call, exp.Anonymous) else call.sql_names()[0]
    if name.lower() not in _FILE_FUNCTIONS:
        return None
    first = next(iter(call.find_all(exp.Literal)), None)
    return first.name if first is not None and first.is_string else None


_FILE_FUNCTIONS = words(
    "read_csv read_csv_auto read_parquet parquet_scan read_json read_json_auto read_ndjson read_text read_files "
    "s3 s3cluster gcs url urlcluster file hdfs azureblobstorage deltalake iceberg iceberg_scan delta_scan "
    "openrowset external_query sniff_csv"
)


_ELSEWHERE = words("remote remotesecure cluster clusterallreplicas")
"""ClickHouse's functions that read a table of another server: remote('host', db.table) or ('host', 'db', 'table')."""


def _named_elsewhere(call: Any) -> Any:
    parts: list[Any] = []
    for argument in call.expressions[1:3]:
        if isinstance(argument, exp.Column):
            parts = list(argument.parts)
            break
        parts += [exp.to_identifier(name) for name in argument.name.split(".")]
    return exp.Table(this=parts[-1] if parts else None, db=parts[-2] if len(parts) > 1 else None)


def _unnested(reader: Reader, call: Any, node: Any, scope: Scope, named: tuple[str, ...]) -> Relation:
    """UNNEST of one or several arrays: columns pair with arrays; a position comes from all of them."""
    offset = call.args.get("offset")
    arrays = [raised(reader.collect.sources(e, scope), EXPRESSION) for e in call.expressions]
    alias = node.args.get("alias") or call.args.get("alias")
    if not named and alias is not None and alias.name:
        named = (reader.session.column_name(alias.this),)
    position = (reader.session.column_name(offset),) if isinstance(offset, exp.Expr) else ()
    if len(arrays) > 1 and len(named) >= len(arrays):
        padded = [*arrays, *(merged(arrays) for _ in named[len(arrays) :])]
        outputs = [Output(name, sources) for name, sources in zip(named, padded, strict=True)]
        return Query(outputs + [Output(name, merged(arrays)) for name in position])
    return Made(merged(arrays), (*named, *position))


def _values(reader: Reader, node: Any, scope: Scope, alias: Any) -> Relation:
    rows = [row.expressions if isinstance(row, exp.Tuple) else [row] for row in node.expressions]
    width = max((len(row) for row in rows), default=0)
    names = [reader.session.column_name(column) for column in _columns(alias)]
    first = 0 if reader.session.platform.grammar == "duckdb" else 1
    stem = {"duckdb": "col", "spark": "col", "databricks": "col"}.get(reader.session.platform.grammar, "column")
    names += [f"{stem}{at + first}" for at in range(len(names), width)]
    columns: list[Sources] = [{} for _ in range(width)]
    for row in rows:
        for at, cell in enumerate(row):
            if not isinstance(cell, exp.Literal):
                add(columns[at], reader.collect.sources(cell, scope))
    return Query([Output(name, sources) for name, sources in zip(names, columns, strict=False)])
