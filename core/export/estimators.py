"""Which estimator of scikit-learn has the minimum of a linear model's run, as text: what it fits, and the loss of each row at the minimum."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from core.experiment import Run
from core.words import Said


@dataclass(frozen=True)
class Estimator:
    """The text of an estimator with a run's minimum.

    `imports`: its import. `made`: the expression that makes it, of `total`, the sum of the rows' weights, and K, the number of columns of the targets.
    `remark`: how its strength follows from ours. `loss`: the loss of each element (n, K), of `scores` and `targets`, in which the parameters of the run's
    loss are constants. `of_classes`: one is fitted to the class numbers, and `loss` is that of each row; else one is fitted to each column.
    `seen`: what that column is of.
    """

    imports: tuple[str, ...]
    made: str
    remark: str
    loss: str
    of_classes: bool = False
    seen: str = "targets"


#: why losses that look like an estimator's have none, by kind
WHY_NOT: Mapping[str, Said] = MappingProxyType({
    "squared_hinge": Said("LinearSVC, which has the loss squared hinge, penalises its intercept, too, and so has another minimum"),
    "crammer_singer": Said("LinearSVC, which has the Crammer-Singer hinge, penalises its intercept, too, and so has another minimum"),
    "huber": Said("HuberRegressor fits the scale of the noise as well, and so has another minimum than the loss Huber"),
    "squared_epsilon_insensitive": Said("LinearSVR, which has the squared epsilon-insensitive loss, penalises its intercept, too, and so has another minimum"),
})  # fmt: skip
_PENALTIES = MappingProxyType({
    "none": "none", "l2": "l2", "l1": "l1", "l1_proximal": "l1", "elastic_net": "both", "elastic_net_proximal": "both",
})  # fmt: skip


def penalty_of(run: Run) -> str:
    """Return what a run's penalty is: `none`, `l1`, `l2`, `both`, or "" for another one."""
    kind = _PENALTIES.get(run.penalty.kind, "")
    return kind if getattr(run.penalty, "strength", 1) else "none"


def estimator(run: Run) -> Estimator | None:
    """Return the estimator with the minimum of a linear model's run; None if there is none."""
    maker, penalty = _MAKERS.get(run.loss.kind), penalty_of(run)
    return maker(run, penalty) if maker is not None and penalty else None


def _softmax(run: Run, penalty: str) -> Estimator:
    loss = "-log_softmax(scores, axis=1)[np.arange(len(targets)), targets.argmax(axis=1)]"
    imports = ("from scipy.special import log_softmax", "from sklearn.linear_model import LogisticRegression")
    if penalty == "none":
        remark = "# Without a penalty there is no minimum where planes part the classes."
        return Estimator(imports, 'LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-12, max_iter=10_000)', remark, loss, True)
    remark = "# C weighs the sum of the losses against the penalty, where ours is beside their mean."
    two = "half = 0.5 if K == 2 else 1  # for two classes it has one column, the difference of ours"
    if penalty == "l2":
        made = 'LogisticRegression(C=1 / (total * STRENGTH * half), solver="newton-cholesky", tol=1e-12, max_iter=10_000)'
        return Estimator(imports, made, f"{remark}\n{two}", loss, True)
    ratio = "1" if penalty == "l1" else "L1_RATIO"
    lines = f"{remark}\n{two}\nl1, l2 = STRENGTH * {ratio}, STRENGTH * (1 - {ratio}) * half"
    made = 'LogisticRegression(C=1 / (total * (l1 + l2)), l1_ratio=l1 / (l1 + l2), solver="saga", tol=1e-10, max_iter=100_000)'
    return Estimator(imports, made, lines, loss, True)


def _one_vs_rest(run: Run, penalty: str) -> Estimator | None:
    loss, imports = "np.logaddexp(0, scores) - targets * scores", ("from sklearn.linear_model import LogisticRegression",)
    if penalty == "none":
        remark = "# Without a penalty there is no minimum where planes part the classes."
        return Estimator(imports, 'LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-12, max_iter=10_000)', remark, loss)
    made = 'LogisticRegression(C=1 / (total * K * STRENGTH), solver="newton-cholesky", tol=1e-12, max_iter=10_000)'
    remark = "# C weighs the sum of the losses against the penalty, where ours is beside the mean over rows and classes."
    return Estimator(imports, made, remark, loss) if penalty == "l2" else None


def _hinge(run: Run, penalty: str) -> Estimator | None:
    remark = "# SVC leaves its intercept alone, as the penalty here does; LinearSVC penalises it."
    made, loss = 'SVC(kernel="linear", C=1 / (total * K * STRENGTH), tol=1e-6)', "np.maximum(1 - (2 * targets - 1) * scores, 0)"
    return Estimator(("from sklearn.svm import SVC",), made, remark, loss) if penalty == "l2" else None


def _least_squares(run: Run, penalty: str) -> Estimator:
    seen = {"squared_log_error": "np.log1p(targets)", "squared_log_ratio": "np.log(targets)"}.get(run.loss.kind, "targets")
    loss = f"(scores - {seen}) ** 2"
    if penalty == "none":
        return Estimator(("from sklearn.linear_model import LinearRegression",), "LinearRegression()", "", loss, seen=seen)
    if penalty == "l2":
        remark = "# Ridge adds alpha |w|^2 to the sum of squares, where ours adds STRENGTH / 2 |w|^2 to the mean over rows and columns."
        return Estimator(("from sklearn.linear_model import Ridge",), "Ridge(alpha=STRENGTH / 2 * total * K)", remark, loss, seen=seen)
    made = f"ElasticNet(alpha=STRENGTH * K / 2, l1_ratio={'1' if penalty == 'l1' else 'L1_RATIO'}, tol=1e-12, max_iter=1_000_000)"
    return Estimator(("from sklearn.linear_model import ElasticNet",), made, "# Its loss is half the mean of squares.", loss, seen=seen)


def _quantile(run: Run, penalty: str) -> Estimator | None:
    absolute = run.loss.kind == "absolute_error"
    if absolute and penalty == "l2":
        return _tube(run, penalty)
    if penalty not in ("none", "l1"):
        return None
    quantile = "0.5" if absolute else "QUANTILE"
    alpha = "0" if penalty == "none" else "STRENGTH * K / 2" if absolute else "STRENGTH * K"
    loss = "np.maximum(-QUANTILE * (scores - targets), (1 - QUANTILE) * (scores - targets))"
    made = f'QuantileRegressor(quantile={quantile}, alpha={alpha}, solver="highs")'
    remark = "# The absolute error is twice the pinball loss of the median." if absolute else ""
    loss = "np.abs(scores - targets)" if absolute else loss
    return Estimator(("from sklearn.linear_model import QuantileRegressor",), made, remark, loss)


def _tube(run: Run, penalty: str) -> Estimator | None:
    epsilon = "EPSILON" if "epsilon" in run.loss.parameters() else "0"
    remark = "# SVR leaves its intercept alone, as the penalty here does; LinearSVR penalises it."
    made = f'SVR(kernel="linear", C=1 / (total * K * STRENGTH), epsilon={epsilon}, tol=1e-6)'
    loss = "np.abs(scores - targets)" if epsilon == "0" else "np.maximum(np.abs(scores - targets) - EPSILON, 0)"
    return Estimator(("from sklearn.svm import SVR",), made, remark, loss) if penalty == "l2" else None


def _deviance(run: Run, penalty: str) -> Estimator | None:
    name, before, loss = {
        "poisson": ("PoissonRegressor", "", "np.exp(scores) - targets * scores"),
        "gamma": ("GammaRegressor", "", "scores + targets * np.exp(-scores)"),
        "tweedie": (
            "TweedieRegressor", 'power=POWER, link="log", ',
            "targets * np.exp((1 - POWER) * scores) / (POWER - 1) + np.exp((2 - POWER) * scores) / (2 - POWER)",
        ),
    }[run.loss.kind]  # fmt: skip
    alpha = {"none": "0", "l2": "STRENGTH * K"}.get(penalty)
    made = f'{name}({before}alpha={alpha}, solver="newton-cholesky", tol=1e-12, max_iter=10_000)'
    remark = "# It minimises half the deviance, which is this loss but for what no score changes."
    return Estimator((f"from sklearn.linear_model import {name}",), made, remark, loss) if alpha else None


_MAKERS: Mapping[str, Callable[[Run, str], Estimator | None]] = MappingProxyType({
    "cross_entropy": _softmax, "nll": _softmax, "kl_divergence": _softmax, "binary_cross_entropy": _one_vs_rest, "hinge": _hinge,
    "squared_error": _least_squares, "squared_log_error": _least_squares, "squared_log_ratio": _least_squares,
    "absolute_error": _quantile, "quantile": _quantile,
    "epsilon_insensitive": _tube, "poisson": _deviance, "gamma": _deviance, "tweedie": _deviance,
})  # fmt: skip
