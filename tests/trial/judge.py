"""The judge of the trial: it trains experiments on several splits, many as one stack, and compares them on their test rows."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets import Table
from core.diagnosis import Reference, learned
from core.experiment import MAX_STACK, Experiment
from core.preparation.split import Data
from core.tasks import CLASSIFICATION
from core.training import train
from core.training.results import Result

Array = NDArray[Any]

#: splits on which each experiment is trained, each with a seed of its own
SPLITS = 3
#: what counts as clearly better on the test rows: on all splits, and by so much skill on average, or at equal skill by this ratio of the losses
SKILL, RATIO = 0.01, 0.95


@dataclass(frozen=True, eq=False)
class Outcome:
    """What the weights that a run keeps are worth on the test rows of each split: `skill` (SPLITS,), 0 for the best constant; `loss` (SPLITS,)."""

    skill: Array
    loss: Array
    results: tuple[Result, ...]


class Clinic:
    """Trains experiments of one run, each on all splits, and keeps what it has trained. `tables`: of experiments on own data, by split."""

    def __init__(self) -> None:
        self._known: dict[str, Outcome] = {}
        self._learned: dict[str, dict[str, Any]] = {}

    def reference(self, data: Data) -> Reference:
        """Return the reference of these data, for each of which it is learned once."""
        same = _digest(data.X, data.truth, np.array(data.ends))
        if same not in self._learned:
            self._learned[same] = learned(data)
        return Reference(data, self._learned[same])

    def lighten(self, kept: Iterable[Outcome]) -> None:
        """Forget all results but those of some outcomes: of the others skill and loss are enough."""
        ids = {id(outcome) for outcome in kept}
        self._known = {key: each if id(each) in ids else light(each) for key, each in self._known.items()}

    def outcomes(self, experiments: Sequence[Experiment], tables: Sequence[Table] | None = None) -> list[Outcome]:
        """Return the outcome of each experiment."""
        own = " " + _digest(*(table.X for table in tables)) if tables is not None else ""
        keys = [experiment.to_json() + own for experiment in experiments]
        new = {key: experiment for key, experiment in zip(keys, experiments, strict=True) if key not in self._known}
        trained: dict[str, list[Result]] = {key: [] for key in new}
        for split in range(SPLITS):
            for company in _companies(new.items()):
                runs = tuple(replace(experiment.runs[0], model=experiment.models[0], batch_size=experiment.batch_sizes[0]) for _, experiment in company)
                together = replace(company[0][1], runs=runs, split_seed=split, first_seed=split, seeds=1)
                with warnings.catch_warnings():
                    warnings.simplefilter("error")
                    result = train(together, table=tables[split] if tables is not None else None)
                for i, (key, _) in enumerate(company):
                    trained[key].append(result.alone(i))
        self._known |= {key: outcome(results) for key, results in trained.items()}
        return [self._known[key] for key in keys]


def _digest(*arrays: Array) -> str:
    return " ".join(hashlib.sha256(array.tobytes()).hexdigest() for array in arrays)


def light(outcome: Outcome) -> Outcome:
    """Return the outcome without its results."""
    return replace(outcome, results=())


def other_learners(results: Sequence[Result]) -> list[Array]:
    """Return the skill (SPLITS,) on the test rows of a support vector machine and of a forest, each fitted to the training rows of a split."""
    from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor
    from sklearn.svm import SVC, SVR

    skills = []
    for result in results:
        data, (train, test) = result.data, (result.data.split(name) for name in ("train", "test"))
        truth = data.truth if data.task == CLASSIFICATION else data.truth[:, 0]
        classes = data.task == CLASSIFICATION
        learners = (
            (SVC(C=10.0), ExtraTreesClassifier(100, random_state=1)) if classes else (SVR(C=10.0), ExtraTreesRegressor(100, random_state=1))
        )  # fmt: skip
        offset, unit = (0, 1) if classes else (truth[train].mean(), truth[train].std())
        of_split = []
        for learner in learners:
            predicted = learner.fit(data.X[train], truth[train] if classes else (truth[train] - offset) / unit).predict(data.X[test])
            if classes:
                constant = np.bincount(truth[test]).max() / len(predicted)
                of_split.append(((predicted == truth[test]).mean() - constant) / (1 - constant))
            else:
                of_split.append(1 - np.square(predicted * unit + offset - truth[test]).mean() / truth[test].var())
        skills.append(of_split)
    return [np.array(skill) for skill in zip(*skills, strict=True)]


def _companies(experiments: Iterable[tuple[str, Experiment]]) -> list[list[tuple[str, Experiment]]]:
    """Return the experiments that can be trained as one, in lists of at most `MAX_STACK`."""
    groups: dict[str, list[tuple[str, Experiment]]] = {}
    for key, experiment in experiments:
        shared = json.dumps(experiment.to_dict() | {"runs": None, "model": None, "batch_size": None})
        groups.setdefault(shared, []).append((key, experiment))
    return [members[i : i + MAX_STACK] for members in groups.values() for i in range(0, len(members), MAX_STACK)]


def outcome(results: Sequence[Result]) -> Outcome:
    """Return the outcome of one run on all splits."""
    skills, losses = zip(*map(_judged, results), strict=True)
    return Outcome(np.array(skills), np.array(losses), tuple(results))


def _judged(result: Result) -> tuple[float, float]:
    """Return skill and loss of the only run, of the weights that it keeps, on the test rows."""
    run = result.experiment.runs[0]
    if result.diverged_at[0, 0] >= 0:
        return -1.0, 1e6
    end = result.best_epoch if run.patience else result.last
    value = {name: float(result.at(end, name, "test")[0, 0]) for name in result.metrics}
    return skill(result, value), loss(result, value)


def skill(result: Result, value: dict[str, float]) -> float:
    """Return 0 for the best constant prediction and 1 for a perfect one, at least -1.

    Of uneven classes it is that of the balanced accuracy; of a quantile it is one of its own loss; of other regressions it is R².
    """
    data, experiment = result.data, result.experiment
    if data.task == CLASSIFICATION:
        classes = len(data.outputs)
        if experiment.corruption.rarest < 1:
            return (value["balanced_accuracy"] - 1 / classes) / (1 - 1 / classes)
        rows = data.split("test")
        constant = np.bincount(data.truth[rows]).max() / (rows.stop - rows.start)
        return max(-1.0, (value["accuracy"] - constant) / (1 - constant))
    return max(-1.0, value["r2"])


def loss(result: Result, value: dict[str, float]) -> float:
    """Return the log loss of a classification, NaN for a loss without probabilities; the mean squared error of a regression."""
    if result.data.task == CLASSIFICATION:
        return value["log_loss"] if result.experiment.corruption.rarest == 1 else np.nan
    return value["mse"]


def compared(new: Outcome, old: Outcome, skill: float = SKILL, ratio: float = RATIO) -> int:
    """Return 1 if one outcome is clearly better than another, -1 if it is clearly worse, else 0. Skill decides before loss."""
    difference = new.skill - old.skill
    for sign in (1, -1):
        if (sign * difference > 0).all() and sign * difference.mean() >= skill:
            return sign
    if np.isfinite(new.loss).all() and np.isfinite(old.loss).all():
        fallen = np.log(new.loss) - np.log(old.loss)
        for sign in (1, -1):
            if (sign * fallen < 0).all() and sign * fallen.mean() <= np.log(ratio):
                return sign
    return 0
