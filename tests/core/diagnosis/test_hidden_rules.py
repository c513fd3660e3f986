"""What metrics hide: a class of a few rows, losses that part where the accuracy does not, and a tail that the logarithm takes away."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.datasets import DATASETS, Table
from core.datasets.own import Own
from core.diagnosis import Evidence, Finding, Reference, diagnose
from core.diagnosis.hidden_rules import LossGap
from core.experiment import Experiment
from core.losses import LOSSES
from core.models import MODELS
from core.preparation.corruption import Corruption
from core.tasks import REGRESSION
from core.training import train
from tests.core.diagnosis.test_data_rules import CLASSES, of, own, said
from tests.small import run


def with_class(rows: int) -> Table:
    """Return moons with a third class of so many rows, far from the others."""
    table = CLASSES.dataset.load()
    X = np.concatenate([table.X, np.random.default_rng(0).normal(6, 0.1, (rows, 2))])
    return replace(table, X=X, y=np.concatenate([table.y, np.full(rows, 2)]), outputs=("a", "b", "rare"))


def test_a_class_of_a_few_rows_is_named_with_its_rows() -> None:
    found = said(own(CLASSES), with_class(4))["thin_class"]
    assert "Class “rare” has 4 rows: 2 to train on, 1 to validate, 1 to test." in str(found.sentence)
    assert "thin_class" not in said(own(CLASSES), with_class(20))


def test_several_of_them_are_counted() -> None:
    table = with_class(8)
    y = table.y.copy()
    y[-4:] = 3
    found = said(own(CLASSES), replace(table, y=y, outputs=("a", "b", "rare", "rarer")))["thin_class"]
    assert str(found.sentence).startswith("2 classes have hardly any rows in a split")


def gap(experiment: Experiment) -> Finding | None:
    result = train(experiment)
    return LossGap().finding(Evidence(result, 0, None, Reference(result.data)))


LONG = of("digits", run(optimizer="adam", learning_rate=0.01), epochs=60, model=MODELS["mlp"](hidden=(64,)), corruption=Corruption(training_share=0.2))


def test_losses_that_part_are_said_where_the_accuracy_hardly_differs() -> None:
    found = gap(LONG)
    assert found is not None
    assert "the training loss is" in str(found.sentence)
    assert "accuracy is 100% on the training rows, " in str(found.sentence)
    assert gap(replace(LONG, epochs=3)) is None


def test_what_says_more_takes_its_place() -> None:
    """An overfit model with another accuracy is said to overfit, and a probability that is wrong to be overconfident."""
    noisy = of("moons", run(optimizer="adam", learning_rate=0.03), epochs=200, model=MODELS["mlp"](hidden=(64, 64)))
    noisy = replace(noisy, dataset=DATASETS["moons"].from_dict({"noise": 0.4, "rows": 200}))
    kinds = [finding.kind for finding in diagnose(train(noisy), 0)]
    assert not {"overfits", "miscalibrated"} & set(kinds) or "loss_gap" not in kinds


def amounts(seed: int, low: float = 0.0) -> Table:
    """Return amounts whose errors are factors: a few are many times as large as the others."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(400, 3))
    y = np.exp(X @ [0.5, -0.3, 0.0] + rng.normal(0, 1.0, 400)) * 1000 - low
    return Table(X, np.maximum(y, 0)[:, None], ("a", "b", "c"), ("price",))


def of_amounts(targets: str) -> Experiment:
    experiment = of("friedman1", run("squared_error", "adam", 0.01))
    return replace(experiment, dataset=Own(task=REGRESSION, targets=targets))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_logarithm_of_a_target_with_a_tail_is_proposed_and_helps(seed: int) -> None:
    experiment, table = of_amounts("above 0"), amounts(seed)
    found = said(experiment, table)["outliers"]
    assert found.change is not None
    assert found.other is not None
    assert (str(found.other.words), found.other.run.loss) == ("log target", LOSSES["squared_log_ratio"]())
    before, after = (train(replace(experiment, runs=(each,)), table=table) for each in (experiment.runs[0], found.other.run))
    error = [result.at(result.last, "mae")[0, 0] for result in (before, after)]
    assert error[1] < error[0]  # in the target's own unit


def test_the_logarithm_fits_the_targets_that_there_are() -> None:
    table = amounts(0)
    assert said(of_amounts("any number"), table)["outliers"].other is None
    zeros = replace(table, y=np.where(table.y < np.quantile(table.y, 0.05), 0, table.y))
    other = said(of_amounts("0 or more"), zeros)["outliers"].other
    assert other is None or other.run.loss.kind == "squared_log_error"


def test_outliers_that_are_no_tail_are_none_for_the_logarithm_either() -> None:
    """Targets that are wrong by a factor of a thousand are far off on the logarithm, too."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 3))
    y = 100 + 10 * X[:, 0] + rng.normal(0, 2, 400)
    y[rng.permutation(400)[:40]] *= 1000
    found = said(of_amounts("above 0"), Table(X, y[:, None], ("a", "b", "c"), ("price",)))["outliers"]
    assert found.other is None
