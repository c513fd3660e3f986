"""Trainings by PyTorch, update by update, with which those of `core.training` are compared.

The loop shares nothing with the engine but where it begins: the data as the engine splits and scales them, its initial parameters, and the seeds from
which the rows of each batch and the hidden units that dropout leaves out are drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from core.experiment import Experiment, Run
from core.models import Model
from core.penalties import Penalty
from core.preparation.resampling import NONE, OVERSAMPLE, UNDERSAMPLE
from core.preparation.split import Data
from core.tasks import CLASSIFICATION
from core.training.plan import updates_per_epoch
from core.training.state import TrainingState
from tests.reference.make_optimizers import expression

#: written out below, because PyTorch has no such loss
LEARNED = "adaptive_robust"
#: PyTorch's own weighted mean, which takes the place of ours for a plain cross-entropy
OWN_WEIGHTS = "torch.nn.functional.cross_entropy(scores, targets.argmax(-1), weight=weights)"
#: what is drawn, from a generator of the seed, this number, and the epoch or the update
BATCHES, MASKS = 1, 2


def network(model: Model, n_features: int, n_outputs: int, packed: np.ndarray) -> Any:
    """Return the model as PyTorch's layers; packed are all weights, fan-in by fan-out, then all biases."""
    import torch

    activations = {"relu": torch.nn.ReLU, "tanh": torch.nn.Tanh, "sigmoid": torch.nn.Sigmoid}
    sizes = [n_features, *model.widths, n_outputs]
    modules: list[Any] = []
    for fan_in, fan_out in pairwise(sizes):
        modules += [torch.nn.Linear(fan_in, fan_out), activations.get(model.nonlinearity, torch.nn.Identity)()]
    layers = modules[::2]
    with torch.no_grad():
        left = torch.tensor(packed)
        for layer in layers:
            layer.weight.copy_(left[: layer.weight.numel()].reshape(layer.in_features, layer.out_features).T)
            left = left[layer.weight.numel() :]
        for layer in layers:
            layer.bias.copy_(left[: layer.out_features])
            left = left[layer.out_features :]
    return torch.nn.Sequential(*modules[:-1])


def flat(net: Any, learned: Any, of: Callable[[Any], Any] = lambda parameter: parameter.detach()) -> list[float]:
    """Return the parameters as the engine packs them, and after them what the loss has learned. `of`: what of each is returned in its place."""
    layers = list(net)[::2]
    parts = [of(layer.weight).T.reshape(-1) for layer in layers] + [of(layer.bias) for layer in layers] + [of(learned)]
    return [float(x) for part in parts for x in part]


def scores_of(net: Any, X: Any, masks: list[Any]) -> Any:
    """Return the scores of a network whose hidden units are multiplied by masks, one for each hidden layer; no masks: none are."""
    for i, module in enumerate(net):
        X = module(X)
        if masks and i % 2:
            X = X * masks[i // 2]
    return X


def masks_of(run: Run, model: Model, rows: int, seed: int, update: int) -> list[Any]:
    """Return what the hidden units of each layer are multiplied by in an update: 0 for those left out, 1 / (1 - p) for the others."""
    import torch

    if not (run.dropout and model.widths):
        return []
    uniform = np.random.default_rng([seed, MASKS, update]).random((rows, sum(model.widths)))
    return list(torch.tensor(np.where(uniform < run.dropout, 0, 1 / (1 - run.dropout))).split(model.widths, dim=1))


def batch_mean(run: Run, learned: Any) -> Callable[[Any, Any, Any, Any], Any]:
    """Return what a batch costs as a function of scores, targets (B, K), the weights of the classes, and how often each row (B,) counts."""
    import torch

    if run.loss.kind == "cross_entropy" and run.loss.in_sklearn() is not None and run.resampling == NONE:  # without smoothing
        return lambda scores, targets, weights, _: eval(OWN_WEIGHTS, {"torch": torch, "scores": scores, "targets": targets, "weights": weights})
    text = run.loss.in_pytorch()
    code = None if text is None else compile(text, run.loss.kind, "eval")

    def mean(scores: Any, targets: Any, weights: Any, counts: Any) -> Any:
        of_sample = nll(scores - targets, learned) if code is None else eval(code, {"torch": torch, "scores": scores, "targets": targets})
        w = counts * (weights[targets.argmax(-1)] if len(weights) > 1 else 1.0)
        return (w * of_sample).sum() / (w.sum() if w.any() else 1.0)

    return mean


def nll(residuals: Any, learned: Any) -> Any:
    """Return Barron's negative log-likelihood by equations 8, 16 and 17 of arXiv:1701.03077, a mean over the outputs, Z by the trapezoidal rule."""
    import torch

    alpha, scale = 2 * torch.sigmoid(learned[0]), torch.exp(learned[1])

    def rho(x: Any) -> Any:
        return (2 - alpha) / alpha * ((x.square() / (2 - alpha) + 1) ** (alpha / 2) - 1)

    u = torch.linspace(-4.0, 4.0, 4001)
    x = torch.sinh(torch.pi / 2 * torch.sinh(u))
    dx = torch.pi / 2 * torch.cosh(u) * torch.cosh(torch.pi / 2 * torch.sinh(u))
    z = torch.trapezoid(torch.exp(-rho(x)) * dx, u)
    return (rho(residuals / scale) + torch.log(scale) + torch.log(z)).mean(-1)


def penalised(penalty: Penalty, weights: list[Any]) -> Any:
    """Return what is added to the loss of each batch, of weights alone."""
    l1, l2 = sum(w.abs().sum() for w in weights), sum(w.square().sum() for w in weights)
    match penalty.kind:
        case "l1":
            return penalty.strength * l1
        case "l2":
            return penalty.strength / 2 * l2
        case "elastic_net":
            return penalty.strength * (penalty.l1_ratio * l1 + (1 - penalty.l1_ratio) / 2 * l2)
        case "none" | "l1_proximal" | "elastic_net_proximal":
            return 0.0
        case other:
            raise ValueError(f"write down the penalty {other} here")


def shrink(penalty: Penalty, weights: list[Any], rate: float) -> None:
    """Take the proximal step of a penalty that has one."""
    import torch

    ratio = getattr(penalty, "l1_ratio", 1.0)
    with torch.no_grad():
        for weight in weights:
            weight.copy_(torch.nn.functional.softshrink(weight, rate * penalty.strength * ratio) / (1 + rate * penalty.strength * (1 - ratio)))


def scheduler(run: Run, optimizer: Any, epochs: int, updates: int) -> Any:
    """Return PyTorch's scheduler over all updates, or the factor as a formula where it has none."""
    from torch.optim import lr_scheduler as lrs

    s, n, peak = run.schedule, updates, run.learning_rate
    match s.kind:
        case "constant":
            return lrs.ConstantLR(optimizer, factor=1.0)
        case "step":
            return lrs.StepLR(optimizer, n // (s.drops + 1), s.drop)
        case "exponential":
            return lrs.ExponentialLR(optimizer, s.final ** (1 / n))
        case "cosine":
            return lrs.CosineAnnealingLR(optimizer, n, s.final * peak)
        case "cosine_restarts":
            return lrs.CosineAnnealingWarmRestarts(optimizer, n // sum(s.growth**i for i in range(s.cycles)), s.growth, s.final * peak)
        case "polynomial":
            return lrs.PolynomialLR(optimizer, n, s.power)
        case "inverse_time":
            return lrs.LambdaLR(optimizer, lambda t: 1 / (1 + s.decay * t / n))
        case "warmup_cosine":
            rise = round(s.warmup * n)
            return lrs.SequentialLR(optimizer, [lrs.LinearLR(optimizer, 0.01, 1.0, rise), lrs.CosineAnnealingLR(optimizer, n - rise)], [rise])
        case "one_cycle":
            return lrs.OneCycleLR(
                optimizer, peak, total_steps=n + 1, pct_start=(s.warmup * n + 1) / (n + 1), div_factor=s.div_factor, final_div_factor=s.final_div_factor,
                anneal_strategy=s.annealing[:6].replace("cosine", "cos"), cycle_momentum=False,
            )  # fmt: skip
        case "random":
            u = np.random.default_rng([s.seed, 0x5EED]).random(epochs)
            return lrs.LambdaLR(optimizer, lambda t: float(s.low * (s.high / s.low) ** u[min(t * epochs // n, epochs - 1)]))
        case other:
            raise ValueError(f"write down the schedule {other} here")


def drawn_rows(run: Run, classes: np.ndarray, seed: int) -> np.ndarray:
    """Return the training rows as the run resamples them, rows of rarer classes again and again, or of more frequent ones fewer."""
    from sklearn.utils import resample

    by_class = [np.flatnonzero(classes == c) for c in np.unique(classes)]
    sizes = [len(rows) for rows in by_class]
    if run.resampling == OVERSAMPLE:
        by_class += [resample(rows, n_samples=max(sizes) - len(rows), random_state=seed) for rows in by_class if len(rows) < max(sizes)]
    elif run.resampling == UNDERSAMPLE:
        by_class = [resample(rows, n_samples=min(sizes), replace=False, random_state=seed) for rows in by_class]
    return np.concatenate(by_class)


def class_weights(run: Run, classes: np.ndarray, n_classes: int) -> np.ndarray:
    """Return the weight of each class, (K,), from those of the rows that are drawn."""
    from sklearn.utils.class_weight import compute_class_weight

    match run.class_weights.kind:
        case "balanced":
            return compute_class_weight("balanced", classes=np.arange(n_classes), y=classes)
        case "effective_number":  # the inverse of the sum of the powers of beta: arXiv:1901.05555, equation 2, and scaled to the sum K
            inverse = np.array([1 / sum(run.class_weights.beta**k for k in range((classes == c).sum())) for c in range(n_classes)])
            return inverse * n_classes / inverse.sum()
        case _:
            given = list(getattr(run.class_weights, "values", ()))
            return np.array(given + [1.0] * (n_classes - len(given)))


def batches(experiment: Experiment, n: int, seed: int) -> Iterator[np.ndarray]:
    """Yield the rows of each update: all of them, or slices of an order that is new in each epoch."""
    for epoch in range(experiment.epochs):
        if not experiment.batch_size:
            yield np.arange(n)
            continue
        order = np.random.default_rng([seed, BATCHES, epoch]).permutation(n)
        yield from (order[i : i + experiment.batch_size] for i in range(0, n, experiment.batch_size))


@dataclass
class Training:
    """A run of a seed in PyTorch, between two updates: the network, what the loss has learned, and what a batch costs."""

    net: Any
    learned: Any
    mean: Callable[[Any, Any, Any, Any], Any]
    of_class: Any

    def loss(self, data: Data, link: str, split: str) -> float:
        """Return the loss of a split, without dropout."""
        import torch

        rows = data.split(split)
        X, y = torch.tensor(data.X[rows]), torch.tensor(np.ascontiguousarray(data.targets[link].values[rows]))
        with torch.no_grad():
            return float(self.mean(self.net(X), y, self.of_class, torch.ones(len(X))))


def training(experiment: Experiment, state: TrainingState, index: int, seed: int) -> Iterator[Training]:
    """Yield a run by PyTorch before the first update and after each one, from the initial parameters and on the data of `state`."""
    import torch

    torch.set_default_dtype(torch.float64)  # also of NAdam's running product, which would be single
    run, data = experiment.runs[index], state.data
    n = data.n_train
    X, y = torch.tensor(data.X[:n]), torch.tensor(np.ascontiguousarray(data.targets[run.loss.link].values[:n]))
    n_params = experiment.model.n_params(X.shape[1], y.shape[1])
    net = network(experiment.model, X.shape[1], y.shape[1], state.params[seed, 0, :n_params])
    weights = [layer.weight for layer in list(net)[::2]]
    at_start = [np.log(run.loss.alpha / (2 - run.loss.alpha)), np.log(run.loss.scale)] if run.loss.learned else []
    learned = torch.tensor(at_start, requires_grad=True)
    params = [*net.parameters(), learned]
    groups = [{"params": list(net.parameters())}, {"params": [learned], **({"weight_decay": 0.0} if "weight_decay" in run.optimizer.parameters() else {})}]
    values = {name: getattr(run.optimizer, name) for name in run.optimizer.parameters()}
    optimizer = eval(expression(type(run.optimizer), values, run.learning_rate), {"torch": torch, "params": groups})
    rates = scheduler(run, optimizer, experiment.epochs, experiment.epochs * updates_per_epoch(experiment, n))
    of_class, counts = torch.ones(1), torch.ones(n)
    if data.task == CLASSIFICATION:
        drawn = drawn_rows(run, data.truth[:n], experiment.split_seed)
        of_class, counts = torch.tensor(class_weights(run, data.truth[drawn], y.shape[1])), torch.tensor(np.bincount(drawn, minlength=n))
    now = Training(net, learned, batch_mean(run, learned), of_class)
    yield now
    for update, rows in enumerate(batches(experiment, n, seed), start=1):
        scores = scores_of(net, X[rows], masks_of(run, experiment.model, len(rows), seed, update))
        cost = now.mean(scores, y[rows], of_class, counts[rows]) + penalised(run.penalty, weights)
        optimizer.zero_grad()
        if cost.requires_grad:  # not so for the zero-one loss, which moves nothing by itself
            cost.backward()
        for param in params:
            param.grad = torch.zeros_like(param) if param.grad is None else param.grad
        if run.clip_norm:
            torch.nn.utils.clip_grad_norm_(params, run.clip_norm)
        optimizer.step()
        if run.penalty.has_proximal:
            shrink(run.penalty, weights, optimizer.param_groups[0]["lr"])
        if run.max_norm:
            with torch.no_grad():
                for weight in weights:  # a row is what goes into a unit
                    weight.mul_((run.max_norm / weight.norm(dim=1, keepdim=True)).clamp(max=1))
        rates.step()
        yield now
