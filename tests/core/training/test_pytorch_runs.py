"""Whole trainings equal the same written in PyTorch: same data, initial parameters and batches, other code for all the rest."""

from __future__ import annotations

import json
from collections import Counter
from itertools import product
from typing import Any

import numpy as np
import pytest

from core.class_weights import CLASS_WEIGHTS
from core.experiment import Experiment, workbench_losses
from core.models import MODELS
from core.optimizers import OPTIMIZERS
from core.penalties import PENALTIES
from core.preparation.resampling import NONE, RESAMPLINGS
from core.schedules import SCHEDULES
from core.training import advance, start
from core.training.plan import updates_per_epoch
from tests.reference.make_runs import PATH, STEPS, UPDATES, has_twin
from tests.reference.torch_training import LEARNED, OWN_WEIGHTS

CASES = json.loads(PATH.read_text())
EXPERIMENTS = [Experiment.from_json(json.dumps(case["experiment"])) for case in CASES]
RUNS = [run for experiment in EXPERIMENTS for run in experiment.runs]
AGAIN = "run tests/reference/make_runs.py"


def named(experiment: Experiment) -> str:
    """Return a short name of a case."""
    return f"{experiment.dataset.kind}-{getattr(experiment.model, 'activation', experiment.model.kind)}-{experiment.batch_size or 'full'}"


@pytest.mark.parametrize("case", range(len(CASES)), ids=[named(experiment) for experiment in EXPERIMENTS])
def test_trainings_equal_those_in_pytorch(case: int) -> None:
    """A stack of runs that have nothing but the data in common, after 1, 10 and 50 updates, each run and seed."""
    experiment, recorded = EXPERIMENTS[case], CASES[case]["params"]
    state, done = start(experiment), 0
    for step in STEPS:
        state = advance(experiment, state, experiment.epochs, max_updates=step - done)
        done = step
        assert state.updates(experiment) == step
        params = state.params
        for i, run in enumerate(experiment.runs):
            for seed in range(experiment.seeds):
                expected = np.array(recorded[i][seed][str(step)], dtype=float)
                mine = params[seed, i, : len(expected)]
                assert len(expected) == experiment.model.n_params(state.data.X.shape[1], len(state.data.outputs)) + len(run.loss.learned)
                np.testing.assert_allclose(mine, expected, rtol=1e-10, atol=1e-13, err_msg=f"seed {seed} of {run} after {step} updates")
    assert state.done(experiment)
    assert (state.diverged_at < 0).all()


# What the recorded trainings cover


def kinds(name: str) -> Counter[str]:
    return Counter(getattr(getattr(run, name), "kind", getattr(run, name)) for run in RUNS)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("loss", [cls.kind for cls in workbench_losses() if has_twin(cls)]),
        ("optimizer", [kind for kind, cls in OPTIMIZERS.items() if cls.pytorch is not None]),
        ("penalty", PENALTIES),
        ("schedule", SCHEDULES),
        ("class_weights", CLASS_WEIGHTS),
        ("resampling", RESAMPLINGS),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_item_that_pytorch_has_occurs_twice(name: str, wanted: Any) -> None:
    count = kinds(name)
    for kind in wanted:
        assert count[kind] >= 2, f"no two recorded trainings with {name} {kind!r}: {AGAIN}"


def test_dropout_max_norm_and_clipping_are_mixed_with_the_rest() -> None:
    """Dropout in networks with one hidden layer and with two, at full batch and in batches; resampling with weights of the classes."""
    for name in ("dropout", "max_norm", "clip_norm"):
        of_networks = [run for experiment in EXPERIMENTS if experiment.model.widths for run in experiment.runs if getattr(run, name)]
        assert len({run.optimizer.kind for run in of_networks}) >= 8, AGAIN
    dropping = [experiment for experiment in EXPERIMENTS if experiment.model.widths and any(run.dropout for run in experiment.runs)]
    assert {(len(experiment.model.widths), experiment.batch_size > 0) for experiment in dropping} == {(1, True), (1, False), (2, True), (2, False)}, AGAIN
    assert {(run.resampling, run.class_weights.kind) for run in RUNS} >= set(product(RESAMPLINGS, ("none", "balanced", "effective_number"))), AGAIN


def test_models_and_batches_are_mixed() -> None:
    for experiment in EXPERIMENTS:
        n_train = start(experiment).data.n_train
        assert experiment.epochs * updates_per_epoch(experiment, n_train) == UPDATES
        assert not experiment.batch_size or n_train % experiment.batch_size, "the last batch is smaller"
        assert experiment.dtype == "float64"
        assert {run.clip_norm > 0 for run in experiment.runs} == {True, False}, AGAIN
    assert {experiment.model.kind for experiment in EXPERIMENTS} == set(MODELS), AGAIN
    assert {getattr(experiment.model, "activation", None) for experiment in EXPERIMENTS} == {None, "relu", "tanh", "sigmoid"}
    assert {len(experiment.model.widths) for experiment in EXPERIMENTS} == {0, 1, 2}
    assert {experiment.batch_size == 0 for experiment in EXPERIMENTS} == {True, False}


def test_recorded_losses_are_those_that_the_losses_name() -> None:
    """An expression that has changed since needs new records; the learned loss has none, and its formula is in the script."""
    for experiment, case in zip(EXPERIMENTS, CASES, strict=True):
        assert [run.loss.in_pytorch() for run in experiment.runs] == case["losses"], AGAIN
        assert all(run.loss.kind == LEARNED for run, text in zip(experiment.runs, case["losses"], strict=True) if text is None)


def test_some_weighted_cross_entropies_are_by_pytorchs_own_argument() -> None:
    plain = [run for run in RUNS if run.loss.kind == "cross_entropy" and run.loss.in_sklearn() and run.class_weights.kind != "none" and run.resampling == NONE]
    assert plain, f"no recorded training with {OWN_WEIGHTS}: {AGAIN}"
