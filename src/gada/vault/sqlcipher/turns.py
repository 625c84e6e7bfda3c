"""Writers take turns: first come, first served.

SQLite lets one write at a time; the others ask again and again, with growing pauses, so that whoever writes without
pause keeps everybody else out: ten at once waited up to sixteen seconds when measured (bench/concurrency.py). Within a
process we queue; between processes we ask every few milliseconds.
"""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TypeVar

from sqlcipher3 import dbapi2

PATIENCE_SECONDS = 20.0
PAUSE_SECONDS = 0.002
Given = TypeVar("Given")


class Turns:
    """One queue for one database file in this process."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._taken = False

    def take(self) -> None:
        """Wait for our turn. Raises OperationalError when it does not come."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            ours = threading.Lock()
            ours.acquire()
            self._waiting.append(ours)
        if ours.acquire(timeout=PATIENCE_SECONDS):
            return
        with self._guard:
            if ours in self._waiting:
                self._waiting.remove(ours)
                raise dbapi2.OperationalError("database is locked: another writer of this process does not end")

    def give(self) -> None:
        """Hand the turn to whoever has waited longest."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


_queues: dict[str, Turns] = {}
_queues_guard = threading.Lock()


def queue_for(database: str) -> Turns:
    """The queue of this database file; an in-memory one has nobody to share with, and a queue of its own."""
    if ":memory:" in database or "mode=memory" in database:
        return Turns()
    with _queues_guard:
        return _queues.setdefault(database, Turns())


def patiently(ask: Callable[[], Given]) -> Given:
    """Ask until another process lets us, for as long as we are patient."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return ask()
        except dbapi2.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
        time.sleep(random.uniform(0.5, 1.5) * PAUSE_SECONDS)
