"""Exported scikit-learn scripts find the minimum that a run descends to; where no estimator has it, the reason is said."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.class_weights import CLASS_WEIGHTS
from core.datasets import DATASETS
from core.datasets.own import Own
from core.experiment import Experiment, Run, fits
from core.export import sklearn_script
from core.export.estimators import estimator
from core.export.files import TABLE_FILE, table_file
from core.losses import LOSSES
from core.models import MODELS
from core.optimizers import OPTIMIZERS
from core.penalties import PENALTIES
from core.preparation.split import SPLITS
from core.training import reference
from core.training.slices import prepared
from core.training.stack import RunStack
from tests.exported import printed_curve, ruff_passes
from tests.reference.make_scripts import own_table
from tests.small import LINEAR

THREE, TWO = DATASETS["blobs"](rows=90, spread=6.0), DATASETS["blobs"](rows=90, spread=6.0, classes=2)
OUTPUTS, COSTS = DATASETS["make_regression"](rows=80, columns=4, outputs=2), DATASETS["costs"](rows=100)


def alone(loss: str, penalty: str, dataset: Any, **others: Any) -> Experiment:
    """Return an experiment of one linear run."""
    weight = {} if penalty == "none" else {"strength": 0.03}
    run = Run(loss=LOSSES[loss](), optimizer=OPTIMIZERS["sgd"](), learning_rate=0.1, penalty=PENALTIES[penalty](**weight), **others)
    return Experiment(dataset=dataset, model=LINEAR, runs=(run,), dtype="float64")


#: an experiment for each loss with an estimator, each penalty, and data of every shape
CASES = {
    f"{loss}, {penalty}, {name}": experiment
    for loss in LOSSES
    for penalty in ("none", "l1", "l2", "elastic_net")
    for name, dataset in (("three classes", THREE), ("two classes", TWO), ("two outputs", OUTPUTS), ("costs", COSTS))
    if fits(LOSSES[loss], dataset)
    for experiment in [alone(loss, penalty, dataset)]
    if estimator(experiment.runs[0])
}
CASES |= {
    f"{loss}, weighted": alone(loss, "l2", DATASETS["wine"](), class_weights=CLASS_WEIGHTS["balanced"](), resampling="oversample")
    for loss in ("cross_entropy", "squared_error", "binary_cross_entropy", "hinge")
}
SMOOTH = {name: experiment for name, experiment in CASES.items() if reference.solvable(experiment.runs[0])}


def minimum(experiment: Experiment) -> tuple[np.ndarray, dict[str, float]]:
    """Return the packed parameters (P,) of the minimum, and the loss of each split, by a script that runs in this process."""
    names: dict[str, Any] = {"__name__": "exported"}
    exec(compile(sklearn_script(experiment, experiment.runs[0]), "script.py", "exec"), names)
    data = names["prepare"]()
    found = names["fit"](*data["train"])
    return np.concatenate([part.ravel() for part in found]), names["evaluate"](found, data)


def objective(experiment: Experiment, params: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the engine's objective at packed parameters, and its gradient."""
    data = prepared(experiment)
    stack, n = RunStack(experiment.runs, experiment.model, data, "float64"), data.n_train
    weights = stack.row_weights(data, data.split("train"))[None]
    targets = {link: of_link.values[None, None, :n] for link, of_link in data.targets.items()}
    return reference._objective(params, stack, experiment.model, data.X[None, None, :n], targets, weights / weights.sum())


@pytest.mark.parametrize("name", SMOOTH)
def test_smooth_objectives_have_the_minimum_of_the_reference(name: str) -> None:
    """The gradient vanishes there, and the losses are those of L-BFGS, which ends where its gradient is below 1e-8."""
    experiment = SMOOTH[name]
    params, losses = minimum(experiment)
    solution = reference.solve(experiment, 0, prepared(experiment), most_seconds=30)
    value, gradient = objective(experiment, params)
    assert solution.converged
    assert np.abs(gradient).max() < 1e-7
    assert value == pytest.approx(objective(experiment, solution.params)[0], rel=1e-9)
    assert losses == pytest.approx(solution.losses, rel=1e-5)


@pytest.mark.parametrize("name", sorted(CASES.keys() - SMOOTH.keys()))
def test_no_step_lowers_an_objective_with_kinks(name: str) -> None:
    """Convex: what no small step lowers is the minimum."""
    experiment = CASES[name]
    params, _ = minimum(experiment)
    lowest, rng = objective(experiment, params)[0], np.random.default_rng(0)
    steps = [*np.eye(len(params)), *-np.eye(len(params)), *rng.normal(size=(200, len(params)))]
    assert min(objective(experiment, params + size * step)[0] for step in steps for size in (1e-3, 1e-1)) >= lowest - 1e-9 * abs(lowest)


def test_every_loss_with_an_estimator_is_tried() -> None:
    tried = {name.partition(",")[0] for name in CASES}
    for kind, cls in LOSSES.items():
        runs = [Run(loss=cls(), optimizer=OPTIMIZERS["sgd"](), penalty=PENALTIES[penalty]()) for penalty in PENALTIES]
        assert (kind in tried) == any(map(estimator, runs)), kind


REFUSED = {
    "choose the linear model": lambda e: replace(e, model=MODELS["mlp"]()),
    "has a max-norm": lambda e: replace(e, runs=(replace(e.runs[0], max_norm=1.0),)),
    "AdamW decays the parameters by itself": lambda e: replace(e, runs=(replace(e.runs[0], optimizer=OPTIMIZERS["adamw"]()),)),
    "ASGD decays the parameters by itself": lambda e: replace(e, runs=(replace(e.runs[0], optimizer=OPTIMIZERS["asgd"]()),)),
    "smooths no labels": lambda e: replace(e, runs=(replace(e.runs[0], loss=LOSSES["cross_entropy"](label_smoothing=0.1)),)),
    "LinearSVC, which has the loss squared hinge": lambda e: replace(e, runs=(replace(e.runs[0], loss=LOSSES["squared_hinge"]()),)),
    "no estimator of scikit-learn has the minimum of the loss Focal": lambda e: replace(e, runs=(replace(e.runs[0], loss=LOSSES["focal"]()),)),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_a_run_without_a_twin_is_refused_with_the_reason(reason: str) -> None:
    experiment = REFUSED[reason](alone("cross_entropy", "l2", TWO))
    with pytest.raises(ValueError, match=reason):
        sklearn_script(experiment, experiment.runs[0])


def test_scripts_as_a_person_starts_them(tmp_path: Path) -> None:
    """One of the data that everybody has; one of somebody's own rows, some of which miss numbers, with weights."""
    experiment = alone("cross_entropy", "l2", THREE)
    (tmp_path / "script.py").write_text(sklearn_script(experiment, experiment.runs[0]), encoding="utf-8")
    printed = printed_curve(sys.executable, tmp_path / "script.py", cwd="/")
    assert printed == {split: [pytest.approx(loss, rel=1e-12)] for split, loss in minimum(experiment)[1].items()}
    own, table = alone("nll", "l2", Own()), own_table()
    (tmp_path / "own.py").write_text(sklearn_script(own, own.runs[0], table=table), encoding="utf-8")
    (tmp_path / TABLE_FILE).write_bytes(table_file(table))
    solution = reference.solve(own, 0, prepared(own, table))
    assert printed_curve(sys.executable, tmp_path / "own.py", cwd="/") == {split: [pytest.approx(solution.losses[split], rel=1e-5)] for split in SPLITS}


def test_ruff_passes_on_every_script(tmp_path: Path, root: Path) -> None:
    ruff_passes([sklearn_script(experiment, experiment.runs[0]) for experiment in CASES.values()], tmp_path, root)
