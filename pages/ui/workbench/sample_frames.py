"""The table of samples: one row for each row of the data, one group of columns for each run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.inspection.samples import Array, Samples
from core.training.results import Result
from pages.ui.charts.theme import Look

#: the help of the columns: those of the row, then those of each run
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


def table(result: Result, samples: Samples, order: Array, styles: Sequence[Look], output: int, n_features: int) -> pd.DataFrame:
    """Return the table of the samples at the positions `order`.

    Columns have two levels: a group (a run's name, "features", or an empty text for columns of the row) and a name.
    Diverged runs are left out. The first `n_features` features are included, in original units.
    """
    data, rows = result.data, samples.rows[order]
    columns: dict[tuple[str, str], object] = {("", "Row"): data.rows[rows].astype(np.int32) + 1}
    if samples.classes:
        columns["", "Label"] = _named(samples.truth[order], data.outputs)
    else:
        columns["", "Target"] = samples.truth[order].astype(np.float32)
    if samples.damaged.any():
        columns["", "Damage"] = _named(samples.damaged[order].astype(int), ("–", "wrong label" if samples.classes else "outlier"))
    for run, style in enumerate(styles):
        if not samples.alive[run]:
            continue
        name, predicted = style.name, samples.predicted[run, order]
        if samples.classes:
            has_probability = not np.isnan(samples.probability[run]).all()
            columns[name, "predicted"] = _named(predicted, data.outputs)
            columns[name, "probability" if has_probability else "lead"] = samples.confidence[run, order].astype(np.float32)
        else:
            columns[name, "predicted"] = predicted.astype(np.float32)
            columns[name, "error"] = samples.error[run, order].astype(np.float32)
        columns[name, "loss"] = samples.loss[run, order].astype(np.float32)
        columns[name, "pull"] = samples.pull[run, order].astype(np.float32)
    features = data.original(data.X[rows, :].astype(float))
    columns |= {("features", data.features[i]): features[:, i].astype(np.float32) for i in range(n_features)}
    return pd.DataFrame(columns)


def flat(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with columns of one level, named `name [group]`, as a file needs them."""
    groups, names = (frame.columns.get_level_values(level) for level in (0, 1))
    return frame.set_axis([f"{name} [{group}]" if group else name for group, name in zip(groups, names, strict=True)], axis=1)


def _named(numbers: Array, names: tuple[str, ...]) -> pd.Categorical[str]:
    """Return the names of the numbers (n,) as categories: the browser gets each name once."""
    return pd.Categorical.from_codes(numbers, pd.Index(names))
