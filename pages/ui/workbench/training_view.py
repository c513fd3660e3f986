"""The loss curves and the table of results. They renew themselves while the training runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from core.experiment import Experiment
from core.inspection.views import BOTH, EPOCHS, SECONDS, UPDATES, VALIDATION, Workbench
from core.training.plan import updates_per_epoch
from core.training.reference import Reference, same_objective, solvable
from core.training.results import Result
from pages.ui.charts import frames, run_charts
from pages.ui.charts.base import Axis
from pages.ui.session import state
from pages.ui.training import follow, progress
from pages.ui.widgets import share
from pages.ui.widgets.controls import field, folded
from pages.ui.widgets.show import dark, download, show
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
    download("Table", lambda: frames.csv(_with_runs(frames.table(latest[0], metric, running)[0], names)), "This table as CSV.")
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
                with replay.apart(result):
                    _curves(result, axes, references)
            else:
                replay.draw(result, ("curves", axes.rows, axes.against, axes.scale), lambda: _curves(result, axes, {}))
            replay.draw(result, ("table", metric, running), lambda: _marked_table(result, metric, running))
            if notes := _notes(result, running):
                st.caption(notes)
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


def _curves(result: Result, axes: Workbench, references: dict[int, Reference]) -> None:
    """Draw the loss curves with their references."""
    y_title = "each run's own loss" + ("" if axes.rows == BOTH else f", {axes.rows}")
    if result.experiment.seeds > 1:
        y_title += f" (mean ± SD, N = {result.experiment.seeds})"
    styles, y = looks(result.experiment), Axis(y_title, log=axes.scale == "log")
    epochs_updates = sorted({updates_per_epoch(result.experiment.alone(run), result.data.n_train) for run in range(len(styles))})
    if axes.against == SECONDS:
        x, frame = Axis(_X_TITLES[axes.against]), frames.curves_by_seconds(result, "loss", axes.rows)
        chart = run_charts.curves_by_run(frame, styles, x, y, dark=dark(), height=330)
    elif axes.against == UPDATES and len(epochs_updates) > 1:
        x, frame = Axis(f"updates: {epochs_updates[0]:,} to {epochs_updates[-1]:,} in an epoch"), frames.curves_by_updates(result, "loss", axes.rows)
        chart = run_charts.curves_by_run(frame, styles, x, y, dark=dark(), height=330)
    else:
        x, frame = Axis(_X_TITLES[axes.against], domain=(0, frames.x_max(result, axes.against))), frames.curves(result, "loss", axes.against, axes.rows)
        chart = run_charts.curves(frame, styles, x, y, dark=dark(), height=330)
    lines = [(run, reference.losses["validation" if axes.rows == VALIDATION else "train"]) for run, reference in references.items()]
    show(run_charts.with_references(chart, styles, lines, y, dark=dark()), "loss_curves")


def _notes(result: Result, running: bool) -> str:
    """Return what the training says of single runs, a line each: what a loss has learned, and while it runs which of them diverged."""
    notes = []
    for run, style in enumerate(looks(result.experiment)):
        if learned := result.experiment.runs[run].loss.learned:
            values = [result.at(result.last, f"learned_{name}")[:, run].mean() for name in learned]
            notes.append(f"**{style.mark}** has learned {', '.join(f'{name} {value:.3g}' for name, value in zip(learned, values, strict=True))}.")
        if running and (result.diverged_at[:, run] >= 0).any():  # once the training has ended, the diagnosis reports divergence
            notes.append(f":material/warning: **{style.mark}** {frames.run_status(result, run, running)}.")
    return "  \n".join(notes)


def _with_runs(table: pd.DataFrame, names: list[Any]) -> pd.DataFrame:
    """Insert the column `Run` at the front of the table, and return the table."""
    table.insert(0, "Run", names)
    return table


def _marked_table(result: Result, metric: str, running: bool) -> None:
    """Draw the table of results with its best values marked."""
    text, best = frames.table(result, metric, running)
    marks = Column("Run", [style.mark for style in looks(result.experiment)], "The letter of the run.")
    docs = zip(text.columns, _docs(result, metric), strict=True)
    columns = [Column(name, list(text[name]), doc, best=list(best[name]), words=name == "Status") for name, doc in docs]
    spread = f"Mean ± standard deviation over {result.experiment.seeds} seeds. " if result.experiment.seeds > 1 else ""
    note = f"{spread}At each run's epoch of lowest own validation loss. Marked: the best, and what its spread cannot tell from it."
    st.html(table("Results of the runs", [marks, *columns], note))


def _docs(result: Result, metric: str) -> list[str]:
    """Return the help of each column of `frames.table`."""
    doc = result.described[metric].doc
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
