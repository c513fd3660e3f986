"""The view "At one epoch": one panel a run (boundary, fit, predictions, confusion, samples or weights), at the epoch of one slider."""

from __future__ import annotations

import html
from collections.abc import Callable
from contextlib import nullcontext

import numpy as np
import pandas as pd
import streamlit as st

from core.inspection import pictures, views
from core.tasks import CLASSIFICATION
from core.training.results import Result
from pages.ui.charts import frames, panels
from pages.ui.charts.axes import Axis
from pages.ui.charts.theme import Look, class_colors
from pages.ui.session import state
from pages.ui.training import follow
from pages.ui.widgets import weights_view
from pages.ui.widgets.controls import field, offered
from pages.ui.widgets.show import apart, dark, show
from pages.ui.widgets.table import Column, table
from pages.ui.workbench import replay, sample_view
from pages.ui.workbench.run_editor import looks, places

_CURVE_POINTS = 200
#: the most panels in a row, and the least width of one in pixels
_PANELS_IN_A_ROW, _NARROWEST = 4, 190
_MOST_POINTS = 400
#: what the panels leave of the window's height, in pixels, and the share of its strength that a panel behind the one in front keeps
_BESIDE, _BEHIND = 470, 0.4
#: the keys of the panels, before the number of the run
_PANELS = ("boundary", "confusion", "fit", "predicted", "weights")


@st.fragment
def draw(result: Result) -> None:
    """Draw the choices, the epoch slider and the panels."""
    st.subheader("At one epoch", help="The models of the first seed as they were after the chosen epoch. Panels share their axes.")
    view, dials = state.WORKBENCH_VIEW.open(), state.WORKBENCH_VIEW.at()
    with st.container(horizontal=True, vertical_alignment="bottom", key="epoch_options"):
        kind = offered(dials.at("panels"), kinds(result), "Show", titles=views.PANELS.__getitem__, shape="segments", help=None)
        if kind != views.WEIGHTS:
            field(dials, "sample_rows" if kind == views.SAMPLES else "panel_rows")
        split = view.sample_rows if kind == views.SAMPLES else view.panel_rows
        epoch = _epoch(result)
    if result.experiment.seeds > 1:
        st.caption(f"Of each run, the model of seed {result.experiment.first_seed}.")
    sight = places(result.experiment, view)
    if sight.front is not None:
        behind = ", ".join(f".st-key-{panel}_{run}" for panel in _PANELS for run in range(len(result.experiment.runs)) if run != sight.front)
        st.html(f"<style>:is({behind}) {{opacity: {_BEHIND};}}</style>")
    drawers = {
        views.BOUNDARIES: _boundaries, views.CONFUSION: _confusions, views.PER_CLASS: _per_class, views.FIT: _fits, views.PREDICTIONS: _predictions,
    }  # fmt: skip
    if kind == views.SAMPLES:
        sample_view.draw(result, epoch, split)
    elif kind == views.WEIGHTS:
        with apart(result.experiment.dataset):
            _weights(result, epoch)
    elif kind == views.PREDICTIONS and len(result.data.outputs) > 1:  # it draws a widget, which `replay` does not allow
        with apart(result.experiment.dataset):
            _predictions(result, epoch, split)
    else:
        replay.draw(result, (kind, epoch, split, sight), lambda: drawers[kind](result, epoch, split))


def kinds(result: Result) -> tuple[str, ...]:
    """Return what can be shown of each run."""
    if result.data.task == CLASSIFICATION:
        return (views.BOUNDARIES, views.CONFUSION, views.PER_CLASS, views.SAMPLES, views.WEIGHTS)
    return (views.FIT if result.data.X.shape[1] == 1 else views.PREDICTIONS, views.SAMPLES, views.WEIGHTS)


def _epoch(result: Result) -> int:
    """Draw the slider over the epochs of the snapshots, and return the chosen one. A chosen epoch without a snapshot counts as the last one."""
    epochs = list(result.snapshots)
    last = epochs[-1]
    epoch: int = offered(
        state.WORKBENCH_VIEW.at("epoch"), epochs, "Epoch", otherwise=last, made=lambda chosen: views.LAST if chosen == last else chosen
    )
    return epoch


def _boundaries(result: Result, epoch: int, split: str) -> None:
    """Draw the decision boundary of each run."""
    data = result.data
    if data.X.shape[1] < 2:
        st.info("Boundaries need at least two features.", icon=":material/info:")
        return
    (plane,) = follow.of_runs(result, lambda _: "plane of the data", lambda alone, _: pictures.plane(alone.data), runs=(0,))
    cells = pictures.plane_cells(result)
    images = follow.of_runs(result, lambda _: ("plane", epoch, cells), lambda alone, _: _shading(alone, epoch, plane, cells))
    rows = np.arange(len(data.X))[data.split(split)][:_MOST_POINTS]
    X, what = data.X[rows], ("predicted", epoch, split)
    predicted = follow.of_runs(result, lambda _: what, lambda alone, _: pictures.scores_at(alone, epoch, X)[0].argmax(axis=-1))
    points = pd.DataFrame(plane.points[rows], columns=["x", "y"]).assign(true=data.truth[rows])

    def draw_run(run: int, style: Look) -> None:
        frame = points.assign(predicted=predicted[run])
        x, y = Axis(plane.titles[0], domain=plane.x_domain), Axis(plane.titles[1], domain=plane.y_domain)
        chart = panels.boundary(frame, images[run], style, x, y, classes=data.outputs, beside=_BESIDE, dark=dark())
        show(chart, f"boundary_{run}")

    _grid(result, epoch, draw_run)
    _class_legend(data.outputs)
    notes = ["Shading: the class that is predicted, stronger where the model is surer. Points: their true class, crossed out where the model is wrong."]
    if data.X.shape[1] > 2:
        notes.append(
            f"**A slice:** the plane of the first two principal components through the data's centre, with {plane.explained:.0%} of the variance. "
            f"The model uses all {data.X.shape[1]} features, so points are shown where they fall on the plane and may be right on a wrong colour."
        )
    if len(rows) < data.split(split).stop - data.split(split).start:
        notes.append(f"The first {_MOST_POINTS} rows are drawn.")
    st.caption(" ".join(notes))


def _shading(alone: Result, epoch: int, plane: pictures.Plane, cells: int) -> str:
    """Return the picture of the classes that one run predicts over the plane."""
    (shares,) = pictures.plane_shares(alone, epoch, plane, cells)
    return panels.shading_png(shares.reshape(cells, cells, -1))


def _grid(result: Result, epoch: int, draw_run: Callable[[int, Look], None], *, several: bool = False) -> None:
    """Draw one panel a run that is shown, four in a row where they fit; a warning in place of the panel if the run had diverged at the epoch.

    `several`: `draw_run` may draw more than the panel, so it gets a cell of its own.
    """
    styles, alive, sight = looks(result.experiment), pictures.alive(result, epoch), places(result.experiment, state.WORKBENCH_VIEW.current())
    shown = [run for run in range(len(styles)) if run not in sight.hidden]
    with st.grid(min(_PANELS_IN_A_ROW, max(len(shown), 2)), min_column_width=_NARROWEST) as panels_of_runs:
        for run in shown:
            style = styles[run]
            if not alive[run]:
                st.warning(f"{style.mark} diverged at epoch {result.diverged_at[0, run]}.", icon=":material/warning:")
            else:
                with panels_of_runs.cell() if several else nullcontext():
                    draw_run(run, style)


def _class_legend(classes: tuple[str, ...]) -> None:
    """Draw a legend of the colours of the classes."""
    dot = "display:inline-block;width:.8em;height:.8em;border-radius:50%;margin-right:.35em;background:"
    entries = [
        f'<span style="white-space:nowrap"><span style="{dot}{color}"></span>{html.escape(name)}</span>'
        for name, color in zip(classes, class_colors(len(classes)), strict=True)
    ]
    st.html(f'<div style="display:flex;flex-wrap:wrap;gap:.2em 1.1em">{"".join(entries)}</div>')


def _confusions(result: Result, epoch: int, split: str) -> None:
    """Draw the confusion matrix of each run."""
    counts = follow.of_runs(result, lambda _: ("confusion", epoch, split), lambda alone, _: pictures.confusion_at(alone, epoch, split)[0])
    tables = list(map(frames.confusion, counts))

    def draw_run(run: int, style: Look) -> None:
        show(panels.confusion(tables[run], result.data.outputs, look=style, beside=_BESIDE, dark=dark()), f"confusion_{run}")

    _grid(result, epoch, draw_run)
    st.caption("Rows: true class. Columns: predicted class. Numbers count rows; the shade is their share of the true class.")


def _per_class(result: Result, epoch: int, split: str) -> None:
    """Draw the table of precision, recall and F1 of each class."""
    names = [style.name for style in looks(result.experiment)]
    scores = frames.class_scores(result, epoch, split, names)
    titles = zip(*map(scores.columns.get_level_values, (0, 1)), strict=True)
    columns = [Column(name, [f"{value:.3f}" for value in values], group=score) for (score, name), values in zip(titles, scores.to_numpy().T, strict=True)]
    note = "Precision: of the rows predicted as a class, the share that belongs to it. Recall: of a class's rows, the share found. F1: their harmonic mean."
    st.html(table("Scores of each class", [Column("Class", list(scores.index)), *columns], note))


def _fits(result: Result, epoch: int, split: str) -> None:
    """Draw the fitted curve of each run."""
    data = result.data
    rows = data.split(split)
    x = np.linspace(data.X.min(), data.X.max(), _CURVE_POINTS)[:, None]
    curves = pictures.predicted_targets(result, epoch, x)[..., 0]
    points = pd.DataFrame({"x": data.original(data.X)[rows, 0], "y": data.truth[rows, 0]})
    truth = data.truth[:, 0]
    room = 0.15 * (truth.max() - truth.min())
    across = Axis(data.features[0], domain=_ends(data.original(data.X)))
    up = Axis(data.outputs[0], domain=(float(truth.min() - room), float(truth.max() + room)))

    def draw_run(run: int, style: Look) -> None:
        curve = pd.DataFrame({"x": data.original(x)[:, 0], "y": curves[run]})
        show(panels.fit(curve, points, style, across, up, beside=_BESIDE, dark=dark()), f"fit_{run}")

    _grid(result, epoch, draw_run)
    st.caption(f"Line: the fitted curve. Dots: the {views.ROWS[split]} rows.")


def _predictions(result: Result, epoch: int, split: str) -> None:
    """Draw the predicted against the true values of each run."""
    data = result.data
    rows = data.split(split)
    output = sample_view.output_option(result)
    predicted = pictures.predicted_targets(result, epoch, data.X[rows])[..., output]
    truth = data.truth[rows, output]

    def draw_run(run: int, style: Look) -> None:
        frame = pd.DataFrame({"true": truth, "predicted": predicted[run]})
        domain = _ends(data.truth[:, output])
        show(panels.predicted_true(frame, style, title=data.outputs[output], domain=domain, beside=_BESIDE, dark=dark()), f"predicted_{run}")

    _grid(result, epoch, draw_run)
    low, high = _ends(data.truth[:, output])
    counts = ((predicted < low) | (predicted > high)).sum(axis=1)
    hidden = [f"{count} of {style.mark}" for style, count in zip(looks(result.experiment), counts, strict=True) if count]
    outside = f" Outside the panel: {', '.join(hidden)}." if hidden else ""
    st.caption(f"On the dashed line a prediction equals the truth.{outside}")


def _weights(result: Result, epoch: int) -> None:
    """Draw the histograms of the weights of a layer."""
    layer = weights_view.layer_option(result, state.WORKBENCH_VIEW.at("layer"))
    _grid(result, epoch, weights_view.drawer(result, epoch, layer, "weights"), several=True)
    st.caption(weights_view.EXPLAINED)


def _ends(values: np.ndarray) -> tuple[float, float]:
    """Return the range of the values with a margin of 5 % on either side."""
    low, high = float(values.min()), float(values.max())
    room = 0.05 * (high - low) or 1.0
    return low - room, high + room
