"""The pull of each sample: linear models that minimise several losses on small data sets, and each sample's share of loss and gradient.

`fit` computes the model of a loss, `pull` the loss and the pull of every sample there. Both are cached.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, ndtri

from core.inspection.samples import shares
from core.losses import LOSSES, Loss
from core.parameters import Boolean, Choice, Declared, Number, boolean, integer, items, real
from core.tasks import CLASSIFICATION, IDENTITY, REGRESSION
from core.words import Said

Array = NDArray[Any]

#: The strength of the L2 penalty of a classification. It makes the fit finite for classes that a line separates.
RIDGE = 1e-3
#: a sample is easy if the true model gives its class at least this probability
EASY = 0.8
#: the ranges of the plots: x of the regression, y of the regression, both features of the classification
SPAN = (0.0, 10.0)
HEIGHTS = (-6.0, 13.0)
BOX = (-4.6, 4.6)

#: the points of the line, the most that can be placed by hand, and the most points with those that are added
OWN_POINTS, MOST_PLACED = 40, 12
MOST_POINTS = 1000
_TRUE_INTERCEPT, _TRUE_SLOPE, _NOISE = 3.0, 0.8, 0.6
#: a point is an outlier if it lies so many standard deviations of the noise off the line
_OUTLYING = 3.0
_DIRECTION = np.array([np.cos(np.pi / 6), np.sin(np.pi / 6)])


@dataclass(frozen=True, eq=False)
class Scene:
    """A small data set, in the units of its plot and in those of the models.

    `X` (N, D), `y` (N,): features, and targets or class numbers, as plotted.
    `inputs` (N, D + 1): scaled features and a column of ones.
    `targets` (N, K): standardised targets, or one-hot classes.
    `marked` (N,): whether the view asks about the sample: outliers of a regression, easy samples of a classification.
    `truth` (D + 1, K): the parameters of the model from which the data were drawn.
    `scale`, `shift`: of a regression; predictions in plotted units are scores times `scale` plus `shift`.
    """

    X: Array
    y: Array
    inputs: Array
    targets: Array
    marked: Array
    truth: Array
    scale: float = 1.0
    shift: float = 0.0


class SceneRecipe(Declared, ABC):
    """A recipe for a scene."""

    task: ClassVar[str]

    @abstractmethod
    def scene(self) -> Scene:
        """Return the scene. Equal recipes return equal scenes."""


@dataclass(frozen=True)
class Placed(Declared):
    """A point of the line that somebody has put somewhere, or taken away. Numbers after those of the recipe's own points are of points that were added."""

    number: int = integer(1, 1, MOST_POINTS, hard=f"[1, {MOST_POINTS}]", doc="The number of the point.")
    x: float = real(5.0, *SPAN, hard=f"[{SPAN[0] - 1}, {SPAN[1] + 1}]", doc="Where it is along x.")
    y: float = real(0.0, *HEIGHTS, hard=f"[{HEIGHTS[0]}, {HEIGHTS[1]}]", doc="Where it is along y.")
    gone: bool = boolean(False, doc="Whether it was taken away.")


@dataclass(frozen=True)
class LineWithOutliers(SceneRecipe):
    """40 points of y = 3 + 0.8 x + noise, of which the outliers, all at large x, are moved down. `placed`: points that were moved, added or taken away."""

    outliers: int = integer(4, 0, 12, hard="[0, 20]", doc="How many of the 40 points are moved away from the line.")
    distance: float = real(
        9.0, 0.0, 12.0, hard="[0, 100]", label="Their distance",
        doc="How far each outlier is moved down, in units of y. Other points lie about 0.6 off the line.",
    )  # fmt: skip
    placed: tuple[Placed, ...] = items(Placed, (), shortest=0, longest=MOST_PLACED, doc="Points that were moved, added or taken away by hand.")

    task = REGRESSION

    def __post_init__(self) -> None:
        super().__post_init__()
        if len({each.number for each in self.placed}) < len(self.placed):
            raise ValueError(Said("a point is placed twice"))

    def put(self, number: int, x: float, y: float) -> LineWithOutliers:
        """Return the recipe with a point moved to (x, y), which is cut to the plot; number 0 adds one. Raise ValueError if too many points are placed."""
        at_x, at_y = float(np.clip(round(x, 2), *SPAN)), float(np.clip(round(y, 2), *HEIGHTS))
        others = tuple(each for each in self.placed if each.number != number)
        return replace(self, placed=(*others, Placed(number=number or self.next_number, x=at_x, y=at_y)))

    def without(self, number: int) -> LineWithOutliers:
        """Return the recipe without a point. Raise ValueError if too many points are placed."""
        others = tuple(each for each in self.placed if each.number != number)
        return replace(self, placed=others if number > OWN_POINTS else (*others, Placed(number=number, gone=True)))

    @property
    def next_number(self) -> int:
        """The number of the next point that is added."""
        return max([OWN_POINTS, *(each.number for each in self.placed)]) + 1

    def numbers(self) -> list[int]:
        """Return the number of each point of the scene."""
        gone = {each.number for each in self.placed if each.gone}
        return [number for number in range(1, OWN_POINTS + 1) if number not in gone] + sorted(each.number for each in self.placed if each.number > OWN_POINTS)

    def scene(self) -> Scene:
        rng = np.random.default_rng(3)
        n = OWN_POINTS
        x = np.linspace(*SPAN, n + 2)[1:-1] + rng.uniform(-0.1, 0.1, n)
        y = _TRUE_INTERCEPT + _TRUE_SLOPE * x + rng.normal(0, _NOISE, n)
        marked = np.zeros(n, bool)
        marked[n // 2 + rng.permutation(n // 2)[: self.outliers]] = True
        y[marked] -= self.distance
        x, y, marked = self._by_hand(x, y, marked)
        shift, scale = float(y.mean()), float(y.std())
        z = (x - np.mean(SPAN)) / np.ptp(SPAN)
        truth = np.array([[_TRUE_SLOPE * np.ptp(SPAN)], [_TRUE_INTERCEPT + _TRUE_SLOPE * np.mean(SPAN) - shift]]) / scale
        return Scene(x[:, None], y, np.column_stack([z, np.ones(len(x))]), ((y - shift) / scale)[:, None], marked, truth, scale, shift)

    def _by_hand(self, x: Array, y: Array, marked: Array) -> tuple[Array, Array, Array]:
        """Return the points after what was moved, added and taken away. A placed point is an outlier if it lies further off the true line than the noise."""
        places = {each.number: each for each in self.placed}
        numbers = np.array(self.numbers())
        own = numbers[numbers <= OWN_POINTS] - 1
        x, y, marked = (np.concatenate([part[own], np.zeros(len(numbers) - len(own), part.dtype)]) for part in (x, y, marked))
        for row, number in enumerate(numbers.tolist()):
            if (each := places.get(number)) is not None:
                x[row], y[row] = each.x, each.y
                marked[row] = abs(each.y - _TRUE_INTERCEPT - _TRUE_SLOPE * each.x) > _OUTLYING * _NOISE
        return x, y, marked


@dataclass(frozen=True)
class TwoClouds(SceneRecipe):
    """Two round normal clouds of 60 points each; their centres are so far apart that the best line errs on a share `overlap`."""

    overlap: float = real(0.1, 0.01, 0.3, hard="(0, 0.5)", doc="Share of the samples that even the best possible line gets wrong.")

    task = CLASSIFICATION

    def scene(self) -> Scene:
        rng = np.random.default_rng(5)
        n = 60
        y = np.repeat([0, 1], n)
        distance = -2 * float(ndtri(self.overlap))
        X = rng.normal(size=(2 * n, 2)) + np.outer(y - 0.5, distance * _DIRECTION)
        weights = distance * _DIRECTION
        truth = np.column_stack([np.append(-weights / 2, 0.0), np.append(weights / 2, 0.0)])
        inputs = np.column_stack([X, np.ones(2 * n)])
        marked = expit((2 * y - 1) * (X @ weights)) >= EASY
        return Scene(X, y, inputs, np.eye(2)[y], marked, truth)


@dataclass(frozen=True, eq=False)
class Pull:
    """The loss and the pull of each of N samples, at the parameters of one model.

    `params` (D + 1, K): the parameters; `scores` (N, K): the model's scores.
    `loss` (N,): the values of the loss; `pull` (N,): the lengths of the loss's gradient by the scores.
    `loss_share` (N,), `pull_share` (N,): their shares of the sum over the samples; all 0 if the sum is 0.
    """

    params: Array
    scores: Array
    loss: Array
    pull: Array
    loss_share: Array
    pull_share: Array


@lru_cache(maxsize=128)
def scene(recipe: SceneRecipe) -> Scene:
    """Return the scene of a recipe. It is cached, so its arrays are read-only."""
    cached = recipe.scene()
    for array in (cached.X, cached.y, cached.inputs, cached.targets, cached.marked, cached.truth):
        array.setflags(write=False)
    return cached


def plain_parameters(loss: type[Declared]) -> bool:
    """Return whether every parameter of a loss is a number, a switch or a choice, which a single widget can set."""
    return all(isinstance(parameter, Number | Boolean | Choice) for parameter in loss.parameters().values())


def fitting(recipe: SceneRecipe) -> tuple[str, ...]:
    """Return the names of the losses whose value can be divided among the samples of a recipe, in order of registration.

    Left out are losses with learned or composed parameters, and losses with negative values, of which a share has no meaning.
    Of a regression, losses with another link than the identity, and those not defined for the standardised targets, are left out, too.
    """
    targets = scene(recipe).targets

    def fits(loss: type[Loss]) -> bool:
        defined = recipe.task == CLASSIFICATION or (loss.link == IDENTITY and targets.min() in loss.target_domain and targets.max() in loss.target_domain)
        return recipe.task in loss.tasks and defined and loss.nonnegative and not loss.learned and plain_parameters(loss)

    return tuple(name for name, loss in LOSSES.items() if fits(loss))


def start_of(loss: type[Loss], task: str) -> str | None:
    """Return the name of the loss whose fit is the start for fitting a loss that is not convex; None if the start is the least-squares fit."""
    if loss.convex or not loss.informative:
        return None
    return "absolute_error" if task == REGRESSION else "cross_entropy"


@lru_cache(maxsize=1024)
def fit(loss: Loss, recipe: SceneRecipe) -> Array:
    """Return the parameters (D + 1, K) of the linear model with the lowest mean loss, for a classification plus `RIDGE` / 2 · weights². Read-only.

    L-BFGS starts from the least-squares fit, or from the fit of the loss `start_of`. For a loss with kinks the simplex of Nelder and Mead, which needs no
    gradient, continues from there. For a loss whose gradient is 0 everywhere the start is returned.
    """
    data = scene(recipe)
    start = np.linalg.lstsq(data.inputs, data.targets)[0]
    start_loss = start_of(type(loss), recipe.task)
    if start_loss is not None:
        start = fit(LOSSES[start_loss](), recipe)
    ridge = RIDGE if recipe.task == CLASSIFICATION else 0.0
    penalised = np.ones_like(start)
    penalised[-1] = 0

    def objective(flat: Array) -> float:
        params = flat.reshape(start.shape)
        return float(loss.value(data.inputs @ params, data.targets).mean() + ridge / 2 * np.square(params * penalised).sum())

    def gradient(flat: Array) -> Array:
        params = flat.reshape(start.shape)
        by_scores = loss.gradient(data.inputs @ params, data.targets)
        return (data.inputs.T @ by_scores / len(data.y) + ridge * params * penalised).ravel()

    params = start
    if loss.informative:
        params = minimize(objective, start.ravel(), jac=gradient, method="L-BFGS-B", options={"ftol": 1e-13, "gtol": 1e-9, "maxiter": 500}).x
        if not loss.differentiable:
            params = minimize(objective, params, method="Nelder-Mead", options={"xatol": 1e-4, "fatol": 1e-7, "maxiter": 400, "adaptive": True}).x
        params = params.reshape(start.shape)
    params.setflags(write=False)
    return params


@lru_cache(maxsize=1024)
def pull(loss: Loss, recipe: SceneRecipe, own: bool) -> Pull:
    """Return the loss and the pull of each sample: at the loss's own fit (`own`), or at the model from which the data were drawn."""
    data = scene(recipe)
    # Let m be the log-odds of the true model. The scores of a softmax are ±m/2, those of a one-vs-rest loss ±m, twice as large.
    doubled = recipe.task == CLASSIFICATION and not loss.shift_invariant
    params = fit(loss, recipe) if own else data.truth * (2 if doubled else 1)
    scores = data.inputs @ params
    values = loss.value(scores, data.targets)
    pulls = np.linalg.norm(loss.gradient(scores, data.targets), axis=-1)
    return Pull(params, scores, values, pulls, shares(values), shares(pulls))


def line_ends(recipe: SceneRecipe, params: Array) -> Array:
    """Return the ends (2, 2), as points (x, y), of the line that shows a model in the plot.

    For a regression they are the predictions at the ends of `SPAN`. For a classification they are the points of equal scores on the edges of `BOX`; NaN
    if the boundary does not cross it.
    """
    data = scene(recipe)
    if recipe.task == REGRESSION:
        z = np.array([-0.5, 0.5])
        return np.column_stack([SPAN, (z * params[0, 0] + params[1, 0]) * data.scale + data.shift])
    a, b, c = params[:, 1] - params[:, 0]
    low, high = BOX
    crossings = []
    with np.errstate(divide="ignore", invalid="ignore"):
        for edge in BOX:
            crossings += [(edge, -(a * edge + c) / b), (-(b * edge + c) / a, edge)]
    inside = sorted({(float(x), float(y)) for x, y in crossings if low <= x <= high and low <= y <= high})
    return np.array([inside[0], inside[-1]]) if len(inside) >= 2 else np.full((2, 2), np.nan)
