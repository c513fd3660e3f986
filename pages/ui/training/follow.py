"""Which jobs a session follows: it leaves the old ones when what it asks for changes, and can cancel, go on, and try again.

A page follows one experiment, or a few that are no single one (two models, two sizes of the data). A session follows one page's at a time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from typing import TypeVar

import streamlit as st

from core.diagnosis import Rates
from core.experiment import Experiment, unlabelled
from core.training.reference import Reference, same_objective, solvable
from core.training.results import Result
from pages.ui.server.drawing import TURNSTILE
from pages.ui.server.jobs import Job, Status, shared_jobs
from pages.ui.session import own_table, state

T = TypeVar("T")

#: how long a page waits for a short training before it draws the curves that there are
GRACE_SECONDS = 0.8
#: how often a page that rests looks whether there is more to draw
_LOOK_SECONDS = 0.2


@dataclass(frozen=True)
class Followed:
    """A session's jobs, and what was recorded when the person cancelled them. One value, because a run can be interrupted between two."""

    jobs: tuple[Job, ...]
    kept: tuple[Result | None, ...] | None = None


@dataclass(frozen=True)
class View:
    """What is to be drawn of one experiment: the records so far, whether more will come, and how many comparisons of others go before it."""

    result: Result | None
    status: Status
    error: str
    progress: float
    seconds_left: float
    ahead: int = 0

    @property
    def running(self) -> bool:
        """Whether more records will come."""
        return self.status is Status.RUNNING


def follow(*experiments: Experiment) -> None:
    """Start or join the experiments' training, and wait a moment for it. Jobs that are followed already are kept, however they stand."""
    session, wanted = state.session_id(), [unlabelled(experiment) for experiment in experiments]
    followed: Followed | None = st.session_state.get("followed")
    new = followed is None or [job.experiment for job in followed.jobs] != wanted
    if new:
        jobs = tuple(_job(experiment) for experiment in wanted)
        for job in followed.jobs if followed is not None else ():
            if job not in jobs:
                job.leave(session)
        followed = Followed(jobs)
        st.session_state.followed = followed
    assert followed is not None
    if followed.kept is None:
        for job in followed.jobs:
            job.watch(session)  # each time, because an earlier run may have been interrupted before it came here
        for job in followed.jobs:
            if new or job.result() is None:  # new, or dropped because others needed the memory
                with TURNSTILE.aside():
                    job.wait(GRACE_SECONDS / len(followed.jobs))


def _job(experiment: Experiment) -> Job:
    """Return the experiment's job: everybody's, or on data of their own this session's alone."""
    table = own_table.table(experiment.dataset) if experiment.dataset.brought else None
    return shared_jobs().get(experiment) if table is None else shared_jobs().private(experiment, table)


def view(experiment: Experiment) -> View:
    """Return the present state of an experiment that the session follows."""
    followed: Followed = st.session_state.followed
    position = next((i for i, job in enumerate(followed.jobs) if job.experiment == unlabelled(experiment)), None)
    if position is None:  # a fragment that renews itself while other settings are on the screen already
        return View(None, Status.RUNNING, "", 0.0, 0.0)
    job = followed.jobs[position]
    job.heard_of(state.session_id())
    if followed.kept is not None:
        result, status, progress, left = followed.kept[position], Status.STOPPED, 0.0, 0.0
        if result is not None:
            progress = result.epochs[-1] / job.experiment.epochs
    else:
        status = job.status  # before the result: a result may be newer than the status, never older
        result, (progress, left) = job.result(), job.progress()
    if result is not None:  # with the labels of this session
        result = replace(result, experiment=experiment)
    return View(result, status, job.error, progress, left, job.ahead())


def rest(least: float, most: float) -> None:
    """Return when all that is followed stands still, after `least` seconds when there is more to draw, or after `most`.

    The session's state is not asked for meanwhile: then Streamlit would look for new requests, and end this run for that of the next renewal.
    """
    jobs: tuple[Job, ...] = st.session_state.followed.jobs
    began, before = time.monotonic(), [job.progress()[0] for job in jobs]
    with TURNSTILE.aside():
        while (running := [job for job in jobs if job.status is Status.RUNNING]) and (rested := time.monotonic() - began) < most:
            if rested >= least and [job.progress()[0] for job in jobs] != before:
                return
            running[0].wait(_LOOK_SECONDS)


def together(views: Sequence[View]) -> View:
    """Return the common state of several views, with the result of the first: running while one is, failed if one has."""
    worst = next((status for status in (Status.FAILED, Status.RUNNING, Status.STOPPED) if any(view.status is status for view in views)), Status.DONE)
    error = next((view.error for view in views if view.error), "")
    left = sum(view.seconds_left for view in views)
    return View(views[0].result, worst, error, sum(view.progress for view in views) / len(views), left, max(view.ahead for view in views))


def references() -> tuple[dict[int, Reference], bool]:
    """Return what L-BFGS reaches, by the first run of each objective that it can solve, and whether more will come."""
    job: Job = st.session_state.followed.jobs[0]
    runs = job.experiment.runs
    firsts = [i for i, run in enumerate(runs) if solvable(run) and not any(same_objective(run, other) for other in runs[:i])]
    return _done(job.reference, firsts, GRACE_SECONDS)


def rates(runs: Sequence[int]) -> tuple[dict[int, Rates], bool]:
    """Return at which smaller learning rates these runs do not diverge, as far as it is known, and whether more will come."""
    job: Job = st.session_state.followed.jobs[0]
    return _done(job.rates, runs, 0)


def said(result: Result, known: object, say: Callable[[], T]) -> T:
    """Return what `say` makes of the followed experiment's result, made once for all who look at it and know the same besides."""
    job: Job = st.session_state.followed.jobs[0]
    return job.said(result, known, say)


def _done(ask: Callable[[int], Future[T] | None], runs: Sequence[int], patience: float) -> tuple[dict[int, T], bool]:
    """Return what is known of the runs after at most `patience` seconds, and whether more will come."""
    asked = {i: future for i in runs if (future := ask(i)) is not None}
    with TURNSTILE.aside():
        done = wait(asked.values(), patience).done
    found = {i: future.result() for i, future in asked.items() if future in done and not future.cancelled() and future.exception() is None}
    return found, len(found) < len(runs)


def cancel() -> None:
    """Keep what is recorded so far, and stop the training unless somebody else waits for it."""
    jobs = st.session_state.followed.jobs
    if any(job.status is Status.RUNNING for job in jobs):
        st.session_state.followed = Followed(jobs, tuple(job.result() for job in jobs))
        for job in jobs:
            job.leave(state.session_id())


def go_on() -> None:
    """Go on with a cancelled training."""
    jobs = st.session_state.followed.jobs
    st.session_state.followed = Followed(jobs)
    for job in jobs:
        job.watch(state.session_id())


def try_again() -> None:
    """Begin a failed training anew."""
    st.session_state.followed = None
