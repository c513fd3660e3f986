"""The jobs that a session follows: start or join them, leave them, read their results, cancel, continue and try again.

A page follows one experiment, or several that differ in more than their runs (two models, two sizes of the data).
A session follows the experiments of one page at a time.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, overload

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.datasets import Dataset
from core.diagnosis import Rates, stable_rates
from core.experiment import Experiment
from core.parameters import Declared
from core.training.reference import Reference, same_objective, solvable, solve
from core.training.results import Result
from core.words import Said
from pages.ui.server.drawing import TURNSTILE
from pages.ui.server.followable import document_of
from pages.ui.server.job import Job
from pages.ui.server.jobs import STREAMLITS, shared_jobs
from pages.ui.server.protocol import Document
from pages.ui.server.training import Status
from pages.ui.session import own_table

T = TypeVar("T")
R = TypeVar("R")
#: how long a page waits for a short training before it draws the curves so far
GRACE_SECONDS = 0.8
#: how often `rest` looks whether there is more to draw
_LOOK_SECONDS = 0.2


@dataclass(frozen=True)
class Followed:
    """The jobs that a session follows, and their results at the moment when the person cancelled them (None: not cancelled).

    Both are one value in the session's state, because a script run can be interrupted between two assignments.
    """

    jobs: tuple[Job, ...]
    kept: tuple[Any, ...] | None = None


@dataclass(frozen=True)
class View(Generic[R]):
    """The present state of what a session follows.

    `result` holds the records so far, `progress` is the share of the updates that is done, `ahead` counts the jobs before it in line.
    """

    result: R | None
    status: Status
    error: Said | None
    progress: float
    seconds_left: float
    ahead: int = 0

    @property
    def running(self) -> bool:
        """Whether more records will come."""
        return self.status is Status.RUNNING

    def goes_on(self, seconds: float) -> bool:
        """Return whether there are records of a training that goes on for longer than so many seconds."""
        return self.running and self.result is not None and self.seconds_left > seconds


def follow(*experiments: Declared) -> None:
    """Start or join the jobs of experiments, or of what else is `FOLLOWABLE`, and wait at most `GRACE_SECONDS` for new ones. Then leave the others.

    If the session follows these experiments already, it keeps their jobs, whatever their status.
    """
    me, documents = session(), [document_of(experiment) for experiment in experiments]
    followed: Followed | None = st.session_state.get("followed")
    new = followed is None or [job.document for job in followed.jobs] != documents
    if new:
        jobs = tuple(_job(asked, document) for asked, document in zip(experiments, documents, strict=True))
        for job in followed.jobs if followed is not None else ():
            if job not in jobs:
                job.leave(me)
        followed = Followed(jobs)
        st.session_state.followed = followed
    assert followed is not None
    if followed.kept is None:
        for job in followed.jobs:
            job.watch(me)  # in every script run, because an earlier one may have been interrupted before this line
        for job in followed.jobs:
            if new or job.result() is None:  # the job is new, or its result was dropped to free memory
                with TURNSTILE.aside():
                    job.wait(GRACE_SECONDS / len(followed.jobs))


def session() -> str:
    """Return the name of this session: a random text, and Streamlit's name for it, by which the server sees whether a browser is connected."""
    context = get_script_run_ctx()
    return str(st.session_state.setdefault("session", f"{uuid.uuid4().hex}{STREAMLITS}{context.session_id if context else ''}"))


def _job(asked: Declared, document: Document) -> Job:
    """Return a job for a document, on the session's own table if it brought the data. Its lanes are then this session's alone."""
    dataset: Dataset | None = getattr(asked, "dataset", None)
    return shared_jobs().job(document, own_table.table(dataset) if dataset is not None and dataset.brought else None)


def _position(experiment: Declared) -> int | None:
    """Return the place of an experiment's job among those that the session follows; None if it does not follow it."""
    followed: Followed = st.session_state.followed
    document = document_of(experiment)
    return next((i for i, job in enumerate(followed.jobs) if job.document == document), None)


@overload
def view(experiment: Experiment) -> View[Result]: ...


@overload
def view(experiment: Declared) -> View[Any]: ...


def view(experiment: Declared) -> View[Any]:
    """Return the state of an experiment; a running view without a result if the session does not follow it."""
    followed: Followed = st.session_state.followed
    position = _position(experiment)
    if position is None:  # a fragment renews itself after the settings on the screen have changed
        return View(None, Status.RUNNING, None, 0.0, 0.0)
    job = followed.jobs[position]
    job.heard_of(session())
    if followed.kept is not None:
        result, status, progress, left = followed.kept[position], Status.STOPPED, 0.0, 0.0
        if result is not None:
            progress = result.progress
    else:
        status = job.status  # read before the result, so that the result of a finished job is complete
        result, (progress, left) = job.result(), job.progress()
        job.seen(session())
    if result is not None:  # jobs know no labels: put this session's in
        result = result.labelled(experiment)
    return View(result, status, job.error, progress, left, job.ahead())


def running() -> bool:
    """Return whether a followed job runs, unless the person has cancelled them."""
    followed: Followed = st.session_state.followed
    return followed.kept is None and any(job.status is Status.RUNNING for job in followed.jobs)


def rest(least: float, most: float) -> None:
    """Return as soon as no followed job runs, or after `least` seconds if a job has progressed, or after `most` seconds.

    The loop does not read the session's state: on a read Streamlit looks for new requests, and would end this script run in favour of the next renewal.
    """
    jobs: tuple[Job, ...] = st.session_state.followed.jobs
    started, progress_before = time.monotonic(), [job.progress()[0] for job in jobs]
    with TURNSTILE.aside():
        while (running := [job for job in jobs if job.status is Status.RUNNING]) and (rested := time.monotonic() - started) < most:
            if rested >= least and [job.progress()[0] for job in jobs] != progress_before:
                return
            running[0].wait(_LOOK_SECONDS)


def together(views: Sequence[View[Any]]) -> View[Any]:
    """Return the views as one: the result of the first, and the first status of failed, running, stopped and done that any of them has."""
    worst = next((status for status in (Status.FAILED, Status.RUNNING, Status.STOPPED) if any(view.status is status for view in views)), Status.DONE)
    error = next((view.error for view in views if view.error), None)
    left = sum(view.seconds_left for view in views)
    return View(views[0].result, worst, error, sum(view.progress for view in views) / len(views), left, max(view.ahead for view in views))


def references(experiment: Experiment) -> tuple[dict[int, Reference], bool]:
    """Return the L-BFGS solutions known so far, by run, and whether more will come. Runs with the same objective share one, under the first of them."""
    runs, job = experiment.whole_runs, _first_job()
    firsts = [i for i, run in enumerate(runs) if solvable(run) and not any(same_objective(run, other) for other in runs[:i])]
    return _done(lambda run: job.analyse(run, solve, experiment.alone(run), 0), firsts, GRACE_SECONDS)


def rates(experiment: Experiment, runs: Sequence[int]) -> tuple[dict[int, Rates], bool]:
    """Return the smaller learning rates at which these runs do not diverge, by run, as far as known, and whether more will come."""
    job = _first_job()
    return _done(lambda run: job.analyse(run, stable_rates, experiment.alone(run), 0), runs, 0)


def _first_job() -> Job:
    job: Job = st.session_state.followed.jobs[0]
    return job


def of_runs(result: Result, what: Callable[[int], object], make: Callable[[Result, int], T], runs: Sequence[int] | None = None) -> list[T]:
    """Return for each run, or for these `runs`, `make(alone, run)`, of the result of this run alone.

    If the records are the same and `what(run)` is equal, return what it returned before.
    It is kept with the run: for all sessions and all comparisons that have it. `what(run)` names everything else that `make` depends on.
    """
    job = _first_job() if _position(result.experiment) == 0 else None

    def of_run(run: int) -> T:
        def made() -> T:
            return make(result.alone(run), run)

        return made() if job is None else job.kept(run, what(run), result.tracks[run], made)

    return [of_run(run) for run in (range(len(result.experiment.runs)) if runs is None else runs)]


def of_data(result: Result, make: Callable[[Any], T]) -> T:
    """Return `make(data)` of the data of a result, kept for all sessions and runs as long as the data are. What it returns must not refer to them."""
    return make(result.data) if _position(result.experiment) != 0 else _first_job().kept_of_data(make, result.data)


def _done(submit: Callable[[int], Future[T] | None], runs: Sequence[int], seconds: float) -> tuple[dict[int, T], bool]:
    """Return the results of the futures `submit(run)` that are done after at most `seconds`, by run, and whether any run has none yet."""
    futures = {i: future for i in runs if (future := submit(i)) is not None}
    with TURNSTILE.aside():
        done = wait(futures.values(), seconds).done
    results = {i: future.result() for i, future in futures.items() if future in done and not future.cancelled() and future.exception() is None}
    return results, len(results) < len(runs)


def cancel() -> None:
    """Keep the results so far on the screen, and leave the jobs; a job stops unless another session watches it."""
    jobs = st.session_state.followed.jobs
    if any(job.status is Status.RUNNING for job in jobs):
        st.session_state.followed = Followed(jobs, tuple(job.result() for job in jobs))
        for job in jobs:
            job.leave(session())


def go_on() -> None:
    """Continue a cancelled training."""
    jobs = st.session_state.followed.jobs
    st.session_state.followed = Followed(jobs)
    for job in jobs:
        job.watch(session())


def try_again() -> None:
    """Forget the failed jobs, so that the next script run starts new ones."""
    st.session_state.followed = None
