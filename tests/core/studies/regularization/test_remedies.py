"""Remedies against overfitting, and models of growing size: set-ups that differ in what they say, and the verdicts of the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from core.experiment import Experiment
from core.parameters.labels import differences
from core.studies.regularization import capacity
from core.studies.regularization.capacity import Fit
from core.studies.regularization.remedies import MORE, SPLITS, Outcome, Remedies, outcomes
from core.studies.regularization.views import Fit as Opening
from core.training import train

#: the experiments of each split of digits
KINDS = 3


def test_each_remedy_is_the_only_difference() -> None:
    few, small, more = Remedies().experiments()[:KINDS]
    for run in few.runs[1:]:
        assert len(set(differences((few.runs[0], run))) - {"label"}) == 1
    assert small.model != few.model
    assert replace(small, model=few.model, runs=few.runs) == few
    assert more.corruption.training_share == MORE * few.corruption.training_share
    assert replace(more, corruption=few.corruption, runs=few.runs) == few
    assert replace(small.runs[0], label="") == replace(more.runs[0], label="") == replace(few.runs[0], label="")
    assert Remedies(training_share=0.5).experiments()[2].corruption.training_share == 1
    assert Remedies(training_share=0.5).experiments()[2].runs[0].label == "2 × the rows"


def test_what_helps_here_and_what_does_not() -> None:
    """The verdicts that the view opens with, on the test rows of five splits."""
    experiments = Remedies().experiments()
    assert {(each.split_seed, each.first_seed) for each in experiments} == {(split, split) for split in range(SPLITS)}
    found = {each.label: each for each in outcomes([train(each) for each in experiments])}
    none = found["no remedy"]
    assert none.gap > 0.5
    verdicts = {label: each.against(none, "log_loss") for label, each in found.items()}
    assert verdicts.pop("label smoothing") < 1
    assert verdicts.pop("16 units, not 64") < 1
    assert verdicts == {"no remedy": 0, "L2": 1, "dropout": 1, "early stopping": 1, "max-norm": 1, "4 × the rows": 0}


def test_a_verdict_needs_every_split() -> None:
    def outcome(*losses: float) -> Outcome:
        values = {"log_loss": np.array(losses), "accuracy": 1 - np.array(losses)}
        return Outcome("", values, values, values)

    none = outcome(0.5, 0.6, 0.7)
    for metric in ("log_loss", "accuracy"):
        assert outcome(0.4, 0.5, 0.6).against(none, metric) == 1
        assert outcome(0.6, 0.7, 0.8).against(none, metric) == -1
        assert outcome(0.1, 0.2, 0.71).against(none, metric) == outcome(0.5, 0.6, 0.7).against(none, metric) == 0


def test_early_stopping_ends_at_its_best_epoch() -> None:
    """On the first two splits."""
    results = [train(replace(each, runs=Remedies().runs()[3:4])) for each in Remedies().experiments()[: 2 * KINDS]]
    ended = outcomes(results)[0].validation["log_loss"]
    np.testing.assert_array_equal(ended, [np.nanmin(result.values("log_loss")[..., 0]) for result in results[::KINDS]])


def test_verdicts_on_models_of_growing_size() -> None:
    fits = [Fit(0.9, 1.0, 0.9), Fit(0.25, 0.3, 0.3), Fit(0.2, 0.32, 0.3), Fit(0.01, 0.6, 0.3)]
    assert capacity.verdicts(fits) == ["underfits", "best", "best", "overfits"]
    # size is not to blame for what a larger model does not do
    assert capacity.verdicts([Fit(0.1, 0.6, 0.5), Fit(0.1, 0.7, 0.5), Fit(0.1, 0.3, 0.3)]) == ["between", "between", "best"]
    assert capacity.verdicts([Fit(0.1, 0.6, 0.5), Fit(0.1, 0.3, 0.3), Fit(0.1, 0.7, 0.5)]) == ["between", "best", "overfits"]
    # of two that are about as bad, the smaller one is no less too large
    assert capacity.verdicts([Fit(0.1, 0.3, 0.3), Fit(0.1, 0.62, 0.5), Fit(0.1, 0.6, 0.5)]) == ["best", "overfits", "overfits"]


def fits_of(experiments: Sequence[Experiment]) -> list[Fit]:
    """Return the losses of each model over all splits."""
    return capacity.fits([train(experiment) for experiment in capacity.on_splits(experiments)])


@pytest.mark.parametrize("split_seed", [(), *(pytest.param((seed,), marks=pytest.mark.proof) for seed in (5, 8, 11, 14))])
def test_a_line_underfits_the_curve_and_a_large_network_overfits_it(split_seed: tuple[int, ...]) -> None:
    """The verdicts that the view opens with, and on other splits. That on the network of 64 units is another one from three splits to the next."""
    opening = Opening()
    fits = fits_of(capacity.on_a_curve(opening.rows, opening.noise, *split_seed))
    verdicts = capacity.verdicts(fits)
    assert (*verdicts[:2], verdicts[3]) == ("underfits", "best", "overfits")
    assert fits[-1].lowest < 0.9 * fits[-1].validation, "early stopping would have ended lower"
    assert all(model_fit.validation > 1.5 * model_fit.train for model_fit in fits[1:]), "no network is as good on rows that it has not seen"


@pytest.mark.proof
def test_more_rows_close_the_gap_and_do_not_save_a_line() -> None:
    """On a split of another seed, too, no validation loss is below the training loss by luck."""
    few, many = (fits_of(capacity.on_a_curve(rows, 0.3, 4)[:3]) for rows in (20, 150))
    assert capacity.verdicts(many)[0] == "underfits"
    assert many[0].train > 0.9 * few[0].train, "a line has hardly a gap to close: it stays as far from the curve"
    for before, after in zip(few[1:], many[1:], strict=True):
        assert 0 < after.validation - after.train < before.validation - before.train
    assert many[0].validation > many[0].train


@pytest.mark.proof
@pytest.mark.parametrize("noise", [0.1, 0.3, 0.5])
@pytest.mark.parametrize("rows", [15, 20, 50, 150])
def test_no_position_of_the_dials_has_a_lucky_split(rows: int, noise: float) -> None:
    for experiment in capacity.on_a_curve(rows, noise):
        model_fit = capacity.fit([train(experiment)])
        assert model_fit.validation > model_fit.train


def test_validation_is_on_many_rows_that_do_not_depend_on_those_that_train() -> None:
    few, many = (train(replace(capacity.on_a_curve(rows, 0.3)[0], epochs=1)).data for rows in (15, 150))
    assert (few.n_train, many.n_train) == (15, 150)
    of_few, of_many = (data.rows[data.split("validation")] for data in (few, many))
    assert len(of_few) == capacity.VALIDATED == 400
    np.testing.assert_array_equal(of_few, of_many)
    assert set(few.rows[: few.n_train]) < set(many.rows[: many.n_train]), "more rows are further rows"


def test_on_clean_digits_a_large_model_is_best() -> None:
    """And the small ones are not, whatever fits the training rows best."""
    experiments = capacity.on_digits(0.1, 0.0)
    assert len({experiment.split_seed for experiment in capacity.on_splits(experiments)}) == capacity.SPLITS >= 3
    fits = fits_of(experiments)
    assert min(fits, key=lambda each: each.validation) in fits[2:]
    assert fits[-1].train < 0.01


def test_splits_are_enough_for_a_verdict() -> None:
    assert 0.5**SPLITS < 0.05
