"""The progress of the trainings that a session follows: a bar, the buttons Cancel and Continue, or an error."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.parameters import Declared
from pages.ui.server.drawing import TURNSTILE
from pages.ui.server.training import Status
from pages.ui.training import follow
from pages.ui.widgets.text import plain

#: how often the browser asks for a renewal of a fragment
POLL_SECONDS = 0.5
#: results of a training that goes on for longer than this, in seconds, are worth a picture of their own: it costs as much as that of the end
LIVE_SECONDS = 1.0
#: the longest rest, in seconds, at the end of a renewal: if there is more to draw, and if there is nothing
_LONGEST_REST, _LONGEST_WAIT = 1.5, 2.0


def draw(*experiments: Declared, rerun: bool = False, live: Callable[[], None] | None = None) -> follow.View[Any]:
    """Draw the progress of what a session follows, and return their common state. The progress renews itself while they train.

    `rerun`: whether to run the page again as soon as no experiment trains.
    `live`: draws the results so far below the bar, if the training goes on for `LIVE_SECONDS`. Bar and results then renew themselves together.
    Without a running experiment nothing is drawn as a fragment: a renewal that the browser asked for earlier would interrupt the script run, and the rest
    of the page would not be drawn.
    """
    view = _view(experiments)
    draw_live = live if view.goes_on(LIVE_SECONDS) else None
    st.session_state.renewal_seconds = 0.0
    # It exists even when it is empty, so that the charts below keep their position; a bar stands in the empty strip above the page, by `charts.theme.PAGE_CSS`.
    with st.container(horizontal=True, vertical_alignment="center", key="progress"):
        if view.status is Status.FAILED:
            st.error(f"This cannot be trained: {plain(view.error)}.", icon=":material/error:")
            st.button("Try again", icon=":material/refresh:", on_click=follow.try_again)
        if view.status in (Status.RUNNING, Status.STOPPED):
            place = st.empty()
            if view.running and draw_live is None:
                with place:
                    renew(lambda renewal: _bar_alone(experiments, rerun, live is not None, renewal))
            else:
                place.progress(*_bar(view))
            _button(view.running)  # outside the fragment, so that a renewal cannot swallow a click
    if draw_live is not None:
        renew(lambda renewal: _bar_and_results(experiments, place, draw_live, renewal))
    return view


def _view(experiments: tuple[Declared, ...]) -> follow.View[Any]:
    """Return the common state of the experiments."""
    return follow.together([follow.view(experiment) for experiment in experiments])


def renew(draw: Callable[[bool], None]) -> None:
    """Draw a part of the page as a fragment that renews itself. `draw(renewal)` draws it; `renewal` is false for the first time, true later."""
    renewal = False

    def part() -> None:
        with TURNSTILE.turn():
            draw(renewal)

    st.fragment(run_every=POLL_SECONDS)(part)()
    renewal = True


def _bar_alone(experiments: tuple[Declared, ...], rerun: bool, has_live: bool, renewal: bool) -> None:
    """Draw the bar. Run the page again when there are results for `live` to draw, or, with `rerun`, when no experiment trains."""

    def checked_view() -> follow.View[Any]:
        view = _view(experiments)
        if (rerun and not view.running) or (has_live and view.goes_on(LIVE_SECONDS)):
            st.rerun()
        return view

    started = time.monotonic()
    st.progress(*_bar(checked_view()))
    st.session_state.renewal_seconds = time.monotonic() - started
    if renewal:
        _rest()
        checked_view()


def _bar_and_results(experiments: tuple[Declared, ...], place: DeltaGenerator, live: Callable[[], None], renewal: bool) -> None:
    """Draw the bar and the results so far. Run the page again when no experiment trains."""
    started = time.monotonic()
    place.progress(*_bar(_view(experiments)))
    live()
    st.session_state.renewal_seconds = time.monotonic() - started
    if renewal:  # rest after the drawing, because the browser dims what the run has not drawn yet
        _rest()
        if not _view(experiments).running:
            st.rerun()


def _rest() -> None:
    """Wait until there is more to draw.

    The browser asks for a renewal twice a second, however long the last one took. On a busy server these requests alone would keep it busy.
    So the rest grows with the square of the seconds that the last renewal took: it is 0.3 s after a renewal of 40 ms.
    """
    follow.rest(min(200 * st.session_state.renewal_seconds**2, _LONGEST_REST), _LONGEST_WAIT)


def _bar(view: follow.View[Any]) -> tuple[float, str]:
    """Return the bar's length, from 0 to 1, and its text."""
    if view.running and view.ahead:
        return 0.0, f"In line: {view.ahead} other comparison{'s train' if view.ahead > 1 else ' trains'} first"
    left = f", about {max(view.seconds_left, 1):.0f} s left" if view.seconds_left else ""
    return min(view.progress, 1.0), f"Cancelled at {view.progress:.0%}" if view.status is Status.STOPPED else f"Training: {view.progress:.0%}{left}"


def _button(running: bool) -> None:
    """Draw the button Cancel of a running training, or Continue of a stopped one."""
    if running:
        st.button("Cancel", icon=":material/stop:", on_click=follow.cancel, help="Stop here and keep the curves so far.")
    else:
        st.button("Continue", icon=":material/play_arrow:", on_click=follow.go_on, help="Go on from where it was stopped.")
