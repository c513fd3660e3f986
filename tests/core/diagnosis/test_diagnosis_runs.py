"""The diagnosis on real trainings: runs that show what a rule says, and that what it advises takes it away or lessens it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest

from core.class_weights import CLASS_WEIGHTS
from core.datasets import DATASETS
from core.diagnosis import RULES, Evidence, Reference, diagnose, stable_rates
from core.diagnosis.changes import faster, slower
from core.diagnosis.fit_rules import longest_wait
from core.diagnosis.rates import MOST_RATES, smaller_rates
from core.experiment import Experiment, digits_experiment
from core.inspection.calibration import reliability
from core.models import MODELS
from core.optimizers import OPTIMIZERS
from core.penalties import PENALTIES
from core.preparation.corruption import Corruption
from core.training import limits, train
from core.training.results import Result
from tests.small import LINEAR, run, small

WIDE = MODELS["mlp"](hidden=(16,))
DEEP = MODELS["mlp"](hidden=(8, 8, 8, 8), activation="sigmoid")
FEW = Corruption(training_share=0.1)
RELU = MODELS["mlp"](hidden=(64,))


def one(dataset: str, *runs: object, **others: object) -> Experiment:
    chosen = {"model": WIDE, "epochs": 20, "batch_size": 32, "seeds": 1, "dtype": "float32"} | others
    return small(*runs, dataset=DATASETS[dataset](), **chosen)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Case:
    """A run that shows something; what its advice betters (a metric of the last record, on which rows), and whether it takes it away; whether it advises."""

    kind: str
    experiment: Experiment
    metric: str = "loss"
    split: str = "validation"
    cures: bool = True
    advised: bool = True


CLIPPED = run("squared_error", "sgd", 0.1, clip_norm=0.001)
BLURRED = one("digits", run(optimizer="adam", learning_rate=0.003), corruption=Corruption(wrong_labels=0.3))
RARE = run(optimizer="adam", learning_rate=1e-3, class_weights=CLASS_WEIGHTS["balanced"]())
CASES = (
    Case("diverged", one("moons", run(learning_rate=10.0)), "accuracy"),
    Case("zero_gradient", one("moons", run("zero_one")), "accuracy"),
    Case("dead_units", one("sine", run("squared_error", "momentum", 0.03), model=RELU), "r2"),
    Case("exploding_gradient", one("line", run("squared_error", learning_rate=1.15), model=LINEAR, epochs=8), "r2"),
    Case("oscillates", one("line", run("squared_error", learning_rate=1.0), model=LINEAR), "r2"),
    Case("vanishing_gradient", one("moons", run(), model=DEEP, epochs=30), split="train", cures=False),
    Case("too_slow", one("moons", run(learning_rate=1e-4))),
    Case("too_fast", one("digits", run(optimizer="adam", learning_rate=1.0), model=RELU, corruption=Corruption(training_share=0.4)), "log_loss"),
    Case("poor_loss", one("line", run("tukey"), model=LINEAR, corruption=Corruption(outliers=0.2, outlier_size=10.0)), "r2"),
    Case("collapsed", one("moons", run(learning_rate=0.01), corruption=Corruption(rarest=0.03)), "balanced_accuracy"),
    Case("rare_class", one("moons", run(optimizer="adam", learning_rate=0.003), corruption=Corruption(rarest=0.1), model=LINEAR), "balanced_accuracy"),
    Case("held_back", one("moons", run(penalty=PENALTIES["l2"](strength=1.0))), "accuracy"),
    Case("held_back", one("digits", run(max_norm=0.1), epochs=20, model=RELU), "accuracy"),
    Case("held_back", one("line", run("squared_error", learning_rate=0.03, penalty=PENALTIES["l2"](strength=5.0)), model=LINEAR), "r2", "train"),
    Case("clipped", one("line", CLIPPED, model=LINEAR), "r2"),
    Case("few_epochs", one("moons", run(optimizer="adam", learning_rate=0.01), epochs=1), advised=False),
    Case("few_rows", one("moons", run(optimizer="adam", learning_rate=0.01), corruption=FEW), advised=False),
    Case("wrong_labels", BLURRED, advised=False),
    Case("shifted", one("wine", run(optimizer="adam", learning_rate=0.01), corruption=Corruption(feature_noise=2.0)), advised=False),
    Case("outliers", one("line", run("squared_error", "adam", 0.03), model=LINEAR, corruption=Corruption(outliers=0.2)), "r2"),
    Case("overfits", one("diabetes", run("squared_error", "momentum", 0.01), model=RELU, epochs=60)),
    Case("overfits", one("digits", run(optimizer="momentum", learning_rate=0.03), corruption=FEW, epochs=40, model=RELU), advised=False),
    Case("exploded_loss", one("digits", RARE, corruption=Corruption(rarest=0.01), epochs=40, model=RELU), advised=False),
    Case("underfits", one("spirals", run(optimizer="adam", learning_rate=0.003), model=LINEAR), "accuracy", cures=False),
    Case("miscalibrated", one("digits", run("focal", "adam", 1e-3), model=RELU), "calibration"),
    Case("still_improving", one("digits", run(optimizer="adam", learning_rate=2e-4), model=RELU), cures=False),
    # it knows all that others know of the rows, so there is little that larger steps could bring
    Case("still_improving", one("wine", run(optimizer="adam", learning_rate=1e-3), model=RELU), advised=False),
)  # fmt: skip
#: rules that need a table of their own, or no advice: `test_data_rules`, `test_hidden_rules`
WITH_TABLES = {"first_varies", "leak", "lucky_split", "thin_class", "loss_gap"}


@cache
def trained(experiment: Experiment) -> Result:
    return train(experiment)


def measured(result: Result, case: Case) -> float:
    """Return the case's metric at the end, turned so that less is better."""
    if case.metric == "calibration":
        probabilities = result.experiment.runs[0].loss.probabilities(Evidence(result, 0, None, Reference(result.data)).scores("validation"))
        assert probabilities is not None
        return reliability(probabilities.max(axis=-1), probabilities.argmax(axis=-1) == result.data.truth[result.data.split("validation")]).error
    value = float(result.at(result.last, case.metric, case.split)[0, 0])
    return -value if result.described[case.metric].higher_is_better else value


def test_every_rule_has_a_case() -> None:
    assert {case.kind for case in CASES} | WITH_TABLES == {rule.kind for rule in RULES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind}-{case.experiment.dataset.kind}")
def test_it_is_said_and_what_is_advised_helps(case: Case) -> None:
    before = trained(case.experiment)
    searched = stable_rates(case.experiment, 0, before.data) if case.kind == "diverged" else None
    finding = next(finding for finding in diagnose(before, 0, searched) if finding.kind == case.kind)
    assert (finding.change is not None) == case.advised
    if finding.change is None:
        return
    after = trained(replace(case.experiment, runs=(finding.change.run,)))
    if case.cures:
        assert case.kind not in {other.kind for other in diagnose(after, 0)}
    assert measured(after, case) < measured(before, case)


@pytest.mark.parametrize(
    "experiment",
    [
        replace(digits_experiment(), epochs=40),
        one("moons", run(learning_rate=0.3), run(optimizer="adam", learning_rate=0.01), epochs=40),
        one("line", run("squared_error"), run("huber"), model=LINEAR),
    ],
    ids=["digits", "moons", "line"],
)
def test_nothing_grave_is_said_of_ordinary_runs(experiment: Experiment) -> None:
    result = trained(experiment)
    said = {finding.kind for i in range(len(experiment.runs)) for finding in diagnose(result, i)}
    assert said <= {"still_improving", "miscalibrated"}


def test_a_finding_of_seed_0_says_so() -> None:
    result = train(replace(CASES[2].experiment, seeds=3))
    assert " are dead (seed 0): " in str(diagnose(result, 0)[0].sentence)


# Rates


@pytest.mark.parametrize(
    ("rate", "expected"), [(100.0, (50.0, 20.0, 10.0, 5.0)), (0.3, (0.2, 0.1, 0.05, 0.02)), (1e-5, (5e-6, 2e-6, 1e-6, 5e-7)), (2e-3, (1e-3, 5e-4, 2e-4, 1e-4))]
)
def test_smaller_rates_are_stops_of_a_ladder(rate: float, expected: tuple[float, ...]) -> None:
    assert smaller_rates(rate, 4) == expected
    assert len(smaller_rates(rate)) == MOST_RATES


def test_the_search_finds_what_training_each_rate_finds() -> None:
    experiment = one("moons", run(), run("hinge", "momentum", 30.0), seeds=2, epochs=4)
    found = stable_rates(experiment, 1, trained(experiment).data, most_seconds=60)
    assert found.through == experiment.epochs
    alone = {rate: train(replace(experiment, runs=(replace(experiment.runs[1], learning_rate=rate),))) for rate in found.tried}
    stable = [rate for rate, result in alone.items() if (result.diverged_at < 0).all()]
    assert found.stable == max(stable) < found.tried[0], "some of the rates diverge"
    assert found.best == min(stable, key=lambda rate: np.median(alone[rate].at(alone[rate].last, "loss")))


def test_the_search_is_bounded() -> None:
    experiment = one("moons", run(learning_rate=10.0), epochs=2000)
    found = stable_rates(experiment, 0, trained(replace(experiment, epochs=1)).data, most_seconds=0)
    assert found.through == 1


def test_a_stack_that_would_be_too_large_takes_fewer_rates(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = one("moons", run(learning_rate=10.0), seeds=2, epochs=2)
    data = trained(experiment).data
    size = 2 * experiment.model.n_params(2, 2)
    monkeypatch.setattr(limits, "MAX_STACKED_PARAMS", 5 * size + 1)
    assert len(stable_rates(experiment, 0, data).tried) == 5


def test_changed_rates_are_stops_of_the_dial_and_head_for_the_suggested_one() -> None:
    suggested = OPTIMIZERS["sgd"].learning_rate
    assert slower(run(learning_rate=10.0), 3).run.learning_rate == 1.0  # the middle, on a logarithmic scale
    assert slower(run(learning_rate=0.3), 3).run.learning_rate == suggested
    assert slower(run(learning_rate=0.02), 3).run.learning_rate == 5e-3
    assert faster(run(learning_rate=1e-6), 10).run.learning_rate == 1e-3
    assert faster(run(learning_rate=1e-3), 10).run.learning_rate == suggested
    assert faster(run(learning_rate=0.3), 3).run.learning_rate == 1.0
    assert str(faster(run(learning_rate=0.3), 3).words) == "η 1"


@pytest.mark.parametrize(("losses", "wait"), [((3.0, 2.0, 1.0), 1), ((3.0, 4.0, 4.0, 2.0, 1.0), 3), ((1.0,), 0)])
def test_patience_outlasts_the_longest_wait(losses: tuple[float, ...], wait: int) -> None:
    assert longest_wait(np.array(losses)) == wait
