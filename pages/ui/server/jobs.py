"""Jobs: the trainings of all sessions, each in slices on one executor.

A job trains one experiment. All sessions that ask for the same experiment share one job, so it trains once.
A job sends one slice of about 0.3 s at a time. A slice that is lost with its worker is sent again.
A few jobs train at a time; the others wait in line. A job whose turn is over goes to the end of the line.
A job without watchers stops after its current slice; it continues from there when a session watches it again.
Results stay within a budget of bytes. The result whose job was watched least recently is dropped first; the job trains again if it is watched again.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from enum import Enum
from typing import TypeVar

import streamlit as st

from core.datasets import Table
from core.diagnosis import Rates, stable_rates
from core.experiment import Experiment
from core.training import advance, start
from core.training.plan import updates_per_epoch
from core.training.reference import Reference, solve
from core.training.results import Result
from core.training.state import Record, TrainingState
from core.words import Said, reason
from pages.ui.server.analyses import Analyses, Analysis
from pages.ui.server.executors import workplace
from pages.ui.server.pace import Pace
from pages.ui.server.turns import Turns

#: how long a slice should train
SLICE_SECONDS = 0.3

#: a job that has trained for this long gives its place to the next one in line
TURN_SECONDS = 1.0
#: the budget: bytes of data and results that all jobs may keep
KEPT_BYTES = 128_000_000
#: a job fails when it loses more slices than this in a row
_LOST_SLICES_ALLOWED = 3
#: a session that has been silent for this long has closed its tab; shorter silences are normal, because browsers slow the timers of background tabs
ABSENT_SECONDS = 150

T = TypeVar("T")
#: runs a function: at once, or later in another thread
Defer = Callable[[Callable[[], object]], object]


def at_once(call: Callable[[], object]) -> object:
    """Call the function now, in this thread, and return its result."""
    return call()


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


class Job:
    """The training of one experiment. `table` holds the data if a person brought them. Any thread may call every public method."""

    def __init__(self, experiment: Experiment, table: Table | None, jobs: Jobs) -> None:
        self.experiment = experiment
        self.status = Status.RUNNING
        self.error: Said | None = None
        #: the time of the last call of `watch`
        self.last_watched = time.monotonic()
        self._table = table
        self._jobs = jobs
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        #: the sessions that watch this job, each with the time of its last sign of life
        self._watchers: dict[str, float] = {}
        self._records: list[Record] = []
        self._state: TrainingState | None = None
        self._result: Result | None = None
        self._analyses = Analyses()
        #: whether the job stands in line or has a turn
        self._scheduled = False
        #: bytes of the data and the records
        self._bytes = 0
        #: slices lost since the last one that arrived
        self._lost_slices = 0
        self._turn_started = 0.0
        self._pace = Pace()

    def watch(self, session: str) -> None:
        """Add the session to the watchers. A stopped job continues; a new one joins the line."""
        with self._lock:
            self.last_watched = self._watchers[session] = time.monotonic()
            if self.status is Status.STOPPED:
                self.status = Status.RUNNING
            if self._scheduled or self.status is not Status.RUNNING:
                return
            self._scheduled = True
        self._jobs.turns.join(self)

    def go(self) -> None:
        """Begin a turn: load the data, or send the next slice. `Turns` calls it when the job gets a place."""
        self._turn_started = time.monotonic()
        if not self._wanted():
            self._jobs.turns.leave(self)
        elif self._state is None:
            self._jobs.begin(self._begin)
        else:
            self._send()

    def leave(self, session: str) -> None:
        """Remove the session from the watchers. The job stops if it was the last one."""
        with self._changed:
            self._watchers.pop(session, None)
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
        return self._jobs.turns.ahead(self)

    def size(self) -> int:
        """Return the bytes of the data and the records."""
        return self._bytes

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
            return self._analyses.submit(self._jobs.executor, analysis, self.experiment, run, self._state.data)

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
            self._state = state
            self._bytes = sum(array.nbytes for array in (state.data.X, state.data.truth, *(targets.values for targets in state.data.targets.values())))
            self._keep(state.records)
            self._pace.estimate(self.experiment, state, SLICE_SECONDS)
        self._send()

    def _send(self) -> None:
        """Send the next slice to the executor."""
        assert self._state is not None
        self._pace.sent()
        try:
            future = self._jobs.executor().submit(advance, self.experiment, self._state, self.experiment.epochs, max_updates=self._pace.updates)
        except Exception as error:  # the pool is broken, is shut down, or lacks memory for another worker
            self._lose(error)
            return
        future.add_done_callback(lambda done: self._jobs.defer(lambda: self._receive(done)))

    def _receive(self, future: Future[TrainingState]) -> None:
        """Store the state and the records of a slice; then end the job, let it rest, give its place to another, or send the next slice."""
        error = CancelledError() if future.cancelled() else future.exception()
        if error is not None:
            self._lose(error)
            return
        with self._changed:
            assert self._state is not None
            self._state = state = replace(future.result(), data=self._state.data)  # jobs share the data: the slice's copy of them is dropped
            self._keep(state.records)
            self._lost_slices = 0
            self._pace.arrived(state.slice_seconds, SLICE_SECONDS)
            self._changed.notify_all()
            done = state.done(self.experiment)
            if done:
                self._result = Result.collect(self.experiment, state, self._records)
                self._records.clear()
                self._state = replace(state, params=state.params[:0], optimizer=[], best=None)  # frees what no further slice needs
        if done:
            self._stop(Status.DONE)
        elif not self._wanted():
            self._jobs.turns.leave(self)
        elif time.monotonic() - self._turn_started < TURN_SECONDS or not self._jobs.turns.pass_on(self):
            self._send()

    def _keep(self, records: Sequence[Record]) -> None:
        """Append the records of a slice, and count their bytes."""
        self._records.extend(records)
        for record in records:
            arrays = [*record.metrics.values(), *record.run_metrics.values(), *([] if record.snapshot is None else [record.snapshot])]
            self._bytes += sum(array.nbytes for array in arrays)

    def _wanted(self) -> bool:
        """Return whether the job still runs. A job without watchers stops here.

        A closed tab does not call `leave`, so a session that has been silent for `ABSENT_SECONDS` is removed from the watchers first.
        """
        now = time.monotonic()
        with self._changed:
            self._watchers = {session: last_sign for session, last_sign in self._watchers.items() if now - last_sign < ABSENT_SECONDS}
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
            self._jobs.turns.leave(self)

    def _stop(self, status: Status, error: Said | None = None) -> None:
        """End the job as done or failed, give up its place, and drop other results if the budget is exceeded."""
        with self._changed:
            self.status, self.error, self._scheduled = status, error, False
            self._changed.notify_all()
        self._jobs.turns.leave(self)
        self._jobs.make_room(self)


class Jobs:
    """The jobs of all sessions: shared jobs by the experiment's JSON, and private jobs on tables that persons brought."""

    def __init__(
        self, executor: Callable[[], Executor], defer: Defer = at_once, begin: Defer = at_once, places: Callable[[], int] = lambda: 1_000_000
    ) -> None:
        """Train on the executor that `executor` returns, at most `places()` jobs at a time.

        `defer` runs what follows on the arrival of a slice. `begin` runs the loading and splitting of data.
        """
        self.executor, self.defer, self.begin = executor, defer, begin
        self.turns = Turns(places)
        self._shared: dict[str, Job] = {}
        self._private: weakref.WeakSet[Job] = weakref.WeakSet()
        self._lock = threading.Lock()

    def get(self, experiment: Experiment) -> Job:
        """Return the shared job of the experiment; a new one if there is none or it has failed. It starts with the first `watch`."""
        key = experiment.to_json()
        with self._lock:
            job = self._shared.get(key)
            if job is None or job.status is Status.FAILED:
                job = self._shared[key] = Job(experiment, None, self)
            return job

    def private(self, experiment: Experiment, table: Table) -> Job:
        """Return a new job on a table that a person brought. It is not shared, and lives as long as the caller refers to it."""
        job = Job(experiment, table, self)
        with self._lock:
            self._private.add(job)
        return job

    def make_room(self, newest: Job) -> None:
        """Drop the jobs watched least recently until the rest fits the budget. The newest job and running jobs are never dropped."""
        with self._lock:
            jobs = [*self._shared.values(), *self._private]
            droppable = sorted((job for job in jobs if job is not newest and job.status is not Status.RUNNING), key=lambda job: job.last_watched)
            excess = sum(job.size() for job in jobs) - KEPT_BYTES
            for job in droppable:
                if excess <= 0:
                    break
                excess -= job.size()
                job.drop()
                if self._shared.get(key := job.experiment.to_json()) is job:
                    del self._shared[key]


@st.cache_resource(show_spinner=False)
def shared_jobs() -> Jobs:
    """Return the jobs of this server. Its workers import the engine while the first page is drawn."""
    place = workplace()
    # A callback of the pool runs in the pool's own thread, and replacing a broken pool waits for that thread. So what follows on a slice has another
    # thread. Data are loaded in a third one, so that loading does not delay the slices of other jobs.
    return Jobs(place.executor, ThreadPoolExecutor(1).submit, ThreadPoolExecutor(1).submit, place.places)
