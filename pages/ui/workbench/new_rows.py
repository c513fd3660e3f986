"""New rows that a run's model predicts: a CSV file with the columns of the training data, read in the session and kept nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from core.datasets import Table
from core.datasets.own import Own
from core.export.model import medians, predict, predicted_columns
from core.training.results import Result
from core.upload import Refused
from core.upload.grid import tidy
from core.upload.rows import rows_like, rows_of
from core.words import Said, significant, whole
from pages.ui.charts import frames
from pages.ui.session import own_table, state, uploaded
from pages.ui.widgets.show import download_as
from pages.ui.widgets.table import Column
from pages.ui.widgets.table import table as html_table
from pages.ui.widgets.text import plain

Array = NDArray[Any]

#: predictions that are shown; the file has all
_SHOWN = 8
#: columns of probabilities that are shown
_MOST_CLASSES = 4


@dataclass(frozen=True, eq=False)
class NewRows:
    """Rows of a file: features X (n, D) in original units with NaN for missing numbers, the line of each, and the data that they were encoded for."""

    X: Array
    lines: tuple[int, ...]
    name: str
    dataset: Any


def draw(result: Result, run: int, epoch: int, table: Table | None) -> None:
    """Draw the widget that takes a file, and what the run's model predicts for its rows."""
    dataset = result.experiment.dataset
    st.file_uploader("Predict new rows (CSV)", key="new_rows_file", on_change=_take, args=(result.data.features,), help=_HELP)
    if error := st.session_state.get("new_rows_error"):
        st.error(plain(error), icon=":material/error:")
    new: NewRows | None = st.session_state.get("new_rows")
    if new is None or new.dataset != dataset:
        return
    X = np.where(np.isnan(new.X), medians(result, table), new.X) if table is not None else new.X
    predicted, probabilities = predict(result, run, epoch, X)
    columns: dict[str, Any] = {"line": np.array(new.lines)} | predicted_columns(result, predicted, probabilities)
    count, shown = len(new.lines), list(columns)[: 2 + _MOST_CLASSES]
    cells = [Column(name, [_cell(value) for value in columns[name][:_SHOWN]], words=name == "prediction") for name in shown]
    first = f"The first {_SHOWN} of {whole(count)} rows" if count > _SHOWN else f"{count} row{'s' * (count != 1)}"
    st.html(html_table("Predictions", cells, f"{first} of {new.name}, by their line in the file."))
    download_as("Predicted rows", lambda: frames.csv(pd.DataFrame(columns)), "lossbench-new-rows.csv", "text/csv", "All rows of the file, predicted, as CSV.")


_HELP = "A line of column names, then a line for each row. It needs the columns that the model was trained on, in any order; others are ignored."


def _cell(value: Any) -> str:
    return significant(float(value)) if isinstance(value, float | np.floating) else str(value)


def _take(features: tuple[str, ...]) -> None:
    """Read the file, and keep its features; or keep what is wrong with it."""
    file = st.session_state.new_rows_file
    if uploaded.released(file):
        return
    st.session_state.new_rows_error = ""
    st.session_state.pop("new_rows", None)
    if file is None:
        return
    name = tidy(file.name)
    dataset, brought = state.current().dataset, own_table.held()
    try:
        sheet = own_table.rows_received(file.getvalue())
        X = rows_like(sheet, brought.sheet, dataset) if isinstance(dataset, Own) and brought is not None else rows_of(sheet, features)
        st.session_state.new_rows = NewRows(X, sheet.lines, name, dataset)
    except Refused as error:
        st.session_state.new_rows_error = Said("{name} could not be predicted: {reason}.", name=name, reason=error.said)
    uploaded.release(file)
