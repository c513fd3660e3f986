"""What the rows that a run was trained on tell of it, beside what the reference makes of rows that it has not seen, and by what its scores are best divided."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.datasets import DATASETS
from core.diagnosis import Evidence, Reference, diagnose
from core.diagnosis.sharpness import Sharpness, sharpness, size
from core.experiment import Experiment
from core.models import MODELS
from core.preparation.corruption import Corruption
from core.training import train
from core.training.results import Result
from tests.core.diagnosis.test_data_rules import of, own, said
from tests.small import run

TINY = of("friedman1", run("squared_error", "adam", 0.01), model=MODELS["mlp"](hidden=(2,)), epochs=40, validation_share=0.06)


def evidence(result: Result) -> Evidence:
    return Evidence(result, 0, None, Reference(result.data))


@pytest.mark.parametrize("seed", [2, 5, 6])
def test_training_rows_tell_of_a_small_model_what_few_validation_rows_cannot(seed: int) -> None:
    """With thirty validation rows the reference is ahead by too little to be sure; with all rows it is sure, and the cure is that of a small model."""
    dataset = DATASETS["friedman1"](rows=500, seed=seed)
    result = train(replace(TINY, dataset=dataset, split_seed=seed))
    found = evidence(result)
    assert not found.behind().any()
    assert found.below().all()
    assert found.lead_on_all[1] < found.doubt / 1.5
    (underfits,) = (finding for finding in diagnose(result, 0) if finding.kind == "underfits")
    assert "The model is too small." in str(underfits.sentence)
    assert underfits.change is not None
    cured = train(replace(TINY, dataset=dataset, split_seed=seed, runs=(underfits.change.run,)))
    assert cured.at(cured.last, "r2", "test")[0, 0] > result.at(result.last, "r2", "test")[0, 0] + 0.05


def test_what_knows_its_training_rows_does_not_learn_too_little() -> None:
    """However far the reference is ahead on validation rows: such a run overfits."""
    result = train(of("digits", run(optimizer="momentum", learning_rate=0.03), corruption=Corruption(training_share=0.1), epochs=40))
    found = evidence(result)
    assert (found.lead > 0).all()
    assert (found.lead_on_training < 0).all()
    assert not found.below(0.0, 0.0).any()


def test_the_weights_that_are_kept_are_judged() -> None:
    """With early stopping a run goes back to its best weights; the last record is of others."""
    experiment = of("diabetes", run("squared_error", "momentum", 0.03, patience=12), model=MODELS["mlp"](hidden=(64,)), epochs=60)
    result = train(experiment)
    found = evidence(result)
    rows = result.data.split("validation")
    truth, predicted = result.data.truth[rows][:, 0], found.predicted("validation")[:, 0]
    of_kept = 1 - np.square(truth - predicted).mean() / truth.var()
    assert found.skill("validation")[0] == pytest.approx(of_kept, abs=1e-3)
    assert abs(found.at(found.last, "r2")[0] - of_kept) > 0.02
    assert (found.kept == found.best).all()


def test_a_layer_of_one_unit_is_small_even_where_a_line_is_enough() -> None:
    """Two rates cured nothing of it: a layer of one or two units knows less than no layer."""
    experiment = of("blobs", run(optimizer="rmsprop", learning_rate=0.01), model=MODELS["mlp"](hidden=(1,)), epochs=30)
    found = said(replace(experiment, dataset=DATASETS["blobs"](rows=600, classes=4)))["underfits"]
    assert found.change is not None
    assert found.change.run.model == MODELS["mlp"](hidden=(64,))


def of_blobs(seed: int) -> Experiment:
    experiment = of("blobs", run(optimizer="rmsprop", learning_rate=0.01, dropout=0.85), epochs=20)
    return replace(experiment, dataset=DATASETS["blobs"](rows=800, spread=1.5, classes=5, seed=seed))


@pytest.mark.parametrize("seed", range(3))
def test_dropout_that_dulls_the_scores_alone_is_named(seed: int) -> None:
    """The decisions are as good as the reference's, and the probabilities are far from what the rows allow, on the training rows, too."""
    experiment = of_blobs(seed)
    result = train(experiment)
    assert not evidence(result).behind().any()
    (found,) = (finding for finding in diagnose(result, 0) if finding.kind == "held_back")
    assert "times as large would have a log loss of" in str(found.sentence)
    assert str(found.sentence).endswith("With no dropout the model is free to be as certain as its rows allow.")
    assert found.change is not None
    cured = train(replace(experiment, runs=(found.change.run,)))
    assert cured.at(cured.last, "log_loss", "test") < 0.75 * result.at(result.last, "log_loss", "test")
    assert "held_back" not in {finding.kind for finding in diagnose(cured, 0)}


@pytest.mark.parametrize("seed", range(2))
def test_a_loss_under_which_confident_mistakes_cost_little_is_named(seed: int) -> None:
    experiment = of("circles", run("absolute_error_on_probabilities", "adam", 0.1), epochs=40)
    experiment = replace(experiment, dataset=DATASETS["circles"](rows=600, noise=0.15, seed=seed))
    result = train(experiment)
    (found,) = (finding for finding in diagnose(result, 0) if finding.kind == "poor_loss")
    assert str(found.sentence).startswith("Too certain: scores divided by ")
    assert found.change is not None
    cured = train(replace(experiment, runs=(found.change.run,)))
    assert cured.at(cured.last, "log_loss", "test") < 0.95 * result.at(result.last, "log_loss", "test")


def test_a_loss_that_falls_is_not_said_to_stay() -> None:
    """It may fall and end at a poor minimum: the sentence is not that of a loss that stays."""
    experiment = of("line", run("tukey", "adam", 0.003), model=MODELS["linear"](), corruption=Corruption(outliers=0.2, outlier_size=10.0))
    result = train(experiment)
    (found,) = (finding for finding in diagnose(result, 0) if finding.kind == "poor_loss")
    fallen = float(evidence(result).fall[0])
    assert ("The loss does not fall" in str(found.sentence)) == (fallen < 0.1)


@pytest.mark.parametrize("seed", [0, 2])
def test_a_rare_class_is_named_where_others_surely_find_more_of_it(seed: int) -> None:
    """More than half of it is found, so the count alone would not say so; with balanced weights more is."""
    experiment = of("moons", run(optimizer="adam", learning_rate=0.01), corruption=Corruption(rarest=0.12), epochs=60)
    experiment = replace(experiment, dataset=DATASETS["moons"](rows=600, noise=0.25, seed=seed))
    result = train(experiment)
    (found,) = (finding for finding in diagnose(result, 0) if finding.kind == "rare_class")
    assert "is rare and often missed" in str(found.sentence)
    assert found.change is not None
    cured = train(replace(experiment, runs=(found.change.run,)))
    assert cured.at(cured.last, "balanced_accuracy", "test") > result.at(result.last, "balanced_accuracy", "test")


def test_a_rare_class_of_few_rows_is_named_where_none_of_it_is_found() -> None:
    """Five rows of it, of which none is found, are no chance where three quarters are found; two are."""
    table = DATASETS["moons"](rows=400, noise=0.1).load()
    for rows, named in ((7, True), (3, False)):
        X = np.concatenate([table.X, table.X[table.y == 0][:rows]])
        rare = replace(table, X=X, y=np.concatenate([table.y, np.full(rows, 2)]), outputs=("a", "b", "rare"))
        found = said(own(of("moons", run(optimizer="adam", learning_rate=0.01))), rare)
        assert ("rare_class" in found) == named


def test_wrong_labels_are_seen_by_the_better_of_two_learners() -> None:
    """Trees and a support vector machine are asked, each about rows that it has not seen."""
    experiment = of("circles", run(optimizer="adam", learning_rate=0.01), corruption=Corruption(wrong_labels=0.25), epochs=5)
    for seed in range(3):
        assert "wrong_labels" in said(replace(experiment, dataset=DATASETS["circles"](rows=300, noise=0.1, seed=seed)))
    assert "wrong_labels" not in said(replace(experiment, corruption=Corruption()))


def test_scores_are_of_a_wrong_size_only_where_both_kinds_of_rows_say_so() -> None:
    large, small, unsure = Sharpness(3.0, 5.0, 1.0, 0.5), Sharpness(0.3, 5.0, 1.0, 0.5), Sharpness(3.0, 1.0, 1.0, 0.5)
    assert (size(large, large), size(small, small)) == (1, -1)
    assert (size(large, small), size(Sharpness(), large), size(large, replace(large, after=0.9)), size(unsure, unsure)) == (0, 0, 0, 0)


@pytest.mark.parametrize("times", [0.2, 1.0, 5.0])
def test_scores_of_known_probabilities_are_divided_by_what_they_were_multiplied_with(times: float) -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(0, 2, (20_000, 3))
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    truth = (rng.random((len(shares), 1)) > shares.cumsum(axis=1)).sum(axis=1)
    said = np.exp(times * scores) / np.exp(times * scores).sum(axis=1, keepdims=True)
    found = sharpness(said, truth)
    assert found.divisor == pytest.approx(times, rel=0.05)
    assert (found.sure > 4) == (times != 1.0)
