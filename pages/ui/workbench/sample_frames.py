"""From samples to the table of them: a line for each row of the data, a group of columns for each run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.inspection.samples import Array, Samples
from core.training.results import Result
from pages.ui.charts.theme import Look

#: explanations of the columns that every table has, and of those of each run
DOCS = {
    "Row": "Number of the row in the table.",
    "Label": "The class that the row has in the data.",
    "Target": "The value that the row has in the data.",
    "Damage": "What was done to the label or the target on purpose, see Damage in the sidebar.",
    "predicted": "What the run predicts.",
    "probability": "Probability of the predicted class.",
    "lead": "How far the score of the predicted class is above the next one: the run's loss defines no probabilities.",
    "error": "Predicted − true, in units of the target.",
    "loss": "The run's own loss of this row, without weights. Losses of different kinds have different scales.",
    "pull": "How strongly the row moves the model: length of the loss's gradient by the scores, times class weight, sample weight and how often it is drawn.",
}  # fmt: skip


def table(result: Result, found: Samples, order: Array, styles: Sequence[Look], output: int, n_features: int) -> pd.DataFrame:
    """Return the rows `order`, with columns of two levels: a run's name, or nothing, or "features"; and what it is.

    Runs that had diverged are left out. Features are in original units, the first `n_features` of them.
    """
    data, rows = result.data, found.rows[order]
    columns: dict[tuple[str, str], object] = {("", "Row"): data.rows[rows].astype(np.int32) + 1}
    if found.classes:
        columns["", "Label"] = _named(found.truth[order], data.outputs)
    else:
        columns["", "Target"] = found.truth[order].astype(np.float32)
    if found.damaged.any():
        columns["", "Damage"] = _named(found.damaged[order].astype(int), ("–", "wrong label" if found.classes else "outlier"))
    for run, style in enumerate(styles):
        if not found.alive[run]:
            continue
        name, predicted = style.name, found.predicted[run, order]
        if found.classes:
            known = not np.isnan(found.probability[run]).all()
            columns[name, "predicted"] = _named(predicted, data.outputs)
            columns[name, "probability" if known else "lead"] = found.confidence[run, order].astype(np.float32)
        else:
            columns[name, "predicted"] = predicted.astype(np.float32)
            columns[name, "error"] = found.error[run, order].astype(np.float32)
        columns[name, "loss"] = found.loss[run, order].astype(np.float32)
        columns[name, "pull"] = found.pull[run, order].astype(np.float32)
    features = data.original(data.X[rows, :].astype(float))
    columns |= {("features", data.features[i]): features[:, i].astype(np.float32) for i in range(n_features)}
    return pd.DataFrame(columns)


def flat(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with columns of one level, as a file needs them."""
    groups, names = (frame.columns.get_level_values(level) for level in (0, 1))
    return frame.set_axis([f"{name} [{group}]" if group else name for group, name in zip(groups, names, strict=True)], axis=1)


def _named(numbers: Array, names: tuple[str, ...]) -> pd.Categorical[str]:
    """Return numbers as the names that they stand for, of which each is sent once."""
    return pd.Categorical.from_codes(numbers, pd.Index(names))
