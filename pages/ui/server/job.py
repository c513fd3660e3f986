"""A job: the training of one experiment in slices, for all sessions that watch it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from dataclasses import replace
from enum import Enum
from typing import Protocol, TypeVar

from core.datasets import Table
from core.diagnosis import Rates, stable_rates
from core.experiment import Experiment
from core.preparation.split import Data
from core.training import advance, start
from core.training.plan import updates_per_epoch
from core.training.reference import Reference, solve
from core.training.results import Result
from core.training.state import Record, TrainingState
from core.words import Said, reason
from pages.ui.server.analyses import Analyses, Analysis
from pages.ui.server.pace import Pace
from pages.ui.server.turns import Turns

#: how long a slice should train
SLICE_SECONDS = 0.3

#: a job that has trained for this long gives its place to the next one in line
TURN_SECONDS = 1.0
#: a job fails when it loses more slices than this in a row
_LOST_SLICES_ALLOWED = 3
#: a session that has been silent for this long has closed its tab; shorter silences are normal, because browsers slow the timers of background tabs
ABSENT_SECONDS = 150

T = TypeVar("T")
#: runs a function: at once, or later in another thread
Defer = Callable[[Callable[[], object]], object]


class Status(Enum):
    """The state of a job."""

    #: the job trains or waits in line
    RUNNING = "running"
    #: the job has no watchers; it continues when a session watches it again
    STOPPED = "stopped"
    #: the training is complete
    DONE = "done"
    #: the training ended with `Job.error`
    FAILED = "failed"


class Server(Protocol):
    """What a job needs of the server: an executor, threads, the line, and room for its result."""

    executor: Callable[[], Executor]
    defer: Defer
    begin: Defer
    turns: Turns

    def make_room(self, newest: Job) -> None:
        """Drop results beyond the budget, but not that of the newest job."""


class Job:
    """The training of one experiment. `table` holds the data if a person brought them. Any thread may call every public method."""

    def __init__(self, experiment: Experiment, table: Table | None, server: Server) -> None:
        self.experiment = experiment
        self.status = Status.RUNNING
        self.error: Said | None = None
        #: the time of the last call of `watch`
        self.last_watched = time.monotonic()
        self._table = table
        self._server = server
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        #: the sessions that watch this job, each with the time of its last sign of life
        self._watchers: dict[str, float] = {}
        #: the watchers that have not seen the whole result
        self._unseen: set[str] = set()
        self._records: list[Record] = []
        self._state: TrainingState | None = None
        self._result: Result | None = None
        self._analyses = Analyses()
        #: whether the job stands in line or has a turn
        self._scheduled = False
        #: bytes of the records, or of the result that they became
        self._bytes = 0
        #: slices lost since the last one that arrived
        self._lost_slices = 0
        self._turn_started = 0.0
        self._pace = Pace()

    def watch(self, session: str) -> None:
        """Add the session to the watchers. A stopped job continues; a new one joins the line."""
        with self._lock:
            if session not in self._watchers or self.status is not Status.DONE:
                self._unseen.add(session)
            self.last_watched = self._watchers[session] = time.monotonic()
            if self.status is Status.STOPPED:
                self.status = Status.RUNNING
            if self._scheduled or self.status is not Status.RUNNING:
                return
            self._scheduled = True
        self._server.turns.join(self)

    def go(self) -> None:
        """Begin a turn: load the data, or send the next slice. `Turns` calls it when the job gets a place."""
        self._turn_started = time.monotonic()
        if not self._wanted():
            self._server.turns.leave(self)
        elif self._state is None:
            self._server.begin(self._begin)
        else:
            self._send()

    def leave(self, session: str) -> None:
        """Remove the session from the watchers. The job stops if it was the last one."""
        with self._changed:
            self._watchers.pop(session, None)
            self._unseen.discard(session)
            if not self._watchers and self.status is Status.RUNNING:
                self.status = Status.STOPPED
                self._changed.notify_all()

    def wait(self, seconds: float) -> None:
        """Return when the job no longer runs, or after `seconds`."""
        with self._changed:
            self._changed.wait_for(lambda: self.status is not Status.RUNNING, seconds)

    def result(self) -> Result | None:
        """Return the result of the records so far; None before the first record."""
        with self._lock:
            if self._state is None:
                return None
            if self._result is None or len(self._result.epochs) < len(self._records):
                self._result = Result.collect(self.experiment, self._state, self._records)
            return self._result

    def ahead(self) -> int:
        """Return how many jobs go before this one in line; 0 if this one does not wait."""
        return self._server.turns.ahead(self)

    def seen(self, session: str) -> None:
        """Note that a session has the result. If it is whole, the session waits for no more."""
        with self._lock:
            if self.status is Status.DONE:
                self._unseen.discard(session)

    def awaited(self) -> bool:
        """Return whether a session waits for the result: it has given a sign of life lately, and has not seen the whole result."""
        with self._lock:
            return bool(self._unseen & self._present().keys())

    def forgotten(self) -> bool:
        """Return whether nobody watches the job, and it holds nothing or has failed."""
        with self._lock:
            empty = self._state is None and self.status is not Status.RUNNING
            return (empty or self.status is Status.FAILED) and not self._present()

    def _present(self) -> dict[str, float]:
        """Return the watchers that have given a sign of life lately. A closed tab does not call `leave`."""
        now = time.monotonic()
        return {session: last_sign for session, last_sign in self._watchers.items() if now - last_sign < ABSENT_SECONDS}

    def size(self) -> int:
        """Return the bytes that the job holds, without the data."""
        with self._lock:
            return self._bytes + (0 if self._state is None else self._state.nbytes)

    def data(self) -> Data | None:
        """Return the data, which other jobs may share; None before they are loaded."""
        with self._lock:
            return None if self._state is None else self._state.data

    def drop(self) -> None:
        """Forget the data, the records and the analyses, unless the job runs or has failed. The next watcher starts the training anew."""
        with self._lock:
            if self.status in (Status.DONE, Status.STOPPED) and not self._scheduled:
                self.status = Status.STOPPED
                self._state, self._result, self._bytes = None, None, 0
                self._pace = Pace()
                self._records.clear()
                self._analyses.clear()

    def findings(self, result: Result, context: object, compute: Callable[[], T]) -> T:
        """Return `compute()` for a result of this job. It is computed once for all sessions that have the same records and an equal context."""
        return self._analyses.findings(result, context, compute)

    def reference(self, run: int) -> Future[Reference] | None:
        """Return the future of the L-BFGS solution of a run; None before the data are loaded, and while the executor takes no work."""
        return self._analyse(solve, run)

    def rates(self, run: int) -> Future[Rates] | None:
        """Return the future of the search for a learning rate at which a run does not diverge; None as for `reference`."""
        return self._analyse(stable_rates, run)

    def _analyse(self, analysis: Analysis[T], run: int) -> Future[T] | None:
        with self._lock:
            if self._state is None:
                return None
            return self._analyses.submit(self._server.executor, analysis, self.experiment, run, self._state.data)

    def progress(self) -> tuple[float, float]:
        """Return the share of the updates that is done, and an estimate of the seconds left (0 before the first slice arrived)."""
        with self._lock:
            if self._state is None:
                return 0.0, 0.0
            total = updates_per_epoch(self.experiment, self._state.data.n_train) * self.experiment.epochs
            done = self._state.updates(self.experiment)
            return done / total, self._pace.seconds_left(done, total)

    def _begin(self) -> None:
        """Load and split the data, and send the first slice. The job fails if the experiment is refused."""
        try:
            state = start(self.experiment, self._table)
        except ValueError as error:
            self._stop(Status.FAILED, reason(error))
            return
        except BaseException as error:  # a bug: the watchers see that the job failed instead of waiting forever
            self._stop(Status.FAILED, Said("the training could not begin ({error}): try again", error=type(error).__name__))
            raise
        with self._lock:
            self._keep(state)
            self._pace.estimate(self.experiment, state, SLICE_SECONDS)
        self._send()

    def _send(self) -> None:
        """Send the next slice to the executor."""
        assert self._state is not None
        self._pace.sent()
        try:
            future = self._server.executor().submit(advance, self.experiment, self._state, self.experiment.epochs, max_updates=self._pace.updates)
        except Exception as error:  # the pool is broken, is shut down, or lacks memory for another worker
            self._lose(error)
            return
        future.add_done_callback(lambda done: self._server.defer(lambda: self._receive(done)))

    def _receive(self, future: Future[TrainingState]) -> None:
        """Store the state and the records of a slice; then end the job, let it rest, give its place to another, or send the next slice."""
        error = CancelledError() if future.cancelled() else future.exception()
        if error is not None:
            self._lose(error)
            return
        with self._changed:
            assert self._state is not None
            state = replace(future.result(), data=self._state.data)  # jobs share the data: the slice's copy of them is dropped
            self._keep(state)
            self._lost_slices = 0
            self._pace.arrived(state.slice_seconds, SLICE_SECONDS)
            self._changed.notify_all()
            done = state.done(self.experiment)
            if done:
                self._result = Result.collect(self.experiment, state, self._records)
                self._records.clear()
                self._state, self._bytes = state.ended(), self._result.nbytes
        if done:
            self._stop(Status.DONE)
        elif not self._wanted():
            self._server.turns.leave(self)
        elif time.monotonic() - self._turn_started < TURN_SECONDS or not self._server.turns.pass_on(self):
            self._send()

    def _keep(self, state: TrainingState) -> None:
        """Keep the state of a slice, append its records, and count their bytes."""
        self._records.extend(state.records)
        self._bytes += sum(record.nbytes for record in state.records)
        self._state = replace(state, records=())

    def _wanted(self) -> bool:
        """Return whether the job still runs. A job without watchers stops here."""
        with self._changed:
            self._watchers = self._present()
            if not self._watchers and self.status is Status.RUNNING:
                self.status = Status.STOPPED
                self._changed.notify_all()
            self._scheduled = self.status is Status.RUNNING
            return self._scheduled

    def heard_of(self, session: str) -> None:
        """Note a sign of life of a watcher. A session that does not watch is ignored."""
        with self._lock:
            if session in self._watchers:
                self._watchers[session] = time.monotonic()

    def _lose(self, error: BaseException) -> None:
        """Send a lost slice again if the job still runs. The job fails when too many slices were lost in a row."""
        self._lost_slices += 1
        if self._lost_slices > _LOST_SLICES_ALLOWED:
            said = Said("training was lost {times} times ({error}): try again", times=self._lost_slices, error=type(error).__name__)
            self._stop(Status.FAILED, said)
        elif self._wanted():
            self._send()
        else:
            self._server.turns.leave(self)

    def _stop(self, status: Status, error: Said | None = None) -> None:
        """End the job as done or failed, give up its place, and drop other results if the budget is exceeded."""
        with self._changed:
            self.status, self.error, self._scheduled = status, error, False
            self._changed.notify_all()
        self._server.turns.leave(self)
        self._server.make_room(self)
