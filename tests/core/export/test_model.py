"""A model to take home predicts what the engine predicts, to the bit, by numpy alone."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.impute import SimpleImputer

from core import train
from core.datasets import DATASETS, Table
from core.datasets.own import Own
from core.experiment import Experiment, Run, fits, workbench_losses
from core.export.model import MODEL_FILE, PREDICT_FILE, medians, model_bundle, predict, prediction_frame
from core.inspection import pictures
from core.losses import LOSSES
from core.models import MODELS
from core.optimizers import OPTIMIZERS
from core.tasks import CLASSIFICATION
from core.training.results import Result
from core.training.threads import one_thread
from tests.reference.make_scripts import own_table
from tests.small import BLOBS, CURVE

COSTS = DATASETS["costs"](rows=80)
NETWORKS = [MODELS["linear"](), *(MODELS["mlp"](hidden=(5, 4), activation=activation) for activation in ("relu", "tanh", "sigmoid"))]


def trained(loss: str, dataset: Any, model: Any, dtype: str = "float32", table: Table | None = None, **others: Any) -> Result:
    """Return the result of two runs of four epochs, the second of which is exported."""
    runs = tuple(Run(loss=LOSSES[loss](), optimizer=OPTIMIZERS["adam"](), learning_rate=rate) for rate in (0.01, 0.03))
    return train(Experiment(dataset=dataset, model=model, runs=runs, epochs=4, batch_size=16, dtype=dtype, **others), table=table)


def original(result: Result, table: Table) -> np.ndarray:
    """Return the features of the table in the order of the result's rows."""
    return table.X[result.data.rows].astype(float)


def taken_home(result: Result, epoch: int, folder: Path, table: Table | None = None) -> dict[str, Any]:
    """Return what `predict.py` defines, of the second run's zip laid out in a folder."""
    with zipfile.ZipFile(io.BytesIO(model_bundle(result, 1, epoch, table))) as archive:
        assert archive.namelist() == [MODEL_FILE, PREDICT_FILE]
        archive.extractall(folder)
    script = (folder / PREDICT_FILE).read_text(encoding="utf-8")
    names: dict[str, Any] = {"__name__": "taken_home", "__file__": str(folder / PREDICT_FILE)}
    exec(compile(script, PREDICT_FILE, "exec"), names)
    return names


def same_bits(mine: Any, theirs: Any) -> None:
    np.testing.assert_array_equal(mine, theirs)
    assert mine.dtype == theirs.dtype


@pytest.mark.parametrize(
    ("loss", "model"),
    [
        *((loss.kind, NETWORKS[i % len(NETWORKS)]) for i, loss in enumerate(workbench_losses())),
        *((loss, model) for loss in ("gamma", "cross_entropy") for model in NETWORKS),
    ],
    ids=lambda value: value if isinstance(value, str) else getattr(value, "activation", value.kind),
)
def test_predictions_are_the_engines_to_the_bit(loss: str, model: Any, tmp_path: Path) -> None:
    dataset = next(data for data in (BLOBS, CURVE, COSTS) if fits(LOSSES[loss], data))
    result, table = trained(loss, dataset, model), dataset.load()
    with one_thread():
        found = taken_home(result, 4, tmp_path)["predict"](original(result, table))
        if dataset.task != CLASSIFICATION:
            same_bits(found, pictures.predicted_targets(result, 4, result.data.X)[1])
            return
        probabilities = result.experiment.runs[1].loss.probabilities(pictures.scores_at(result, 4, result.data.X)[1].astype(float))
        classes = found if probabilities is None else found[0]
        same_bits(classes, pictures.scores_at(result, 4, result.data.X)[1].argmax(axis=-1))
        if probabilities is not None:
            same_bits(found[1], probabilities)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_many_rows_go_in_the_engines_pieces(dtype: str, tmp_path: Path) -> None:
    """Digits are more rows than go through the model at once."""
    result = trained("cross_entropy", DATASETS["digits"](), MODELS["mlp"](hidden=(64,)), dtype)
    with one_thread():
        classes, shares = taken_home(result, 2, tmp_path)["predict"](original(result, DATASETS["digits"]().load()))
        scores = pictures.scores_at(result, 2, result.data.X)[1]
    same_bits(classes, scores.argmax(axis=-1))
    same_bits(shares, result.experiment.runs[1].loss.probabilities(scores.astype(float)))


def test_missing_numbers_become_the_median_of_the_training_rows(tmp_path: Path) -> None:
    table = own_table()
    result = trained("cross_entropy", Own(), NETWORKS[1], table=table)
    train_rows = table.X[result.data.rows[: result.data.n_train]].astype(float)
    np.testing.assert_array_equal(medians(result, table), SimpleImputer(strategy="median", keep_empty_features=True).fit(train_rows).statistics_)
    with one_thread():
        classes, _ = taken_home(result, 4, tmp_path, table)["predict"](original(result, table))
        same_bits(classes, pictures.scores_at(result, 4, result.data.X)[1].argmax(axis=-1))


def test_new_rows_from_a_file(tmp_path: Path) -> None:
    """As a person starts it, in an interpreter that finds numpy."""
    result = trained("cross_entropy", BLOBS, NETWORKS[1])
    taken_home(result, 4, tmp_path)
    rows = BLOBS.load().X[:5]
    np.savetxt(tmp_path / "rows.csv", rows, delimiter=",", header="x1,x2", comments="")
    done = subprocess.run([sys.executable, tmp_path / PREDICT_FILE, tmp_path / "rows.csv"], cwd="/", capture_output=True, text=True, check=True, timeout=60)
    printed = [line.split(",") for line in done.stdout.splitlines()]
    classes, shares = predict(result, 1, 4, np.loadtxt(tmp_path / "rows.csv", delimiter=",", skiprows=1))
    assert [line[0] for line in printed] == [result.data.outputs[k] for k in classes]
    np.testing.assert_allclose(np.array([line[1:] for line in printed], float), shares, rtol=1e-6)


def test_ruff_passes(tmp_path: Path, root: Path) -> None:
    for number, (loss, dataset) in enumerate({"cross_entropy": BLOBS, "hinge": BLOBS, "binary_cross_entropy": BLOBS, "huber": CURVE, "poisson": COSTS}.items()):
        taken_home(trained(loss, dataset, NETWORKS[3]), 4, tmp_path / str(number))
    ruff = [sys.executable, "-m", "ruff"]
    for command in (
        [*ruff, "check", "--no-cache", "--config", str(root / "pyproject.toml"), "."],
        [*ruff, "check", "--no-cache", "--isolated", "."],
        [*ruff, "format", "--no-cache", "--isolated", "--line-length", "120", "--check", "--diff", "."],
    ):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout[-2000:]


def test_the_predictions_of_all_rows() -> None:
    """One row a row of the table, in its order."""
    result = trained("cross_entropy", BLOBS, NETWORKS[0])
    frame = prediction_frame(result, 1, 4)
    assert list(frame) == ["row", "split", "truth", "prediction", "p(0)", "p(1)", "p(2)"]
    assert list(frame["row"]) == list(range(1, 61))
    np.testing.assert_array_equal(frame["truth"].astype(int), BLOBS.load().y)
    counts = frame["split"].value_counts()
    assert [counts[name] for name in ("train", "validation", "test")] == np.diff(result.data.ends, prepend=0).tolist()
    position = np.argsort(result.data.rows)
    shares = result.experiment.runs[1].loss.probabilities(pictures.scores_at(result, 4, result.data.X)[1].astype(float))
    np.testing.assert_array_equal(frame[["p(0)", "p(1)", "p(2)"]].to_numpy(), shares[position])
    np.testing.assert_array_equal(frame["prediction"].astype(int), shares.argmax(axis=-1)[position])


def test_the_predictions_of_numbers() -> None:
    result = trained("squared_error", CURVE, NETWORKS[1])
    frame = prediction_frame(result, 1, 4)
    assert list(frame) == ["row", "split", "truth y1", "truth y2", "prediction y1", "prediction y2"]
    np.testing.assert_array_equal(frame[["truth y1", "truth y2"]].to_numpy(), CURVE.load().y)
    np.testing.assert_array_equal(frame["prediction y2"], pictures.predicted_targets(result, 4, result.data.X)[1, np.argsort(result.data.rows), 1])


def test_a_run_that_had_diverged_has_no_model() -> None:
    runs = tuple(Run(loss=LOSSES["squared_error"](), optimizer=OPTIMIZERS["sgd"](), learning_rate=rate) for rate in (0.01, 1e4))
    result = train(Experiment(dataset=CURVE, model=NETWORKS[0], runs=runs, epochs=5, batch_size=8))
    with pytest.raises(ValueError, match="diverged at epoch 1: choose an epoch before"):
        model_bundle(result, 1, 5)
    assert model_bundle(result, 1, 0)
