"""The comparison of runs with different losses on one metric: over the epochs, and against each run's own loss."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.training.results import Result
from pages.ui.charts import frames, run_charts
from pages.ui.charts.axes import Axis, notes
from pages.ui.charts.series import resting_runs
from pages.ui.charts.sight import Readout, Sight
from pages.ui.session import state
from pages.ui.widgets.show import dark, show
from pages.ui.workbench import replay
from pages.ui.workbench.run_editor import looks, places

#: what the charts leave of the window's height, and a line of their readouts, in pixels
_BESIDE, _LINE = 480, 20
#: the least width of a chart, in pixels
_NARROWEST = 330


def draw(result: Result, metric: str) -> None:
    """Draw the metric over the epochs, and each run's path through (own loss, metric)."""
    view = state.WORKBENCH_VIEW.current()
    sight, smoothing = places(result.experiment, view), view.smoothing
    replay.draw(result, ("compare", metric, sight, smoothing), lambda: _draw(result, metric, sight, smoothing))


def _draw(result: Result, metric: str, sight: Sight, smoothing: float) -> None:
    title, y_title = result.described[metric].title, result.titled(metric)
    styles = looks(result.experiment)
    st.subheader(f"{title} and the loss", help="Losses of different kinds have different scales. On a common metric all runs can be compared.")
    with st.grid(2, min_column_width=_NARROWEST, gap="medium"):  # each chart is a cell
        options: dict[str, Any] = {"dark": dark(), "sight": sight, "height": 260, "beside": _BESIDE + _LINE * -(-len(styles) // 2)}
        frame = frames.curves(result, metric, "epochs", "both", smoothing)
        x = Axis("epochs", domain=(0, frames.x_max(result, "epochs")))
        show(run_charts.curves(frame, styles, x, Axis(y_title), readout=Readout(title, "x", cell=180, labelled=True), **options), "metric_curves")
        log = len({run.loss for run in result.experiment.runs}) > 1
        frame = frames.paths(result, metric, "validation")
        x, y = run_charts.fitting(frame, styles, Axis("own loss, validation", log=log), "loss"), Axis(f"{y_title}, validation")
        readout = Readout(f"{title} against loss", "epoch", cell=180, labelled=True)
        show(run_charts.paths(frame, styles, x, y, readout=readout, **options), "metric_paths")
    st.caption(
        "Left: validation is the thick line, training the thin one. "
        "Right: one path a run, epoch by epoch, from the ring to the dot; a loss can fall while the metric stands still."
    )
    said = notes(x, *resting_runs(frame, styles, x, "loss"), across=True)
    if left := frames.departures(result, [style.mark for style in styles]):
        said.append(left)
    if said:
        st.caption("  \n".join(map(str, said)))
