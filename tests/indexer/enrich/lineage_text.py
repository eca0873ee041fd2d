"""Short texts for lineage in tests: "t.a > out.b" for an edge, with = ~ + for copied, computed, aggregated."""

from __future__ import annotations

from indexer.enrich.sql import DictSchema, ScriptLineage, extract

SHOP = DictSchema(
    {
        "s": ("id", "a", "b", "arr"),
        "t": ("id", "a", "b"),
        "u": ("id", "c"),
        "p": ("id", "addr", "addr.city", "addr.zip"),
    }
)
_MARKS = {"identity": "=", "expression": "~", "aggregate": "+"}


def lineage(sql: str, dialect: str, schema: DictSchema = SHOP, db: str | None = None, ns: str | None = None) -> str:
    """Edges of a script, sorted, "; " between them."""
    return edges_text(extract(sql, dialect, schema, db, ns))


def edges_text(script: ScriptLineage) -> str:
    """The flowing edges of a script as one text."""
    texts = {
        f"{e.from_table}.{e.from_column} {_MARKS[e.how]}> {str(e.to_table) + '.' if e.to_table else ''}{e.to_column}"
        for e in script.edges()
    }
    return "; ".join(sorted(texts))


def influences_text(script: ScriptLineage) -> str:
    """The influences of a script as one text."""
    texts = {f"{e.how} {e.from_table}.{e.from_column}" for s in script.statements for e in s.influences}
    return "; ".join(sorted(texts))
