"""Who may use the executor: a few jobs at a time, the others in line, in the order in which they came."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Protocol


class Waiting(Protocol):
    """What waits in line."""

    def go(self) -> None:
        """Begin a turn."""
        ...


class Turns:
    """A line before a few places. `go` of a job is called when it gets a place; it keeps it until it calls `leave`, or `pass_on` at the end of its turn."""

    def __init__(self, places: Callable[[], int]) -> None:
        """Let as many go at a time as `places` says."""
        self._places = places
        self._line: deque[Waiting] = deque()
        self._going: list[Waiting] = []
        self._lock = threading.Lock()

    def join(self, job: Waiting) -> None:
        """Go to the end of the line."""
        with self._lock:
            self._line.append(job)
        self._admit()

    def leave(self, job: Waiting) -> None:
        """Give the place up."""
        with self._lock:
            self._going.remove(job)
        self._admit()

    def pass_on(self, job: Waiting) -> bool:
        """Give the place up and go to the end of the line if somebody waits; return whether that was so."""
        with self._lock:
            if not self._line:
                return False
            self._going.remove(job)
            self._line.append(job)
        self._admit()
        return True

    def ahead(self, job: Waiting) -> int:
        """Return how many go before a job that waits in line; 0 for one that does not."""
        with self._lock:
            return self._line.index(job) + len(self._going) if job in self._line else 0

    def taken(self) -> bool:
        """Return whether anybody goes or waits."""
        with self._lock:
            return bool(self._going or self._line)

    def _admit(self) -> None:
        """Let those in front go while there are places."""
        while True:
            with self._lock:
                if not self._line or len(self._going) >= self._places():
                    return
                job = self._line.popleft()
                self._going.append(job)
            job.go()  # outside the lock: it may leave at once
