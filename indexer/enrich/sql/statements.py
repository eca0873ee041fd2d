"""One parsed statement to its lineage: picks the reader of its form.

Owns the list of statement forms. What each does is in writes.py, changes.py and files.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from indexer.enrich.sql import changes, files, writes
from indexer.enrich.sql.edges import statement_lineage
from indexer.enrich.sql.effects import Effect, assign
from indexer.enrich.sql.query import read_query
from indexer.enrich.sql.reader import Reader
from indexer.enrich.sql.records import Place, StatementLineage
from indexer.enrich.sql.scope import Ctes
from indexer.enrich.sql.session import Session
from indexer.enrich.sql.text import Texts

Form = Callable[[Reader, Any, Ctes], list[Effect]]


def _drop(reader: Reader, node: Any, ctes: Ctes) -> list[Effect]:
    kind = (node.args.get("kind") or "").upper()
    if kind not in {"TABLE", "VIEW", "MATERIALIZED VIEW", "DYNAMIC TABLE", "EXTERNAL TABLE"}:
        return []
    listed = node.args.get("tables") or [node.this]
    bases = [reader.base(table, reading=False) for table in listed if isinstance(table, exp.Table)]
    for base in bases:
        reader.session.made.pop(base.name.key, None)
    return [Effect(base) for base in bases]


def _truncate(reader: Reader, node: Any, ctes: Ctes) -> list[Effect]:
    return [Effect(reader.base(each, reading=False)) for each in node.expressions if isinstance(each, exp.Table)]


def _alter(reader: Reader, node: Any, ctes: Ctes) -> list[Effect]:
    """ALTER TABLE writes its table; a RENAME or SWAP moves what is known about the columns."""
    if not isinstance(node.this, exp.Table) or (node.args.get("kind") or "TABLE").upper() not in {"TABLE", "VIEW"}:
        return []
    base = reader.base(node.this, reading=False)
    effects = [Effect(base)]
    for action in node.args.get("actions") or ():
        if isinstance(action, exp.AlterRename) and isinstance(action.this, exp.Table):
            effects += _renamed(reader, base, action.this)
        elif isinstance(action, exp.Query):
            effects += [assign(reader, base, reader.query(action, ctes))]
    return effects


def _renamed(reader: Reader, base: Any, to: Any) -> list[Effect]:
    reader.reads[base] = None
    target = reader.base(to, reading=False)
    reader.session.made[target.name.key] = base.columns
    return [assign(reader, target, base)] if base.columns is not None else [Effect(target)]


_FORMS: tuple[tuple[type, str, Form], ...] = (
    (exp.Query, "select", writes.select),
    (exp.Create, "create", writes.create),
    (exp.MultitableInserts, "insert", writes.multi_insert),
    (exp.Insert, "insert", writes.insert),
    (exp.Update, "update", changes.update),
    (exp.Delete, "delete", changes.delete),
    (exp.Merge, "merge", changes.merge),
    (exp.Copy, "copy", files.copy),
    (exp.LoadData, "load", files.load),
    (exp.Export, "export", files.export),
    (exp.Drop, "drop", _drop),
    (exp.TruncateTable, "truncate", _truncate),
    (exp.Alter, "alter", _alter),
    (exp.Pivot, "select", writes.select),
    (exp.Values, "select", writes.select),
)
_SILENT = (
    exp.Use,
    exp.Set,
    exp.Commit,
    exp.Rollback,
    exp.Transaction,
    exp.Describe,
    exp.Comment,
    exp.Show,
    exp.Grant,
    exp.Declare,
)


def read_statement(
    node: Any, session: Session, texts: Texts, place: Place, text: str, deadline: float
) -> StatementLineage | None:
    """The lineage of one parsed statement; None for one of no form that reads or writes tables."""
    if isinstance(node, exp.Use):
        session.use(node)
    if isinstance(node, exp.Cache):
        passing = exp.Properties(expressions=[exp.TemporaryProperty()])
        node = exp.Create(this=node.this, kind="VIEW", expression=node.expression, properties=passing)
    if isinstance(node, exp.Declare | exp.Set):
        _declare(node, session)
    if isinstance(node, exp.LockingStatement):
        node = node.expression
    form = _form_of(node)
    if form is None:
        return None
    kind, read = form
    reader = Reader(session, read_query, texts, deadline)
    effects = read(reader, node, reader.rows)
    done = 0
    while done < len(reader.effects):
        inner, ctes = reader.effects[done]
        done += 1
        found = _form_of(inner)
        effects += found[1](reader, inner, ctes) if found is not None else []
    if kind == "create":
        kind = f"create {(node.args.get('kind') or 'object').lower()}"
    return statement_lineage(kind, text, place, reader, effects)


def _declare(node: Any, session: Session) -> None:
    """DECLARE @t TABLE (...), DECLARE v, SET @v = (query): remember columns and where values come from."""
    for item in node.expressions:
        if (
            isinstance(item, exp.SetItem)
            and isinstance(item.this, exp.EQ)
            and isinstance(item.this.this, exp.Parameter)
        ):
            query = item.this.expression
            query = query.this if isinstance(query, exp.Subquery) else query
            held = query if isinstance(query, exp.Query) else None
            session.variables["@" + item.this.this.name.lower()] = (held, 0)
        elif isinstance(item, exp.DeclareItem):
            kind = item.args.get("kind")
            for name in item.this if isinstance(item.this, list) else [item.this]:
                mark = "@" if isinstance(name, exp.Parameter) else ""
                session.variables.setdefault(mark + name.name.lower(), (None, 0))
                if isinstance(kind, exp.Schema):
                    columns = tuple(session.column_name(c.this) for c in kind.find_all(exp.ColumnDef))
                    table = exp.Table(this=name.copy() if isinstance(name, exp.Expr) else exp.to_identifier(name))
                    session.made[session.table_name(table).key] = columns


def is_silent(node: Any) -> bool:
    """True for statements that move no data: SET, USE, COMMIT, GRANT and the like."""
    return isinstance(node, _SILENT)


def _form_of(node: Any) -> tuple[str, Form] | None:
    for of, kind, read in _FORMS:
        if isinstance(node, of):
            return kind, read
    return None
