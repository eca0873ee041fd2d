"""What a script carries from statement to statement, and how a table name becomes a full one.

Owns default database and schema, the tables that the script itself has made so far, and name folding and lookup.
Reads the schema lookup it is given; nothing else.
"""

from __future__ import annotations

import re
from typing import Any

from sqlglot import exp

from indexer.enrich.sql.families import family_of, without_decorator
from indexer.enrich.sql.platforms import Platform, fold
from indexer.enrich.sql.records import KnownTable, SchemaLookup, TableName
from indexer.enrich.sql.relations import Unquoted
from indexer.enrich.sql.script import Watched

_FILE_LIKE = re.compile(
    r"(^[a-z][a-z0-9+.-]*://|/|\\|\.(csv|tsv|json|jsonl|ndjson|parquet|orc|avro|xlsx|txt|gz)$)", re.I
)


class Session:
    """The state of one script. `made` holds the columns of tables created here, or None when they are not known."""

    def __init__(self, platform: Platform, schema: SchemaLookup, database: str | None, namespace: str | None) -> None:
        self.platform = platform
        self.schema = schema
        self.database = database
        self.namespace = namespace
        self.made: dict[str, tuple[str, ...] | None] = {}
        self.temporary: dict[TableName, None] = {}
        self.trigger: Watched | None = None
        self.routine = False
        self.variables: dict[str, tuple[Any, int]] = {}
        """Variables of procedures: the query that filled each and which of its columns (-1: a whole row), or None."""

    def table_name(self, table: exp.Table) -> TableName:
        """The full name of a table reference: defaults put before it, folded, shards gathered into their family."""
        named = file_name(table)
        if named is not None:
            return TableName((named,), is_file=True)
        parts = [self._folded(part) for part in _identifiers(table)]
        return self._family(self._qualified(parts))

    def column_name(self, identifier: exp.Expr) -> str:
        """A column identifier as this platform folds it."""
        quoted = bool(identifier.args.get("quoted"))
        name = fold(identifier.name, quoted, self.platform.columns)
        return Unquoted(name) if not quoted and self.platform.columns == "upper" else name

    def known(self, name: TableName) -> KnownTable | None:
        """The table as this script made it, or as the catalog has it."""
        if name.is_file:
            return None
        if name.key in self.made:
            columns = self.made[name.key]
            return KnownTable(name, columns) if columns is not None else None
        return self.schema.find(name, self.platform.table_case_counts())

    def resolve(self, name: TableName) -> tuple[TableName, tuple[str, ...] | None]:
        """The catalog's spelling of the name and the columns, or the name itself and None."""
        found = self.known(name)
        return (found.name, found.columns) if found is not None else (name, None)

    def use(self, statement: exp.Use) -> None:
        """Follow USE DATABASE / USE SCHEMA / USE name."""
        kind = (statement.args.get("kind") or exp.Var(this="")).name.upper()
        table = statement.this
        if kind in {"ROLE", "WAREHOUSE", "SECONDARY ROLES"} or not isinstance(table, exp.Table):
            return
        parts = [self._folded(part) for part in _identifiers(table)]
        if len(parts) > 1:
            self.database, self.namespace = parts[-2], parts[-1]
        elif kind == "SCHEMA" or self.platform.two_level:
            self.namespace = parts[0]
        else:
            self.database = parts[0]
            self.namespace = self.platform.default_schema if self.namespace else None

    def _folded(self, part: exp.Expr) -> str:
        if isinstance(part, exp.Parameter):
            return f"@{part.name.lower()}"
        text = fold(part.name, bool(part.args.get("quoted")), self.platform.tables)
        if part.args.get("temporary") and not text.startswith("#"):
            return "#" + text
        if part.args.get("global_") and not text.startswith("#"):
            return "##" + text
        return text

    def _qualified(self, parts: list[str]) -> TableName:
        if self.platform.grammar == "databricks" and len(parts) == 2 and parts[0] == "live":
            parts = parts[1:]
        if len(parts) == 1:
            parts = [self.namespace or "", *parts]
        if len(parts) == 2:
            parts = [self.database or "", *parts]
        elif not parts[-2] and self.platform.default_schema:
            parts[-2] = self.platform.default_schema
        return TableName(tuple(part for part in parts if part))

    def _family(self, name: TableName) -> TableName:
        """The family a shard belongs to: always on BigQuery, elsewhere where the catalog keeps one asset for it."""
        table = without_decorator(name.parts[-1]) if self.platform.sharded else name.parts[-1]
        family = family_of(table)
        if family is None:
            return TableName((*name.parts[:-1], table))
        shared = TableName((*name.parts[:-1], family))
        if self.known(shared) is not None:
            return shared
        literal = TableName((*name.parts[:-1], table))
        if not self.platform.sharded or self.known(literal) is not None:
            return literal
        return shared


def file_name(table: exp.Table) -> str | None:
    """The path, URL or stage a table reference reads, when it is one; else None."""
    this = table.this
    if isinstance(this, exp.Var) and this.name.startswith("@"):
        return str(this.name)
    if isinstance(this, exp.Literal) and this.is_string:
        return str(this.name)
    if isinstance(this, exp.Identifier) and this.args.get("quoted") and _FILE_LIKE.search(this.name):
        return str(this.name)
    return None


def _identifiers(table: exp.Table) -> list[exp.Expr]:
    parts = [table.args.get("catalog"), table.args.get("db"), table.this]
    found = [part for part in parts if part is not None]
    while found and isinstance(found[-1], exp.Dot):
        dot = found.pop()
        found += [dot.this, dot.expression]
    return [part if isinstance(part, exp.Expr) else exp.to_identifier(str(part)) for part in found]
