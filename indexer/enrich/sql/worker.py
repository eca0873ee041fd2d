"""The worker process behind bounded.Extractor: parses SQL that is not trusted, with little memory and no environment.

Owns its own limits and the child's side of the conversation. Run as `python -m indexer.enrich.sql.worker FD MEGABYTES`;
speaks over the socket of that file descriptor, in the messages that bounded.py defines.
"""

from __future__ import annotations

import resource
import sys
from multiprocessing.connection import Connection
from typing import Any

from indexer.enrich.sql.extract import Watch, extract
from indexer.enrich.sql.records import KnownTable, TableName


class _Asking:
    """A SchemaLookup that asks the parent process, once a table."""

    def __init__(self, parent: Connection[Any, Any]) -> None:
        self._parent = parent
        self._known: dict[tuple[TableName, bool], KnownTable | None] = {}

    def find(self, name: TableName, exact_case: bool) -> KnownTable | None:
        key = (name, exact_case)
        if key not in self._known:
            self._parent.send(("find", name, exact_case))
            self._known[key] = self._parent.recv()
        return self._known[key]


class _Telling(Watch):
    """Tells the parent where the work is, so that it knows which statement took too long or was fatal."""

    def __init__(self, parent: Connection[Any, Any], skipped: dict[int, str]) -> None:
        self._parent = parent
        self._skipped = skipped

    def may_parse(self, number: int) -> str | None:
        self._parent.send(("at", number))
        return self._skipped.get(number)


def serve(parent: Connection[Any, Any]) -> None:
    """Answer requests until the parent goes away."""
    parent.send(("ready",))
    while True:
        try:
            sql, dialect, database, namespace, seconds, skipped = parent.recv()
        except EOFError:
            return
        watch = _Telling(parent, skipped)
        try:
            result = extract(sql, dialect, _Asking(parent), database, namespace, seconds, watch)
        except Exception as error:  # noqa: BLE001  the edge of the process: whatever it is, the parent must be told
            parent.send(("failed", f"{type(error).__name__}: {error}"))
        else:
            parent.send(("done", result))


def main() -> None:
    """Limit this process, then serve."""
    descriptor, megabytes = int(sys.argv[1]), int(sys.argv[2])
    limit = megabytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    serve(Connection(descriptor))


if __name__ == "__main__":
    main()
