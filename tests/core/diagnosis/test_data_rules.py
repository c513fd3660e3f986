"""The rules about data on tables that are made for them, and the faults of a diagnosis that judged a run by its records alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.class_weights import CLASS_WEIGHTS
from core.datasets import DATASETS, Table
from core.diagnosis import Evidence, Finding, Reference, Shared, diagnose
from core.experiment import Experiment
from core.losses import LOSSES
from core.models import MODELS
from core.preparation.corruption import Corruption
from core.tasks import CLASSIFICATION, REGRESSION
from core.training import train
from core.training.slices import prepared
from core.words import Said
from tests.small import LINEAR, run, small

WIDE, NARROW = MODELS["mlp"](hidden=(32,)), MODELS["mlp"](hidden=(16,))


def said(experiment: Experiment, table: Table | None = None) -> dict[str, Finding]:
    """Return what is said of the first run of an experiment, by kind."""
    return {finding.kind: finding for finding in diagnose(train(experiment, table=table), 0)}


def of(dataset: str, *runs: Any, **others: Any) -> Experiment:
    return small(*runs, dataset=DATASETS[dataset](), **({"epochs": 20, "batch_size": 32, "seeds": 1, "dtype": "float32", "model": NARROW} | others))


def own(experiment: Experiment) -> Experiment:
    return replace(experiment, dataset=DATASETS["own"].from_dict({"task": experiment.dataset.task}))


def with_column(table: Table, column: np.ndarray) -> Table:
    return replace(table, X=np.column_stack([table.X, column]), features=(*table.features, "status"))


CLASSES = of("moons", run(optimizer="adam", learning_rate=0.01))
NUMBERS = of("friedman1", run("squared_error", "adam", 0.01))


@pytest.mark.parametrize("experiment", [CLASSES, NUMBERS], ids=[CLASSIFICATION, REGRESSION])
def test_a_feature_that_alone_tells_the_target_may_leak(experiment: Experiment) -> None:
    table = experiment.dataset.load()
    target = table.y.reshape(len(table.y), -1)[:, 0]
    noise = np.random.default_rng(0).normal(0, 1, len(target))
    found = said(own(experiment), with_column(table, target + 0.01 * target.std() * noise))
    assert "“status” alone predicts" in str(found["leak"].sentence)
    assert found["leak"].shared == Shared(Said("without “{name}”", name="status"), feature="status")
    assert "leak" not in said(own(experiment), with_column(table, noise))
    assert "leak" not in said(experiment)


@pytest.mark.parametrize("dataset", ["iris", "wine", "breast_cancer"])
def test_a_good_feature_is_no_leak(dataset: str) -> None:
    assert "leak" not in said(of(dataset, run(optimizer="adam", learning_rate=0.01)))


def test_a_feature_that_first_varies_beyond_the_training_rows_is_named() -> None:
    table, data = CLASSES.dataset.load(), prepared(CLASSES)
    column = np.zeros(len(table.X))
    column[data.rows[data.split("test")]] = 5.0
    found = said(own(CLASSES), with_column(table, column))["first_varies"]
    assert "“status” has one value in all training rows" in str(found.sentence)
    assert found.shared is not None
    assert found.shared.feature == "status"
    assert "first_varies" not in said(own(CLASSES), with_column(table, np.zeros(len(table.X))))


def test_a_lucky_split_is_said() -> None:
    table, data = CLASSES.dataset.load(), prepared(CLASSES)
    wrong = table.y.copy()
    wrong[data.rows[data.split("test")][:30]] ^= 1
    found = said(own(CLASSES), replace(table, y=wrong))
    assert "lucky_split" not in said(CLASSES)
    # the rows of a split are drawn class by class, so other labels make other splits: only what is said of those is compared
    lucky = [finding for kind, finding in found.items() if kind == "lucky_split"]
    assert all("test rows" in str(finding.sentence) and finding.shared and finding.shared.split_seed == 1 for finding in lucky)


# What was said wrongly


def test_outliers_are_named_and_a_robust_loss_is_offered() -> None:
    """They were not: nothing was said at a validation R² of -1.9, and a line under squared error "underfits"."""
    for dataset, share, model in (("diabetes", 0.2, WIDE), ("friedman1", 0.3, WIDE), ("line", 0.2, LINEAR)):
        experiment = of(dataset, run("squared_error", "adam", 0.01), model=model, epochs=30, corruption=Corruption(outliers=share))
        before = train(experiment)
        (outliers,) = (finding for finding in diagnose(before, 0) if finding.kind == "outliers")
        assert outliers.change is not None
        after = train(replace(experiment, runs=(outliers.change.run,)))
        assert after.at(after.last, "r2", "test") > before.at(before.last, "r2", "test")
    for dataset in ("diabetes", "friedman1", "line", "sine", "make_regression"):
        assert "outliers" not in said(of(dataset, run("squared_error", "adam", 0.01)))


@pytest.mark.parametrize("split", range(3))
def test_one_heavy_row_is_no_overfit(split: int) -> None:
    """Patience took the accuracy of balanced weights on a class of 1 % from 0.88 to 0.08: one row ruled the weighted validation loss."""
    heavy = run(optimizer="adam", learning_rate=1e-3, class_weights=CLASS_WEIGHTS["balanced"]())
    found = said(of("digits", heavy, model=WIDE, epochs=40, corruption=Corruption(rarest=0.01), split_seed=split))
    assert "overfits" not in found or found["overfits"].change is None


def test_a_rate_that_is_too_small_is_no_small_model() -> None:
    """Circles at a rate of 0.001 "underfit", and a larger model was proposed; at 0.01 the same model reaches 0.95."""
    found = said(of("circles", run(learning_rate=0.01), epochs=20))
    assert found
    assert all(finding.change is None or finding.change.run.learning_rate > 0.01 for finding in found.values())


def test_uneven_classes_are_judged_by_their_balanced_accuracy() -> None:
    experiment = of(
        "blobs", run(optimizer="adam", learning_rate=0.03, class_weights=CLASS_WEIGHTS["balanced"]()), corruption=Corruption(rarest=0.1, everywhere=True)
    )
    assert "underfits" not in said(experiment)


def test_a_quantile_is_judged_by_its_own_loss() -> None:
    """R² of a high quantile is far below that of the mean, which is no fault of it."""
    for quantile in (0.1, 0.9, 0.95):
        loss = LOSSES["quantile"].from_dict({"quantile": quantile})
        found = said(of("line", replace(run("squared_error", "adam", 0.03), loss=loss), model=LINEAR, epochs=60))
        assert not {"underfits", "too_fast", "outliers"} & set(found)


@pytest.mark.parametrize("learning_rate", [0.003, 0.01])
def test_dead_units_do_no_harm_to_a_net_that_knows_all(learning_rate: float) -> None:
    experiment = of("spirals", run(optimizer="adam", learning_rate=learning_rate), model=MODELS["mlp"](hidden=(64, 64)), epochs=60)
    spirals = replace(experiment, dataset=DATASETS["spirals"](rows=1000))
    assert "dead_units" not in said(spirals)


def test_clipping_is_named_not_the_rate() -> None:
    found = said(of("moons", run(optimizer="momentum", learning_rate=0.03, clip_norm=0.001)))
    assert "too_slow" not in found
    assert found["clipped"].change is not None
    assert found["clipped"].change.run.clip_norm == 0


def test_a_class_with_a_row_or_two_is_not_collapsed_over() -> None:
    found = said(of("moons", run(optimizer="adam", learning_rate=0.01), corruption=Corruption(rarest=0.02, everywhere=True)))
    assert "collapsed" not in found


def test_nothing_is_proposed_at_the_noise_floor() -> None:
    """A cosine schedule did nothing in ten of ten runs that had reached the noise; no word is said of them now."""
    for dataset, values in (("line", {"noise": 1.5}), ("sine", {"noise": 1.0, "rows": 600}), ("moons", {"noise": 0.4, "rows": 600})):
        loss = "cross_entropy" if dataset == "moons" else "squared_error"
        experiment = of(dataset, run(loss, "adam", 0.01), model=LINEAR if dataset == "line" else NARROW, epochs=60)
        found = said(replace(experiment, dataset=DATASETS[dataset].from_dict(values)))
        assert all(finding.change is None or finding.kind == "still_improving" for finding in found.values()), found


def test_overconfidence_has_no_button() -> None:
    """Label smoothing made the calibration error worse in four of eight runs."""
    experiment = of("digits", run(optimizer="adam", learning_rate=0.01), model=WIDE, epochs=40, corruption=Corruption(training_share=0.1, wrong_labels=0.2))
    result = train(experiment)
    for finding in diagnose(result, 0):
        if finding.kind == "miscalibrated":
            assert finding.change is None


def test_too_little_said_before() -> None:
    """Strong dropout, a half-missed rare class, one epoch, a far too small net: nothing was said of them."""
    adam = run(optimizer="adam", learning_rate=0.01)
    assert "held_back" in said(of("digits", replace(adam, dropout=0.9), epochs=10))
    assert "few_epochs" in said(of("digits", adam, epochs=1))
    tiny = said(of("digits", adam, model=MODELS["mlp"](hidden=(2,)), epochs=40))
    assert tiny["underfits"].change is not None
    assert tiny["underfits"].change.run.model == MODELS["mlp"](hidden=(64,))
    assert said(of("sine", run("squared_error", "adam", 1e-3)))


def test_noise_in_the_features_is_no_call_for_dropout() -> None:
    """Dropout 0.5 was offered where only the training loss fell, and helped in none of nine."""
    found = said(of("digits", run(optimizer="adam", learning_rate=0.003), model=WIDE, epochs=20, corruption=Corruption(feature_noise=3.0)))
    assert found
    assert all(finding.change is None or not finding.change.run.dropout for finding in found.values())


def test_a_pixel_that_is_in_no_row_of_few_is_chance() -> None:
    """That a feature first varies beyond the training rows is said where rows without an order would hardly do that."""
    assert "first_varies" not in said(of("digits", run(optimizer="adam", learning_rate=0.01), corruption=Corruption(training_share=0.05)))


def test_scores_that_are_too_large_are_measured_by_what_they_are_best_divided_by() -> None:
    """Five times the weights of a linear model are five times its scores."""
    result = train(of("blobs", run(optimizer="adam", learning_rate=0.03), model=LINEAR))
    plain = Evidence(result, 0, None, Reference(result.data))
    larger = replace(result, snapshots={epoch: 5 * params for epoch, params in result.snapshots.items()})
    found = Evidence(larger, 0, None, plain.reference).sharpness
    assert found.divisor == pytest.approx(5 * plain.sharpness.divisor, rel=1e-3)
    assert found.after == pytest.approx(plain.sharpness.after, rel=1e-4)
    assert found.sure**2 == pytest.approx(2 * (found.before - found.after) * (result.data.split("validation").stop - result.data.n_train))
