"""Training outside the script: one executor for all users, in slices, with a line, progress and cancel.

A job is one experiment. Asking twice for the same experiment gives the same job, so it is computed once for everybody. Slices of
about 0.3 s go through the executor one after the other; a few jobs train at a time, the others wait in line, and a job that has had its turn
goes to the end of it. A slice that is lost with its worker is simply sent again. A job that nobody watches any more stops after its current
slice, and goes on from there when asked for again. Results are held within a budget of memory: the one that was looked at least recently is
dropped, and trained again should anybody still look at it.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from enum import Enum
from typing import Any, TypeVar

import streamlit as st

from core.datasets import Table
from core.diagnosis import Rates, stable_rates
from core.experiment import Experiment
from core.preparation.split import Data
from core.training import advance, start
from core.training.plan import updates_per_epoch
from core.training.reference import Reference, solve
from core.training.results import Result
from core.training.state import Record, TrainingState
from pages.ui.server.executors import workplace
from pages.ui.server.turns import Turns

SLICE_SECONDS = 0.3
#: what an update is taken to cost until a slice was measured: in any case, for each run, and for each parameter and row
_UPDATE_SECONDS, _RUN_SECONDS, _PRODUCT_SECONDS = 1e-4, 2e-5, 1e-9
#: a job that has trained for so long lets the next in line go
TURN_SECONDS = 1.0
#: bytes of results that are kept
KEPT_BYTES = 128_000_000
_LOST_SLICES_ALLOWED = 3
#: a session that was not heard of for this long has closed its tab; browsers slow the timers of tabs in the background
ABSENT_SECONDS = 150

T = TypeVar("T")
Defer = Callable[[Callable[[], object]], object]


def at_once(call: Callable[[], object]) -> object:
    """Do it now, in this thread."""
    return call()


class Status(Enum):
    """Where a job stands."""

    RUNNING = "running"
    STOPPED = "stopped"
    DONE = "done"
    FAILED = "failed"


class Job:
    """One experiment in training, perhaps on a table of somebody's own. Everything is safe to read from any thread."""

    def __init__(self, experiment: Experiment, table: Table | None, jobs: Jobs) -> None:
        self.experiment = experiment
        self.status = Status.RUNNING
        self.error = ""
        #: when it was last asked for
        self.asked = time.monotonic()
        self._table = table
        self._jobs = jobs
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        #: sessions that wait for this job, and when each was last heard of
        self._watchers: dict[str, float] = {}
        self._records: list[Record] = []
        self._state: TrainingState | None = None
        self._result: Result | None = None
        self._references: dict[int, Future[Reference]] = {}
        self._rates: dict[int, Future[Rates]] = {}
        #: what was last said of the records: of which ones, what was known besides, and what
        self._said: tuple[Any, object, Any] | None = None
        #: whether it stands in line or has a slice under way
        self._busy = False
        self._bytes = 0
        self._lost = 0
        self._slice_updates = 0
        self._turn_began = 0.0
        self._sent = 0.0
        self._spent = 0.0

    def watch(self, session: str) -> None:
        """Keep the job going for this session; begin, or go on, if it stands still."""
        with self._lock:
            self.asked = self._watchers[session] = time.monotonic()
            if self.status is Status.STOPPED:
                self.status = Status.RUNNING
            if self._busy or self.status is not Status.RUNNING:
                return
            self._busy = True
        self._jobs.turns.join(self)

    def go(self) -> None:
        """Train for a turn. Called when a place is free."""
        self._turn_began = time.monotonic()
        if not self._wanted():
            self._jobs.turns.leave(self)
        elif self._state is None:
            self._jobs.begin(self._begin)
        else:
            self._send()

    def leave(self, session: str) -> None:
        """Stop watching; the last one to leave stops the job."""
        with self._changed:
            self._watchers.pop(session, None)
            if not self._watchers and self.status is Status.RUNNING:
                self.status = Status.STOPPED
                self._changed.notify_all()

    def wait(self, seconds: float) -> None:
        """Return when the job stands still, or after `seconds`."""
        with self._changed:
            self._changed.wait_for(lambda: self.status is not Status.RUNNING, seconds)

    def result(self) -> Result | None:
        """Return what is recorded so far, None before the first record."""
        with self._lock:
            if self._state is None:
                return None
            if self._result is None or len(self._result.epochs) < len(self._records):
                self._result = Result.collect(self.experiment, self._state, self._records)
            return self._result

    def ahead(self) -> int:
        """Return how many jobs go before this one, which waits in line; 0 if it does not wait."""
        return self._jobs.turns.ahead(self)

    def size(self) -> int:
        """Return the bytes of the data and of what is recorded."""
        return self._bytes

    def drop(self) -> None:
        """Forget what is recorded if it stands still; who asks for it again begins anew."""
        with self._lock:
            if self.status in (Status.DONE, Status.STOPPED) and not self._busy:
                self.status = Status.STOPPED
                self._state, self._result, self._spent, self._bytes = None, None, 0.0, 0
                self._records.clear()
                self._references.clear()
                self._rates.clear()
                self._said = None

    def said(self, result: Result, known: object, say: Callable[[], T]) -> T:
        """Return what `say` makes of a result of this job, made once for all sessions that look at these records and know the same besides."""
        said = self._said
        if said is None or said[0] is not result.metrics or said[1] != known:
            said = self._said = result.metrics, known, say()
        what: T = said[2]
        return what

    def reference(self, run: int) -> Future[Reference] | None:
        """Return the solution of a run by L-BFGS, under way or done; None while there are no data or no workers. A lost one is asked for again."""
        return self._aside(solve, self._references, run)

    def rates(self, run: int) -> Future[Rates] | None:
        """Return the search for a learning rate at which a run does not diverge, in the same way."""
        return self._aside(stable_rates, self._rates, run)

    def _aside(self, compute: Callable[[Experiment, int, Data], T], known: dict[int, Future[T]], run: int) -> Future[T] | None:
        """Return what the executor computes of a run and the data, beside the training."""
        with self._lock:
            future = known.get(run)
            if self._state is not None and (future is None or (future.done() and (future.cancelled() or future.exception() is not None))):
                try:
                    future = known[run] = self._jobs.executor().submit(compute, self.experiment, run, self._state.data)
                except RuntimeError:  # the pool is broken or shut down
                    return None
            return future

    def progress(self) -> tuple[float, float]:
        """Return the share that is done, and the seconds that the rest will take at the pace so far (0 before there is one)."""
        with self._lock:
            if self._state is None:
                return 0.0, 0.0
            total = updates_per_epoch(self.experiment, self._state.data.n_train) * self.experiment.epochs
            done = self._state.updates(self.experiment)
            return done / total, (total - done) * self._spent / done if done else 0.0

    def _begin(self) -> None:
        try:
            state = start(self.experiment, self._table)
        except ValueError as error:
            self._stop(Status.FAILED, str(error))
            return
        except BaseException as error:  # a bug: who asked gets to see it, and nobody waits for a job that will never move
            self._stop(Status.FAILED, f"the training could not begin ({type(error).__name__}): try again")
            raise
        work = state.params.size * min(self.experiment.batch_size or state.data.n_train, state.data.n_train)
        with self._lock:
            self._state = state
            self._bytes = sum(array.nbytes for array in (state.data.X, state.data.truth, *(targets.values for targets in state.data.targets.values())))
            self._keep(state.records)
            guess = _UPDATE_SECONDS + _RUN_SECONDS * len(self.experiment.runs) + _PRODUCT_SECONDS * work
            self._slice_updates = max(1, int(SLICE_SECONDS / guess))
        self._send()

    def _send(self) -> None:
        """Send the next slice to the executor."""
        assert self._state is not None
        self._sent = time.monotonic()
        try:
            future = self._jobs.executor().submit(advance, self.experiment, self._state, self.experiment.epochs, max_updates=self._slice_updates)
        except Exception as error:  # broken, shut down, or out of memory for another worker
            self._lose(error)
            return
        future.add_done_callback(lambda done: self._jobs.defer(lambda: self._receive(done)))

    def _receive(self, future: Future[TrainingState]) -> None:
        """Take in a slice, and send the next one if anybody still waits for it."""
        error = CancelledError() if future.cancelled() else future.exception()
        if error is not None:
            self._lose(error)
            return
        with self._changed:
            assert self._state is not None
            self._state = state = replace(future.result(), data=self._state.data)  # not a copy of what other jobs have, too
            self._keep(state.records)
            self._lost = 0
            self._spent += time.monotonic() - self._sent
            self._slice_updates = max(1, int(self._slice_updates * min(max(SLICE_SECONDS / state.slice_seconds, 0.25), 4)))
            self._changed.notify_all()
            done = state.done(self.experiment)
            if done:
                self._result = Result.collect(self.experiment, state, self._records)
                self._records.clear()
                self._state = replace(state, params=state.params[:0], optimizer=[], best=None)  # never needed again
        if done:
            self._stop(Status.DONE)
        elif not self._wanted():
            self._jobs.turns.leave(self)
        elif time.monotonic() - self._turn_began < TURN_SECONDS or not self._jobs.turns.pass_on(self):
            self._send()

    def _keep(self, records: Sequence[Record]) -> None:
        """Add records of a slice to what is kept."""
        self._records.extend(records)
        for record in records:
            arrays = [*record.metrics.values(), *record.run_metrics.values(), *([] if record.snapshot is None else [record.snapshot])]
            self._bytes += sum(array.nbytes for array in arrays)

    def _wanted(self) -> bool:
        """Return whether anybody waits for the job; if not, it rests from now on.

        A closed tab does not take its leave: who was not heard of for long is gone.
        """
        now = time.monotonic()
        with self._changed:
            self._watchers = {session: heard for session, heard in self._watchers.items() if now - heard < ABSENT_SECONDS}
            if not self._watchers and self.status is Status.RUNNING:
                self.status = Status.STOPPED
                self._changed.notify_all()
            self._busy = self.status is Status.RUNNING
            return self._busy

    def heard_of(self, session: str) -> None:
        """Note that a session still watches."""
        with self._lock:
            if session in self._watchers:
                self._watchers[session] = time.monotonic()

    def _lose(self, error: BaseException) -> None:
        """Send a lost slice again, a few times, if anybody still waits for it."""
        self._lost += 1
        if self._lost > _LOST_SLICES_ALLOWED:
            self._stop(Status.FAILED, f"training was lost {self._lost} times ({type(error).__name__}): try again")
        elif self._wanted():
            self._send()
        else:
            self._jobs.turns.leave(self)

    def _stop(self, status: Status, error: str = "") -> None:
        with self._changed:
            self.status, self.error, self._busy = status, error, False
            self._changed.notify_all()
        self._jobs.turns.leave(self)
        self._jobs.make_room(self)


class Jobs:
    """The jobs of all users, by the experiment's JSON, and those on data of somebody's own."""

    def __init__(
        self, executor: Callable[[], Executor], defer: Defer = at_once, begin: Defer = at_once, places: Callable[[], int] = lambda: 1_000_000
    ) -> None:
        """Train on the executor that `executor` gives, as many jobs at a time as `places` says.

        `defer` says where what follows on a slice is done, `begin` where data are loaded and split.
        """
        self.executor, self.defer, self.begin = executor, defer, begin
        self.turns = Turns(places)
        self._shared: dict[str, Job] = {}
        self._private: weakref.WeakSet[Job] = weakref.WeakSet()
        self._lock = threading.Lock()

    def get(self, experiment: Experiment) -> Job:
        """Return the experiment's job, new or known. It starts with the first `watch`."""
        key = experiment.to_json()
        with self._lock:
            job = self._shared.get(key)
            if job is None or job.status is Status.FAILED:
                job = self._shared[key] = Job(experiment, None, self)
            return job

    def private(self, experiment: Experiment, table: Table) -> Job:
        """Return a new job on a table of a session's own, which only its session can reach: it is kept for as long as the session holds it."""
        job = Job(experiment, table, self)
        with self._lock:
            self._private.add(job)
        return job

    def make_room(self, newest: Job) -> None:
        """Drop results, least recently looked at first, until all of them fit the budget; never the newest one, nor one in training."""
        with self._lock:
            known = [*self._shared.values(), *self._private]
            idle = sorted((job for job in known if job is not newest and job.status is not Status.RUNNING), key=lambda job: job.asked)
            excess = sum(job.size() for job in known) - KEPT_BYTES
            for job in idle:
                if excess <= 0:
                    break
                excess -= job.size()
                job.drop()
                if self._shared.get(key := job.experiment.to_json()) is job:
                    del self._shared[key]


@st.cache_resource(show_spinner=False)
def shared_jobs() -> Jobs:
    """Return the server's jobs; workers start to import the engine while the first page is drawn."""
    place = workplace()
    # Not in the pool's own thread, where a callback runs: to replace a broken pool is to wait for that thread. Data are loaded beside that.
    return Jobs(place.executor, ThreadPoolExecutor(1).submit, ThreadPoolExecutor(1).submit, place.places)
