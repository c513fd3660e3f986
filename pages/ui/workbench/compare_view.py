"""The comparison of runs with different losses on one metric: over the epochs, and against each run's own loss."""

from __future__ import annotations

import streamlit as st

from core.training.results import Result
from pages.ui.charts import frames, run_charts
from pages.ui.charts.axes import Axis, notes
from pages.ui.charts.series import resting_runs
from pages.ui.widgets.show import dark, show
from pages.ui.workbench import replay
from pages.ui.workbench.run_editor import looks


def draw(result: Result, metric: str) -> None:
    """Draw the metric over the epochs, and each run's path through (own loss, metric)."""
    replay.draw(result, ("compare", metric), lambda: _draw(result, metric))


def _draw(result: Result, metric: str) -> None:
    described, outputs = result.described[metric], result.data.outputs
    title = described.title
    y_title = described.titled(outputs[0] if len(outputs) == 1 else "target units")
    styles = looks(result.experiment)
    st.subheader(f"{title} and the loss", help="Losses of different kinds have different scales. On a common metric all runs can be compared.")
    with st.grid(2, gap="medium"):  # each chart is a cell
        frame = frames.curves(result, metric, "epochs", "both")
        x = Axis("epochs", domain=(0, frames.x_max(result, "epochs")))
        show(run_charts.curves(frame, styles, x, Axis(y_title), dark=dark(), legend=True), "metric_curves")
        log = len({run.loss for run in result.experiment.runs}) > 1
        frame = frames.paths(result, metric, "validation")
        x, y = run_charts.fitting(frame, styles, Axis("own loss, validation", log=log), "loss"), Axis(f"{y_title}, validation")
        show(run_charts.paths(frame, styles, x, y, dark=dark(), legend=True), "metric_paths")
    st.caption(
        "Left: validation is the thick line, training the thin one. "
        "Right: one path a run, epoch by epoch, from the ring to the dot; a loss can fall while the metric stands still."
    )
    said = notes(x, *resting_runs(frame, styles, x, "loss"), across=True)
    if left := frames.departures(result, [style.mark for style in styles]):
        said.append(left)
    if said:
        st.caption("  \n".join(map(str, said)))
