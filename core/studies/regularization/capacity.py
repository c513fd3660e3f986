"""Under- and overfitting: experiments with models of growing size on the same few rows, and a verdict on each model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.datasets import DATASETS, Dataset
from core.datasets.regression import Sine
from core.experiment import Experiment, Run
from core.losses import LOSSES
from core.models import MLP, Linear, Model
from core.optimizers import OPTIMIZERS
from core.preparation.corruption import Corruption
from core.schedules import SCHEDULES
from core.tasks import CLASSIFICATION
from core.training.results import Result
from core.words import Said

#: the models by title, the smallest first; the runs of an experiment share a model, so each model has an experiment of its own
ON_A_CURVE: dict[Said, Model] = {
    Said("straight line"): Linear(),
    Said("{units} units", units=4): MLP(hidden=(4,), activation="tanh"),
    Said("{units} units", units=64): MLP(hidden=(64,), activation="tanh"),
    Said("{first} + {second} units", first=128, second=128): MLP(hidden=(128, 128), activation="tanh"),
}
#: also those on own data
ON_DIGITS: dict[Said, Model] = {Said("linear"): Linear(), **{Said("{units} units", units=units): MLP(hidden=(units,)) for units in (4, 16, 256)}}
#: what may be found of a model, with its title
BEST, UNDERFITS, OVERFITS, BETWEEN = "best", "underfits", "overfits", "between"
VERDICTS = {BEST: Said("best here"), UNDERFITS: Said("underfits"), OVERFITS: Said("overfits"), BETWEEN: Said("a larger one is better")}
#: the splits on which each model is judged, each with initial weights of its own
SPLITS = 3
#: rows of the curve that are validated on, that are drawn, and that are for tests; the seed of their split
VALIDATED, _DRAWN, _TESTED, _SPLIT = 400, 1000, 20, 2
#: a validation loss above this many times the lowest one counts as higher
_CLEARLY = 1.1
#: the updates of an epoch on few rows, and the share of all rows that could train
_UPDATES, _TRAINING = 4, 0.6


def on_a_curve(rows: int, noise: float, split_seed: int = _SPLIT) -> tuple[Experiment, ...]:
    """Return one experiment per model of `ON_A_CURVE`, on `rows` training rows of a noisy sine, as one batch.

    The validation rows are `VALIDATED` others, the same for any `rows`: so few as train would be lucky or unlucky, and the loss on them often below that
    on the training rows. The rate falls to 0, so that the losses of the last epoch are no accident of its last steps.
    """
    run = Run(loss=LOSSES["squared_error"](), optimizer=OPTIMIZERS["adam"](), learning_rate=0.02, schedule=SCHEDULES["cosine"]())
    few = Corruption(training_share=rows / (_DRAWN - VALIDATED - _TESTED))
    linear = Experiment(
        dataset=Sine(rows=_DRAWN, noise=noise), model=Linear(), runs=(run,), epochs=800, batch_size=0, validation_share=VALIDATED / _DRAWN,
        test_share=_TESTED / _DRAWN, split_seed=split_seed, corruption=few,
    )  # fmt: skip
    return tuple(replace(linear, model=model) for model in ON_A_CURVE.values())


def on_digits(training_share: float, wrong_labels: float) -> tuple[Experiment, ...]:
    """Return one experiment per model of `ON_DIGITS`, on a share of digits' training rows with a share of wrong labels."""
    run = Run(loss=LOSSES["cross_entropy"](), optimizer=OPTIMIZERS["adam"](), learning_rate=5e-3)
    rows = Corruption(training_share=training_share, wrong_labels=wrong_labels)
    linear = Experiment(dataset=DATASETS["digits"](), model=Linear(), runs=(run,), epochs=60, corruption=rows)
    return tuple(replace(linear, model=model) for model in ON_DIGITS.values())


def on_own(own: Dataset, training_share: float, rows: int) -> tuple[Experiment, ...]:
    """Return one experiment per model of `ON_DIGITS`, on a share of the training rows of a table of `rows` rows that was brought.

    Where they are few, the batches are small, so that an epoch has at least `_UPDATES` updates, as few rows of digits have.
    """
    loss = LOSSES["cross_entropy" if own.task == CLASSIFICATION else "squared_error"]()
    run = Run(loss=loss, optimizer=OPTIMIZERS["adam"](), learning_rate=5e-3)
    batch_size = min(32, max(1, round(_TRAINING * training_share * rows) // _UPDATES))
    linear = Experiment(
        dataset=own, model=Linear(), runs=(run,), epochs=60, batch_size=batch_size, corruption=Corruption(training_share=training_share)
    )  # fmt: skip
    return tuple(replace(linear, model=model) for model in ON_DIGITS.values())


def on_splits(experiments: Sequence[Experiment]) -> tuple[Experiment, ...]:
    """Return the experiments on each of `SPLITS` splits, split by split, the first one as it is."""
    return tuple(
        replace(experiment, split_seed=experiment.split_seed + split, first_seed=experiment.first_seed + split)
        for split in range(SPLITS) for experiment in experiments
    )  # fmt: skip


@dataclass(frozen=True)
class Fit:
    """The losses of one model, as means over splits and seeds: at the last epoch on training and validation rows, and the lowest one on validation rows."""

    train: float
    validation: float
    lowest: float


def fit(results: Sequence[Result]) -> Fit:
    """Return the losses of the only run of a model's experiments, one on each split. The lowest validation loss is that of any epoch of the mean."""
    train, validation = (
        np.mean([result.values("loss", split)[..., 0].mean(axis=1) for result in results], axis=0) for split in ("train", "validation")
    )
    return Fit(float(train[-1]), float(validation[-1]), float(validation.min()))


def fits(results: Sequence[Result]) -> list[Fit]:
    """Return the losses of each model, from the results of `on_splits`."""
    models = len(results) // SPLITS
    return [fit(results[model::models]) for model in range(models)]


def verdicts(fits: Sequence[Fit]) -> list[str]:
    """Return one of `VERDICTS` per model, in the order of `fits`, the smallest model first. Losses are those at the last epoch.

    `BEST`: the validation loss is at most `_CLEARLY` times the lowest validation loss of all models.
    `UNDERFITS`: otherwise, the training loss is above that lowest validation loss, so more rows would not help.
    `OVERFITS`: otherwise, if no larger model has a validation loss that is clearly lower, too: size is then to blame.
    `BETWEEN`: otherwise.
    """
    lowest, found = min(model_fit.validation for model_fit in fits), []
    for i, model_fit in enumerate(fits):
        larger_is_better = any(_CLEARLY * other.validation < model_fit.validation for other in fits[i + 1 :])
        otherwise = UNDERFITS if model_fit.train > lowest else BETWEEN if larger_is_better else OVERFITS
        found.append(BEST if model_fit.validation <= _CLEARLY * lowest else otherwise)
    return found
