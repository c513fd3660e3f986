"""The loss curves and the table of results. They renew themselves while the training runs."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from core.experiment import Experiment
from core.inspection.views import BOTH, EPOCHS, SECONDS, UPDATES, VALIDATION, Workbench
from core.training.plan import updates_per_epoch
from core.training.reference import Reference, same_objective, solvable
from core.training.results import Result
from core.words import Said, significant, whole
from pages.ui.charts import frames, run_charts
from pages.ui.charts.axes import Axis
from pages.ui.charts.axes import notes as notes_of_axis
from pages.ui.charts.base import Chart
from pages.ui.charts.series import resting_runs
from pages.ui.charts.sight import Readout
from pages.ui.session import state
from pages.ui.training import follow, progress
from pages.ui.widgets import share
from pages.ui.widgets.controls import field, folded
from pages.ui.widgets.pieces import stage, takeaway
from pages.ui.widgets.show import apart, dark, download, show
from pages.ui.workbench import replay, results_table
from pages.ui.workbench.run_editor import looks, places

#: what stands above and below the loss curves in the window, and a line of their readout, in pixels
BESIDE, LINE_OF_READOUT = 470, 20
_X_TITLES = {EPOCHS: "epochs", UPDATES: "updates", SECONDS: "seconds: updates × the processor time of one"}


def draw_axes() -> None:
    """Draw the popover "Axes"."""
    view = state.WORKBENCH_VIEW.at()
    doc = "Rows, scale and x of the loss curves."
    axes = folded(view.at("folded_out"), "axes", st.popover, "Axes", icon=":material/show_chart:", help=doc)
    if axes:
        with axes:
            for name in ("rows", "against", "scale", "smoothing", "lbfgs"):
                field(view, name)


def draw_takeaway(view: follow.View[Result], metric: str) -> None:
    """Draw what the comparison comes to, or that it is under way."""
    result = view.result
    if result is None or view.running:
        takeaway(Said("The runs are being trained."))
    else:
        replay.draw(result, ("takeaway", metric), lambda: results_table.draw_takeaway(result, metric))


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
    download("Table", lambda: frames.csv(results_table.with_names(frames.table(latest[0], metric, running), names)), "This table as CSV.")
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
        sight, what = places(experiment, axes), (axes.rows, axes.against, axes.scale, axes.smoothing)
        baseline = state.WORKBENCH.slots().index(axes.baseline) if axes.baseline in state.WORKBENCH.slots() else None
        with st.container(key="results"):  # beside each other by `charts.theme.RESULTS_CSS`
            with stage():
                if references:
                    with apart(experiment.dataset):
                        _curves(result, axes, references)
                else:
                    replay.draw(result, ("curves", *what, sight), lambda: _curves(result, axes, {}))
            with st.container(key="first"):
                replay.draw(result, ("table", metric, running, sight), lambda: results_table.draw_first(result, metric, running, sight))
                if not running and not waiting:  # a renewal could swallow a click, and would draw nothing but itself
                    results_table.draw_letters(result)
            replay.draw(result, ("notes", *what, running), lambda: _notes(result, axes, running))
            replay.draw(result, ("rest", metric, running, sight, baseline), lambda: results_table.draw_rest(result, metric, running, sight, baseline))
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
        return frames.curves_by_seconds(result, "loss", axes.rows, axes.smoothing), Axis(_X_TITLES[axes.against]), run_charts.curves_by_run
    if axes.against == UPDATES and len(updates) > 1:
        x = Axis(f"updates: {whole(updates[0])} to {whole(updates[-1])} in an epoch")
        return frames.curves_by_updates(result, "loss", axes.rows, axes.smoothing), x, run_charts.curves_by_run
    x = Axis(_X_TITLES[axes.against], domain=(0, frames.x_max(result, axes.against)))
    return frames.curves(result, "loss", axes.against, axes.rows, axes.smoothing), x, run_charts.curves


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
    by_x = draw_chart is run_charts.curves
    trained = axes.rows == BOTH
    readout = Readout("Loss", "x" if by_x else "epoch", "update" if by_x and axes.against == UPDATES else "epoch", 150 if trained else 110)
    beside = BESIDE + LINE_OF_READOUT * -(-len(styles) // 3)
    chart = draw_chart(frame, styles, x, y, dark=dark(), height=250, sight=places(result.experiment, axes), readout=readout, beside=beside)
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
            notes.append(f"**{style.mark}** has learned {', '.join(f'{name} {significant(value, 3)}' for name, value in zip(learned, values, strict=True))}.")
        if running and (result.diverged_at[:, run] >= 0).any():  # once the training has ended, the diagnosis reports divergence
            notes.append(f":material/warning: **{style.mark}** {frames.run_status(result, run, running)}.")
    if notes:
        st.caption("  \n".join(notes))


def _history(result: Result, names: list[str]) -> pd.DataFrame:
    """Return the history with a column `label` of the runs' names."""
    history = result.history
    return history.assign(label=[names[run] for run in history["run"]])
