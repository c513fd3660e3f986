"""Changes of a run that findings propose."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from core.experiment import Experiment, Run
from core.models import MODELS, Model
from core.penalties import PENALTIES
from core.words import Figure, Said

#: the units of a hidden layer that is proposed
UNITS = 64


@dataclass(frozen=True)
class Change:
    """A changed run to try; `words` name the change."""

    words: Said
    run: Run


@dataclass(frozen=True)
class Shared:
    """A change of what all runs share, named by `words`: another seed of the split, or a feature that is left out."""

    words: Said
    split_seed: int | None = None
    feature: str = ""


def another_split(experiment: Experiment) -> Shared:
    """Return the change to the next seed of the split."""
    seed = experiment.split_seed + 1
    return Shared(Said("split seed {seed}", seed=seed), split_seed=seed)


def without_feature(experiment: Experiment, feature: str) -> Shared | None:
    """Return the change that leaves a feature out; None if the data are not a person's own."""
    return Shared(Said("without “{name}”", name=feature), feature=feature) if experiment.dataset.brought else None


def with_rate(run: Run, rate: float) -> Change:
    """Return the change to a learning rate. It is rounded to the nearest of 1, 2, 3 and 5 times a power of ten, which are the stops of the slider."""
    decade = math.floor(math.log10(rate))
    stops = [float(f"{mantissa}e{exponent}") for exponent in (decade, decade + 1) for mantissa in (1, 2, 3, 5)]
    rounded = min(stops, key=lambda stop: abs(math.log(stop / rate)))
    return Change(Said("η {rate}", rate=Figure(rounded, "g")), replace(run, learning_rate=rounded))


def clipped(run: Run, norm: float) -> Change:
    """Return the change that shortens gradients to a norm."""
    return Change(Said("clipping at {norm}", norm=Figure(norm, "g")), replace(run, clip_norm=norm))


def looser(run: Run, widths: tuple[int, ...]) -> Change | None:
    """Return the change that removes the run's penalty, else its dropout, else its max-norm; None if it has none of them.

    `widths` are the widths of the model's hidden layers.
    """
    if run.penalty.kind != "none":
        return Change(Said("no penalty"), replace(run, penalty=PENALTIES["none"]()))
    if run.dropout and widths:
        return Change(Said("no dropout"), replace(run, dropout=0.0))
    if run.max_norm:
        return Change(Said("no max-norm"), replace(run, max_norm=0.0))
    return None


def slower(run: Run, factor: float) -> Change:
    """Return the change to a learning rate that is smaller by `factor`, or by the root of what parts it from the optimizer's suggested one, if that is more.

    That root is the middle, on a logarithmic scale, between a rate that is too large and one that is usually right.
    """
    return with_rate(run, min(run.learning_rate / factor, math.sqrt(run.learning_rate * run.optimizer.learning_rate)))


def usual(run: Run) -> Change:
    """Return the change to the optimizer's suggested learning rate."""
    return with_rate(run, run.optimizer.learning_rate)


def faster(run: Run, factor: float) -> Change:
    """Return the change to a learning rate that is larger by `factor`, or to the optimizer's suggested rate if that is larger still.

    The new rate is at most a thousand times the old one, unless `factor` is above 1000.
    """
    return with_rate(run, max(run.learning_rate * factor, min(run.optimizer.learning_rate, run.learning_rate * 1000)))


def larger(run: Run, model: Model) -> Change | None:
    """Return the change to a hidden layer of `UNITS` units; None for a model that has as many in each of its hidden layers."""
    if model.widths and min(model.widths) >= UNITS:
        return None
    activation = model.nonlinearity if model.widths else "relu"
    wide = MODELS["mlp"].from_dict({"hidden": [max(UNITS, width) for width in model.widths] or [UNITS], "activation": activation})
    return Change(Said("{units} units", units=UNITS), replace(run, model=wide))


def straighter(run: Run, model: Model) -> Change:
    """Return the change to ReLU units in the same layers."""
    return Change(Said("ReLU units"), replace(run, model=MODELS["mlp"].from_dict({"hidden": list(model.widths), "activation": "relu"})))
