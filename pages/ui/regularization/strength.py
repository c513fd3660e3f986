"""The view of penalty strengths: sweeps of L1, L2 and elastic net from nearly no penalty to far too much."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from core.datasets.own import OWN, Own
from core.experiment import Experiment
from core.studies.regularization import sweep
from core.studies.regularization.sweep import PROBLEMS, SWEPT, Path, Problem
from core.studies.regularization.views import Strength
from core.tasks import CLASSIFICATION
from core.training.results import Result
from pages.ui.charts.legend import legend_html
from pages.ui.charts.theme import Look, look
from pages.ui.regularization import strength_charts
from pages.ui.session import own_table
from pages.ui.session.own_table import OwnViewScreen
from pages.ui.training.collect import collect
from pages.ui.widgets import look_view, share
from pages.ui.widgets.controls import field, nearest, offered, words
from pages.ui.widgets.pieces import begin, markdown_table, open_in_workbench
from pages.ui.widgets.show import apart, dark, show
from pages.ui.widgets.text import plain

SCREEN = OwnViewScreen(Strength)
SCREENS = (SCREEN,)
_LABELS = {"l1_proximal": "L1", "l2": "L2", "elastic_net_proximal": "Elastic net"}
HOW_TO_READ = r"""
- Each penalty is **one stack of 40 runs** that differ in λ alone, from the same start, by gradient descent on all training rows at once.
  They minimise the loss plus $\lambda \sum|w|$ (L1), $\tfrac{\lambda}{2}\sum w^2$ (L2), or a mixture (elastic net).
- **Coefficients** (standardised features): colours are the features that L1 keeps longest, grey the others. ▸ at the left: the true value, where it is known.
- **Dashed**: the lowest validation loss of that penalty. **Full rule**: the strength of the dial, in all charts.
- **Ties**: losses within one standard error of the lowest, which so few validation rows cannot tell from it. The strongest of these penalties is often taken.
- **Exact zeros** come from the *proximal* step after each update, soft-thresholding by ηλ. The subgradient of L1 makes none: it jumps about 0.
- **The U**: with λ too weak the model fits noise (training loss low, validation loss high: overfitting), with λ too strong it cannot fit the signal
  (both high: underfitting).
- No momentum, on purpose: a velocity grows to 1/(1−β) gradients while the proximal step stays as it is, so the penalty would count (1−β) times.
"""


def draw() -> None:
    """Draw the view."""
    view, dials = begin(SCREEN), SCREEN.at()
    data, ratio = st.columns([2.8, 1.4], gap="medium", vertical_alignment="bottom")
    with data:
        field(dials, "data")
    with ratio:
        field(dials, "l1_ratio")
    problem = _problem(view)
    if problem is not None:
        results = collect(*sweep.experiments(problem, view.l1_ratio))
        if results is not None:
            _results(view.data, problem, view.l1_ratio, results)


def _problem(view: Strength) -> Problem | None:
    """Return the problem that is swept; None as long as the person's own data are missing. Draw what is needed of these."""
    if view.data != OWN:
        return PROBLEMS[view.data]
    own = view.own or Own()
    if look_view.of_study(SCREEN.at("own"), SCREEN.at()) is None:
        return None
    try:
        return own_table.of_table(own, "sweep", lambda table: sweep.own_problem(own, table))
    except ValueError as error:
        st.error(f"These data cannot be split into training, validation and test rows: {plain(error)}.", icon=":material/error:")
        return None


@st.fragment
def _results(name: str, problem: Problem, l1_ratio: float, results: Sequence[Result]) -> None:
    """Draw what the sweeps came to; the dial of the strength draws this alone again."""
    SCREEN.open()
    with apart(problem.dataset):
        _draw(name, problem, l1_ratio, results)


def _draw(name: str, problem: Problem, l1_ratio: float, results: Sequence[Result]) -> None:
    paths = [sweep.path(result) for result in results]
    looks = [look(slot, _LABELS[kind]) for slot, kind in enumerate(SWEPT)]
    strengths = problem.strengths()
    dial, button = st.columns([4, 1.3], gap="medium", vertical_alignment="bottom")
    with dial:
        strength = SCREEN.at(f"{name}_strength")
        at_first = nearest(strengths, strength.get() or strengths[paths[0].best])
        now: float = offered(strength, strengths, words("strength", strength.parameter), otherwise=at_first, titles="{:g}".format)
    with button:
        doc = "Trains the three penalties at this strength there, beside a run without any."
        open_in_workbench("Open in the workbench", lambda: at_one_strength(problem, now, l1_ratio), "regularization_open", doc)
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
    reading = "Thick: validation, thin: training; rings: the lowest validation loss. Below the ring’s strength the model overfits, above it underfits."
    st.caption(f"{reading} {_rows(results[0])}".rstrip())
    for said in strength_charts.loss_notes(paths, looks):
        st.caption(str(said))
    st.markdown(_table(paths, looks, position))
    share.shows(lambda: _curves(paths, looks))


def _rows(result: Result) -> str:
    """Return what is said of own data: how many rows are used where they are many, and whose coefficients are drawn."""
    experiment, data = result.experiment, result.data
    if not experiment.dataset.brought:
        return ""
    part = f"{len(data.X):,} of the rows are used, {data.n_train:,} of them for training, so that {sweep.POINTS * len(SWEPT)} models take seconds."
    words = [part] if experiment.corruption.training_share < 1 else []
    words += [f"Coefficients are those of the class “{plain(data.outputs[0])}”."] if data.task == CLASSIFICATION else []
    return " ".join(words)


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
        alike = f"{path.alike[0]:g} to {path.alike[1]:g}"
        losses = f"{path.train[position]:#.3g}", f"{path.validation[position]:#.3g}"
        rows.append([style.name, *losses, zeros, f"{path.validation[path.best]:#.3g}", best_at, alike])
    titles = ["At this strength", "Training loss", "Validation loss", "Zeros", "Lowest validation loss", "at λ", "λ of its ties"]
    return markdown_table(titles, rows, "lrrrrrr")


def at_one_strength(problem: Problem, strength: float, l1_ratio: float) -> Experiment:
    """Return the experiment of a run without penalty, and of one run per penalty at the same strength."""
    return problem.experiment(*(sweep.penalty(kind, strength, l1_ratio) for kind in ("none", *SWEPT)))
