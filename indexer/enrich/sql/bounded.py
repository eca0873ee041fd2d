"""Lineage of SQL that is not trusted: the same extraction in a process that is ended when it takes too long or dies.

Owns that process: starts it at the first request, keeps it for the next ones, restarts it after a death. A statement
that was fatal is left at table level and the script read again without it, so that one bomb costs one statement.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from multiprocessing.connection import Connection
from threading import Lock
from time import monotonic
from types import TracebackType
from typing import Any

from indexer.enrich.sql import scan
from indexer.enrich.sql.extract import SECONDS
from indexer.enrich.sql.platforms import platform
from indexer.enrich.sql.records import SchemaLookup, ScriptLineage
from indexer.enrich.sql.session import Session

MEGABYTES = 1024
"""Address space of the worker. A statement of the greatest size allowed needs about a quarter of it."""

MAX_FATAL = 3
"""Statements of one script that may each cost a worker; after that the rest is taken at table level."""

_START_SECONDS = 60.0


class WorkerNotStarted(RuntimeError):
    """The worker process could not be started; no statement is to blame."""


class Extractor:
    """Reads scripts one at a time in a worker process; close it, or use it as a context manager. May be shared between
    threads, which then wait for each other. POSIX only."""

    def __init__(self, seconds: float = SECONDS, megabytes: int = MEGABYTES) -> None:
        self._seconds = seconds
        self._megabytes = megabytes
        self._process: subprocess.Popen[bytes] | None = None
        self._worker: Connection[Any, Any] | None = None
        self._lock = Lock()

    def __enter__(self) -> Extractor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def extract(
        self,
        sql: str,
        dialect: str,
        schema: SchemaLookup,
        default_db: str | None = None,
        default_schema: str | None = None,
    ) -> ScriptLineage:
        """As extract.extract; what took longer than the budget or killed the worker is at table level and says so.

        Raises WorkerNotStarted when there is no worker to be had.
        """
        skipped: dict[int, str] = {}
        with self._lock:
            while len(skipped) < MAX_FATAL:
                request = (sql, dialect, default_db, default_schema, self._seconds, skipped)
                answer, at, problem = self._ask(request, schema)
                if answer is not None:
                    return answer
                if at < 0 or at in skipped:
                    break
                skipped[at] = problem
        session = Session(platform(dialect), schema, default_db, default_schema)
        return ScriptLineage((scan.by_words(sql, session, problem),), ())

    def close(self) -> None:
        """End the worker, if there is one."""
        if self._worker is not None:
            self._worker.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._process = self._worker = None

    def _ask(self, request: tuple[Any, ...], schema: SchemaLookup) -> tuple[ScriptLineage | None, int, str]:
        """The answer; or None, the number of the statement that was fatal (-1: none yet), and what happened."""
        at = -1
        worker = self._started()
        try:
            worker.send(request)
            deadline = monotonic() + self._seconds
            while worker.poll(max(deadline - monotonic(), 0)):
                message = worker.recv()
                if message[0] == "done":
                    return message[1], at, ""
                if message[0] == "failed":
                    return None, at, f"the statement could not be followed: {message[1]}"
                if message[0] == "at":
                    at = message[1]
                elif message[0] == "find":
                    worker.send(schema.find(message[1], message[2]))
                deadline = monotonic() + self._seconds
        except (EOFError, ConnectionError, BrokenPipeError):
            self.close()
            return None, at, "the statement brought the parser down"
        self.close()
        return None, at, f"the statement took longer than {self._seconds:g} s"

    def _started(self) -> Connection[Any, Any]:
        if self._worker is not None and self._process is not None and self._process.poll() is None:
            return self._worker
        self.close()
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-m", "indexer.enrich.sql.worker", str(theirs.fileno()), str(self._megabytes)]
        self._process = subprocess.Popen(
            command,
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )
        theirs.close()
        self._worker = Connection(ours.detach())
        if not self._worker.poll(_START_SECONDS) or self._worker.recv() != ("ready",):
            self.close()
            raise WorkerNotStarted(
                f"SQL worker did not start. Run '{sys.executable} -m indexer.enrich.sql.worker' to see."
            )
        return self._worker
