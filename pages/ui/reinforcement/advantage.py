"""The advantage: how far seven estimators of one gradient scatter on the same episodes, and what bias they pay."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.studies.reinforcement import takeaways
from core.studies.reinforcement.advantage import ESTIMATORS, Contest, contest
from core.studies.reinforcement.views import AdvantageView
from core.words import whole
from pages.ui.charts.axes import Axis
from pages.ui.charts.legend import legend_html
from pages.ui.charts.log_curves import log_curves
from pages.ui.charts.series import run_domain
from pages.ui.charts.theme import look
from pages.ui.reinforcement.bar_charts import bars
from pages.ui.reinforcement.pieces import draw_dials, draw_settings, draw_story, draw_story_menu, row
from pages.ui.session.screen import ViewScreen
from pages.ui.widgets import share
from pages.ui.widgets.pieces import begin, picture, stage, takeaway
from pages.ui.widgets.show import dark, show
from pages.ui.widgets.table import Column, marked, table

SCREEN = ViewScreen(AdvantageView)
SCREENS = (SCREEN,)
LOOKS = tuple(look(slot, estimator.title) for slot, estimator in enumerate(ESTIMATORS.values()))
#: sizes of batches over which errors are drawn
_BATCHES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
HOW_TO_READ = r"""
- A policy walks from one corner of 5 × 5 cells to the other, and a step costs 1. Its loss is $-A_t \log \pi(a_t)$ at each step: what stands for the
  **advantage** $A_t$ is what the seven estimators differ in. All see the same episodes.
{0}
- **Left**: the trace of the covariance of one episode's gradient. **Right**: the expected error of the mean over a batch,
  $\sqrt{\text{variance} / K + \text{bias}^2}$, as a share of the exact gradient's length. Where a curve becomes flat, the bias is left.
- The **exact gradient** follows from a linear system, and so does each bias: nothing of it is chance. The mean return for a baseline has one of the order
  1 / episodes, which is not counted.
- **Critic's error**: true values, with an error of their own in each cell. A baseline never biases; TD errors believe the critic, and do.
- **GAE**: $A_t = \delta_t + \lambda A_{t+1}$. With λ = 1 it is the return less V(s).
- Source: J. Schulman et al., arXiv:1506.02438; R. S. Sutton et al., 2000.
""".replace("{0}", "\n".join(f"- **{each.title.capitalize() if each.title[0].islower() else each.title}**: {each.doc}" for each in ESTIMATORS.values()))


def draw() -> None:
    """Draw the view."""
    view = begin(SCREEN)
    draw_settings(SCREEN, "Episodes", ("episodes", "seed"))
    found = contest(view.sureness, view.noise, view.episodes, view.seed)
    share.shows(lambda: frame(found))
    said = takeaways.advantage(found, view.batch)
    takeaway(said)
    draw_story(view)
    with picture():
        with row():
            draw_dials(SCREEN.at(), ("sureness", "noise", "batch"))
            draw_story_menu(SCREEN, AdvantageView)
        with stage():
            st.html(legend_html(LOOKS))
            left, right = st.columns(2, gap="medium")
            with left:
                variances = [each.variance for each in found.estimates.values()]
                show(bars(variances, LOOKS, Axis("variance of one episode's gradient", log=True), height=300, dark=dark()), "reinforcement_variance",
                     "How far each estimator scatters", said)  # fmt: skip
            with right:
                errors = {name: [found.error(each, batch) for batch in _BATCHES] for name, each in zip(run_domain(LOOKS), ESTIMATORS, strict=True)}
                chart = log_curves(pd.DataFrame({"x": _BATCHES, **errors}), LOOKS, Axis("episodes of a batch"), Axis("error / gradient", log=True),
                                   now=float(view.batch), height=300, dark=dark())  # fmt: skip
                show(chart, "reinforcement_error", "How wrong the mean of a batch is", said)
    st.html(_table(found, view.batch))
    st.caption(f"The policy needs {-found.known.value:.1f} steps in the mean, and the exact gradient has the length {_length(found):.3g}. "
               f"Over these {whole(found.episodes)} episodes it needed {found.steps:.1f}.")  # fmt: skip


def _length(found: Contest) -> float:
    return float((found.known.gradient**2).sum() ** 0.5)


def frame(found: Contest) -> pd.DataFrame:
    """Return variance and bias of each estimator, and its error with several sizes of batches."""
    return pd.DataFrame([
        {
            "estimator": ESTIMATORS[name].title, "variance": each.variance, "bias": each.bias,
            **{f"error_{batch}": found.error(name, batch) for batch in _BATCHES},
        }
        for name, each in found.estimates.items()
    ])  # fmt: skip


def _table(found: Contest, batch: int) -> str:
    """Return variance, bias and error of each estimator, as HTML."""
    estimates, errors = list(found.estimates.values()), [found.error(name, batch) for name in ESTIMATORS]
    top = [f"{each:.3f}" == f"{min(errors):.3f}" for each in errors]
    return table("Seven estimators of one gradient", [
        Column("Advantage", [each.name for each in LOOKS], words=True),
        Column("Variance ↓", [f"{each.variance:,.0f}" for each in estimates], "Trace of the covariance of one episode's gradient."),
        Column("of the first", [f"{each.variance / estimates[0].variance:.2g}" for each in estimates], "As a share of the whole return's."),
        Column("Bias ↓", [f"{each.bias:.3g}" if each.bias > 1e-9 else "0" for each in estimates], "Length of the exact bias."),
        Column(f"Error at K = {whole(batch)} ↓", [f"{each:.3f}" for each in errors], "√(variance / K + bias²), of the gradient's length.", marks=marked(top)),
    ])  # fmt: skip
