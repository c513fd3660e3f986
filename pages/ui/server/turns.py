"""The line before the executor: a few jobs train at a time, the others wait in the order in which they came.

Those that train take no more memory together than the largest stack may. Who would take more stays in line, and lighter ones go before it.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Protocol


class Waiting(Protocol):
    """A job that can stand in line. `memory`: the share of the memory that all jobs with a place may take together; at most 1."""

    memory: float

    def go(self) -> None:
        """Begin a turn."""
        ...


class Turns:
    """A line of jobs before a few places. A job that gets a place is told so by `go`. It keeps the place until it calls `leave` or `pass_on`."""

    def __init__(self, places: Callable[[], int]) -> None:
        """`places` returns how many jobs may have a place at the same time."""
        self._places = places
        self._line: deque[Waiting] = deque()
        #: the jobs that have a place
        self._going: list[Waiting] = []
        self._lock = threading.Lock()

    def join(self, job: Waiting) -> None:
        """Put the job at the end of the line."""
        with self._lock:
            self._line.append(job)
        self._admit()

    def leave(self, job: Waiting) -> None:
        """Give up the job's place."""
        with self._lock:
            self._going.remove(job)
        self._admit()

    def pass_on(self, job: Waiting) -> bool:
        """Give up the job's place and put it at the end of the line, unless no other job waits. Return whether another one waits."""
        with self._lock:
            if not self._line:
                return False
            self._going.remove(job)
            self._line.append(job)
        self._admit()
        return True

    def ahead(self, job: Waiting) -> int:
        """Return how many jobs have a place or stand before this one in the line; 0 if this one does not wait."""
        with self._lock:
            return self._line.index(job) + len(self._going) if job in self._line else 0

    def _admit(self) -> None:
        """Give free places to the jobs at the front of the line."""
        while True:
            with self._lock:
                room = 1 - sum(job.memory for job in self._going)
                job = next((job for job in self._line if job.memory <= room or not self._going), None)
                if job is None or len(self._going) >= self._places():
                    return
                self._line.remove(job)
                self._going.append(job)
            job.go()  # outside the lock, because the job may call `leave` within it
