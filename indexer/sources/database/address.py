"""What a database URL means: platform, database, how many levels its names have, where records say they come from.

Pure. The locator of a record names the database without user, password and parameters: it is stored.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from catalog.errors import ConfigInvalid
from catalog.urn import dataset, make
from indexer import source_urls

# Names of SQLAlchemy's dialects -> platforms, where they differ. The others are called the same.
_PLATFORMS = {"postgresql": "postgres", "awsathena": "athena", "clickhousedb": "clickhouse", "teradatasql": "teradata"}
_DRIVERS = {"mysql": "mysql+pymysql", "mariadb": "mariadb+pymysql"}
_TWO_LEVELS = {"mysql", "mariadb", "clickhouse", "hive", "teradata"}  # a schema there is a database
_FILES = {"sqlite", "duckdb"}
_RESERVED = str.maketrans({",": "%2C", "(": "%28", ")": "%29"})  # as DataHub encodes them inside a URN


@dataclass(frozen=True)
class Address:
    """A parsed database URL and how its tables are named. `database` is "" where names have two levels.

    `shown` is the URL as it may be shown, `secrets` what must be taken out of what drivers say.
    """

    url: URL
    platform: str
    database: str
    env: str
    place: str
    shown: str
    secrets: tuple[str, ...] = field(repr=False)
    only_schema: str = ""

    def locator(self, schema: str = "") -> str:
        """Where a record of a schema was read: postgresql://host/shop/public."""
        return f"{self.place}/{schema}" if schema else self.place

    def qualified(self, schema: str, name: str = "") -> str:
        """`shop.public.orders`, as the platform writes it."""
        return ".".join(filter(None, (self.database, schema, name)))

    def urn(self, schema: str, name: str) -> str:
        """The URN of a table, the same as other sources give it."""
        return dataset(self.platform, self.qualified(schema, name).translate(_RESERVED), self.env)

    def parts(self, schema: str, name: str) -> tuple[str, ...]:
        """The full name in parts."""
        return tuple(filter(None, (self.database, schema, name)))

    def container(self, schema: str = "") -> str:
        """The URN of the database or of a schema: the digest that DataHub makes of the same names."""
        names = {"platform": self.platform, "instance": self.env}
        if self.database:
            names |= {"database": self.database} | ({"schema": schema} if schema else {})
        else:
            names |= {"database": schema}
        text = json.dumps(names, separators=(",", ":"), sort_keys=True)
        return make("container", hashlib.md5(text.encode(), usedforsecurity=False).hexdigest())


def parse(text: str, platform: str, env: str, database_in_names: bool) -> Address:
    """Read a database URL. Raises ConfigInvalid, without showing a password."""
    try:
        url = make_url(text)
        backend = url.get_backend_name()
        split_wrong = backend not in _FILES and "@" in (url.database or "")
    except (ArgumentError, ValueError):
        split_wrong = True
    if split_wrong:
        raise ConfigInvalid(
            f"'{source_urls.hidden(text)}' is not a database URL. It looks like 'postgresql://user@host/database'; "
            "characters such as @ and / in a password are written percent-encoded (%40, %2F)."
        )
    if url.drivername in _DRIVERS:
        url = url.set(drivername=_DRIVERS[url.drivername])
    two = backend in _TWO_LEVELS
    name = _database(url, backend)
    return Address(
        url=url,
        platform=platform or _PLATFORMS.get(backend, backend),
        database="" if two or not database_in_names else name,
        env=env,
        place=_place(url, backend),
        shown=source_urls.hidden(text),
        secrets=source_urls.secrets(text),
        only_schema=name if two else "",
    )


def _database(url: URL, backend: str) -> str:
    if backend in _FILES:
        named = (url.database or "").removeprefix("file:")
        return Path(named).stem if named not in ("", ":memory:") else "memory"
    if backend == "bigquery":
        return url.host or ""
    return (url.database or "").partition("/")[0]


def _place(url: URL, backend: str) -> str:
    if backend in _FILES:
        return f"{backend}:///{url.database or ''}"
    host = url.host or url.query.get("host", "")
    host = host if isinstance(host, str) else ",".join(host)
    if not host or host.startswith("/"):  # a folder of sockets
        host = "localhost"
    port = f":{url.port}" if url.port else ""
    return "/".join(filter(None, (f"{backend}://{host}{port}", url.database)))
