"""The selected run to take home: the popover "Code" with its PyTorch and scikit-learn scripts, a notebook, and its trained model; and the same as files."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.datasets import Table
from core.experiment import Experiment, Run
from core.export import bundle, model_bundle, notebook, prediction_frame, pytorch_script, sklearn_script
from core.inspection import views
from core.inspection.pictures import alive
from core.training.results import Result
from core.words import reason
from pages.ui.charts import frames
from pages.ui.session import own_table, state
from pages.ui.widgets.controls import field, folded
from pages.ui.widgets.show import download_as
from pages.ui.widgets.text import plain
from pages.ui.workbench import new_rows

_PYTHON, _NOTEBOOK, _ZIP, _CSV = "text/x-python", "application/x-ipynb+json", "application/zip", "text/csv"
#: the height of a script in pixels, within which it scrolls
_HEIGHT = 420
_NEEDS = {
    views.PYTORCH: "Trains this run from its first seed, and gives the curve on the screen. It needs numpy, scikit-learn and torch, and nothing of Lossbench.",
    views.SKLEARN: "The same minimum by another way: where the run descends to, found by an estimator.",
    views.NOTEBOOK: "The same parts as the cells of a notebook for Jupyter.",
}


def draw(experiment: Experiment, index: int) -> DeltaGenerator | None:
    """Draw the popover "Code" of a run. Return the place for its trained model if that is asked for, for `draw_model`."""
    dials = state.WORKBENCH_VIEW.at()
    doc = "This run to take home: as a script, a notebook, or its trained model."
    opened = folded(dials.at("folded_out"), "code", st.popover, "Code", icon=":material/code:", help=doc)
    if not opened:
        return None
    with opened:
        field(dials, "code", shape="segments", labelled=False)
        chosen = state.WORKBENCH_VIEW.current().code
        if chosen == views.MODEL:
            return st.container()
        st.caption(_NEEDS[chosen])
        run, table = experiment.runs[index], own_table.table(experiment.dataset)
        try:
            _draw_code(chosen, experiment, run, table)
        except ValueError as error:
            st.info(f"Not by this way: {plain(reason(error))}.", icon=":material/info:")
    return None


def _draw_code(chosen: str, experiment: Experiment, run: Run, table: Table | None) -> None:
    """Draw the text of a script, and its download."""
    if chosen == views.SKLEARN:
        script = sklearn_script(experiment, run, table=table)
        download_as("Script", lambda: script, "lossbench_minimum.py", _PYTHON, "This script as a file.")
    else:
        script = pytorch_script(experiment, run, table=table)
        if table is not None:
            download_as("Script, notebook and rows", lambda: bundle(experiment, run, table), "lossbench_run.zip", _ZIP, "They read your rows from one file.")
        elif chosen == views.NOTEBOOK:
            download_as("Notebook", lambda: notebook(experiment, run), "lossbench_run.ipynb", _NOTEBOOK, "The code below as cells with headings.")
        else:
            download_as("Script", lambda: script, "lossbench_run.py", _PYTHON, "This script as a file.")
    st.code(script, "python", height=_HEIGHT)


def draw_model(place: DeltaGenerator | None, result: Result | None, index: int) -> None:
    """Draw the trained model of a run at the chosen epoch: downloads, and new rows that it predicts. Without a place nothing is drawn."""
    if place is None:
        return
    with place:
        if result is None or not result.snapshots:
            st.caption("The model is here as soon as the training has begun.")
            return
        epoch = chosen_epoch(result)
        if not alive(result, epoch)[index]:
            st.info(f"The run had diverged by epoch {epoch}: choose an epoch before under At one epoch.", icon=":material/info:")
            return
        seed = f" of seed {result.experiment.first_seed}" if result.experiment.seeds > 1 else ""
        st.caption(f"The model{seed} after epoch {epoch}, which is chosen under At one epoch.")
        table = own_table.table(result.experiment.dataset)
        with st.container(horizontal=True):
            doc = "The parameters and the scaling as numbers (npz), and the few lines of numpy that load them and predict."
            download_as("Model", lambda: model_bundle(result, index, epoch, table), "lossbench_model.zip", _ZIP, doc)
            doc = "Every row: its number, split, truth and prediction, and for classes the probabilities."
            download_as("Predictions", lambda: frames.csv(prediction_frame(result, index, epoch)), "lossbench-predictions.csv", _CSV, doc)
        new_rows.draw(result, index, epoch, table)


def chosen_epoch(result: Result) -> int:
    """Return the epoch of the slider under "At one epoch"; one without a snapshot counts as the last."""
    epochs = list(result.snapshots)
    chosen: int = state.WORKBENCH_VIEW.current().epoch
    return chosen if chosen in epochs else epochs[-1]


def draw_files() -> None:
    """Draw the downloads of the selected run as code, for Share."""
    experiment, index = state.current(), state.WORKBENCH.selected()
    run, table = experiment.runs[index], own_table.table(experiment.dataset)
    st.caption("The selected run as code")
    with st.container(horizontal=True):
        if table is not None:
            download_as("PyTorch, with your rows", lambda: bundle(experiment, run, table), "lossbench_run.zip", _ZIP, "Script, notebook and rows.")
            return
        download_as("PyTorch", lambda: pytorch_script(experiment, run), "lossbench_run.py", _PYTHON, _NEEDS[views.PYTORCH])
        download_as("Notebook", lambda: notebook(experiment, run), "lossbench_run.ipynb", _NOTEBOOK, _NEEDS[views.NOTEBOOK])
