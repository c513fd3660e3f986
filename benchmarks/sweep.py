"""Processor time of a penalty sweep in one stack against a loop over scikit-learn's SGD estimators: `python -m benchmarks.sweep`.

Forty strengths on the training rows of diabetes (linear regression) and of digits (softmax regression), one BLAS thread, equal numbers of epochs.
scikit-learn updates after every row in compiled code and fits ten one-vs-rest models to digits; it records nothing. Ours records every metric on training,
validation and test rows after each epoch; at batch size 1 it takes as many updates as scikit-learn, with a softmax over all classes.
"""

from __future__ import annotations

import statistics
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.linear_model import SGDClassifier, SGDRegressor
from threadpoolctl import threadpool_limits

from core import Experiment, Run
from core.datasets import DATASETS
from core.losses import LOSSES
from core.models import MODELS
from core.optimizers import OPTIMIZERS
from core.studies.regularization.sweep import POINTS, penalty
from core.training import advance, start
from core.training.state import TrainingState

REPEATS = 3
EPOCHS = 20
#: batch sizes of ours: the workbench's default, all rows at once, and scikit-learn's
BATCHES = (32, 0, 1)
#: a penalty of ours by scikit-learn's name for it
KINDS = {"l1_proximal": "l1", "l2": "l2", "elastic_net_proximal": "elasticnet"}
STRENGTHS = tuple(float(f"{strength:.3g}") for strength in np.geomspace(1e-4, 1.0, POINTS))


@dataclass(frozen=True)
class Task:
    """A data set, the loss of ours, and the estimator of scikit-learn, both at one constant learning rate."""

    dataset: str
    loss: str
    estimator: Callable[..., Any]
    options: dict[str, str]
    learning_rate: float = 0.001


TASKS = (
    Task("diabetes", "squared_error", SGDRegressor, {"loss": "squared_error"}),
    Task("digits", "cross_entropy", SGDClassifier, {"loss": "log_loss"}),
)


def seconds(work: Callable[[], object]) -> float:
    """Return the processor time of `work`: both sides run on one thread, and other programs of the machine do not count."""
    began = time.process_time()
    work()
    return time.process_time() - began


def median(work: Callable[[], object], repeats: int) -> float:
    """Return the median time of `work`."""
    return statistics.median(seconds(work) for _ in range(repeats))


def sweep(task: Task, kind: str, batch_size: int) -> tuple[Experiment, TrainingState]:
    """Return our sweep, begun."""
    runs = tuple(
        Run(loss=LOSSES[task.loss](), optimizer=OPTIMIZERS["sgd"](), learning_rate=task.learning_rate, penalty=penalty(kind, strength, 0.5))
        for strength in STRENGTHS
    )
    experiment = Experiment(dataset=DATASETS[task.dataset](), model=MODELS["linear"](), runs=runs, epochs=EPOCHS, batch_size=batch_size)
    return experiment, start(experiment)


def loop(task: Task, kind: str, state: TrainingState) -> None:
    """Fit scikit-learn's estimator at every strength, on the same scaled rows."""
    n = state.data.n_train
    X = state.data.X[:n].astype(float)
    y = state.data.truth[:n] if task.dataset == "digits" else state.data.targets["identity"].values[:n, 0].astype(float)
    for strength in STRENGTHS:
        estimator = task.estimator(
            **task.options, penalty=KINDS[kind], alpha=strength, l1_ratio=0.5, max_iter=EPOCHS, tol=None, learning_rate="constant",
            eta0=task.learning_rate, random_state=0,
        )  # fmt: skip
        estimator.fit(X, y)


def main() -> None:
    """Measure both and print medians and ratios."""
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore")  # that it has not converged
        for task in TASKS:
            for kind in KINDS:
                state = sweep(task, kind, 32)[1]
                theirs = median(lambda task=task, kind=kind, state=state: loop(task, kind, state), REPEATS)  # type: ignore[misc]
                shape = f"{state.data.n_train} x {state.data.X.shape[1]}"
                print(f"{task.dataset} {shape}, {kind}, {POINTS} strengths, {EPOCHS} epochs: a loop over {task.estimator.__name__} {theirs * 1e3:7.0f} ms")
                for batch_size in BATCHES:
                    experiment, begun = sweep(task, kind, batch_size)
                    repeats = REPEATS if batch_size != 1 else 1
                    ours = median(lambda experiment=experiment, begun=begun: advance(experiment, begun, EPOCHS), repeats)  # type: ignore[misc]
                    print(f"  our stack, batch {batch_size or 'of all rows'}: {ours * 1e3:7.0f} ms, ratio {theirs / ours:5.2f}")


if __name__ == "__main__":
    main()
