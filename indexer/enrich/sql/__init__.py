"""Column lineage from SQL text: what each statement reads and writes, column by column, and how.

    from indexer.enrich.sql import DictSchema, extract

    schema = DictSchema({"shop.public.orders": ("id", "amount")})
    script = extract("create table t as select sum(amount) as total from orders", "postgres", schema, "shop", "public")
    for edge in script.edges():
        print(edge.from_table, edge.from_column, "->", edge.to_table, edge.to_column, edge.how)

Pure: text, dialect and a SchemaLookup go in, records come out. For SQL that is not trusted, `bounded.Extractor` runs
the same in a worker process that is ended when it takes too long or dies.
"""

from indexer.enrich.sql.chain import lasting, outer_tables
from indexer.enrich.sql.extract import extract
from indexer.enrich.sql.records import (
    ColumnEdge,
    DictSchema,
    KnownTable,
    OutputColumn,
    Place,
    SchemaLookup,
    ScriptLineage,
    StatementLineage,
    TableName,
)

__all__ = [
    "ColumnEdge",
    "DictSchema",
    "KnownTable",
    "OutputColumn",
    "Place",
    "SchemaLookup",
    "ScriptLineage",
    "StatementLineage",
    "TableName",
    "extract",
    "lasting",
    "outer_tables",
]
