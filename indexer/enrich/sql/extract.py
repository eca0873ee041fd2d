"""A script of SQL to its lineage, statement by statement.

Owns the order of work: template, tokens, statements, parse, read; and what is done when one of these fails. Pure: no
clock but the time budget, no files, no network, no state between calls.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from time import monotonic
from typing import Any

from sqlglot import exp
from sqlglot.dialects import Dialect
from sqlglot.errors import ErrorLevel, SqlglotError
from sqlglot.tokens import Token

from indexer.enrich.sql import guard, jinja, scan
from indexer.enrich.sql.platforms import platform
from indexer.enrich.sql.procedures import declared, loops
from indexer.enrich.sql.reader import OutOfTime
from indexer.enrich.sql.records import SchemaLookup, ScriptLineage, StatementLineage
from indexer.enrich.sql.recovery import reduced_create, without_obstacles
from indexer.enrich.sql.rewrites import rewritten
from indexer.enrich.sql.script import Chunk, inner_statements, is_routine, split, watched
from indexer.enrich.sql.session import Session
from indexer.enrich.sql.statements import is_silent, read_statement
from indexer.enrich.sql.text import Texts

logging.getLogger("sqlglot").setLevel(logging.ERROR)
# It warns of every statement that it keeps as bare text; those are reported here as problems.

SECONDS = 5.0
"""Time budget of a statement: a thousand times what an ordinary one takes."""

MALFORMED = (
    SqlglotError,
    RuntimeError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    AssertionError,
    ArithmeticError,
)
"""What the grammars raise for malformed input, and what trees they build from it can raise in reading. Which one it is
is an accident of where they stopped."""

_COMMON = Dialect.get_or_raise("")

MAX_NESTING = 4
"""Bodies in bodies: a script, its procedure, dynamic SQL inside. More is not written by people."""


def extract(
    sql: str,
    dialect: str,
    schema: SchemaLookup,
    default_db: str | None = None,
    default_schema: str | None = None,
    seconds: float = SECONDS,
    watch: Watch | None = None,
) -> ScriptLineage:
    """The lineage of a script. Never raises for what the SQL says: what cannot be read is in `problems`.

    `dialect` is sqlglot's name or a common other one ("mssql"). Names are completed with `default_db` and
    `default_schema`. `seconds` bounds the reading of each statement, but cannot stop the parser: for SQL that is not
    trusted use bounded.Extractor, which can; `watch` is its way in.
    """
    rules = platform(dialect)
    session = Session(rules, schema, default_db, default_schema)
    problems: list[str] = []
    if jinja.is_template(sql):
        rendered = jinja.render(sql)
        sql, problems = rendered.text, list(rendered.problems)
    if len(sql) > guard.MAX_CHARACTERS:
        problem = f"the script has {len(sql)} characters, more than the {guard.MAX_CHARACTERS} that are parsed"
        return ScriptLineage((scan.by_words(sql, session, problem),), tuple(problems))
    try:
        grammar = Dialect.get_or_raise(rules.grammar)
    except ValueError:
        grammar = Dialect.get_or_raise("")
        problems.append(f"no grammar for dialect '{dialect}'; the common one was used")
    work = _Work(session, grammar, seconds, watch or Watch())
    return ScriptLineage(tuple(work.script(sql, 0)), tuple(problems))


class Watch:
    """Told which statement is about to be parsed; says which are to be left unparsed. By number, from 0."""

    def may_parse(self, number: int) -> str | None:
        """None to go on; else why the statement of that number is to be left at table level."""
        return None


class _Work:
    """One call's parser, session and budget."""

    def __init__(self, session: Session, grammar: Any, seconds: float, watch: Watch) -> None:
        self._watch = watch
        self._number = 0
        self._session = session
        self._grammar = grammar
        self._seconds = seconds

    def script(self, sql: str, nesting: int) -> Iterator[StatementLineage]:
        """Every statement of a script, those in procedure bodies included."""
        try:
            chunks = split(sql, self._grammar)
        except MALFORMED as error:
            yield scan.by_words(sql, self._session, f"the text could not be split into words: {_first_line(error)}")
            return
        for chunk in chunks:
            yield from self._chunk(sql, chunk, nesting)

    def _chunk(self, sql: str, chunk: Chunk, nesting: int) -> Iterator[StatementLineage]:
        problem = self._watch.may_parse(self._number)
        self._number += 1
        if guard.too_deep(chunk.tokens):
            problem = f"the statement nests deeper than the {guard.MAX_DEPTH} levels that are parsed"
        if problem is not None:
            yield scan.by_tokens(sql, chunk, self._session, problem)
            return
        self._session.trigger = watched(chunk, self._session.trigger)
        if is_routine(chunk):
            yield from self._salvaged(sql, chunk, nesting, "")
            return
        tokens, body = rewritten(chunk.tokens, self._grammar)
        if body is not None:
            yield from self.script(body, nesting + 1)
            return
        chunk = Chunk(tokens, chunk.start, chunk.end)
        node, problem = self._parsed(sql, chunk.tokens)
        if node is None or isinstance(node, exp.Command):
            shorter = reduced_create(chunk.tokens)
            node = self._parsed(sql, shorter)[0] if shorter is not None else node
        found = self._read(sql, chunk, node) if node is not None else None
        if found is not None:
            yield found
        elif node is None or not is_silent(node):
            yield from self._salvaged(sql, chunk, nesting, problem or "no grammar covers this statement")

    def _parsed(self, sql: str, tokens: list[Token]) -> tuple[Any, str]:
        """The syntax tree by the dialect's grammar, else by the common one, which lacks some of its oddities."""
        problem = ""
        for grammar in (self._grammar, _COMMON):
            try:
                return _tree(grammar, sql, tokens), ""
            except MALFORMED as error:
                problem = problem or f"the statement could not be parsed: {_first_line(error)}"
        return None, problem

    def _recovered(self, sql: str, chunk: Chunk) -> StatementLineage | None:
        """The statement without the clauses that the grammar does not know, if that leaves one that moves data."""
        try:
            tokens = reduced_create(chunk.tokens) or chunk.tokens
            node, left_out = without_obstacles(tokens, lambda tokens: _tree(self._grammar, sql, tokens))
        except MALFORMED:
            return None
        found = self._read(sql, chunk, node) if node is not None and not isinstance(node, exp.Command) else None
        if found is None:
            return None
        parts = ", ".join(f"'{sql[part[0].start : part[-1].end + 1]}'" for part in left_out)
        problem = f"the grammar does not know a part of the statement, which was left out: {parts}"
        return replace(found, complete=False, problems=(problem, *found.problems))

    def _read(self, sql: str, chunk: Chunk, node: Any) -> StatementLineage | None:
        texts = Texts(sql, chunk.tokens)
        place = texts.place(chunk.start, chunk.end)
        deadline = monotonic() + self._seconds
        try:
            return read_statement(node, self._session, texts, place, sql[chunk.start : chunk.end], deadline)
        except OutOfTime:
            problem = f"the statement could not be read within {self._seconds:g} s"
        except MALFORMED as error:
            problem = f"the statement was parsed but could not be followed: {_first_line(error)}"
        return scan.by_tokens(sql, chunk, self._session, problem)

    def _salvaged(self, sql: str, chunk: Chunk, nesting: int, problem: str) -> Iterator[StatementLineage]:
        """Statements inside what could not be read as one: bodies of procedures, tasks, blocks and dynamic SQL."""
        if nesting >= MAX_NESTING:
            return
        self._session.routine = self._session.routine or is_routine(chunk)
        self._session.variables.update((name, (None, 0)) for name in declared(chunk))
        for name, tokens in loops(chunk.tokens):
            query, _ = self._parsed(sql, tokens)
            self._session.variables[name] = (query if isinstance(query, exp.Query) else None, -1)
        inner = inner_statements(sql, chunk)
        for part in inner.chunks:
            yield from self._chunk(sql, part, nesting + 1)
        for body in inner.bodies:
            yield from self.script(body, nesting + 1)
        if not inner.chunks and not inner.bodies and not inner.procedural:
            yield self._recovered(sql, chunk) or scan.by_tokens(sql, chunk, self._session, problem)


def _tree(grammar: Any, sql: str, tokens: list[Token]) -> Any:
    nodes = grammar.parser(error_level=ErrorLevel.IMMEDIATE).parse(tokens, sql)
    return nodes[0] if nodes else None


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
