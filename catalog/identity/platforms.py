"""How each platform names its tables: levels of a name, what its case means, which part may be left out. Pure data.

Sources are the platforms' own manuals on identifiers. A platform that is not listed counts as case sensitive, with
names that are one opaque text: two spellings of it are never taken for one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

# any: case never tells names apart. upper, lower: what is not quoted is folded that way, so only a quoted or (lower)
# a mixed-case name is a name of its own. exact: every letter counts.
Case = Literal["any", "upper", "lower", "exact"]


@dataclass(frozen=True)
class Platform:
    """`levels`: parts of a full name (3: database.schema.table); 0: one text. `path`: bucket and path, by slashes."""

    name: str
    case: Case = "exact"
    levels: int = 0
    path: bool = False
    default: str = ""  # the database that everyone means who leaves it out
    lower_database: bool = False  # the first part alone ignores case


_ALL = (
    # Unquoted identifiers are folded to capitals; quoted ones keep their letters.
    *(Platform(name, "upper", 3) for name in ("snowflake", "oracle", "db2", "netezza")),
    *(Platform(name, "upper", 2) for name in ("hana", "exasol")),
    # Unquoted identifiers are folded to small letters; quoted ones keep their letters.
    *(Platform(name, "lower", 3) for name in ("postgres", "greenplum", "cockroachdb", "timescaledb")),
    Platform("cassandra", "lower", 2),
    # Case never tells two names apart (mssql: with its default collations; redshift: unless switched on).
    *(Platform(name, "any", 3) for name in ("redshift", "mssql", "trino", "presto", "databricks", "duckdb", "vertica")),
    *(Platform(name, "any", 2) for name in ("hive", "glue", "teradata", "sqlite")),
    Platform("athena", "any", 3, default="awsdatacatalog"),
    Platform("spark", "any", 3, default="spark_catalog"),
    # Every letter counts. Project ids of BigQuery are always small letters. MySQL: as on Linux.
    Platform("bigquery", "exact", 3, lower_database=True),
    Platform("spanner", "exact", 3),
    *(Platform(name, "exact", 2) for name in ("mysql", "mariadb", "clickhouse", "mongodb", "druid", "starrocks")),
    Platform("oceanbase", "exact", 2),
    Platform("crate", "exact", 3),
    Platform("dbt", "exact", 3),  # DataHub's own assets for dbt nodes, as long as nobody says where they live
    *(Platform(name, path=True) for name in ("s3", "gcs", "abs", "hdfs", "dbfs", "file", "delta-lake")),
    *(Platform(name) for name in ("kafka", "kinesis", "pulsar", "pubsub")),
)
_BY_NAME = {one.name: one for one in _ALL}

DBT = "dbt"
_ALIASES = {
    "postgresql": "postgres",
    "sqlserver": "mssql",
    "synapse": "mssql",
    "microsoftsqlserver": "mssql",
    "unity-catalog": "databricks",
    "awsglue": "glue",
    "awsathena": "athena",
    "prestodb": "presto",
    "s3a": "s3",
    "s3n": "s3",
    "gs": "gcs",
    "google-cloud-storage": "gcs",
    "abfs": "abs",
    "abfss": "abs",
    "wasb": "abs",
    "wasbs": "abs",
    "adls": "abs",
    "adlsgen2": "abs",
}

_ENVS = {
    "prod": "PROD",
    "production": "PROD",
    "prd": "PROD",
    "dev": "DEV",
    "development": "DEV",
    "test": "TEST",
    "testing": "TEST",
    "tst": "TEST",
    "staging": "STG",
    "stage": "STG",
    "stg": "STG",
    "preprod": "PRE",
    "pre-prod": "PRE",
    "preproduction": "PRE",
    "pre": "PRE",
    "sandbox": "SANDBOX",
    "sbx": "SANDBOX",
    "nonprod": "NON_PROD",
    "non-prod": "NON_PROD",
    "non_prod": "NON_PROD",
    "qa": "QA",
    "uat": "UAT",
}
ENVIRONMENTS = frozenset({*_ENVS.values(), "CORP", "EI", "RVW", "SIT"})
_WORDS = re.compile(r"[a-z]+")
_HINTS = {word: env for word, env in _ENVS.items() if word.isalpha() and word not in ("pre", "stage")}


def platform(name: str) -> Platform:
    """The platform of that name, under the name DataHub gives it."""
    known = name.strip().lower()
    known = _ALIASES.get(known, known)
    return _BY_NAME.get(known) or Platform(known)


def environment(text: str) -> str:
    """An environment in one spelling: prod, production and PROD are "PROD"; an unknown one in capitals."""
    return _ENVS.get(text.strip().lower(), text.strip().upper())


def environment_in(server: str) -> str:
    """The environment that the words of a server's name tell ("pg-staging.internal"), or ""."""
    found = {_HINTS[word] for word in _WORDS.findall(server.lower()) if word in _HINTS}
    return found.pop() if len(found) == 1 else ""
