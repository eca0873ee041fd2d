"""Statements that move data between tables and files: COPY, LOAD DATA, EXPORT DATA, UNLOAD.

Owns which side is the file and what columns can be told. A file's columns are known only where the statement names
them.
"""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from indexer.enrich.sql.effects import Effect, assign
from indexer.enrich.sql.reader import Reader
from indexer.enrich.sql.relations import Base, Output, Query, Relation
from indexer.enrich.sql.scope import Ctes


def copy(reader: Reader, node: Any, ctes: Ctes) -> list[Effect]:
    """COPY [INTO], in every direction: into a table from files or a query over a stage, and out of a table or query."""
    left, rights = node.this, [_unwrapped(each) for each in node.args.get("files") or ()]
    schema = left if isinstance(left, exp.Schema) else None
    table = schema.this if schema is not None else left
    names = [reader.session.column_name(c) for c in schema.expressions] if schema is not None else None
    if node.args.get("kind"):
        target = _side(reader, table, reading=False)
        queries = [each for each in rights if isinstance(each, exp.Query)]
        if target is None:
            return []
        if queries:
            return [assign(reader, target, reader.query(queries[0], ctes), names, by_position=True)]
        sources = [base for each in rights if (base := _side(reader, each, reading=True)) is not None]
        if target.name.is_file and len(sources) == 1:
            return [assign(reader, target, sources[0])]
        return [_bulk(reader, target, sources)]
    source = reader.query(table, ctes) if isinstance(table, exp.Query) else _side(reader, table, reading=True)
    effects = []
    for each in rights:
        target = _side(reader, each, reading=False)
        if source is not None:
            effects.append(assign(reader, target, source if names is None else _picked(source, names)))
    return effects


def load(reader: Reader, node: Any, ctes: Ctes) -> list[Effect]:
    """LOAD DATA: a file's rows into a table, column by column as they stand."""
    target = reader.base(node.this, reading=False)
    paths = [node.args["inpath"]] if node.args.get("inpath") is not None else []
    listing = node.args.get("files")
    if isinstance(listing, exp.Expr):
        for option in listing.find_all(exp.Property):
            if option.name.lower() == "uris":
                paths += list(option.find_all(exp.Literal))
    return [_bulk(reader, target, [_file(reader, path) for path in paths])]


def export(reader: Reader, node: Any, ctes: Ctes) -> list[Effect]:
    """BigQuery's EXPORT DATA OPTIONS(uri=...) AS query."""
    options = node.args.get("options")
    target: Base | None = None
    for option in options.expressions if options is not None else ():
        if isinstance(option, exp.Property) and option.name.lower() in {"uri", "path"}:
            target = _written(reader, option.args["value"])
    return [assign(reader, target, reader.query(node.this, ctes))]


def _bulk(reader: Reader, target: Base, sources: list[Base]) -> Effect:
    """Files read whole: which of their columns reaches which is not in the statement."""
    if sources:
        reader.problem(f"the columns of {', '.join(str(s.name) for s in sources)} are not known")
    return Effect(target)


def _picked(source: Relation, names: list[str]) -> Relation:
    return Query([Output(name, source.get(name) or {}) for name in names], inputs=[source])


def _unwrapped(node: Any) -> Any:
    while isinstance(node, exp.Subquery | exp.Paren) and isinstance(node.this, exp.Query):
        node = node.this
    return node


def _side(reader: Reader, node: Any, reading: bool) -> Base | None:
    if isinstance(node, exp.Table):
        return reader.base(node, reading)
    if isinstance(node, exp.Literal) and node.is_string:
        return reader.base(exp.Table(this=node), reading)
    if isinstance(node, exp.Var | exp.Identifier | exp.Column):
        standard = node.name.upper() in {"STDIN", "STDOUT", "PROGRAM"}
        return None if standard else reader.base(exp.Table(this=exp.to_identifier(node.name)), reading)
    return None


def _file(reader: Reader, literal: Any) -> Base:
    return reader.base(exp.Table(this=exp.Literal.string(literal.name)))


def _written(reader: Reader, literal: Any) -> Base:
    return reader.base(exp.Table(this=exp.Literal.string(literal.name)), reading=False)
