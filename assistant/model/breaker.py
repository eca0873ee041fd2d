"""The circuit breaker: after some failures in a row the model is left alone for a while, then tried once. Owns that
state, shared by all questions of a process; touches nothing else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Breaker:
    """Closed (calls go through), open (none does) or half-open (one tries). Threads may share it."""

    def __init__(self, failures: int, pause: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._pause, self._clock = failures, pause, clock
        self._lock = threading.Lock()
        self._failed = 0
        self._until = 0.0  # open until this moment
        self._trying = False
        self.opened = 0  # how often it has opened

    @property
    def state(self) -> str:
        """closed, open or half-open."""
        with self._lock:
            return self._state()

    def allows(self) -> bool:
        """Whether a call may go out now. After a True, `succeed` or `fail` must follow."""
        with self._lock:
            state = self._state()
            if state == "half-open" and not self._trying:
                self._trying = True
                return True
            return state == "closed"

    def succeed(self) -> None:
        """The model answered: close."""
        with self._lock:
            self._failed, self._until, self._trying = 0, 0.0, False

    def fail(self, rest: float = 0.0) -> None:
        """The model failed. `rest`: seconds for which it asked to be left alone (Retry-After)."""
        with self._lock:
            self._failed += 1
            if self._failed >= self._most or self._trying or rest > 0:
                if self._state() == "closed" or self._trying:
                    self.opened += 1
                self._until = self._clock() + max(rest, self._pause if self._failed >= self._most else 0.0)
            self._trying = False

    def _state(self) -> str:
        if not self._until:
            return "closed"
        return "open" if self._clock() < self._until else "half-open"
