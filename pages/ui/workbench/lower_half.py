"""The lower half of the workbench: the comparison on one metric, and the view at one epoch.

It costs more than a short training, so while a training runs it is drawn only if that goes on for a while. Until then the picture of the comparison before
stays in its place, pale, as Streamlit shows whatever a run has not drawn yet.
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from core.experiment import Experiment
from core.training.results import Result
from pages.ui.session import state
from pages.ui.training.follow import View
from pages.ui.workbench import compare_view, epoch_view

#: a training that goes on for longer than this is worth a picture of its records so far
LONG_SECONDS = 5.0
_PALE = "<style>.st-key-lower_half {opacity: 0.35; pointer-events: none;}</style>"
#: about as high as the lower half, so that the page keeps its length where the picture before cannot be drawn
_ROOM = '<div style="height: 60rem"></div>'


@dataclass(frozen=True)
class Drawn:
    """What is drawn: records, a metric, and the styles of the runs."""

    result: Result
    metric: str
    slots: tuple[int, ...]


def due(view: View[Result], experiment: Experiment) -> bool:
    """Return whether the page must run again, because a training turns out to be a long one whose records are not drawn yet."""
    return view.goes_on(LONG_SECONDS) and not _of_this_training(experiment)


def draw(view: View[Result], experiment: Experiment, metric: str) -> None:
    """Draw the records of a training that stands still, is long, or was drawn before while it ran; else what was drawn before it."""
    with st.container(key="lower_half"):
        if view.result is not None and (not view.running or view.goes_on(LONG_SECONDS) or _of_this_training(experiment)):
            drawn = st.session_state.lower_half = Drawn(view.result, metric, state.WORKBENCH.slots())
            _draw(drawn)
        elif view.running and (earlier := _drawn()) is not None:
            if earlier.slots == state.WORKBENCH.slots():
                st.html(_PALE)
                _draw(earlier)
            else:
                st.html(_ROOM)


def _draw(drawn: Drawn) -> None:
    compare_view.draw(drawn.result, drawn.metric)
    epoch_view.draw(drawn.result)


def _of_this_training(experiment: Experiment) -> bool:
    """Return whether what was drawn last are records of the training of an experiment."""
    drawn = _drawn()
    return drawn is not None and drawn.result.experiment.unlabelled() == experiment.unlabelled()


def _drawn() -> Drawn | None:
    """Return what the session has drawn last."""
    drawn: Drawn | None = st.session_state.get("lower_half")
    return drawn
