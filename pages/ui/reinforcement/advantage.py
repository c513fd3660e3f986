"""The advantage: how far seven estimators of one gradient scatter on the same episodes, and what bias they pay."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.studies.reinforcement import takeaways
from core.studies.reinforcement.advantage import ESTIMATORS, Contest, contests, counts
from core.studies.reinforcement.views import AdvantageView
from core.words import significant, whole, written
from pages.ui.charts.axes import Axis
from pages.ui.charts.legend import legend_html
from pages.ui.charts.log_curves import curves
from pages.ui.charts.series import run_domain
from pages.ui.charts.theme import look
from pages.ui.reinforcement.bar_charts import bars
from pages.ui.reinforcement.pieces import draw_dials, draw_player, draw_settings, draw_story_menu, draw_takeaway, row
from pages.ui.session.screen import ViewScreen
from pages.ui.widgets import play, share
from pages.ui.widgets.pieces import begin, dial, folded_settings, grid, picture, stage, told_later
from pages.ui.widgets.show import dark, show
from pages.ui.widgets.table import Column, marked, table

SCREEN = ViewScreen(AdvantageView)
SCREENS = (SCREEN,)
LOOKS = tuple(look(slot, estimator.title) for slot, estimator in enumerate(ESTIMATORS.values()))
#: sizes of batches over which errors are drawn
_BATCHES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
#: pixels beside the charts
_BESIDE = 480
HOW_TO_READ = r"""
- A policy walks from one corner of 5 × 5 cells to the other, and a step costs 1. Its loss is $-A_t \log \pi(a_t)$ at each step: what stands for the
  **advantage** $A_t$ is what the seven estimators differ in. All see the same episodes.
{0}
- **Left**: the trace of the covariance of one episode's gradient. **Right**: the expected error of the mean over a batch,
  $\sqrt{\text{variance} / K + \text{bias}^2}$, as a share of the exact gradient's length. Where a curve becomes flat, the bias is left.
- **Episode**: how many of the episodes are looked at. Of a few of them the scatter is a guess.
- The **exact gradient** follows from a linear system, and so does each bias: nothing of it is chance. The mean return for a baseline has one of the order
  1 / episodes, which is not counted.
- **Critic's error**: true values, with an error of their own in each cell. A baseline never biases; TD errors believe the critic, and do.
- **GAE**: $A_t = \delta_t + \lambda A_{t+1}$. With λ = 1 it is the return less V(s).
- Source: J. Schulman et al., arXiv:1506.02438; R. S. Sutton et al., 2000.
""".replace("{0}", "\n".join(f"- **{each.title.capitalize() if each.title[0].islower() else each.title}**: {each.doc}" for each in ESTIMATORS.values()))


def draw() -> None:
    """Draw the view."""
    view, words = begin(SCREEN), told_later()
    draw_settings(SCREEN, "Episodes", ("episodes", "seed"))
    with picture():
        with folded_settings(), row():
            draw_dials(SCREEN.at(), ("sureness", "noise", "batch"))
            draw_story_menu(SCREEN)
        play.draw(SCREEN, counts(view.episodes), lambda: _results(words))


def _results(words: DeltaGenerator) -> None:
    """Draw scatter and errors on the episodes so far. `words`: where the sentence stands that they come to."""
    view = SCREEN.open()
    found = contests(view.sureness, view.noise, view.episodes, view.seed)
    with dial():
        at = draw_player(SCREEN, counts(view.episodes))
    now, all_ = found[at], found[view.episodes]
    said = draw_takeaway(view, takeaways.advantage(now, view.batch), words, ended=at == view.episodes)
    with stage():
        st.html(legend_html(LOOKS))
        with grid(2):
            variances, others = ([each.variance for each in contest.estimates.values()] for contest in (now, all_))
            chart = bars(variances, LOOKS, Axis("variance of one episode's gradient", log=True), others=others, height=300, dark=dark(), beside=_BESIDE)
            show(chart, "reinforcement_variance", "How far each estimator scatters", said)
            batches = sorted({*_BATCHES, view.batch})
            errors, later = ([[contest.error(each, batch) for batch in batches] for each in ESTIMATORS] for contest in (now, all_))
            curves_ = pd.DataFrame({"x": batches, **dict(zip(run_domain(LOOKS), errors, strict=True))})
            x, y = Axis("episodes of a batch", log=True), Axis("error / gradient", log=True)
            chart = curves(curves_, LOOKS, x, y, now=float(view.batch), others=[np.ravel(later)], height=300, dark=dark(), beside=_BESIDE)
            show(chart, "reinforcement_error", "How wrong the mean of a batch is", said)
    st.html(_table(now, view.batch))
    needed = f" Over these {whole(now.episodes)} episodes it needed {now.steps:.1f}." if at else ""
    st.caption(f"The policy needs {-now.known.value:.1f} steps in the mean, and the exact gradient has the length {_length(now):.3g}.{needed}")
    share.shows(lambda: frame(now))


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
    in_three = [significant(each, 3) for each in errors]
    top = [each == significant(min(errors), 3) for each in in_three]
    return table("Seven estimators of one gradient", [
        Column("Advantage", [each.name for each in LOOKS], words=True),
        Column("Variance ↓", [written(each.variance, ",.0f") for each in estimates], "Trace of the covariance of one episode's gradient."),
        Column("of the first", [significant(each.variance / estimates[0].variance, 2) for each in estimates], "As a share of the whole return's."),
        Column("Bias ↓", [significant(each.bias, 3) if each.bias > 1e-9 else "0" for each in estimates], "Length of the exact bias."),
        Column(f"Error at K = {whole(batch)} ↓", in_three, "√(variance / K + bias²), of the gradient's length.", marks=marked(top)),
    ])  # fmt: skip
