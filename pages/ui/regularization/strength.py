"""The view of penalty strengths: sweeps of L1, L2 and elastic net from nearly no penalty to far too much."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.datasets.own import OWN, Own
from core.experiment import Experiment
from core.studies.regularization import sweep, takeaways
from core.studies.regularization.sweep import PROBLEMS, SWEPT, Path, Problem
from core.studies.regularization.views import Strength
from core.tasks import CLASSIFICATION
from core.training.results import Result
from core.words import significant, whole
from pages.ui.charts.legend import legend_html
from pages.ui.charts.theme import Look, look
from pages.ui.regularization import strength_charts
from pages.ui.session import own_table
from pages.ui.session.own_table import OwnViewScreen
from pages.ui.training import last
from pages.ui.training.collect import collect
from pages.ui.widgets import look_view, share
from pages.ui.widgets.controls import field, nearest, offered, words
from pages.ui.widgets.pieces import begin, dial, folded_settings, grid, open_in_workbench, picture, stage, takeaway, told_later
from pages.ui.widgets.show import apart, dark, show
from pages.ui.widgets.table import Column, table
from pages.ui.widgets.text import plain

SCREEN = OwnViewScreen(Strength)
SCREENS = (SCREEN,)
#: pixels of a dial, and beside the two rows of charts
_DIAL_WIDTH, _BESIDE = 260, 430
#: the key of the chart of each field
_PLACES = {"validation": "losses", "zeros": "zeros"}
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
    view, dials, words = begin(SCREEN), SCREEN.at(), told_later()
    with picture():
        with folded_settings(), st.container(horizontal=True, vertical_alignment="bottom"):
            with st.container(width="content"):
                field(dials, "data")
            with st.container(width=_DIAL_WIDTH):
                field(dials, "l1_ratio")
        problem = _problem(view)
        if problem is not None:
            results = collect(*sweep.experiments(problem, view.l1_ratio))
            shown = None if results is None else (view.data, problem, view.l1_ratio, results)
            last.draw(SCREEN, shown, lambda drawn: _results(*drawn, words), keeps=view.data != OWN)


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
def _results(name: str, problem: Problem, l1_ratio: float, results: Sequence[Result], place: DeltaGenerator) -> None:
    """Draw what the sweeps came to; the dial of the strength draws this alone again."""
    SCREEN.open()
    with apart(problem.dataset):
        _draw(name, problem, l1_ratio, results, place)


def _draw(name: str, problem: Problem, l1_ratio: float, results: Sequence[Result], place: DeltaGenerator) -> None:
    paths = [sweep.path(result) for result in results]
    looks = [look(slot, _LABELS[kind]) for slot, kind in enumerate(SWEPT)]
    strengths = problem.strengths()
    said = takeaways.strength([style.label for style in looks], paths)
    takeaway(said, place)
    with dial():
        strength = SCREEN.at(f"{name}_strength")
        at_first = nearest(strengths, strength.get() or strengths[paths[0].best])
        with st.container():
            now: float = offered(strength, strengths, words("strength", strength.parameter), otherwise=at_first, titles="{:g}".format)
        with st.container(width="content"):
            doc = "Trains the three penalties at this strength there, beside a run without any."
            open_in_workbench("Open in the workbench", lambda: at_one_strength(problem, now, l1_ratio), "regularization_open", doc)
    position = strengths.index(now)
    with stage():
        if name == "digits":
            _images(results[0], paths, looks, position)
        else:
            _coefficients(results[0], paths, looks, now)
        with grid(2):
            for field_name, title, heading in (
                ("validation", "loss, without penalty", "Training and validation"), ("zeros", "share of weights that are 0", "Weights that are 0"),
            ):  # fmt: skip
                chart = strength_charts.against_strength(
                    paths, looks, field=field_name, y_title=title, now=now, height=200, dark=dark(), beside=_BESIDE
                )  # fmt: skip
                show(chart, f"regularization_{_PLACES[field_name]}", heading, said if field_name == "validation" else None)
    reading = "Thick: validation, thin: training; rings: the lowest validation loss. Below the ring’s strength the model overfits, above it underfits."
    st.caption(f"{reading} {_rows(results[0])}".rstrip())
    for said in strength_charts.loss_notes(paths, looks):
        st.caption(str(said))
    st.html(_table(paths, looks, position))
    share.shows(lambda: _curves(paths, looks))


def _rows(result: Result) -> str:
    """Return what is said of own data: how many rows are used where they are many, and whose coefficients are drawn."""
    experiment, data = result.experiment, result.data
    if not experiment.dataset.brought:
        return ""
    part = f"{whole(len(data.X))} of the rows are used, {whole(data.n_train)} of them for training, so that {sweep.POINTS * len(SWEPT)} models take seconds."
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
    options: dict[str, Any] = {
        "named": named, "names": names, "truth": truth, "domain": (low - margin, high + margin), "now": now, "height": 200,
        "dark": dark(),
    }  # fmt: skip
    with grid(3):
        for i, path in enumerate(paths):
            show(strength_charts.coefficient_paths(path, looks[i], beside=_BESIDE, **options), f"regularization_coefficients_{i}")


def _images(result: Result, paths: Sequence[Path], looks: Sequence[Look], position: int) -> None:
    """Draw the weights of each class as an image, one panel per penalty. `position` is that of the marked strength."""
    with grid(3):
        for i, path in enumerate(paths):
            weights = path.coefficients[position]
            largest, outputs = float(np.abs(weights).max()) or 1.0, result.data.outputs
            chart = strength_charts.weight_images(weights, outputs, looks[i], largest=largest, height=150, dark=dark(), beside=_BESIDE)
            show(chart, f"regularization_images_{i}")
    st.caption("The weights of digits 0 to 4 and 5 to 9: blue speaks for the digit, orange against it; grey cells are exactly 0. Each panel has its own scale.")


def _table(paths: Sequence[Path], looks: Sequence[Look], position: int) -> str:
    """Return what each penalty comes to at the strength of the dial, and where it is best, as HTML."""
    count, at, best = paths[0].coefficients[0].size, "at this strength", "at its best strength"
    columns = [
        Column("Penalty", [style.name for style in looks], words=True),
        Column("Training loss", [significant(float(path.train[position]), 3) for path in paths], group=at),
        Column("Validation loss", [significant(float(path.validation[position]), 3) for path in paths], group=at),
        Column("Zeros", [f"{round(path.zeros[position] * count)} of {count}" for path in paths], group=at),
        Column("Validation loss", [significant(float(path.validation[path.best]), 3) for path in paths], group=best),
        Column("λ", [f"{path.strengths[path.best]:g}" + (", the end of the sweep" if path.at_an_end else "") for path in paths], group=best),
        Column("λ of its ties", [f"{path.alike[0]:g} to {path.alike[1]:g}" for path in paths], group=best),
    ]
    return table("The penalties, at one strength and at the best of each", columns)


def at_one_strength(problem: Problem, strength: float, l1_ratio: float) -> Experiment:
    """Return the experiment of a run without penalty, and of one run per penalty at the same strength."""
    return problem.experiment(*(sweep.penalty(kind, strength, l1_ratio) for kind in ("none", *SWEPT)))
