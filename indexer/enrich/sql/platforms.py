"""What the extractor must know of each SQL dialect: how it folds names, where aliases reach, what is no column.

Owns these facts and nothing else. Sources: each vendor's reference on identifiers, and sqlglot's dialect list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from indexer.enrich.sql.words import words

Folding = Literal["insensitive", "upper", "lower", "sensitive"]
"""insensitive: case never counts. upper, lower: unquoted names fold so, quoted ones stay. sensitive: all stay."""


@dataclass(frozen=True, slots=True)
class Platform:
    """One dialect. `grammar` is sqlglot's name for it; `alias_reuse`: a select item may use an earlier item's alias;
    `alias_first`: an alias hides a column of its name; `two_level`: USE names a schema, there being no databases above;
    `select_into`: SELECT INTO makes a table (elsewhere, and in procedures, it fills variables);
    `struct_paths`: `a.b` may be field b of column a;
    `sharded`: date-suffixed tables are one table."""

    grammar: str
    tables: Folding = "insensitive"
    columns: Folding = "insensitive"
    alias_reuse: bool = False
    alias_first: bool = False
    select_into: bool = False
    two_level: bool = False
    struct_paths: bool = False
    sharded: bool = False
    default_schema: str | None = None

    def table_case_counts(self) -> bool:
        """True where a table `T` and a table `t` are two tables whatever the quoting."""
        return self.tables == "sensitive"


_PLATFORMS: dict[str, Platform] = {
    "snowflake": Platform("snowflake", "upper", "upper", alias_reuse=True, struct_paths=True, default_schema="public"),
    "bigquery": Platform("bigquery", "sensitive", "insensitive", struct_paths=True, sharded=True),
    "databricks": Platform("databricks", alias_reuse=True, struct_paths=True),
    "spark": Platform("spark", two_level=True, alias_reuse=True, struct_paths=True),
    "hive": Platform("hive", two_level=True, struct_paths=True),
    "athena": Platform("athena", struct_paths=True),
    "trino": Platform("trino", struct_paths=True),
    "presto": Platform("presto", struct_paths=True),
    "redshift": Platform("redshift", select_into=True, alias_reuse=True, struct_paths=True),
    "postgres": Platform("postgres", "lower", "lower", select_into=True),
    "mysql": Platform("mysql", "sensitive", "lower", two_level=True),
    "tsql": Platform("tsql", select_into=True, default_schema="dbo"),
    "fabric": Platform("fabric", select_into=True, default_schema="dbo"),
    "oracle": Platform("oracle", "upper", "upper"),
    "clickhouse": Platform("clickhouse", "sensitive", "sensitive", alias_reuse=True, alias_first=True, two_level=True),
    "duckdb": Platform("duckdb", alias_reuse=True, struct_paths=True),
    "sqlite": Platform("sqlite"),
    "teradata": Platform("teradata", alias_reuse=True, two_level=True),
    "dremio": Platform("dremio", struct_paths=True),
    "materialize": Platform("materialize", "lower", "lower"),
    "": Platform("", select_into=True, struct_paths=True),
}
_OTHER_NAMES = {
    "mssql": "tsql",
    "sqlserver": "tsql",
    "synapse": "tsql",
    "azuresql": "tsql",
    "postgresql": "postgres",
    "greenplum": "postgres",
    "cockroachdb": "postgres",
    "mariadb": "mysql",
    "sparksql": "spark",
    "spark2": "spark",
    "delta-lake": "databricks",
    "unity-catalog": "databricks",
    "glue": "athena",
    "prestodb": "presto",
    "starburst": "trino",
    "trinodb": "trino",
    "ansi": "",
    "sql": "",
}

PSEUDO_COLUMNS = words(
    "_partitiontime _partitiondate _table_suffix _file_name rowid rownum level ctid sysdate systimestamp user "
    "current_user session_user system_user current_date current_time current_timestamp localtime localtimestamp "
    "connect_by_isleaf connect_by_iscycle $action $path $partition metadata$filename metadata$file_row_number "
    "default nextval currval metadata$action metadata$isupdate metadata$row_id input__file__name "
    "block__offset__inside__file"
)
"""Names that a platform supplies by itself. They are columns only where the schema says so."""


def platform(dialect: str) -> Platform:
    """The facts of a dialect, by sqlglot's name or a common other one. Unlisted ones get insensitive names."""
    name = dialect.strip().lower()
    name = _OTHER_NAMES.get(name, name)
    return _PLATFORMS.get(name) or Platform(name)


def is_listed(dialect: str) -> bool:
    """True for a dialect, or a platform of SQL, whose facts are known here; "" is none."""
    name = dialect.strip().lower()
    return bool(name) and (name in _PLATFORMS or name in _OTHER_NAMES)


def names() -> list[str]:
    """Every dialect name that is known."""
    return sorted({*_PLATFORMS, *_OTHER_NAMES})


def fold(text: str, quoted: bool, folding: Folding) -> str:
    """The spelling of an identifier that no schema knows: lower case wherever the platform would not tell.

    A platform's upper-folded names come out in lower case too (`ORDERS` and orders are one table to Snowflake and
    Oracle), which is how catalogs of these platforms spell them.
    """
    if folding == "insensitive":
        return text.lower()
    if folding == "sensitive":
        return text
    if not quoted or (folding == "upper" and text == text.upper()):
        return text.lower()
    return text
