"""The L-BFGS reference: the minimum of a run's objective at full batch, which its curves are compared with. Runs cannot train with it."""

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
from core.training.stack import RunStack
from core.training.threads import one_thread
from core.words import Said

Array = NDArray[Any]

#: L-BFGS stops after this many iterations, or this many seconds
MOST_ITERATIONS = 1000
MOST_SECONDS = 5.0
#: L-BFGS stops when all derivatives of the objective are below this
TOLERANCE = 1e-8


@dataclass(frozen=True, eq=False)
class Reference:
    """The solution of L-BFGS.

    `losses`: the run's own loss by split, without its penalty. `params` (P,). `converged`: whether the gradient vanished.
    """

    losses: dict[str, float]
    params: Array
    iterations: int
    converged: bool


def solvable(run: Run) -> bool:
    """Return whether L-BFGS can solve a run: its loss and penalty are smooth, and its loss has a gradient that is not 0 everywhere."""
    return run.loss.differentiable and run.loss.informative and run.penalty.smooth


def same_objective(one: Run, other: Run) -> bool:
    """Return whether two runs have the same objective, and so share a reference."""
    return all(getattr(one, name) == getattr(other, name) for name in ("loss", "penalty", "class_weights", "resampling", "model"))


def solve(experiment: Experiment, index: int, data: Data, *, most_seconds: float = MOST_SECONDS) -> Reference:
    """Return the solution of L-BFGS for run `index`: at full batch, from the initial weights of seed 0, in double precision.

    For a linear model and a convex loss it is the global minimum; for a network it is one local minimum.
    Dropout, max-norm and early stopping are left out, because they are no part of the objective.
    Raise ValueError for a run that is not `solvable`.
    Source: Byrd, Lu, Nocedal and Zhu, SIAM J. Sci. Comput. 16, 1995, by `scipy.optimize.minimize`.
    """
    run, model = experiment.runs[index], experiment.models[index]
    if not solvable(run):
        said = Said(
            "L-BFGS needs a smooth loss with a gradient and a smooth penalty; {loss} with penalty {penalty} is not",
            loss=Said(run.loss.title), penalty=Said(run.penalty.title),
        )  # fmt: skip
        raise ValueError(said)
    data = _double(data)
    stack = RunStack((run,), model, data, "float64")
    n = data.n_train
    X, targets = data.X[None, None, :n], {link: of_link.values[None, None, :n] for link, of_link in data.targets.items()}
    weights = stack.row_weights(data, data.split("train"))[None]
    started = time.monotonic()

    def stop_in_time(intermediate_result: Any) -> None:
        if time.monotonic() - started > most_seconds:
            raise StopIteration

    arguments = (stack, model, X, targets, weights / weights.sum())
    with np.errstate(all="ignore"), one_thread():
        start = stack.start(initial_params(experiment, data)[:1])[0, 0]
        options = {"maxiter": MOST_ITERATIONS, "maxfun": 2 * MOST_ITERATIONS, "maxcor": 20, "ftol": 0.0, "gtol": TOLERANCE}
        solution = minimize(_objective, start, arguments, method="L-BFGS-B", jac=True, callback=stop_in_time, options=options)
        losses = evaluate(stack, model, data, solution.x[None, None])["loss"][:, 0, 0]
    converged = bool(np.abs(solution.jac).max() <= 10 * TOLERANCE)
    return Reference(dict(zip(SPLITS, losses.tolist(), strict=True)), solution.x[: stack.n_params], int(solution.nit), converged)


def _objective(flat: Array, stack: RunStack, model: Model, X: Array, targets: dict[str, Array], weights: Array) -> tuple[float, Array]:
    """Return the objective of the run over all training rows, and its gradient (P + E,), at the parameters `flat` (P + E,)."""
    params = flat[None, None]
    scores = model.forward(params[..., : stack.n_params], X)[0]
    value = (stack.values(scores, targets, params) * weights).sum() + stack.penalty_values(params)[0, 0]
    return float(value), stack.gradient(model, params, X, targets, weights)[0, 0]


def _double(data: Data) -> Data:
    """Return the data in double precision."""
    targets = {link: replace(of_link, values=of_link.values.astype(float)) for link, of_link in data.targets.items()}
    draws = {kind: counts.astype(float) for kind, counts in data.draws.items()}
    return replace(data, X=data.X.astype(float), targets=targets, sample_weights=data.sample_weights.astype(float), draws=draws)
