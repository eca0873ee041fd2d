"""OpenLineage's names of data sets (namespace and name) as URNs of ours. Pure functions.

Follows OpenLineage's naming specification. The server stays in the URN, before a slash
(`postgres,db.internal:5432/shop.public.orders`): two servers may hold the same names, and only configuration tells
which of them is meant where others name none.
"""

from __future__ import annotations

import re

from catalog.identity.mapping import IdentityRules
from catalog.identity.platforms import environment_in
from catalog.urn import DEFAULT_ENV, dataset

_RESERVED = str.maketrans({",": "%2C", "(": "%28", ")": "%29"})
_GLUE_ARN = re.compile(r"^arn:aws[\w-]*:glue:([^:]+):(\d+)$")
_GLUE_NAME = re.compile(r"^table/([^/]+)/(.+)$")
_PORTS = {
    "postgres": "5432", "mysql": "3306", "mariadb": "3306", "redshift": "5439", "mssql": "1433", "oracle": "1521",
    "trino": "8080", "kafka": "9092", "hive": "10000", "cassandra": "9042", "clickhouse": "8123", "db2": "50000",
    "hdfs": "8020",
}  # fmt: skip
_GLOBAL = ("bigquery", "s3", "gcs", "dbfs", "pubsub")  # their names are unique by themselves
_PATHS = ("s3", "gcs", "abs", "hdfs", "dbfs")


def urn_of(namespace: str, name: str, rules: IdentityRules | None = None, env: str = "") -> str:
    """The URN of an OpenLineage data set. `env`: where its producer runs; by default what the server's name tells.

    A scheme nobody knows becomes a platform of that name.
    """
    rules = rules or IdentityRules()
    known = rules.namespaces.get(namespace.strip().lower())
    if known is not None:
        meant = rules.platform(known.platform)
        between = "/" if meant.path else "."
        full = between.join(filter(None, (known.prefix, name.strip("/") if meant.path else name)))
        return _urn(meant.name, "", full, known.env or env or DEFAULT_ENV)
    arn = _GLUE_ARN.match(namespace)
    if arn:
        table = _GLUE_NAME.match(name)
        return _urn("glue", namespace, f"{table[1]}.{table[2]}" if table else name, env)
    scheme, _, authority = namespace.partition("://")
    platform = rules.platform(scheme).name
    authority = authority.strip("/")
    if platform == "file":
        path = name if name.startswith("/") or authority else f"/{name}"
        return _urn(platform, "", f"{authority}{path}" if authority else path, env)
    if platform in _PATHS:
        return _urn(platform, "", "/".join(filter(None, (authority, name.strip("/")))), env or DEFAULT_ENV)
    if platform == "pubsub":
        name = name.removeprefix("topic:").replace(":", ".")
    return _urn(platform, "" if platform in _GLOBAL else _server(platform, authority), name, env)


def _urn(platform: str, server: str, name: str, env: str) -> str:
    full = f"{server}/{name}" if server else name
    return dataset(platform, full.translate(_RESERVED), env or environment_in(server) or DEFAULT_ENV)


def _server(platform: str, authority: str) -> str:
    """A server as one text: small letters, without user and path, with its port."""
    authority = authority.rpartition("@")[2].lower()
    first, _, database = authority.partition("/")
    hosts = sorted(_with_port(platform, host) for host in first.split(",") if host)
    return "+".join(filter(None, (*hosts[:1], database.replace("/", "+"))))


def _with_port(platform: str, host: str) -> str:
    port = _PORTS.get(platform, "")
    return host if ":" in host or not port else f"{host}:{port}"
