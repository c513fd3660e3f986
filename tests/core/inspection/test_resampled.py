"""Metrics on samples of the validation rows: they scatter about the metric as theory says, and alike for all runs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.class_weights import CLASS_WEIGHTS
from core.inspection.pictures import class_shares, predicted_classes
from core.inspection.resampled import BEST, LAST, resampled
from core.statistics import SAMPLES
from core.training import train
from core.training.metrics import SPLIT_METRICS
from tests.items import in_one
from tests.small import BLOBS, CURVE, run, small

RESULTS = {
    "classification": train(small(run(), dataset=replace(BLOBS, rows=800), seeds=1, epochs=8)),
    "weighted": train(small(run(class_weights=CLASS_WEIGHTS["manual"](values=(2.0,))), dataset=replace(BLOBS, rows=800), seeds=1, epochs=8)),
    "regression": train(small(run("huber"), dataset=replace(CURVE, rows=800), seeds=1)),
}


@in_one("kind,metric", [(kind, metric) for kind, result in RESULTS.items() for metric in SPLIT_METRICS[result.data.task]])
def test_they_scatter_about_the_metric(kind: str, metric: str) -> None:
    result = RESULTS[kind]
    for where in (BEST, LAST):
        position = (result.best_epoch if where == BEST else result.last)[0, 0]
        samples, value = resampled(result, metric, where), float(result.values(metric)[position, 0, 0])
        assert samples.shape == (SAMPLES,)
        assert 0 < samples.std() < 0.2 * abs(value)
        np.testing.assert_allclose(samples.mean(), value, atol=5 * samples.std() / np.sqrt(SAMPLES) + 0.02 * abs(value))


def test_shares_and_means_have_the_standard_error_of_the_books() -> None:
    result = RESULTS["classification"]
    rows, epoch = result.data.split("validation"), int(result.epochs[result.best_epoch[0, 0]])
    truth = result.data.truth[rows]
    right = predicted_classes(result, epoch, "validation")[0] == truth
    np.testing.assert_allclose(resampled(result, "accuracy").std(), right.std() / np.sqrt(len(truth)), rtol=0.2)
    losses = -np.log(class_shares(result, epoch, result.data.X[rows])[0][np.arange(len(truth)), truth])
    np.testing.assert_allclose(resampled(result, "log_loss").std(), losses.std() / np.sqrt(len(truth)), rtol=0.2)


def test_the_same_model_has_the_same_samples() -> None:
    """So that differences are of the same rows."""
    twice = train(small(run(), run(label="again"), seeds=1))
    np.testing.assert_array_equal(resampled(twice.alone(0), "accuracy"), resampled(twice.alone(1), "accuracy"))


@pytest.mark.parametrize("metric", ["accuracy", "loss"])
def test_a_diverged_run_has_the_samples_of_its_last_model(metric: str) -> None:
    lost = train(small(run("squared_error", learning_rate=1e6), seeds=1))
    assert lost.diverged_at[0, 0] > 0
    assert np.isfinite(resampled(lost, metric, LAST)).all()


def test_what_a_loss_does_not_define_is_not_known() -> None:
    assert np.isnan(resampled(train(small(run("hinge"), seeds=1)), "log_loss")).all()
