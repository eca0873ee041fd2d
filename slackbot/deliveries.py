"""Which Slack deliveries were taken, kept over restarts: Slack sends an event again when it doubts that it arrived.

Owns one small SQLite file. Knows nothing of Slack's API or of answers.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

KEPT = 7 * 24 * 3600  # seconds; Slack's last retry comes after some minutes, a stopped Socket Mode client may be late


class Deliveries:
    """Safe to share between threads and processes: every claim is one transaction of its own connection."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "slack.db"
        self._clock = clock
        with closing(self._connect()) as connection, connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS taken (key TEXT PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID"
            )

    def claim(self, event_id: str, team: str, channel: str, ts: str) -> bool:
        """Take a delivery. False when this event, or this very message in another event, was taken before."""
        now = self._clock()
        keys = [f"message {team} {channel} {ts}", *([f"event {team} {event_id}"] if event_id else [])]
        with closing(self._connect()) as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("DELETE FROM taken WHERE at < ?", (now - KEPT,))
            rows = [(key, now) for key in keys]
            made = connection.executemany("INSERT OR IGNORE INTO taken (key, at) VALUES (?, ?)", rows).rowcount
        return made == len(keys)

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=10, isolation_level=None)
