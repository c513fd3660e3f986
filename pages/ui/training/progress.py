"""How far the training of what is followed is: progress, Cancel and Continue, or what went wrong."""

from __future__ import annotations

import time
from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.experiment import Experiment
from pages.ui.server.drawing import TURNSTILE
from pages.ui.server.jobs import Status
from pages.ui.training import follow
from pages.ui.widgets.text import plain

POLL_SECONDS = 0.5
#: the longest rest between two renewals if there is more to draw, and if there is nothing
_LONGEST_REST, _LONGEST_WAIT = 1.5, 2.0


def draw(*experiments: Experiment, rerun: bool = False, live: Callable[[], None] | None = None) -> follow.View:
    """Draw the progress of the experiments, which renews itself while they train, and return their common state.

    `rerun` runs the page anew as soon as they stand still. `live` draws, below, what is unfinished, as soon as there are results: then it renews
    itself together with the bar. What stands still is no fragment: a renewal that the browser had asked for by then would come in between the page and
    its end, and the rest of the page be lost.
    """
    view = _view(experiments)
    shown = live if view.running and view.result is not None else None
    st.session_state.renewal_seconds = 0.0
    with st.container():  # always there, so that charts below keep their place, and their views, when it fills
        if view.status is Status.FAILED:
            st.error(f"This cannot be trained: {plain(view.error)}.", icon=":material/error:")
            st.button("Try again", icon=":material/refresh:", on_click=follow.try_again)
        if view.status in (Status.RUNNING, Status.STOPPED):
            progress, button = st.columns([5, 1], vertical_alignment="center")
            place = progress.empty()
            if view.running and shown is None:
                with place:
                    renew(lambda renewal: _alone(experiments, rerun, live is not None, renewal))
            else:
                place.progress(*_bar(view))
            with button:  # outside what renews itself, so that no renewal can swallow a click
                _button(view.running)
    if shown is not None:
        renew(lambda renewal: _together(experiments, place, shown, renewal))
    return view


def _view(experiments: tuple[Experiment, ...]) -> follow.View:
    return follow.together([follow.view(experiment) for experiment in experiments])


def renew(draw: Callable[[bool], None]) -> None:
    """Draw a part of the page that renews itself from now on; it is told whether this is a renewal."""
    renewal = False

    def part() -> None:
        with TURNSTILE.turn():
            draw(renewal)

    st.fragment(run_every=POLL_SECONDS)(part)()
    renewal = True


def _alone(experiments: tuple[Experiment, ...], rerun: bool, live: bool, renewal: bool) -> None:
    def look() -> follow.View:
        view = _view(experiments)
        if (rerun and not view.running) or (live and view.result is not None):
            st.rerun()
        return view

    began = time.monotonic()
    st.progress(*_bar(look()))
    st.session_state.renewal_seconds = time.monotonic() - began
    if renewal:
        _rest()
        look()


def _together(experiments: tuple[Experiment, ...], place: DeltaGenerator, live: Callable[[], None], renewal: bool) -> None:
    began = time.monotonic()
    place.progress(*_bar(_view(experiments)))
    live()
    st.session_state.renewal_seconds = time.monotonic() - began
    if renewal:  # at the end, because the browser dims what a run has yet to draw
        _rest()
        if not _view(experiments).running:
            st.rerun()


def _rest() -> None:
    """Wait until there is more to draw.

    The browser asks for a renewal twice a second however long the last one took; on a busy server that alone would keep it busy. So the rest grows
    with the square of what a renewal has taken, which at 40 ms is 0.3 s.
    """
    follow.rest(min(200 * st.session_state.renewal_seconds**2, _LONGEST_REST), _LONGEST_WAIT)


def _bar(view: follow.View) -> tuple[float, str]:
    """Return the share that is done, and what is said of it."""
    if view.running and view.ahead:
        return 0.0, f"In line: {view.ahead} other comparison{'s train' if view.ahead > 1 else ' trains'} first"
    left = f", about {max(view.seconds_left, 1):.0f} s left" if view.seconds_left else ""
    return min(view.progress, 1.0), f"Cancelled at {view.progress:.0%}" if view.status is Status.STOPPED else f"Training: {view.progress:.0%}{left}"


def _button(running: bool) -> None:
    if running:
        st.button("Cancel", icon=":material/stop:", on_click=follow.cancel, help="Stop here and keep the curves so far.")
    else:
        st.button("Continue", icon=":material/play_arrow:", on_click=follow.go_on, help="Go on from where it was stopped.")
