"""Other open SQL lineage tools on the same cases, each run by the Python that has it installed.

Owns how each peer is asked, in the way its documentation shows. A script of its own, without this project's packages:
`PYTHON lineage_peers.py TOOL < cases.json > answers.json`, where TOOL is sqlglot, sqllineage or datahub. Only the call
of the tool is timed; imports, schemas and a first warming call are not.
"""

from __future__ import annotations

import json
import re
import sys
import time
from importlib import import_module
from typing import Any

URN = re.compile(r"urn:li:dataset:\(urn:li:dataPlatform:([\w-]+),(.*),\w+\)")
PLATFORMS = {"tsql": "mssql"}
SQLLINEAGE = {"spark": "sparksql", "": "ansi", "presto": "trino"}


def by_sqlglot(case: dict[str, Any]) -> Any:
    """sqlglot's lineage(), one output column after the other; UPDATE and MERGE are beyond it."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.lineage import lineage
    from sqlglot.optimizer.qualify import qualify

    dialect = {"mssql": "tsql"}.get(case["dialect"], case["dialect"])
    schema = _nested(case["schemas"])

    def run() -> dict[str, Any]:
        edges, reads, writes = [], set(), set()
        for statement in sqlglot.parse(case["sql"], read=dialect):
            if statement is None:
                continue
            query = statement if isinstance(statement, exp.Query) else statement.find(exp.Query)
            target = statement.find(exp.Table) if isinstance(statement, exp.Create | exp.Insert) else None
            into = _full(target, case) if target is not None else None
            writes |= {into} if into else set()
            if query is None:
                continue
            query = qualify(
                query.copy(), schema=schema, dialect=dialect, catalog=case["default_db"], db=case["default_schema"],
                validate_qualify_columns=False, identify=False, allow_partial_qualification=True,
            )  # fmt: skip
            for column in query.named_selects:
                for node in lineage(column, query, schema=schema, dialect=dialect).walk():
                    if isinstance(node.expression, exp.Table):
                        table = _full(node.expression, case)
                        reads.add(table)
                        edges.append((into, column, table, node.name.split(".")[-1].strip('"`')))
        return {"in": sorted(reads), "out": sorted(writes), "edges": edges}

    return run


def _full(table: Any, case: dict[str, Any]) -> str:
    parts = [table.catalog or case["default_db"], table.db or case["default_schema"], table.name]
    return ".".join(part for part in parts if part)


def _nested(schemas: dict[str, list[str]]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    depth = max((len(name.split(".")) for name in schemas), default=0)
    for name, columns in schemas.items():
        parts = name.split(".")
        if len(parts) != depth:
            continue
        at = nested
        for part in parts[:-1]:
            at = at.setdefault(part, {})
        at[parts[-1]] = {column: "text" for column in columns if "." not in column}
    return nested


def by_sqllineage(case: dict[str, Any]) -> Any:
    """sqllineage with the case's schemas as its metadata provider. It follows columns only into a table, so that a
    bare query is given one to write."""
    provider = import_module("sqllineage.core.metadata.dummy").DummyMetaDataProvider
    runner_of = import_module("sqllineage.runner").LineageRunner
    metadata = {".".join(name.split(".")[-2:]): list(columns) for name, columns in case["schemas"].items()}
    dialect = SQLLINEAGE.get(case["dialect"], case["dialect"])

    def complete(name: str) -> str:
        name = name.replace("<default>.", "")
        parts = name.split(".")
        if len(parts) == 1 and case["default_schema"]:
            parts = [case["default_schema"], *parts]
        if len(parts) == 2 and case["default_db"]:
            parts = [case["default_db"], *parts]
        return ".".join(parts)

    sql = case["sql"]
    if re.match(r"\s*(select|with)\b", sql, re.IGNORECASE) and not re.search(r"\b(into|insert)\b", sql, re.IGNORECASE):
        sql = f"INSERT INTO bare_result {sql}"

    def run() -> dict[str, Any]:
        runner = runner_of(sql, dialect=dialect, metadata_provider=provider(metadata))
        edges = []
        for path in runner.get_column_lineage():
            source, target = path[0], path[-1]
            to = None if str(target.parent).endswith("bare_result") else complete(str(target.parent))
            if type(source.parent).__name__ == "Table":
                edges.append((to, target.raw_name, complete(str(source.parent)), source.raw_name))
        reads = sorted(complete(str(table)) for table in runner.source_tables)
        writes = sorted(complete(str(t)) for t in runner.target_tables if not str(t).endswith("bare_result"))
        return {"in": reads, "out": writes, "edges": edges}

    return run


def by_datahub(case: dict[str, Any]) -> Any:
    """DataHub's parser, statement by statement, with a fresh schema resolver so that nothing is cached."""
    resolver_of = import_module("datahub.sql_parsing.schema_resolver").SchemaResolver
    split_statements = import_module("datahub.sql_parsing.split_statements").split_statements
    sqlglot_lineage = import_module("datahub.sql_parsing.sqlglot_lineage").sqlglot_lineage
    platform = PLATFORMS.get(case["dialect"], case["dialect"])
    resolver = resolver_of(platform=platform, env="PROD")
    for known, columns in case["schemas"].items():
        urn = f"urn:li:dataset:(urn:li:dataPlatform:{platform},{known},PROD)"
        resolver.add_raw_schema_info(urn, dict.fromkeys(columns, "text"))

    def name(urn: str | None) -> str | None:
        found = URN.match(urn or "")
        return found[2] if found else None

    def run() -> dict[str, Any]:
        edges, reads, writes = [], set(), set()
        statements = list(split_statements(case["sql"])) or [case["sql"]]
        for sql in statements:
            result = sqlglot_lineage(
                sql, resolver, default_db=case["default_db"], default_schema=case["default_schema"]
            )
            reads |= {name(urn) for urn in result.in_tables}
            writes |= {name(urn) for urn in result.out_tables}
            for line in result.column_lineage or ():
                for source in line.upstreams:
                    edges.append(
                        (name(line.downstream.table), line.downstream.column, name(source.table), source.column)
                    )
        return {"in": sorted(reads), "out": sorted(writes), "edges": edges}

    return run


def main() -> None:
    """Read cases, ask the tool, write answers and seconds."""
    prepare = {"sqlglot": by_sqlglot, "sqllineage": by_sqllineage, "datahub": by_datahub}[sys.argv[1]]
    warm: dict[str, Any] = {
        "sql": "select a from t",
        "dialect": "postgres",
        "default_db": None,
        "default_schema": None,
        "schemas": {},
    }
    answers = []
    prepare(warm)()
    for case in json.load(sys.stdin):
        run = prepare(case)
        started = time.perf_counter()
        try:
            answer = run()
        except Exception as error:  # noqa: BLE001  a peer may fail in any way; that is its answer
            answer = {"in": [], "out": [], "edges": [], "error": f"{type(error).__name__}: {error}"[:300]}
        answers.append({**answer, "seconds": time.perf_counter() - started})
    sys.stdout.write("\x1e" + json.dumps(answers))


if __name__ == "__main__":
    main()
