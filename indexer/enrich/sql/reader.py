"""The working state of one statement: which tables it reads, what went wrong, and the way back into queries.

Owns the interning of tables and the collecting of problems. The mutual recursion of queries, FROM items and
expressions runs through here, so that each of those lives in a file of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any

from sqlglot import exp

from indexer.enrich.sql.expressions import Collector
from indexer.enrich.sql.joins import Pair, equal_columns
from indexer.enrich.sql.relations import IDENTITY, Base, Influence, Relation, Sources
from indexer.enrich.sql.scope import Ctes, Entry, Scope
from indexer.enrich.sql.script import Watched
from indexer.enrich.sql.session import Session
from indexer.enrich.sql.text import Texts

QueryReader = Callable[["Reader", exp.Expr, Ctes, Scope | None], Relation]


class OutOfTime(Exception):
    """A statement took longer than its budget; what is left is table-level lineage."""


class Reader:
    """State for one statement. `deadline` is in seconds of time.monotonic()."""

    def __init__(self, session: Session, query: QueryReader, texts: Texts, deadline: float) -> None:
        self.session = session
        self.texts = texts
        self.collect = Collector(self)
        self.deadline = deadline
        self.problems: dict[str, None] = {}
        self.reads: dict[Base, None] = {}
        self.effects: list[tuple[exp.Expr, Ctes]] = []
        self.equal: list[list[Pair]] = []
        """By condition, the columns of two tables that it sets equal."""
        self._query = query
        self._bases: dict[Any, Base] = {}
        self.returned: set[Base] = set()
        """Targets whose own rows are taken too, by RETURNING or by standing in a FROM."""
        self.rows: dict[str, Relation] = {}
        self._around: Scope | None = None
        self._deep = False
        if session.trigger is not None:
            self._watch(session.trigger)

    def _watch(self, trigger: Watched) -> None:
        """Make NEW, OLD and their like rows of the table that a trigger watches, as tables and as qualifiers."""
        keys = ("this", "db", "catalog")
        parts = {key: exp.to_identifier(part) for key, part in zip(keys, reversed(trigger.table), strict=False)}
        base = self.base(exp.Table(**parts), reading=False)
        self.rows = dict.fromkeys(trigger.rows, base)
        self._around = Scope(self.problem, {}, fields=False)
        for name in trigger.rows:
            self._around.put(Entry(name, base))

    def problem(self, text: str) -> None:
        """Note once what could not be followed."""
        self.problems[text] = None

    def query(self, node: exp.Expr, ctes: Ctes, outer: Scope | None = None) -> Relation:
        """Read a query; raises OutOfTime past the deadline."""
        if monotonic() > self.deadline:
            raise OutOfTime
        return self._query(self, node, ctes, outer)

    def condition(self, how: Influence, condition: exp.Expr, scope: Scope) -> None:
        """Note a condition on the rows of a scope: the columns it reads, and those it sets equal."""
        scope.relation.influences.append((how, self.collect.sources(condition, scope)))
        pairs = equal_columns(condition, scope, self.collect.sources)
        if pairs:
            self.equal.append(pairs)

    def scope(self, ctes: Ctes, outer: Scope | None = None) -> Scope:
        """A fresh scope with this dialect's rules."""
        rules = self.session.platform
        around = outer or self._around
        scope = Scope(self.problem, ctes, around, rules.alias_reuse, rules.struct_paths, rules.alias_first)
        scope.variable = self.variable if self.session.variables else None
        return scope

    def base(self, table: exp.Table, reading: bool = True) -> Base:
        """The table a reference names. `reading`: it counts as an input of the statement."""
        name, columns = self.session.resolve(self.session.table_name(table))
        base = self._bases.get(name)
        if base is None:
            base = self._bases[name] = Base(name, columns)
        if reading:
            self.reads[base] = None
        return base

    def variable(self, name: str, fields: tuple[str, ...] = ()) -> Sources | None:
        """Where the value of a procedure's variable comes from; None when there is none of that name."""
        held = self.session.variables.get(name.lower())
        if held is None:
            return None
        query, column = held
        if query is None or self._deep:
            return {}
        self._deep = True
        relation = self.query(query, self.rows)
        self._deep = False
        outputs = relation.outputs()
        if fields:
            return relation.get(fields[0]) or {}
        return outputs[column].sources if 0 <= column < len(outputs) else {}

    def text_of(self, node: Any) -> str:
        """What an unnamed select item is called: its text in lower case, blanks made single."""
        text, _ = self.texts.of(node)
        return " ".join((text or node.sql(self.session.platform.grammar)).lower().split())

    def positional(self, parameter: Any, scope: Scope) -> Sources:
        """`$1` in a query over a staged file: the n-th column of that file; elsewhere a parameter, without source."""
        at = parameter.this
        files = [e.relation for e in scope.entries if isinstance(e.relation, Base) and e.relation.name.is_file]
        if isinstance(at, exp.Literal) and len(files) == 1:
            return {(files[0], f"${at.name}"): IDENTITY}
        return self.variable("@" + at.name) or {}

    def dictionary(self, argument: Any) -> None:
        """Count a ClickHouse dictionary, named by string or by identifier, among the tables read."""
        if isinstance(argument, exp.Literal):
            self.base(exp.to_table(argument.name, dialect=self.session.platform.grammar))
        elif isinstance(argument, exp.Column):
            self.base(exp.Table(this=argument.this, db=argument.args.get("table")))
