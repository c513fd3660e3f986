"""The view of penalty strengths: sweeps of L1, L2 and elastic net from nearly no penalty to far too much."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from core.experiment import Experiment
from core.studies.regularization import sweep
from core.studies.regularization.sweep import PROBLEMS, SWEPT, Path
from core.studies.regularization.views import Strength
from core.training.results import Result
from pages.ui.charts.legend import legend_html
from pages.ui.charts.theme import Look, look
from pages.ui.regularization import strength_charts
from pages.ui.session.screen import ViewScreen
from pages.ui.training.collect import collect
from pages.ui.widgets import share
from pages.ui.widgets.controls import field, nearest, offered, words
from pages.ui.widgets.pieces import begin, markdown_table, open_in_workbench
from pages.ui.widgets.show import dark, show

SCREEN = ViewScreen(Strength)
SCREENS = (SCREEN,)
_LABELS = {"l1_proximal": "L1", "l2": "L2", "elastic_net_proximal": "Elastic net"}
HOW_TO_READ = r"""
- Each penalty is **one stack of 40 runs** that differ in λ alone, from the same start, by gradient descent on all training rows at once.
  They minimise the loss plus $\lambda \sum|w|$ (L1), $\tfrac{\lambda}{2}\sum w^2$ (L2), or a mixture (elastic net).
- **Coefficients** (standardised features): colours are the features that L1 keeps longest, grey the others. ▸ at the left: the true value, where it is known.
- **Dashed**: the lowest validation loss of that penalty. **Full rule**: the strength of the dial, in all charts.
- **Exact zeros** come from the *proximal* step after each update, soft-thresholding by ηλ. The subgradient of L1 makes none: it jumps about 0.
- **The U**: with λ too weak the model fits noise (training loss low, validation loss high: overfitting), with λ too strong it cannot fit the signal
  (both high: underfitting).
- No momentum, on purpose: a velocity grows to 1/(1−β) gradients while the proximal step stays as it is, so the penalty would count (1−β) times.
"""


def draw() -> None:
    """Draw the view."""
    view, dials = begin(SCREEN), SCREEN.at()
    data, ratio = st.columns([2, 1.4], gap="medium", vertical_alignment="bottom")
    with data:
        field(dials, "data")
    with ratio:
        field(dials, "l1_ratio")
    results = collect(*sweep.experiments(view.data, view.l1_ratio))
    if results is not None:
        _results(view.data, view.l1_ratio, results)


@st.fragment
def _results(name: str, l1_ratio: float, results: Sequence[Result]) -> None:
    """Draw what the sweeps came to; the dial of the strength draws this alone again."""
    SCREEN.open()
    paths = [sweep.path(result) for result in results]
    looks = [look(slot, _LABELS[kind]) for slot, kind in enumerate(SWEPT)]
    strengths = PROBLEMS[name].strengths()
    dial, button = st.columns([4, 1.3], gap="medium", vertical_alignment="bottom")
    with dial:
        strength = SCREEN.at(f"{name}_strength")
        at_first = nearest(strengths, strength.get() or strengths[paths[0].best])
        now: float = offered(strength, strengths, words("strength", strength.parameter), otherwise=at_first, titles="{:g}".format)
    with button:
        doc = "Trains the three penalties at this strength there, beside a run without any."
        open_in_workbench("Open in the workbench", lambda: at_one_strength(name, now, l1_ratio), "regularization_open", doc)
    position = strengths.index(now)
    if name == "digits":
        _images(results[0], paths, looks, position)
    else:
        _coefficients(results[0], paths, looks, now)
    left, right = st.columns([1.6, 1], gap="medium")
    with left:
        chart = strength_charts.against_strength(paths, looks, field="validation", y_title="loss, without penalty", now=now, height=230, dark=dark())
        show(chart, "regularization_losses")
    with right:
        chart = strength_charts.against_strength(paths, looks, field="zeros", y_title="share of weights that are 0", now=now, height=230, dark=dark())
        show(chart, "regularization_zeros")
    st.caption("Thick: validation, thin: training; rings: the lowest validation loss. Below the ring’s strength the model overfits, above it underfits.")
    st.markdown(_table(paths, looks, position))
    share.shows(lambda: _curves(paths, looks))


def _curves(paths: Sequence[Path], looks: Sequence[Look]) -> pd.DataFrame:
    """Return losses and zeros at every strength of every penalty."""
    tables = []
    for style, path in zip(looks, paths, strict=True):
        columns = {"strength": path.strengths, "training loss": path.train, "validation loss": path.validation, "share of weights that are 0": path.zeros}
        tables.append(pd.DataFrame({"penalty": style.label} | columns))
    return pd.concat(tables)


def _coefficients(result: Result, paths: Sequence[Path], looks: Sequence[Look], now: float) -> None:
    """Draw the coefficients against the strength, one panel per penalty."""
    names, truth = result.data.features, sweep.truth(result)
    named = sweep.most_persistent(paths[0], strength_charts.NAMED if truth is None else int((truth != 0).sum()))
    st.html(legend_html(strength_charts.feature_looks([names[i] for i in named])))
    low, high = min(float(path.coefficients.min()) for path in paths), max(float(path.coefficients.max()) for path in paths)
    margin = 0.06 * (high - low)
    for i, (column, path) in enumerate(zip(st.columns(len(paths), gap="small"), paths, strict=True)):
        with column:
            chart = strength_charts.coefficient_paths(
                path, looks[i], named=named, names=names, truth=truth, domain=(low - margin, high + margin), now=now, height=230, dark=dark()
            )
            show(chart, f"regularization_coefficients_{i}")


def _images(result: Result, paths: Sequence[Path], looks: Sequence[Look], position: int) -> None:
    """Draw the weights of each class as an image, one panel per penalty. `position` is that of the marked strength."""
    for i, (column, path) in enumerate(zip(st.columns(len(paths), gap="medium"), paths, strict=True)):
        weights = path.coefficients[position]
        with column:
            largest = float(np.abs(weights).max()) or 1.0
            show(strength_charts.weight_images(weights, result.data.outputs, looks[i], largest=largest, height=150, dark=dark()), f"regularization_images_{i}")
    st.caption("The weights of digits 0 to 4 and 5 to 9: blue speaks for the digit, orange against it; grey cells are exactly 0. Each panel has its own scale.")


def _table(paths: Sequence[Path], looks: Sequence[Look], position: int) -> str:
    """Return what each penalty comes to at the strength of the dial, and where it is best, as a table."""
    rows = []
    for style, path in zip(looks, paths, strict=True):
        count = path.coefficients[0].size
        zeros = f"{round(path.zeros[position] * count)} of {count}"
        best_at = f"{path.strengths[path.best]:g}" + (", the end of the sweep" if path.at_an_end else "")
        rows.append([style.name, f"{path.train[position]:.3f}", f"{path.validation[position]:.3f}", zeros, f"{path.validation[path.best]:.3f}", best_at])
    return markdown_table(["At this strength", "Training loss", "Validation loss", "Zeros", "Lowest validation loss", "at λ"], rows, "lrrrrr")


def at_one_strength(name: str, strength: float, l1_ratio: float) -> Experiment:
    """Return the experiment of a run without penalty, and of one run per penalty at the same strength."""
    return PROBLEMS[name].experiment(*(sweep.penalty(kind, strength, l1_ratio) for kind in ("none", *SWEPT)))
