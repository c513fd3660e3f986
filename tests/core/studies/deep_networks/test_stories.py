"""The sentences of the stories, the table that was measured before, and the cures hold on five seeds."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from core.preparation.split import Preparation, prepare
from core.studies.deep_networks import ACTIVATIONS, Networks, network, train
from core.studies.deep_networks.lanes import NetworksResult
from core.studies.deep_networks.learner import Learner
from core.studies.deep_networks.networks import default_networks
from core.studies.deep_networks.starts import Scale
from core.studies.deep_networks.stories import STORIES
from core.studies.deep_networks.verdict import EXPLODES, HEALTHY, LARGE, VANISHES, cure, takeaway, verdict
from core.tasks import CLASSIFICATION
from core.training.recorded_training import begun, go_on

SEEDS = 5
OF = {story.title: story for story in STORIES}
GUESSING = 0.13


def trained(title: str) -> tuple[NetworksResult, np.ndarray, np.ndarray]:
    """Return the result of a story on five seeds, its test accuracies at the end, and the factors of a layer at the start, each (R, S)."""
    result = train(replace(OF[title].document, seeds=SEEDS))
    signals = [track.kept["signal"][0] for track in result.tracks]
    factors = np.array([(signal[:, 0] / signal[:, -1]) ** (1 / (signal.shape[1] - 1)) for signal in signals])
    return result, result.metrics["accuracy"][-1].T, factors


def first_layer(result: NetworksResult) -> np.ndarray:
    """Return the gradient of the first layer at the start, (R, S)."""
    return np.array([track.kept["gradient"][0, :, 0] for track in result.tracks])


@pytest.mark.proof
def test_ten_layers_five_fates() -> None:
    result, accuracy, _ = trained("Ten layers, five fates")
    assert (accuracy[3:] > 7 / 8).all()
    assert (accuracy[:2] < GUESSING).all()
    assert np.isnan(accuracy[2]).all()
    for seed in range(SEEDS):
        alone = train(replace(default_networks(), seed=seed, updates=1))
        assert [verdict(alone, run, 0).kind for run in range(5)] == [VANISHES, VANISHES, EXPLODES, HEALTHY, HEALTHY]
    assert str(takeaway(result, 300)) == (
        "After update 300 the gradient vanishes in sigmoid, ReLU too small; explodes in ReLU too large (diverged in update 2); "
        "arrives in sigmoid + batch norm, ReLU He."
    )


@pytest.mark.proof
def test_sigmoid_and_depth() -> None:
    _, accuracy, factors = trained("Sigmoid and depth")
    assert ((factors > 0.22) & (factors < 0.26)).all()
    assert (accuracy[0] > 0.6).all()
    assert (accuracy[1:] < GUESSING).all()


@pytest.mark.proof
def test_a_start_that_is_too_small_or_too_large() -> None:
    result, accuracy, factors = trained("A start that is too small or too large")
    arrives = first_layer(result)
    assert (arrives[0] < 1e-12).all()
    assert (accuracy[0] < GUESSING).all()
    assert (arrives[2] > 1e5).all()
    assert (result.tracks[2].diverged_at == 2).all()
    assert ((factors[0] > 0.035) & (factors[0] < 0.045) & (factors[2] > 3.5) & (factors[2] < 4.5)).all()
    assert ((factors[1] > 0.9) & (factors[1] < 1.1)).all()
    assert (accuracy[1] > 7 / 8).all()


@pytest.mark.proof
def test_clipping_stops_the_nan_and_cures_nothing() -> None:
    result, accuracy, _ = trained("Clipping stops the NaN and cures nothing")
    assert (result.tracks[0].diverged_at == 2).all()
    assert (result.tracks[1].diverged_at < 0).all()
    assert (accuracy[1] < 1 / 3).all()
    assert (result.tracks[1].kept["gradient"][:, :, 0] > 100).all(), "it explodes at every record, before clipping"
    assert (accuracy[2] > 7 / 8).all()


@pytest.mark.proof
def test_batch_norm_cures_what_layer_norm_does_not() -> None:
    result, accuracy, factors = trained("Batch norm cures what layer norm does not")
    apart = np.array([track.kept["apart"][0, :, 9] for track in result.tracks])
    assert (factors[:2] < 0.45).all()
    assert (apart[1] < 1e-6).all()
    assert (apart[2] > 0.99).all()
    assert (accuracy[:2] < GUESSING).all()
    assert (accuracy[2] > 0.9).all()


@pytest.mark.proof
def test_residuals_want_a_small_start() -> None:
    result, accuracy, factors = trained("Residuals want a small start")
    assert (accuracy[0] < GUESSING).all()
    assert (accuracy[[1, 3]] > 0.9).all()
    diverged = result.tracks[2].diverged_at
    assert ((diverged > 0) & (diverged <= 10)).all()
    assert ((factors[2] > 1.45) & (factors[2] < 1.65)).all()


#: settings, gradients of layers 1 and 10 at the start, and accuracies with plain descent and with Adam, as they were measured before on three seeds
MEASURED = [
    (network("glorot", "sigmoid"), 7e-7, 0.20, 0.09, 0.18), (network(Scale(0.01)), 2e-13, 1e-13, 0.09, 0.09),
    (network(Scale(1.0)), 3e5, 5e5, None, 0.35), (network(Scale(1.0), norm="batch"), 0.7, 0.12, 0.69, 0.81),
    (network(Scale(1.0), norm="layer"), 0.15, 0.17, 0.69, 0.84), (network("he"), 0.67, 0.56, 0.94, 0.94),
    (network("glorot", "tanh"), 0.43, 0.32, 0.96, 0.96), (network("glorot", "sigmoid", "batch"), 0.47, 0.28, 0.95, 0.97),
    (network("glorot", "sigmoid", "layer"), 8e-5, 0.29, 0.09, 0.88), (network(Scale(0.01), norm="layer"), 15, 17, 0.09, 0.15),
    (network(Scale(0.01), residual=1.0), 0.93, 0.04, 0.97, 0.97),
]  # fmt: skip


@pytest.mark.proof
def test_the_table_that_was_measured_before() -> None:
    """Accuracies within the spread of five seeds widened by 0.03, gradients within theirs widened threefold: there they are of a batch, here of 256 rows.

    As there, three quarters of the rows train, and each seed splits them anew. The page trains on three fifths, in one split for all seeds, which is among
    the harder ones: so its ReLU with He's start reaches 0.90 to 0.925 where the table says 0.94.
    """
    plain = Networks(runs=tuple(run for run, *_ in MEASURED))
    adam = Networks(runs=tuple(replace(run, optimizer=network(optimizer="adam").optimizer, learning_rate=0.003) for run in plain.runs))
    gradients, accuracies = [], []
    for seed in range(SEEDS):
        data = prepare(plain.dataset.load(), CLASSIFICATION, Preparation(validation_share=0.05, test_share=0.2, seed=seed))
        of_rules = [replace(networks, seed=seed) for networks in (plain, adam)]
        records = [go_on(learner, begun(learner), learner.document.updates)[1] for learner in (Learner(networks, data) for networks in of_rules)]
        gradients.append(records[0][0].kept["gradient"][:, 0])
        accuracies.append([of_rule[-1].metrics["accuracy"][0] for of_rule in records])
    assert round(data.n_train / len(data.X), 2) == 0.75
    for place, (run, *layers, by_descent, by_adam) in enumerate(MEASURED):
        for wanted, layer in zip(layers, (0, 9), strict=True):
            found = np.array([gradient[place, layer] for gradient in gradients])
            assert found.min() / 3 < wanted < 3 * found.max(), run
        for wanted, rule in ((by_descent, 0), (by_adam, 1)):
            reached = np.array([accuracy[rule][place] for accuracy in accuracies])
            assert np.isnan(reached).all() if wanted is None else reached.min() - 0.03 < wanted < reached.max() + 0.03, run


@pytest.mark.proof
def test_the_cures_cure() -> None:
    """Of every activation: what is wrong at the start is named, its cures lead to a gradient that arrives, and with it the accuracy rises above four fifths."""
    sick = [
        network(start, activation, norm, residual=residual)
        for activation, (start, norm, residual) in product(
            ACTIVATIONS, ((Scale(0.01), "none", None), (Scale(1.0), "none", None), (Scale(0.01), "layer", None), ("he", "none", 1.0))
        )
    ]  # fmt: skip
    for first in range(0, len(sick), 10):
        runs, healthy = list(sick[first : first + 10]), [False] * 10
        for _ in range(4):
            seen = [verdict(alone, run, 0) for alone in [train(Networks(runs=tuple(runs), updates=1))] for run in range(10)]
            healthy = [each.kind == HEALTHY for each in seen]
            cures = [cure(run, each) for run, each in zip(runs, seen, strict=True)]
            assert [each is None for each in cures] == healthy
            runs = [run if each is None else each.run for run, each in zip(runs, cures, strict=True)]
        assert all(healthy)
        accuracy = train(Networks(runs=tuple(runs))).metrics["accuracy"][-1, 0]
        assert (accuracy > 0.8).all(), list(zip(accuracy, runs, strict=True))


def test_a_run_that_diverges_is_told_what_it_was_before() -> None:
    result = train(Networks(runs=(network(Scale(1.0), depth=12), network(depth=12)), updates=20))
    seen = verdict(result, 0, 20)
    assert (seen.kind, seen.diverged_at) == (EXPLODES, 2)
    assert "It diverges in update 2." in str(seen.sentence)
    assert seen.layer >= 10
    assert verdict(result, 0, 0).diverged_at == -1
    changed = cure(result.document.runs[0], seen)
    assert changed is not None
    assert changed.run.start.kind == "he"
    assert cure(result.document.runs[1], verdict(result, 1, 0)) is None


def test_large_gradients_are_told_from_those_that_explode() -> None:
    result = train(Networks(runs=(network(Scale(0.01), norm="layer"), network("he", residual=1.0)), updates=1))
    assert [verdict(result, run, 0).kind for run in range(2)] == [LARGE, EXPLODES]
    for run, word in ((0, "He's initialisation"), (1, "a small start of the branches, 0.1")):
        changed = cure(result.document.runs[run], verdict(result, run, 0))
        assert changed is not None
        assert str(changed.change) == word
