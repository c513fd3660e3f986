"""Which job a session follows: it leaves the old one when the experiment changes, and can cancel, go on, and try again."""

from __future__ import annotations

from concurrent.futures import wait
from dataclasses import dataclass, replace

import streamlit as st

from core.experiment import Experiment
from core.reference import Reference, same_objective, solvable
from core.results import Result
from pages.ui import state
from pages.ui.jobs import Job, Status, shared_jobs

#: how long a page waits for a short training before it draws the curves that there are
GRACE_SECONDS = 0.5


@dataclass(frozen=True)
class Followed:
    """A session's job, and what was recorded when the person cancelled it. One value, because a run can be interrupted between two."""

    job: Job
    cancelled: bool = False
    kept: Result | None = None


@dataclass(frozen=True)
class View:
    """What is to be drawn: the records so far, and whether more will come."""

    result: Result | None
    status: Status
    error: str
    progress: float
    seconds_left: float

    @property
    def running(self) -> bool:
        """Whether more records will come."""
        return self.status is Status.RUNNING


def unlabelled(experiment: Experiment) -> Experiment:
    """Return the experiment without its labels: what they say changes nothing in the training."""
    return replace(experiment, runs=tuple(replace(run, label="") for run in experiment.runs))


def follow(experiment: Experiment) -> None:
    """Start or join the experiment's training, and wait a moment for it. The job that is followed already is kept, however it stands."""
    session, wanted = state.session_id(), unlabelled(experiment)
    followed: Followed | None = st.session_state.get("followed")
    new = followed is None or followed.job.experiment != wanted
    if new:
        if followed is not None:
            followed.job.leave(session)
        followed = Followed(shared_jobs().get(wanted))
        st.session_state.followed = followed
    assert followed is not None
    if not followed.cancelled:
        followed.job.watch(session)  # each time, because an earlier run may have been interrupted before it came here
        if new:
            followed.job.wait(GRACE_SECONDS)


def view() -> View:
    """Return the present state of the job that the session follows."""
    followed: Followed = st.session_state.followed
    job, session = followed.job, state.session_id()
    job.heard_of(session)
    if followed.cancelled:
        result, status, progress, left = followed.kept, Status.STOPPED, 0.0, 0.0
        if result is not None:
            progress = result.epochs[-1] / job.experiment.epochs
    else:
        status = job.status  # before the result: a result may be newer than the status, never older
        result, (progress, left) = job.result(), job.progress()
    shown = state.current()
    if result is not None:  # with the labels of this session, and never beside other settings than its own
        result = replace(result, experiment=shown) if unlabelled(shown) == job.experiment else None
    return View(result, status, job.error, progress, left)


def references() -> tuple[dict[int, Reference], bool]:
    """Return what L-BFGS reaches, by the first run of each objective that it can solve, and whether more will come."""
    job: Job = st.session_state.followed.job
    runs = job.experiment.runs
    firsts = [i for i, run in enumerate(runs) if solvable(run) and not any(same_objective(run, other) for other in runs[:i])]
    asked = {i: future for i in firsts if (future := job.reference(i)) is not None}
    done = wait(asked.values(), GRACE_SECONDS).done
    found = {i: future.result() for i, future in asked.items() if future in done and not future.cancelled() and future.exception() is None}
    return found, len(found) < len(firsts)


def cancel() -> None:
    """Keep what is recorded so far, and stop the training unless somebody else waits for it."""
    job = st.session_state.followed.job
    if job.status is Status.RUNNING:
        st.session_state.followed = Followed(job, cancelled=True, kept=job.result())
        job.leave(state.session_id())


def go_on() -> None:
    """Go on with a cancelled training."""
    job = st.session_state.followed.job
    st.session_state.followed = Followed(job)
    job.watch(state.session_id())


def try_again() -> None:
    """Begin a failed training anew."""
    st.session_state.followed = None
