"""Which job a session follows: it leaves the old one when the experiment changes, and can cancel and go on."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from core.experiment import Experiment
from core.results import Result
from pages.ui import state
from pages.ui.jobs import Job, Status, shared_jobs

#: how long a page waits for a short training before it draws the curves that there are
GRACE_SECONDS = 0.5


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


def follow(experiment: Experiment) -> None:
    """Start or join the experiment's training, and wait a moment for it."""
    job = shared_jobs().get(experiment)
    session, previous = state.session_id(), st.session_state.get("job")
    if previous is not job:
        if previous is not None:
            previous.leave(session)
        st.session_state.job, st.session_state.cancelled = job, None
    if st.session_state.cancelled is None:
        job.watch(session)  # each time, because an earlier run may have been interrupted before it came here
        if previous is not job:
            job.wait(GRACE_SECONDS)


def view() -> View:
    """Return the present state of the job that the session follows."""
    job: Job = st.session_state.job
    cancelled: Result | None = st.session_state.cancelled
    if cancelled is not None:
        return View(cancelled, Status.STOPPED, "", cancelled.epochs[-1] / job.experiment.epochs, 0)
    status = job.status  # before the result: a result may be newer than the status, never older
    return View(job.result(), status, job.error, *job.progress())


def cancel() -> None:
    """Keep what is recorded so far, and stop the training unless somebody else waits for it."""
    job: Job = st.session_state.job
    st.session_state.cancelled = job.result()
    job.leave(state.session_id())


def go_on() -> None:
    """Go on with a cancelled training."""
    st.session_state.cancelled = None
    st.session_state.job.watch(state.session_id())
