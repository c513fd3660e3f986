"""L-BFGS at full batch: where a run could come to, as a line to compare its curve with. A solver, not an optimizer of a run."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from core.experiment import Experiment, Run
from core.models import Model
from core.preparation.split import SPLITS, Data
from core.training.evaluation import evaluate
from core.training.plan import initial_params
from core.training.stack import Meter, RunStack
from core.training.threads import one_thread

Array = NDArray[Any]

#: it stops after this many iterations, or this many seconds
MOST_ITERATIONS = 1000
MOST_SECONDS = 5.0
#: with every derivative of the objective below this it has converged
TOLERANCE = 1e-8


@dataclass(frozen=True, eq=False)
class Reference:
    """What L-BFGS found: the run's own loss by split, without its penalty; parameters (P,); iterations; whether the gradient vanished."""

    losses: dict[str, float]
    params: Array
    iterations: int
    converged: bool


def solvable(run: Run) -> bool:
    """Return whether loss and penalty are smooth and have a gradient to follow, which L-BFGS needs."""
    return run.loss.differentiable and run.loss.informative and run.penalty.smooth


def same_objective(one: Run, other: Run) -> bool:
    """Return whether two runs minimise the same: then they share a reference."""
    return all(getattr(one, name) == getattr(other, name) for name in ("loss", "penalty", "class_weights", "resampling"))


def solve(experiment: Experiment, index: int, data: Data, *, most_seconds: float = MOST_SECONDS) -> Reference:
    """Return where L-BFGS at full batch comes from the initial weights of seed 0, in double precision, for run `index`.

    For a linear model and a convex loss that is the minimum that all optimizers head for; for a network it is one local minimum.
    Dropout, max-norm and early stopping are no part of the objective, and left out.
    Raises `ValueError` for a run that is not `solvable`. Source: Byrd, Lu, Nocedal and Zhu, SIAM J. Sci. Comput. 16, 1995, by `scipy.optimize.minimize`.
    """
    run = experiment.runs[index]
    if not solvable(run):
        raise ValueError(f"L-BFGS needs a smooth loss with a gradient and a smooth penalty; {run.loss.title} with penalty {run.penalty.title} is not")
    data = _double(data)
    stack = RunStack((run,), experiment.model, data, "float64")
    n = data.n_train
    X, targets = data.X[None, None, :n], {link: of_link.values[None, None, :n] for link, of_link in data.targets.items()}
    weights = stack.row_weights(data, data.split("train"))[None]
    began = time.monotonic()

    def stop_in_time(intermediate_result: Any) -> None:
        if time.monotonic() - began > most_seconds:
            raise StopIteration

    arguments = (stack, experiment.model, X, targets, weights / weights.sum())
    with np.errstate(all="ignore"), one_thread():
        start = stack.start(initial_params(experiment, data)[:1])[0, 0]
        options = {"maxiter": MOST_ITERATIONS, "maxfun": 2 * MOST_ITERATIONS, "maxcor": 20, "ftol": 0.0, "gtol": TOLERANCE}
        found = minimize(_objective, start, arguments, method="L-BFGS-B", jac=True, callback=stop_in_time, options=options)
        losses = evaluate(stack, experiment.model, data, found.x[None, None])["loss"][:, 0, 0]
    converged = bool(np.abs(found.jac).max() <= 10 * TOLERANCE)
    return Reference(dict(zip(SPLITS, losses.tolist(), strict=True)), found.x[: stack.n_params], int(found.nit), converged)


def _objective(flat: Array, stack: RunStack, model: Model, X: Array, targets: dict[str, Array], weights: Array) -> tuple[float, Array]:
    """Return what the run minimises over all training rows, and its gradient, at parameters (P + E,)."""
    params = flat[None, None]
    scores = model.forward(params[..., : stack.n_params], X)[0]
    value = (stack.values(scores, targets, params) * weights).sum() + stack.penalty_values(params)[0, 0]
    return float(value), stack.gradient(model, params, X, targets, weights, Meter())[0, 0]


def _double(data: Data) -> Data:
    """Return the data in double precision."""
    targets = {link: replace(of_link, values=of_link.values.astype(float)) for link, of_link in data.targets.items()}
    draws = {kind: counts.astype(float) for kind, counts in data.draws.items()}
    return replace(data, X=data.X.astype(float), targets=targets, sample_weights=data.sample_weights.astype(float), draws=draws)
