"""The loss curves and the table of results. They renew themselves while the training runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.experiment import Experiment
from core.inspection.resampled import resampled
from core.inspection.views import BOTH, EPOCHS, SECONDS, UPDATES, VALIDATION, Workbench
from core.training.plan import updates_per_epoch
from core.training.reference import Reference, same_objective, solvable
from core.training.results import Result
from core.words import Said
from pages.ui.charts import frames, run_charts
from pages.ui.charts.axes import Axis
from pages.ui.charts.axes import notes as notes_of_axis
from pages.ui.charts.base import Chart
from pages.ui.charts.series import resting_runs
from pages.ui.session import state
from pages.ui.training import follow, progress
from pages.ui.widgets import share
from pages.ui.widgets.controls import field, folded
from pages.ui.widgets.show import apart, dark, download, show
from pages.ui.widgets.table import Column, table
from pages.ui.workbench import replay
from pages.ui.workbench.run_editor import looks

_X_TITLES = {EPOCHS: "epochs", UPDATES: "updates", SECONDS: "seconds: updates × the processor time of one"}


def draw_axes() -> None:
    """Draw the popover "Axes"."""
    view = state.WORKBENCH_VIEW.at()
    doc = "Rows, scale and x of the loss curves."
    axes = folded(view.at("folded_out"), "axes", st.popover, "Axes", icon=":material/show_chart:", help=doc)
    if axes:
        with axes:
            for name in ("rows", "against", "scale", "lbfgs"):
                field(view, name)


def draw(experiment: Experiment, metric: str, axes: Workbench, due: Callable[[follow.View[Result]], bool]) -> None:
    """Draw the progress, the curves and the table, which renew themselves while the training runs, and below them what stays as it is.

    `metric`: shown in the table. `due`: whether the page must run again, for what else is on it; a renewal asks.
    """
    latest: list[Result] = []  # the downloads stand outside the part that renews itself, and read the records that it has drawn last

    def live() -> None:
        if latest and due(follow.view(experiment)):
            st.rerun()
        _results(experiment, metric, axes, latest)

    view = progress.draw(experiment, rerun=True, live=live)
    if not view.goes_on(progress.LIVE_SECONDS):  # else the progress has drawn the results, and renews them
        if not view.running and _references(view, axes)[1]:
            progress.renew(lambda _: _results(experiment, metric, axes, latest, waiting=True))
        else:
            with st.container():  # the same depth as in a fragment that renews itself, so that elements keep their identity
                _results(experiment, metric, axes, latest)
    with st.container(horizontal=True, vertical_alignment="center", key="below_results"):
        if latest:
            _below(experiment, metric, axes, latest, view.running)


def _below(experiment: Experiment, metric: str, axes: Workbench, latest: list[Result], running: bool) -> None:
    """Draw the notes on the curves that the training does not change, and the downloads of the `latest` records."""
    notes = ["Thick line: validation, thin line: training."] if axes.rows == BOTH else []
    if len({run.loss for run in experiment.runs}) > 1:
        notes.append("These runs minimise different losses, on different scales: do not compare heights here, compare a common metric.")
    names = [style.name for style in looks(experiment)]
    st.caption(" ".join(notes), width="stretch")
    download("Table", lambda: frames.csv(_with_runs(frames.table(latest[0], metric, running), names)), "This table as CSV.")
    download("History", lambda: frames.csv(_history(latest[0], names)), "Every metric of every run, seed, split and epoch as CSV.")


def _references(view: follow.View[Result], axes: Workbench) -> tuple[dict[int, Reference], bool]:
    """Return the L-BFGS solutions by run, and whether more will come. There are none while the training runs, because they need the same workers."""
    return follow.references(view.result.experiment) if axes.lbfgs and view.result is not None and not view.running else ({}, False)


def _results(experiment: Experiment, metric: str, axes: Workbench, latest: list[Result], waiting: bool = False) -> None:
    """Draw the curves and the table, of the records that `latest` then holds. `waiting`: rerun the page as soon as no more L-BFGS solution will come."""
    view = follow.view(experiment)
    references, more_come = _references(view, axes)
    if waiting and not more_come:
        st.rerun()
    if view.result is not None:
        result, running = view.result, view.running
        latest[:] = [result]
        names = [style.name for style in looks(experiment)]
        share.shows(lambda: _history(result, names))
        with st.container(key="results"):  # beside each other by `charts.theme.RESULTS_CSS`
            if references:
                with apart(experiment.dataset):
                    _curves(result, axes, references)
            else:
                replay.draw(result, ("curves", axes.rows, axes.against, axes.scale), lambda: _curves(result, axes, {}))
            replay.draw(result, ("table", metric, running), lambda: _marked_table(result, metric, running))
            replay.draw(result, ("notes", axes.rows, axes.against, axes.scale, running), lambda: _notes(result, axes, running))
            if axes.lbfgs:
                st.caption(_reference_in_words(result, references, axes, more_come or running))


def _reference_in_words(result: Result, references: dict[int, Reference], axes: Workbench, waiting: bool) -> str:
    """Return the sentences on the lines of L-BFGS: how each solution ended, and which runs have none. `waiting`: more will come."""
    rows = "validation" if axes.rows == VALIDATION else "training"
    styles, runs = looks(result.experiment), result.experiment.whole_runs
    unsolvable = [style.mark for style, run in zip(styles, runs, strict=True) if not solvable(run)]
    parts = ["Dotted: L-BFGS at full batch is under way."] if waiting else []
    for i, reference in references.items():
        marks = ", ".join(style.mark for style, run in zip(styles, runs, strict=True) if same_objective(run, runs[i]))
        end = "its gradient had vanished" if reference.converged else "stopped"
        count = f"{reference.iterations} iteration{'s' * (reference.iterations != 1)}"
        parts.append(f"Dotted, {marks}: L-BFGS on the {rows} rows, {end} after {count}.")
    if unsolvable:
        parts.append(f"None for {', '.join(unsolvable)}: it needs a smooth loss and penalty.")
    return " ".join(parts)


def _frame(result: Result, axes: Workbench) -> tuple[pd.DataFrame, Axis, Callable[..., Chart]]:
    """Return the frame of the loss curves, their x axis, and what draws them: runs that make different numbers of updates have an x of their own."""
    experiment = result.experiment
    updates = sorted({updates_per_epoch(experiment.alone(run), result.data.n_train) for run in range(len(experiment.runs))})
    if axes.against == SECONDS:
        return frames.curves_by_seconds(result, "loss", axes.rows), Axis(_X_TITLES[axes.against]), run_charts.curves_by_run
    if axes.against == UPDATES and len(updates) > 1:
        x = Axis(f"updates: {updates[0]:,} to {updates[-1]:,} in an epoch")
        return frames.curves_by_updates(result, "loss", axes.rows), x, run_charts.curves_by_run
    x = Axis(_X_TITLES[axes.against], domain=(0, frames.x_max(result, axes.against)))
    return frames.curves(result, "loss", axes.against, axes.rows), x, run_charts.curves


def _loss_axis(result: Result, axes: Workbench, frame: pd.DataFrame) -> Axis:
    """Return the axis of the losses of a frame."""
    title = "each run's own loss" + ("" if axes.rows == BOTH else f", {axes.rows}")
    if result.experiment.seeds > 1:
        title += f" (mean ± SD, N = {result.experiment.seeds})"
    return run_charts.fitting(frame, looks(result.experiment), Axis(title, log=axes.scale == "log"), "value", "train")


def _curves(result: Result, axes: Workbench, references: dict[int, Reference]) -> None:
    """Draw the loss curves with their references."""
    frame, x, draw_chart = _frame(result, axes)
    styles, y = looks(result.experiment), _loss_axis(result, axes, frame)
    chart = draw_chart(frame, styles, x, y, dark=dark(), height=330)
    lines = [(run, reference.losses["validation" if axes.rows == VALIDATION else "train"]) for run, reference in references.items()]
    show(run_charts.with_references(chart, styles, lines, y, dark=dark()), "loss_curves")


def _notes(result: Result, axes: Workbench, running: bool) -> None:
    """Draw what has to be said of single runs, a line each: what the curves cannot show, what a loss has learned, and while it runs who diverged."""
    styles, (frame, *_) = looks(result.experiment), _frame(result, axes)
    y = _loss_axis(result, axes, frame)
    notes = list(map(str, notes_of_axis(y, *resting_runs(frame, styles, y, "value", "train"))))
    if left := frames.departures(result, [style.mark for style in styles]):
        notes.append(str(left))
    for run, style in enumerate(styles):
        if learned := result.experiment.runs[run].loss.learned:
            values = [result.at(result.last, f"learned_{name}")[:, run].mean() for name in learned]
            notes.append(f"**{style.mark}** has learned {', '.join(f'{name} {value:.3g}' for name, value in zip(learned, values, strict=True))}.")
        if running and (result.diverged_at[:, run] >= 0).any():  # once the training has ended, the diagnosis reports divergence
            notes.append(f":material/warning: **{style.mark}** {frames.run_status(result, run, running)}.")
    if notes:
        st.caption("  \n".join(notes))


def _with_runs(table: pd.DataFrame, names: list[Any]) -> pd.DataFrame:
    """Insert the column `Run` at the front of the table, and return the table."""
    table.insert(0, "Run", names)
    return table


def _marked_table(result: Result, metric: str, running: bool) -> None:
    """Draw the table of results with what can be told of its best values."""
    text, samples = frames.table(result, metric, running), {} if running else _samples(result, metric)
    rankings = frames.rankings(result, metric, samples) if samples else {}  # nothing is the best of runs that go on
    said = frames.marks(text, rankings)
    marks = Column("Run", [style.mark for style in looks(result.experiment)], "The letter of the run.")
    docs = zip(text.columns, _docs(result, metric), strict=True)
    columns = [Column(name, list(text[name]), doc, marks=list(said[name]), words=name == "Status") for name, doc in docs]
    notes = [Said("At each run's epoch of lowest own validation loss.")]
    if result.experiment.seeds > 1:
        notes.insert(0, Said("Mean ± standard deviation over {seeds} seeds.", seeds=result.experiment.seeds))
    if unit := result.unit(metric):
        notes.insert(0, Said("{metric} in {unit}.", metric=Said(result.described[metric].title), unit=unit))
    for what, told in zip(samples, rankings.values(), strict=True):
        if what[0] == metric:
            notes += frames.told_in_words(result, metric, told, samples[what])
    st.html(table("Results of the runs", [marks, *columns], " ".join(map(str, notes))))


def _samples(result: Result, metric: str) -> dict[tuple[str, str], Any]:
    """Return what ranks the runs, on samples of the validation rows. They are drawn once a run, for everybody who compares it."""
    samples = {}
    for what in frames.sampled(result, metric):
        of_runs = follow.of_runs(result, lambda _, what=what: ("resampled", what), lambda alone, _, what=what: resampled(alone, *what))  # type: ignore[misc]
        samples[what] = np.array(of_runs)
    return samples


def _docs(result: Result, metric: str) -> list[str]:
    """Return the help of each column of `frames.table`."""
    unit = result.unit(metric)
    doc = f"{result.described[metric].doc}{f' Here: {unit}.' if unit else ''}"
    return [
        "Whether the training went to its end.",
        f"{doc} On the validation rows.",
        f"{doc} On the test rows, which no choice was made on.",
        "Lowest own loss on the validation rows.",
        "Own loss on the validation rows at the last epoch, for a diverged run the last one before.",
        "Epoch of the lowest own loss on the validation rows.",
        result.described["seconds"].doc,
    ]


def _history(result: Result, names: list[str]) -> pd.DataFrame:
    """Return the history with a column `label` of the runs' names."""
    history = result.history
    return history.assign(label=[names[run] for run in history["run"]])
