"""Training outside the script: one executor for all users, in slices, with progress and cancel.

A job is one experiment. Asking twice for the same experiment gives the same job, so it is computed once for everybody. Slices of
about 0.3 s go through the executor one after the other; jobs of several people take turns by it. A slice that is lost with its
worker is simply sent again. A job that nobody watches any more stops after its current slice, and goes on from there when asked for again.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from enum import Enum

import streamlit as st

from core.experiment import Experiment
from core.reference import Reference, solve
from core.results import Result
from core.training import Record, TrainingState, advance, snapshot_epochs, start, updates_per_epoch

SLICE_SECONDS = 0.3
_MOST_WORKERS = 4
#: how many finished experiments are kept, least recently used out first
KEPT_JOBS = 48
_LOST_SLICES_ALLOWED = 3
#: a session that was not heard of for this long has closed its tab; browsers slow the timers of tabs in the background
ABSENT_SECONDS = 150

Defer = Callable[[Callable[[], object]], object]


class Status(Enum):
    """Where a job stands."""

    RUNNING = "running"
    STOPPED = "stopped"
    DONE = "done"
    FAILED = "failed"


class Job:
    """One experiment in training. Everything is safe to read from any thread."""

    def __init__(self, experiment: Experiment, get_executor: Callable[[], Executor], defer: Defer) -> None:
        self.experiment = experiment
        self.status = Status.RUNNING
        self.error = ""
        self._get_executor = get_executor
        self._defer = defer
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        #: sessions that wait for this job, and when each was last heard of
        self._watchers: dict[str, float] = {}
        self._records: list[Record] = []
        self._state: TrainingState | None = None
        self._result: Result | None = None
        self._references: dict[int, Future[Reference]] = {}
        self._busy = False
        self._lost = 0
        self._slice_updates = 0
        self._sent = 0.0
        self._spent = 0.0

    def watch(self, session: str) -> None:
        """Keep the job going for this session; begin, or go on, if it stands still."""
        with self._lock:
            self._watchers[session] = time.monotonic()
            if self.status is Status.STOPPED:
                self.status = Status.RUNNING
            if self._busy or self.status is not Status.RUNNING:
                return
            self._busy = True
        if self._state is None:
            self._begin()
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

    def reference(self, run: int) -> Future[Reference] | None:
        """Return the solution of a run by L-BFGS, under way or done; None while there are no data or no workers. A lost one is asked for again."""
        with self._lock:
            known = self._references.get(run)
            if self._state is not None and (known is None or (known.done() and (known.cancelled() or known.exception() is not None))):
                try:
                    known = self._references[run] = self._get_executor().submit(solve, self.experiment, run, self._state.data)
                except RuntimeError:  # the pool is broken or shut down
                    return None
            return known

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
            state = start(self.experiment)
        except ValueError as error:
            self._stop(Status.FAILED, str(error))
            return
        except BaseException as error:  # a bug: who asked gets to see it, and nobody waits for a job that will never move
            self._stop(Status.FAILED, f"the training could not begin ({type(error).__name__}): try again")
            raise
        work = state.params.size * min(self.experiment.batch_size or state.data.n_train, state.data.n_train)
        with self._lock:
            self._state = state
            self._records.extend(state.records)
            self._slice_updates = max(1, int(3e8 / work))
        self._send()

    def _send(self) -> None:
        """Send the next slice to the executor."""
        assert self._state is not None
        self._sent = time.monotonic()
        try:
            future = self._get_executor().submit(advance, self.experiment, self._state, self.experiment.epochs, max_updates=self._slice_updates)
        except Exception as error:  # broken, shut down, or out of memory for another worker
            self._lose(error)
            return
        future.add_done_callback(lambda done: self._defer(lambda: self._receive(done)))

    def _receive(self, future: Future[TrainingState]) -> None:
        """Take in a slice, and send the next one if anybody still waits for it."""
        error = CancelledError() if future.cancelled() else future.exception()
        if error is not None:
            self._lose(error)
            return
        state = future.result()
        with self._changed:
            self._state = state
            self._records.extend(state.records)
            self._lost = 0
            self._spent += time.monotonic() - self._sent
            self._slice_updates = max(1, int(self._slice_updates * min(max(SLICE_SECONDS / state.slice_seconds, 0.25), 4)))
            self._changed.notify_all()
            if state.done(self.experiment):
                self._result = Result.collect(self.experiment, state, self._records)
                self._state = replace(state, params=state.params[:0], optimizer=[])  # never needed again
                self._stop(Status.DONE)
                return
            self._forget_the_absent()
            if self.status is not Status.RUNNING:
                self._busy = False
                return
        self._send()

    def _forget_the_absent(self) -> None:
        """Stop if no watcher was heard of for long: a closed tab does not take its leave."""
        now = time.monotonic()
        self._watchers = {session: heard for session, heard in self._watchers.items() if now - heard < ABSENT_SECONDS}
        if not self._watchers and self.status is Status.RUNNING:
            self.status = Status.STOPPED

    def heard_of(self, session: str) -> None:
        """Note that a session still watches."""
        with self._lock:
            if session in self._watchers:
                self._watchers[session] = time.monotonic()

    def _lose(self, error: BaseException) -> None:
        """Send a lost slice again, a few times, if anybody still waits for it."""
        with self._lock:
            self._lost += 1
            if self._lost > _LOST_SLICES_ALLOWED:
                self._stop(Status.FAILED, f"training was lost {self._lost} times ({type(error).__name__}): try again")
                return
            if self.status is not Status.RUNNING:
                self._busy = False
                return
        self._send()

    def _stop(self, status: Status, error: str = "") -> None:
        with self._changed:
            self.status, self.error, self._busy = status, error, False
            self._changed.notify_all()


class Jobs:
    """The jobs of all users, by the experiment's JSON."""

    def __init__(self, get_executor: Callable[[], Executor], defer: Defer = lambda call: call()) -> None:
        """Train on the executor that `get_executor` gives; `defer` says where what follows on a slice is done."""
        self._get_executor = get_executor
        self._defer = defer
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, experiment: Experiment) -> Job:
        """Return the experiment's job, new or known. It starts with the first `watch`."""
        key = experiment.to_json()
        with self._lock:
            job = self._jobs.pop(key, None)
            if job is None or job.status is Status.FAILED:
                job = Job(experiment, self._get_executor, self._defer)
            self._jobs[key] = job
            idle = [key for key, old in self._jobs.items() if old.status is not Status.RUNNING and old is not job]
            for old_key in idle[: max(0, len(self._jobs) - KEPT_JOBS)]:
                del self._jobs[old_key]
            return job


def process_executor() -> Executor:
    """Return the server's pool of worker processes, a new one if a worker died."""
    from joblib.externals.loky import get_reusable_executor

    return get_reusable_executor(max_workers=_workers(), timeout=24 * 3600)


def _workers() -> int:
    """Return `LOSSBENCH_WORKERS` or the number of processors, at most 4; 0 means threads, for hosts with little memory."""
    from joblib import cpu_count  # counts what this process may use, not what the machine has

    return int(os.environ.get("LOSSBENCH_WORKERS", min(cpu_count(), _MOST_WORKERS)))


@st.cache_resource(show_spinner=False)
def shared_jobs() -> Jobs:
    """Return the server's jobs; workers start to import the engine while the first page is drawn."""
    if _workers() == 0:
        threads = ThreadPoolExecutor(1)
        return Jobs(lambda: threads)
    for _ in range(_workers()):
        process_executor().submit(snapshot_epochs, 1)  # loads the engine into a worker
    # Not in the pool's own thread, where a callback runs: to replace a broken pool is to wait for that thread.
    sender = ThreadPoolExecutor(1)
    return Jobs(process_executor, sender.submit)
