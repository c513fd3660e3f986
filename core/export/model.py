"""The model of a run at an epoch, to take home: its numbers as `.npz` with the scaling, and the lines of numpy that predict with it; its predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.datasets import Table
from core.export.files import arrays_file, zipped
from core.export.parts import text
from core.inspection.pictures import alive
from core.losses import Loss, WeightedSum
from core.losses.classification import SigmoidLoss
from core.models import Model
from core.preparation.split import SPLITS
from core.tasks import CLASSIFICATION, LOG
from core.training.evaluation import rows_at_once, scores_of
from core.training.results import Result
from core.words import Said

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[Any]

MODEL_FILE, PREDICT_FILE = "model.npz", "predict.py"


def model_bundle(result: Result, run: int, epoch: int, table: Table | None = None) -> bytes:
    """Return a zip of a run's model at the epoch of a snapshot: `model.npz`, and `predict.py`, which predicts with it for new rows by numpy alone.

    `table`: the rows that the result was trained on if they are somebody's own; missing numbers become the median of its training rows.
    Raise ValueError for a run that had diverged at the epoch.
    """
    return zipped({MODEL_FILE: arrays_file(model_arrays(result, run, epoch, table)), PREDICT_FILE: predict_script(result, run, table)})


def model_arrays(result: Result, run: int, epoch: int, table: Table | None = None) -> dict[str, Array]:
    """Return what a model is, by name.

    `weights_i` (fan-in, fan-out) and `biases_i` (fan-out,) of each layer from the input on. `mean`, `scale` (D,): of the features. `features`, `outputs`:
    names. `offset`, `unit` (K,): of the targets of a regression. `median` (D,): of the training rows, where numbers may be missing.
    """
    _check_alive(result, run, epoch)
    data, model = result.data, result.experiment.models[run]
    arrays: dict[str, Array] = {}
    for i, (weights, biases) in enumerate(model.unpack(result.params(epoch, run), data.X.shape[1])):
        arrays |= {f"weights_{i}": weights, f"biases_{i}": biases[0]}
    arrays |= {"mean": data.feature_mean, "scale": data.feature_scale, "features": np.array(data.features), "outputs": np.array(data.outputs)}
    if data.task != CLASSIFICATION:
        targets = data.targets[result.experiment.runs[run].loss.link]
        arrays |= {"offset": targets.offset, "unit": targets.unit}
    if table is not None and table.fill_in:
        arrays["median"] = medians(result, table)
    return arrays


def medians(result: Result, table: Table) -> Array:
    """Return the median (D,) of each feature over the training rows that have it; 0 where none has."""
    train = table.X[result.data.rows[: result.data.n_train]].astype(float)
    missing = np.isnan(train).all(axis=0)
    return np.where(missing, 0, np.nanmedian(np.where(missing, 0, train), axis=0))


def predict(result: Result, run: int, epoch: int, X: Array) -> tuple[Array, Array | None]:
    """Return what a run's model at the epoch of a snapshot predicts for features X (n, D) in original units.

    For a classification these are class numbers (n,) and the probabilities (n, K), None if the loss defines none; else targets (n, K) in original units.
    Raise ValueError for a run that had diverged at the epoch.
    """
    data = result.data
    with np.errstate(all="ignore"):
        return _of_scaled(result, run, epoch, (X - data.feature_mean) / data.feature_scale)


def _check_alive(result: Result, run: int, epoch: int) -> None:
    if not alive(result, epoch)[run]:
        diverged = int(result.diverged_at[0, run])
        raise ValueError(Said("the run diverged at epoch {diverged}: choose an epoch before it", diverged=diverged))


def prediction_frame(result: Result, run: int, epoch: int) -> pd.DataFrame:
    """Return a frame with a row for each row of the data: its number in the table from 1, its split, truth, prediction, and the probability of each class."""
    import pandas as pd

    data = result.data
    predicted, probabilities = _of_scaled(result, run, epoch, data.X)
    splits = np.repeat(SPLITS, np.diff(data.ends, prepend=0))
    columns = {"row": data.rows + 1, "split": splits} | predicted_columns(result, predicted, probabilities, data.truth)
    return pd.DataFrame(columns).sort_values("row", ignore_index=True)


def _of_scaled(result: Result, run: int, epoch: int, X: Array) -> tuple[Array, Array | None]:
    """Return `predict` of standardised features."""
    _check_alive(result, run, epoch)
    data, loss, params = result.data, result.experiment.runs[run].loss, result.params(epoch, run)
    with np.errstate(all="ignore"):
        scores = scores_of(result.experiment.models[run], params, X.astype(params.dtype))
        if data.task != CLASSIFICATION:
            return data.targets[loss.link].original(loss.predict(scores)), None
        return scores.argmax(axis=-1), loss.probabilities(scores.astype(float))


def predicted_columns(result: Result, predicted: Array, probabilities: Array | None, truth: Array | None = None) -> dict[str, Array]:
    """Return the columns of predictions by name: those of classes by the classes' names, those of numbers by the names of the outputs."""
    outputs = result.data.outputs
    if result.data.task == CLASSIFICATION:
        names = np.array(outputs)
        columns = {} if truth is None else {"truth": names[truth]}
        columns["prediction"] = names[predicted]
        return columns | ({} if probabilities is None else {f"p({name})": probabilities[:, k] for k, name in enumerate(outputs)})
    of_truth = {} if truth is None else {f"truth {name}": truth[:, k] for k, name in enumerate(outputs)}
    return of_truth | {f"prediction {name}": predicted[:, k] for k, name in enumerate(outputs)}


def predict_script(result: Result, run: int, table: Table | None = None) -> str:
    """Return the script that predicts with the model of `model.npz`: a function of features in original units, and what reads them from a CSV file."""
    chosen, model = result.experiment.runs[run], result.experiment.models[run]
    classes = result.data.task == CLASSIFICATION
    filled = ['X = np.where(np.isnan(X), model["median"], X)'] if table is not None and table.fill_in else []
    body = text(
        '''
        def scores_of(X):
            """Return the scores (n, K) of features X (n, D) in original units."""
            <filled>
            units = ((X - model["mean"]) / model["scale"]).astype(model["weights_0"].dtype)
            <hidden>
            return (model["weights_<last>"].T @ units.T).T + model["biases_<last>"]


        def predict(X):
            """Return <returned>."""
            # In pieces as the dashboard's, because a processor's kernels round by the number of rows.
            scores = np.concatenate([scores_of(X[i : i + <piece>]).T for i in range(0, len(X), <piece>)], axis=1).T
            <outcome>
        ''',
        filled="\n".join(filled), hidden="\n".join(_hidden(model)), last=len(model.widths), piece=rows_at_once(model, result.data.X),
        returned=_returned(chosen.loss, classes), outcome="\n".join(_outcome(chosen.loss, classes)),
    )  # fmt: skip
    logistic = "\nfrom scipy.special import expit" if model.nonlinearity == "sigmoid" else ""
    return f'''"""Predict with the model of {MODEL_FILE}: `python {PREDICT_FILE} rows.csv` prints a line for each row of numbers.

The columns are those of model["features"], in this order, below a line of names; categories are 0 or 1 for each value.
"""

import sys
from pathlib import Path

import numpy as np{logistic}

with np.load(Path(__file__).with_name("{MODEL_FILE}")) as file:
    model = dict(file)


{body}


if __name__ == "__main__":
    rows = np.genfromtxt(sys.argv[1], delimiter=",", skip_header=1, ndmin=2)
    {_printing(chosen.loss, classes)}
'''


def _hidden(model: Model) -> list[str]:
    """Return the lines of the hidden layers."""
    lines = []
    for i in range(len(model.widths)):
        sums = f'units @ model["weights_{i}"] + model["biases_{i}"]'
        lines.append({"relu": f"units = np.maximum({sums}, 0)", "tanh": f"units = np.tanh({sums})", "sigmoid": f"units = expit({sums})"}[model.nonlinearity])
    return lines


def _probable(loss: Loss) -> Loss | None:
    """Return the loss that defines the probabilities; None if there are none."""
    if isinstance(loss, WeightedSum):
        return next((part for _, part in loss.parts() if part.probabilistic), None)
    return loss if loss.probabilistic else None


def _returned(loss: Loss, classes: bool) -> str:
    if not classes:
        return "the predicted targets (n, K) in original units"
    return "class numbers (n,), and the probabilities (n, K)" if _probable(loss) else "class numbers (n,); this loss defines no probabilities"


def _outcome(loss: Loss, classes: bool) -> list[str]:
    """Return the lines from scores to predictions."""
    if not classes:
        if loss.link != LOG:
            return ['return scores * model["unit"] + model["offset"]']
        inverse = "np.expm1" if loss.kind == "squared_log_error" else "np.exp"
        return [f'return {inverse}(np.clip(scores, -30, 30)) * model["unit"] + model["offset"]']
    probable = _probable(loss)
    if probable is None:
        return ["return scores.argmax(axis=1)"]
    lines = ["logits = scores.astype(float)"]
    if isinstance(probable, SigmoidLoss):  # one-vs-rest: logarithms of the sigmoids
        lines.append("logits = -(np.maximum(-logits, 0) + np.log1p(np.exp(-np.abs(logits))))  # logarithms of the sigmoids")
    lines.append("shares = np.exp(logits - logits.max(axis=1, keepdims=True))")
    return [*lines, "return scores.argmax(axis=1), shares / shares.sum(axis=1, keepdims=True)"]


def _printing(loss: Loss, classes: bool) -> str:
    if not classes:
        return "for predicted in predict(rows):\n        print(*predicted, sep=\",\")"
    if _probable(loss) is None:
        return 'for k in predict(rows):\n        print(model["outputs"][k])'
    return 'for k, shares in zip(*predict(rows), strict=True):\n        print(model["outputs"][k], *shares, sep=",")'
