"""Jobs: the trainings of all sessions, each in slices on one executor.

A job trains one experiment. All sessions that ask for the same experiment share one job, so it trains once.
A job sends one slice of about 0.3 s at a time. A slice that is lost with its worker is sent again.
A few jobs train at a time; the others wait in line. A job whose turn is over goes to the end of the line.
A job without watchers stops after its current slice; it continues from there when a session watches it again.
Results stay within a budget of bytes, in which data that several jobs share count once. The result whose job was watched least recently is dropped
first, but none that a session waits for and has not seen; the job trains again if it is watched again.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor

import streamlit as st

from core.datasets import Table
from core.experiment import Experiment
from pages.ui.server.executors import workplace
from pages.ui.server.job import Defer, Job, Status
from pages.ui.server.turns import Turns

#: the budget: bytes of data and results that all jobs may keep
KEPT_BYTES = 128_000_000


def at_once(call: Callable[[], object]) -> object:
    """Call the function now, in this thread, and return its result."""
    return call()


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
        #: every job that somebody refers to, also one that is no longer shared: it may train again for a session that still watches it
        self._jobs: weakref.WeakSet[Job] = weakref.WeakSet()
        self._lock = threading.Lock()

    def get(self, experiment: Experiment) -> Job:
        """Return the shared job of the experiment; a new one if there is none or it has failed. It starts with the first `watch`."""
        key = experiment.to_json()
        with self._lock:
            job = self._shared.get(key)
            if job is None or job.status is Status.FAILED:
                job = self._shared[key] = self._new(experiment, None)
            return job

    def private(self, experiment: Experiment, table: Table) -> Job:
        """Return a new job on a table that a person brought. It is not shared, and lives as long as the caller refers to it."""
        with self._lock:
            return self._new(experiment, table)

    def _new(self, experiment: Experiment, table: Table | None) -> Job:
        job = Job(experiment, table, self)
        self._jobs.add(job)
        return job

    def make_room(self, newest: Job) -> None:
        """Drop the jobs watched least recently until the rest fits the budget. The newest job, and jobs that run or are awaited, are never dropped."""
        with self._lock:
            jobs = [*self._jobs]
            droppable = [job for job in jobs if job is not newest and job.status is not Status.RUNNING and not job.awaited()]
            for job in sorted(droppable, key=lambda job: job.last_watched):
                if held(jobs) <= KEPT_BYTES:
                    break
                job.drop()
            self._shared = {key: job for key, job in self._shared.items() if not job.forgotten()}


def held(jobs: Sequence[Job]) -> int:
    """Return the bytes that the jobs hold. Data that several of them share count once."""
    data = {id(data): data.nbytes for job in jobs if (data := job.data()) is not None}
    return sum(job.size() for job in jobs) + sum(data.values())


@st.cache_resource(show_spinner=False)
def shared_jobs() -> Jobs:
    """Return the jobs of this server. Its workers import the engine while the first page is drawn."""
    place = workplace()
    # A callback of the pool runs in the pool's own thread, and replacing a broken pool waits for that thread. So what follows on a slice has another
    # thread. Data are loaded in a third one, so that loading does not delay the slices of other jobs.
    return Jobs(place.executor, ThreadPoolExecutor(1).submit, ThreadPoolExecutor(1).submit, place.places)
