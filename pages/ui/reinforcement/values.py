"""Value losses: methods on the random walk, at many rates, and the values that they come to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.studies.reinforcement import summaries, takeaways
from core.studies.reinforcement.lanes import StudyResult
from core.studies.reinforcement.prediction import ENDS, NONE, Prediction
from core.studies.reinforcement.stacks import recorded_steps
from core.studies.reinforcement.views import PREDICTORS, ValuesView
from core.words import written
from pages.ui.charts.axes import Axis
from pages.ui.charts.legend import legend_html
from pages.ui.charts.log_curves import curves
from pages.ui.charts.series import run_domain
from pages.ui.charts.theme import AXIS, Look
from pages.ui.reinforcement.pieces import draw_choice, draw_player, draw_settings, draw_story_menu, draw_takeaway, draw_trained, looks_of
from pages.ui.session.screen import ViewScreen
from pages.ui.widgets import share
from pages.ui.widgets.controls import nearest, offered
from pages.ui.widgets.pieces import begin, dial, folded_settings, grid, picture, stage, told_later
from pages.ui.widgets.show import dark, show
from pages.ui.widgets.table import Column, marked, table

SCREEN = ViewScreen(ValuesView)
SCREENS = (SCREEN,)
#: pixels beside the curves
_BESIDE = 470
_TITLES = {name: each.title for name, each in PREDICTORS.items()}
HOW_TO_READ = r"""
- **The walk**: states in a row; from the middle one step to the left or right by chance, until an end. The left end brings −1, the right one 1, all else 0.
  A state's **true value** is its chance of ending right less that of ending left: the grey line.
- **Target**: what a prediction is drawn to. TD(0): the next state's prediction. n-step: n rewards, and the prediction after them. TD(λ): a mixture of all n.
  Monte Carlo: the whole return.
- **Left**: the root mean squared error over the states, the mean over the walks 1 to the chosen one and over all seeds, at each rate α: with 10 walks and
  19 states it is the textbook's figure. A gap: values overflowed.
- **Right**: the values after the chosen walk at the chosen rate, the mean over the seeds.
- **Residual gradient**: differentiates the target, too. It is slow here, and where chance decides the next state, it comes to other values than the true ones.
- **Huber** clips the error of a step at κ. True online TD(λ) is defined by the squared error.
- Source: R. S. Sutton and A. G. Barto, Reinforcement Learning, 2nd edition, figures 7.2 and 12.3.
"""


def draw() -> None:
    """Draw the view."""
    view, words = begin(SCREEN), told_later()
    clipped, noisy = any("huber" in name for name in view.methods), view.noise != NONE
    names = ("n", "decay", *(("limit",) if clipped else ()), "noise", *(("scale",) if noisy else ()), "states", "episodes", "seeds", "seed")
    draw_settings(SCREEN, "The walk", names)
    with picture():
        with folded_settings():
            choice, stories = st.columns([6, 1.1], gap="small")
            with choice:
                draw_choice(SCREEN, "methods", list(_TITLES), _TITLES)
            with stories:
                draw_story_menu(SCREEN)
        if not view.methods:
            st.info("Choose a method.", icon=":material/arrow_upward:")
        else:
            draw_trained(SCREEN, _episodes, lambda shown, result: _results(shown, result, words))


def _episodes(result: StudyResult) -> tuple[int, ...]:
    return recorded_steps(result.done)


def _results(view: ValuesView, result: StudyResult, words: DeltaGenerator) -> None:
    """Draw errors and values of what was trained for a state of the view. `words`: where the sentence stands that they come to."""
    now, document, looks = SCREEN.open(), result.document, looks_of(view.methods, _TITLES)
    assert isinstance(document, Prediction)
    with dial():
        at = draw_player(SCREEN, _episodes(result))
        with st.container(width=260):
            rate = offered(SCREEN.at("rate"), list(document.rates), "Rate α", otherwise=nearest(document.rates, now.rate), titles=lambda each: f"{each:g}")
    errors = summaries.errors(result, at)
    said = takeaways.values([look.label for look in looks], errors, document.rates, at)
    said = draw_takeaway(view, said, words, ended=at == document.updates)
    truth = Look("true values", AXIS[dark()], (3, 3), "")
    with stage():
        st.html(legend_html([*looks, truth]))
        with grid(2):
            frame = pd.DataFrame({"x": document.rates, **dict(zip(run_domain(looks), errors, strict=True))})
            y = Axis("RMS error", domain=(0.0, _highest(errors)))
            chart = curves(frame, looks, Axis("rate α", domain=(0.0, max(document.rates))), y, now=rate, height=300, dark=dark(), beside=_BESIDE)
            show(chart, "reinforcement_errors", f"Mean error of the walks 1 to {at}" if at else "Error before the first walk", said)
            lines = [*looks, truth]
            values = result.arrays["values"][1, :, at, document.rates.index(rate)]
            states = np.arange(1, document.states + 1)
            frame = pd.DataFrame({"x": states, **dict(zip(run_domain(lines), [*values, result.data.truth], strict=True))})
            low, high, _ = ENDS[document.ends]
            y = Axis("value", domain=(low - 0.2, high + 0.2))
            chart = curves(frame, lines, Axis("state"), y, height=300, dark=dark(), beside=_BESIDE)
            show(chart, "reinforcement_values", f"Values after walk {at}, α = {rate:g}")
    st.html(_table(result, looks, errors, at))
    share.shows(lambda: _frame(result, looks))


def _highest(errors: Any) -> float:
    """Return where the axis of errors ends: a little above the errors of all states at 0, as in the textbook, or above the lowest error of all."""
    finite = errors[np.isfinite(errors)]
    return float(max(0.62, 1.3 * finite.min())) if finite.size else 1.0


def _table(result: StudyResult, looks: Sequence[Look], errors: Any, at: int) -> str:
    """Return the best rate of each method, its error, and what the seeds scatter by, as HTML."""
    assert isinstance(result.document, Prediction)
    rates = result.document.rates
    best = [int(np.where(np.isfinite(each), each, np.inf).argmin()) for each in errors]
    of_seeds = result.arrays["error"][:, :, 1 : at + 1].mean(axis=2) if at else result.arrays["error"][:, :, 0]
    lowest = [float(errors[run, place]) for run, place in enumerate(best)]
    top = [f"{each:.3f}" == f"{np.nanmin(lowest):.3f}" for each in lowest]
    columns = [
        Column("Method", [look.name for look in looks], words=True),
        Column("Best α", [f"{rates[place]:g}" for place in best], "The rate with the lowest mean error."),
        Column("RMS error ↓", [written(each, ".3f") for each in lowest], "At the best rate, the mean over walks and seeds.", marks=marked(top)),
        Column("± seeds", [written(of_seeds[:, run, place].std(ddof=1), ".3f") for run, place in enumerate(best)], "Standard deviation over the seeds."),
        Column(
            "Last walk ↓",
            [written(result.arrays["error"][:, run, at, place].mean(), ".3f") for run, place in enumerate(best)],
            "Error after the chosen walk alone.",
        ),
    ]
    return table("Each method at its best rate", columns)


def _frame(result: StudyResult, looks: Sequence[Look]) -> pd.DataFrame:
    """Return the mean error of each method, walk and rate."""
    assert isinstance(result.document, Prediction)
    mean = result.arrays["error"][:, :, : result.done + 1].mean(axis=0)
    run, walk, rate = (place.ravel() for place in np.indices(mean.shape))
    names = np.array([look.label for look in looks])
    return pd.DataFrame({"method": names[run], "walk": walk, "rate": np.array(result.document.rates)[rate], "rms": mean.ravel()})
