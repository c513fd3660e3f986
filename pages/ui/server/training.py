"""The training of one lane: who waits for it, how far it is, what it recorded."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from enum import Enum
from threading import Condition
from typing import Any, Protocol, TypeVar
from weakref import WeakSet

from core.words import Said
from pages.ui.server.analyses import Analyses, Analysis
from pages.ui.server.protocol import Lane, Records, Sized
from pages.ui.server.turns import Waiting

#: a session whose connection is lost may come back within this time; then its tab is closed
LOST_SECONDS = 5
#: a session that has been silent for this long has closed its tab; shorter silences are normal, because browsers slow the timers of background tabs
ABSENT_SECONDS = 150

T = TypeVar("T")


class Status(Enum):
    """The state of a training."""

    #: the lane trains or waits in line
    RUNNING = "running"
    #: nobody watches the lane; it goes on when a session watches it again
    STOPPED = "stopped"
    #: the training is complete
    DONE = "done"
    #: the training ended with `error`
    FAILED = "failed"


class Told(Protocol):
    """A job, as far as a training knows it."""

    #: woken by every change
    changed: Condition

    def dropped(self) -> None:
        """Forget the result, because a training was dropped."""
        ...


class Training:
    """The training of one lane, for all sessions that watch it. Whoever calls a method, but for `kept`, holds the lock of the service."""

    def __init__(self, lane: Lane, company: object, connected: Callable[[str], bool]) -> None:
        """`company`: equal for lanes that may train in one stack. `connected(session)`: whether a browser is connected to a session."""
        self.lane, self.company, self._connected = lane, company, connected
        self.status = Status.STOPPED
        self.error: Said | None = None
        #: the time of the last call of `watch`
        self.last_watched = time.monotonic()
        #: the data; None before they are loaded, and after the training was dropped
        self.data: Any = None
        self.state: Sized | None = None
        self.records: Records | None = None
        #: the stack that has the lane; None while it is in no stack
        self.stack: Waiting | None = None
        #: bytes of state and records
        self._bytes = 0
        #: wall seconds of the slices so far
        self.seconds = 0.0
        #: who is told of every change
        self.jobs: WeakSet[Told] = WeakSet()
        self._analyses = Analyses()
        #: the sessions that watch the lane, each with the time of its last sign of life
        self._watchers: dict[str, float] = {}
        #: the watchers that have not seen the whole result
        self._unseen: set[str] = set()

    def watch(self, session: str) -> None:
        """Add the session to the watchers. A stopped training has to go on, which `Jobs.enqueue` sees to."""
        if session not in self._watchers or self.status is not Status.DONE:
            self._unseen.add(session)
        self.last_watched = self._watchers[session] = time.monotonic()
        if self.status is Status.STOPPED:
            self.status = Status.RUNNING

    def leave(self, session: str) -> None:
        """Remove the session from the watchers. The training stops if it was the last one."""
        self._watchers.pop(session, None)
        self._unseen.discard(session)
        self._stop_without_watchers()

    def heard_of(self, session: str) -> None:
        """Note a sign of life of a watcher. A session that does not watch is ignored."""
        if session in self._watchers:
            self._watchers[session] = time.monotonic()

    def seen(self, session: str) -> None:
        """Note that a session waits for no more."""
        self._unseen.discard(session)

    def wanted(self) -> bool:
        """Return whether the training still runs. Watchers that were silent for long are forgotten; without watchers it stops here."""
        self._watchers = self._present()
        self._stop_without_watchers()
        return self.status is Status.RUNNING

    def ready(self) -> bool:
        """Return whether the training is to go on, can, and is in no stack."""
        return self.status is Status.RUNNING and self.stack is None and self.data is not None

    def awaited(self) -> bool:
        """Return whether a session waits for the result: it is there, and has not seen the whole result."""
        return bool(self._unseen & self._present().keys())

    def forgotten(self) -> bool:
        """Return whether nobody watches the training, and it holds nothing or has failed."""
        empty = self.records is None and self.status is not Status.RUNNING
        return (empty or self.status is Status.FAILED) and not self._present()

    def _present(self) -> dict[str, float]:
        """Return the watchers that are there. A closed tab does not call `leave`: it has no connection, or has given no sign of life for long."""
        now = time.monotonic()

        def patience(session: str) -> float:
            return ABSENT_SECONDS if self._connected(session) else LOST_SECONDS

        return {session: last_sign for session, last_sign in self._watchers.items() if now - last_sign < patience(session)}

    def _stop_without_watchers(self) -> None:
        if not self._watchers and self.status is Status.RUNNING:
            self.end(Status.STOPPED)

    def keep(self, state: Sized, records: Records, seconds: float) -> None:
        """Keep the state and the records of a slice, which took so many seconds. The training is done if nothing is left."""
        self.records = records if self.records is None else self.records.followed_by(records)
        self.seconds += seconds
        done = self.lane.done(state)
        self.state = None if done else state
        self._bytes = self.records.nbytes + (0 if done else state.nbytes)
        if done:
            self.end(Status.DONE)
        self.changed()

    def end(self, status: Status, error: Said | None = None) -> None:
        """Be done, stopped or failed."""
        self.status, self.error = status, error
        self.changed()

    def changed(self) -> None:
        """Tell the jobs that have the lane."""
        for job in [*self.jobs]:
            job.changed.notify_all()

    def progress(self) -> tuple[float, float]:
        """Return the share of the updates that is done, and an estimate of the seconds left (0 before the first slice arrived)."""
        if self.status is Status.DONE:
            return 1.0, 0.0
        if self.state is None:
            return 0.0, 0.0
        done, total = self.lane.updates(self.state, self.data)
        return done / total, (total - done) * self.seconds / done if done else 0.0

    def size(self) -> int:
        """Return the bytes that the training holds, without the data."""
        return self._bytes + self._analyses.nbytes

    def droppable(self) -> bool:
        """Return whether the training holds something that nobody waits for."""
        return self.records is not None and self.status in (Status.DONE, Status.STOPPED) and self.stack is None and not self.awaited()

    def drop(self) -> None:
        """Forget the data, the records and the analyses. The next watcher starts the training anew."""
        self.status, self.seconds, self._bytes = Status.STOPPED, 0.0, 0
        self.data = self.state = self.records = None
        self._analyses.clear()
        for job in [*self.jobs]:
            job.dropped()

    def analyse(self, executor: Callable[[], Executor], analysis: Analysis[T], *arguments: object) -> Future[T] | None:
        """Return the future of `analysis(*arguments, data)`; None before the data are loaded, and while the executor takes no work."""
        return None if self.data is None else self._analyses.submit(executor, analysis, *arguments, self.data)

    def kept(self, what: object, about: object, make: Callable[[], T]) -> T:
        """Return `make()`, or what it returned before for the same `what` and the same object `about`."""
        return self._analyses.kept(what, about, make)
