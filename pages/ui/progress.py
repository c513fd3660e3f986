"""How far the training of what is followed is: progress, Cancel and Continue, or what went wrong."""

from __future__ import annotations

import streamlit as st

from core.experiment import Experiment
from pages.ui import follow
from pages.ui.jobs import Status
from pages.ui.state import plain

POLL_SECONDS = 0.5


def draw(*experiments: Experiment, rerun: bool = False) -> follow.View:
    """Draw the progress of the experiments, which renews itself while they train, and return their common state.

    `rerun` runs the page anew as soon as they stand still, for pages that draw no unfinished results.
    """
    view = _view(experiments)
    with st.container():  # always there, so that charts below keep their place, and their views, when it fills
        if view.status is Status.FAILED:
            st.error(f"This cannot be trained: {plain(view.error)}.", icon=":material/error:")
            st.button("Try again", icon=":material/refresh:", on_click=follow.try_again)
        if view.status in (Status.RUNNING, Status.STOPPED):
            progress, button = st.columns([5, 1], vertical_alignment="center")
            with progress:
                st.fragment(run_every=POLL_SECONDS if view.running else None)(_bar)(experiments, rerun and view.running)
            with button:  # outside what renews itself, so that no renewal can swallow a click
                _button(view.running)
    return view


def _view(experiments: tuple[Experiment, ...]) -> follow.View:
    return follow.together([follow.view(experiment) for experiment in experiments])


def _bar(experiments: tuple[Experiment, ...], rerun: bool) -> None:
    view = _view(experiments)
    if rerun and not view.running:
        st.rerun()
    if view.running and view.ahead:
        st.progress(0.0, f"In line: {view.ahead} other comparison{'s train' if view.ahead > 1 else ' trains'} first")
        return
    left = f", about {max(view.seconds_left, 1):.0f} s left" if view.seconds_left else ""
    st.progress(min(view.progress, 1.0), f"Cancelled at {view.progress:.0%}" if view.status is Status.STOPPED else f"Training: {view.progress:.0%}{left}")


def _button(running: bool) -> None:
    if running:
        st.button("Cancel", icon=":material/stop:", on_click=follow.cancel, help="Stop here and keep the curves so far.")
    else:
        st.button("Continue", icon=":material/play_arrow:", on_click=follow.go_on, help="Go on from where it was stopped.")
