"""What a diagnosis is made of: the records of one run over its seeds, the change of a run that it proposes, and a rule that makes findings."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from core.diagnosis.rates import Rates
from core.experiment import Run
from core.penalties import PENALTIES
from core.tasks import CLASSIFICATION
from core.training.evaluation import scores_of
from core.training.results import Result
from core.training.stack import Meter, RunStack

Array = NDArray[Any]

#: the first gradient is taken over at most so many training rows
_GRADIENT_ROWS = 500


@dataclass(frozen=True)
class Change:
    """The run to try, and what is changed in it, in few words."""

    words: str
    run: Run


@dataclass(frozen=True)
class Finding:
    """What is to be said of a run: the kind of its rule, a sentence with the numbers, how grave it is, and what to try if a run has it.

    `severity` is `failure` (nothing was learned), `warning` (the result is worse than it need be) or `note`.
    """

    kind: str
    sentence: str
    severity: str
    change: Change | None = None


class Rule(ABC):
    """Something that can be said of a run, from its records alone."""

    kind: ClassVar[str]
    severity: ClassVar[str] = "warning"
    #: kinds of later rules that say nothing more once this one has spoken
    hides: ClassVar[frozenset[str]] = frozenset()
    #: nothing else is worth saying beside it
    alone: ClassVar[bool] = False

    @abstractmethod
    def finding(self, seen: Evidence) -> Finding | None:
        """Return what the records show, or None. With several seeds it is said if it holds for more than half of them."""

    def found(self, sentence: str, change: Change | None = None) -> Finding:
        """Return a finding of this rule."""
        return Finding(self.kind, sentence, self.severity, change)


@dataclass(frozen=True, eq=False)
class Evidence:
    """The records of run `index` of a result: arrays over its recorded epochs E and seeds S; snapshots are those of seed 0.

    `rates` is what a search among smaller learning rates found, for a run that diverged.
    """

    result: Result
    index: int
    rates: Rates | None = None

    @property
    def run(self) -> Run:
        """The run."""
        return self.result.experiment.runs[self.index]

    def values(self, metric: str, split: str = "validation") -> Array:
        """Return a metric, (E, S)."""
        return self.result.values(metric, split)[..., self.index]

    @cached_property
    def training(self) -> Array:
        """The run's own loss on the training rows, (E, S)."""
        return self.values("loss", "train")

    @cached_property
    def validation(self) -> Array:
        """The run's own loss on the validation rows, (E, S)."""
        return self.values("loss")

    @property
    def last(self) -> Array:
        """Position (S,) of each seed's last record."""
        return self.result.last[:, self.index]

    @property
    def best(self) -> Array:
        """Position (S,) of the lowest validation loss."""
        return self.result.best_epoch[:, self.index]

    @property
    def stopped(self) -> Array:
        """Whether early stopping ended each seed, (S,)."""
        return self.result.stopped_at[:, self.index] >= 0

    @cached_property
    def recent(self) -> int:
        """How many of the last records "lately" means: a fifth of them, and at least 3."""
        return max(3, len(self.result.epochs) // 5)

    @cached_property
    def fall(self) -> Array:
        """By what share of its first value the training loss has fallen at its lowest, (S,)."""
        first = np.abs(self.training[0])
        return (self.training[0] - np.nanmin(self.training, axis=0)) / np.maximum(first, np.finfo(float).tiny)

    def fallen(self, losses: Array) -> Array:
        """Return by how much losses (E, S) have fallen over each seed's latest records, (S,)."""
        before = np.take_along_axis(losses, np.maximum(self.last - self.recent, 0)[None], axis=0)[0]
        return before - np.take_along_axis(losses, self.last[None], axis=0)[0]

    def improved(self, losses: Array) -> Array:
        """Return the same as a share of what they were before, (S,)."""
        fallen = self.fallen(losses)
        before = np.take_along_axis(losses, self.last[None], axis=0)[0] + fallen
        return fallen / np.maximum(np.abs(before), np.finfo(float).tiny)

    @cached_property
    def steps(self) -> Array:
        """By what share of its first value the training loss rose in each epoch, (E - 1, S); negative where it fell."""
        return np.diff(self.training, axis=0) / np.maximum(np.abs(self.training[0]), np.finfo(float).tiny)

    def at(self, position: Array, metric: str, split: str = "validation") -> Array:
        """Return a metric (S,) at each seed's own position."""
        return np.take_along_axis(self.values(metric, split), position[None], axis=0)[0]

    def lately(self, values: Array) -> Array:
        """Return the mean (S,) of values (E, S) over each seed's latest records."""
        return np.array([values[max(0, end - self.recent + 1) : end + 1, seed].mean() for seed, end in enumerate(self.last)])

    def skill(self, split: str) -> Array:
        """Return how much of what can be known is known at each seed's last record, (S,): 0 for predicting the mean or the most frequent class, 1 for all.

        For classes (accuracy - share of the most frequent) / (1 - that share), of a regression R². Labels that were made wrong cannot be known.
        """
        data = self.result.data
        rows = data.split(split)
        if data.task != CLASSIFICATION:
            return self.at(self.last, "r2", split)
        most = np.bincount(data.truth[rows]).max() / (rows.stop - rows.start)
        within_reach = 1 - data.damaged[rows].mean()
        return (self.at(self.last, "accuracy", split) - most) / max(within_reach - most, np.finfo(float).eps)

    def fit_in_words(self, shows: Array) -> str:
        """Return the typical accuracy, or R² of a regression, at the last record, of training and validation rows."""
        name, title, form = ("accuracy", "accuracy", ".0%") if self.result.data.task == CLASSIFICATION else ("r2", "R²", ".2f")
        train, validation = (format(self.typical(self.at(self.last, name, split), shows), form) for split in ("train", "validation"))
        return f"{title} is {train} on the training rows, {validation} on the validation rows"

    # Over the seeds

    def holds(self, shows: Array) -> bool:
        """Return whether something shows (S,) in more than half of the seeds."""
        return bool(2 * shows.sum() > len(shows))

    def seeds(self, shows: Array) -> str:
        """Return how many of the seeds show it, in brackets, to follow on a word; nothing if all do."""
        return "" if shows.all() else f" ({shows.sum()} of {len(shows)} seeds)"

    def typical(self, values: Array, shows: Array) -> float:
        """Return the median of values (S,) over the seeds that show it; of an even number the lower one, so that it is the value of a seed."""
        return float(np.quantile(values[shows], 0.5, method="lower"))

    def epoch(self, position: Array, shows: Array) -> int:
        """Return the typical epoch of positions (S,)."""
        return int(self.typical(self.result.epochs[position], shows))

    @property
    def of_seed(self) -> str:
        """The same of something that is known of seed 0 alone."""
        return " (seed 0)" if self.result.experiment.seeds > 1 else ""

    # From the last snapshot of seed 0

    def scores(self, split: str) -> Array:
        """Return the scores (B, K) of a split's rows."""
        params = self.result.snapshots[max(self.result.snapshots)][self.index]
        with np.errstate(all="ignore"):
            return scores_of(self.result.experiment.model, params, self.result.data.X[self.result.data.split(split)])

    def silent_units(self) -> list[tuple[int, int]]:
        """Return for each hidden layer how many of its units are 0 for every training row although weights lead to them, and how many it has."""
        model, data = self.result.experiment.model, self.result.data
        params, X = self.result.snapshots[max(self.result.snapshots)][self.index], data.X[data.split("train")]
        with np.errstate(all="ignore"):
            _, inputs = model.forward(params, X)
        layers = model.unpack(params, X.shape[-1])
        return [
            (int((~units.any(axis=0) & weights.any(axis=0)).sum()), units.shape[-1]) for (weights, _), units in zip(layers, inputs[1:], strict=False)
        ]

    @cached_property
    def first_gradient(self) -> Array:
        """The gradient (P,) before the first update, penalty included, over some training rows."""
        result, run = self.result, self.run
        data, model, rows = result.data, result.experiment.model, slice(0, min(result.data.n_train, _GRADIENT_ROWS))
        stack = RunStack((run,), model, data, result.experiment.dtype)
        weights = stack.row_weights(data, rows)
        params = stack.start(result.snapshots[min(result.snapshots)][self.index][None])
        targets = {link: of_link.values[None, None, rows] for link, of_link in data.targets.items()}
        shares = (weights / max(weights.sum(), np.finfo(weights.dtype).tiny))[None]
        with np.errstate(all="ignore"):
            return stack.gradient(model, params, data.X[None, None, rows], targets, shares, Meter())[0, 0, : stack.n_params]

    def layer_gradients(self) -> Array:
        """Return the root mean square of `first_gradient` by each layer's weights, from the input on."""
        layers = self.result.experiment.model.unpack(self.first_gradient, self.result.data.X.shape[-1])
        return np.array([np.sqrt(np.square(weights).mean()) for weights, _ in layers])


# What can be changed


def with_rate(run: Run, rate: float) -> Change:
    """Return the run at a learning rate, rounded to the nearest of 1, 2, 3, 5 of its decade, which are the stops of the dial."""
    decade = math.floor(math.log10(rate))
    stops = [float(f"{mantissa}e{exponent}") for exponent in (decade, decade + 1) for mantissa in (1, 2, 3, 5)]
    rounded = min(stops, key=lambda stop: abs(math.log(stop / rate)))
    return Change(f"η {rounded:g}", replace(run, learning_rate=rounded))


def looser(run: Run, widths: tuple[int, ...]) -> Change | None:
    """Return the run without the first thing that holds it back, if there is one; `widths` are the hidden layers of its model."""
    if run.penalty.kind != "none":
        return Change("no penalty", replace(run, penalty=PENALTIES["none"]()))
    if run.dropout and widths:
        return Change("no dropout", replace(run, dropout=0.0))
    if run.max_norm:
        return Change("no max-norm", replace(run, max_norm=0.0))
    return None


def slower(run: Run, factor: float) -> Change:
    """Return the run at a rate that is smaller by a factor; at its optimizer's suggested rate if it is far above that, yet not below a hundredth."""
    return with_rate(run, min(run.learning_rate / factor, max(run.optimizer.learning_rate, run.learning_rate / 100)))


def faster(run: Run, factor: float) -> Change:
    """Return the run at a rate that is larger by a factor; at its optimizer's suggested rate if it is far below that."""
    return with_rate(run, max(run.learning_rate * factor, min(run.optimizer.learning_rate, run.learning_rate * 1000)))


def tighter(run: Run, widths: tuple[int, ...]) -> Change | None:
    """Return the run with dropout, or with a penalty of its weights where there are no hidden units; None if it has both already."""
    if widths and not run.dropout:
        return Change("dropout 0.5", replace(run, dropout=0.5))
    if run.penalty.kind == "none":
        return Change("L2 0.01", replace(run, penalty=PENALTIES["l2"].from_dict({"strength": 0.01})))
    return None


def percent(share: float) -> str:
    """Return a share in percent, with two significant digits where it is below 10 %."""
    return f"{100 * share:.{1 if abs(share) < 0.01 else 0}f}%"


def alternations(values: Array) -> float:
    """Return the share of neighbours that have different signs."""
    signs = np.sign(values)
    return float(np.mean([a != b for a, b in pairwise(signs)])) if len(signs) > 1 else 0.0
