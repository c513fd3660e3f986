"""Write runs.json: whole trainings by PyTorch, step by step, which the engine of `core.training` has to follow.

Run from the root of the repository, in the environment of the tests with PyTorch added: `python -m tests.reference.make_runs`.
The loops here share nothing with the engine but where they begin: the data as it splits and scales them, and its initial parameters.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from core.class_weights import CLASS_WEIGHTS
from core.datasets import DATASETS, Dataset
from core.experiment import Experiment, Run, fitting_losses
from core.losses import CLASSIFICATION, IDENTITY, LOG, Loss, WeightedSum
from core.models import MODELS, Model
from core.optimizers import OPTIMIZERS
from core.parameters import Declared
from core.penalties import PENALTIES, Penalty
from core.schedules import SCHEDULES
from core.split import Data
from core.training import TrainingState, start
from tests.reference.make_losses import short
from tests.reference.make_optimizers import expression, settings, write

PATH = Path(__file__).with_name("runs.json")
UPDATES = 50
#: the updates after which parameters are kept
STEPS = (1, 10, UPDATES)
#: written out below, because PyTorch has no such loss
LEARNED = "adaptive_robust"
#: PyTorch's own weighted mean, which takes the place of ours for a plain cross-entropy
OWN_WEIGHTS = "torch.nn.functional.cross_entropy(scores, targets.argmax(-1), weight=weights)"
#: rules that PyTorch has for a whole batch, or a constant rate, alone
FULL_BATCH, CONSTANT_RATE = "rprop", "asgd"


def mlp(activation: str, *hidden: int) -> Model:
    """Return a network."""
    return MODELS["mlp"](hidden=hidden, activation=activation)


def small_table(**others: Any) -> Dataset:
    """Return 30 training rows of two outputs."""
    return DATASETS["make_regression"](rows=50, columns=3, informative=2, outputs=2, **others)


#: data, model, batch size (0: full), links of the losses, and what else is not at its default. 36 rows in batches of 8 or 30 rows in batches of 7
#: are five updates an epoch, the last of which has 4 rows or 2. The classes of wine and of xor are not equally frequent.
BOARDS: list[tuple[Dataset, Model, int, tuple[str, ...], dict[str, Any]]] = [
    (DATASETS["wine"](), MODELS["linear"](), 8, (IDENTITY,), {"validation_share": 0.4, "test_share": 0.4}),
    (DATASETS["blobs"](rows=60, spread=4.0), MODELS["linear"](), 0, (IDENTITY,), {"seeds": 2}),
    (DATASETS["xor"](rows=60, seed=1), mlp("tanh", 4), 0, (IDENTITY,), {}),
    (DATASETS["blobs"](rows=60, spread=4.0, seed=1), mlp("relu", 5), 8, (IDENTITY,), {"split_seed": 1}),
    (DATASETS["xor"](rows=60, seed=1), mlp("sigmoid", 4, 3), 8, (IDENTITY,), {}),
    (small_table(), MODELS["linear"](), 7, (IDENTITY,), {"seeds": 2}),
    (small_table(seed=1), mlp("tanh", 4, 3), 0, (IDENTITY,), {}),
    (small_table(seed=2), mlp("relu", 5), 7, (IDENTITY,), {"split_seed": 1}),
    (DATASETS["sine"](rows=60), mlp("sigmoid", 6), 0, (IDENTITY,), {"seeds": 2}),
    (DATASETS["counts"](rows=60), MODELS["linear"](), 8, (LOG,), {"seeds": 2}),
    (DATASETS["costs"](rows=60), mlp("tanh", 4), 8, (LOG, IDENTITY), {}),
    (DATASETS["costs"](rows=60, seed=1), mlp("relu", 4), 0, (LOG,), {}),
]
RUNS_PER_BOARD = 12
#: with lengths that PyTorch's schedulers have, which count whole updates
SCHEDULE_SETTINGS: dict[str, list[dict[str, Any]]] = {
    "constant": [{}],
    "step": [{"drops": 4, "drop": 0.5}, {"drops": 1}],
    "exponential": [{"final": 0.05}],
    "cosine": [{}, {"final": 0.1}],
    "cosine_restarts": [{"cycles": 2, "growth": 4}, {"cycles": 5, "growth": 1, "final": 0.2}],
    "polynomial": [{}, {"power": 2.0}],
    "inverse_time": [{}],
    "warmup_cosine": [{"warmup": 0.2}],
    "one_cycle": [{}, {"warmup": 0.5, "div_factor": 10.0, "final_div_factor": 100.0, "annealing": "linear"}],
    "random": [{}],
}


def has_twin(loss: type[Loss]) -> bool:
    """Return whether a loss can be written in PyTorch."""
    return loss().in_pytorch() is not None or loss.kind == LEARNED


# The design: what is mixed with what


def deck(rng: np.random.Generator, cards: list[Any]) -> Iterator[Any]:
    """Yield the cards in a new random order each time that they have all been dealt, so that each comes up about equally often."""
    while True:
        for i in rng.permutation(len(cards)):
            yield cards[i]


def experiments() -> Iterator[Experiment]:
    """Yield an experiment a board, whose runs are dealt from decks of everything that PyTorch has."""
    rng = np.random.default_rng(24)

    def both(cls: type[Declared]) -> list[Any]:
        """Return an item at its defaults, and one at a random position of each slider, if it has any."""
        of_cls = list(settings(cls))
        return [cls(**of_cls[0]), cls(**of_cls[-1])]

    losses: dict[tuple[type[Loss], ...], Iterator[Loss]] = {}
    optimizers = deck(rng, [item for cls in OPTIMIZERS.values() if cls.pytorch for item in both(cls)])
    schedules = deck(rng, [SCHEDULES[kind](**values) for kind, rows in SCHEDULE_SETTINGS.items() for values in rows])
    strengths = [{"strength": 0.01}, {"strength": 0.1}]
    penalties = deck(rng, [cls(**values) for kind, cls in PENALTIES.items() for values in ([{}] if kind == "none" else strengths)])
    weightings = deck(rng, [CLASS_WEIGHTS["none"](), CLASS_WEIGHTS["balanced"](), CLASS_WEIGHTS["manual"](values=(2.0, 0.5))])
    clips, haste = deck(rng, [0.0, 0.1, 1.0]), deck(rng, [0.5, 1.0, 4.0])
    for dataset, model, batch_size, links, others in BOARDS:
        fitting = tuple(cls for cls in fitting_losses(dataset) if cls.link in links and has_twin(cls))
        hand = losses.setdefault(fitting, deck(rng, [item for cls in fitting for item in both(cls)]))
        runs = []
        while len(runs) < RUNS_PER_BOARD:
            optimizer = next(o for o in optimizers if not (batch_size and o.kind == FULL_BATCH))
            loss = next(hand)
            steep = sum(weight for weight, _ in loss.parts()) if isinstance(loss, WeightedSum) else 1.0
            runs.append(
                Run(
                    loss=loss, optimizer=optimizer, learning_rate=optimizer.learning_rate * next(haste) / steep, penalty=next(penalties), clip_norm=next(clips),
                    schedule=SCHEDULES["constant"]() if optimizer.kind == CONSTANT_RATE else next(schedules),
                    class_weights=next(weightings) if dataset.task == CLASSIFICATION else CLASS_WEIGHTS["none"](),
                )
            )  # fmt: skip
        epochs = UPDATES // 5 if batch_size else UPDATES
        yield Experiment(dataset=dataset, model=model, runs=tuple(runs), batch_size=batch_size, epochs=epochs, dtype="float64", **others)


# The same in PyTorch


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


def flat(net: Any, learned: Any) -> list[float]:
    """Return the parameters as the engine packs them, and after them what the loss has learned."""
    layers = list(net)[::2]
    parts = [layer.weight.detach().T.reshape(-1) for layer in layers] + [layer.bias.detach() for layer in layers] + [learned.detach()]
    return [float(x) for part in parts for x in part]


def batch_mean(run: Run, learned: Any) -> Callable[[Any, Any, Any], Any]:
    """Return what a batch costs as a function of scores, targets (B, K) and the weights of the classes."""
    import torch

    if run.loss.kind == "cross_entropy" and run.loss.in_sklearn() is not None:  # without smoothing
        return lambda scores, targets, weights: eval(OWN_WEIGHTS, {"torch": torch, "scores": scores, "targets": targets, "weights": weights})
    text = run.loss.in_pytorch()
    code = None if text is None else compile(text, run.loss.kind, "eval")

    def mean(scores: Any, targets: Any, weights: Any) -> Any:
        of_sample = nll(scores - targets, learned) if code is None else eval(code, {"torch": torch, "scores": scores, "targets": targets})
        w = weights[targets.argmax(-1)] if len(weights) > 1 else torch.ones(len(targets))
        return (w * of_sample).sum() / w.sum()

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
        case "none" | "l1_proximal":
            return 0.0
        case other:
            raise ValueError(f"write down the penalty {other} here")


def scheduler(run: Run, optimizer: Any, epochs: int) -> Any:
    """Return PyTorch's scheduler over all updates, or the factor as a formula where it has none."""
    from torch.optim import lr_scheduler as lrs

    s, n, peak = run.schedule, UPDATES, run.learning_rate
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


def class_weights(run: Run, data: Data) -> np.ndarray:
    """Return the weight of each class, (K,), or (1,) for a regression."""
    from sklearn.utils.class_weight import compute_class_weight

    if data.task != CLASSIFICATION:
        return np.ones(1)
    given = list(getattr(run.class_weights, "values", ()))
    by_hand = np.array(given + [1.0] * (len(data.outputs) - len(given)))
    truth = data.truth[: data.n_train]
    return compute_class_weight("balanced", classes=np.unique(truth), y=truth) if run.class_weights.kind == "balanced" else by_hand


def batches(experiment: Experiment, n: int, seed: int) -> Iterator[np.ndarray]:
    """Yield the rows of each update: all of them, or slices of an order that is new in each epoch."""
    for epoch in range(experiment.epochs):
        if not experiment.batch_size:
            yield np.arange(n)
            continue
        order = np.random.default_rng([seed, 1, epoch]).permutation(n)
        yield from (order[i : i + experiment.batch_size] for i in range(0, n, experiment.batch_size))


def train(experiment: Experiment, state: TrainingState, index: int, seed: int) -> dict[str, Any]:
    """Return the parameters of a run after each of `STEPS` updates by PyTorch, from the initial parameters and on the data of `state`."""
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
    rates, mean = scheduler(run, optimizer, experiment.epochs), batch_mean(run, learned)
    of_class = torch.tensor(class_weights(run, data))
    visited = {}
    for update, rows in enumerate(batches(experiment, n, seed), start=1):
        cost = mean(net(X[rows]), y[rows], of_class) + penalised(run.penalty, weights)
        optimizer.zero_grad()
        if cost.requires_grad:  # not so for the zero-one loss, which moves nothing by itself
            cost.backward()
        for param in params:
            param.grad = torch.zeros_like(param) if param.grad is None else param.grad
        if run.clip_norm:
            torch.nn.utils.clip_grad_norm_(params, run.clip_norm)
        optimizer.step()
        if run.penalty.kind == "l1_proximal":
            threshold = optimizer.param_groups[0]["lr"] * run.penalty.strength
            with torch.no_grad():
                for weight in weights:
                    weight.copy_(torch.nn.functional.softshrink(weight, threshold))
        rates.step()
        if update in STEPS:
            visited[str(update)] = flat(net, learned)
    assert update == UPDATES, f"{update} updates"
    assert np.abs(visited[str(UPDATES)]).max() < 100, f"{run} diverges"
    return {step: short(np.array(values)) for step, values in visited.items()}


def main() -> None:
    """Write the file."""
    cases = []
    for experiment in experiments():
        state = start(experiment)
        params = [[train(experiment, state, i, seed) for seed in range(experiment.seeds)] for i in range(len(experiment.runs))]
        cases.append({"experiment": json.loads(experiment.to_json()), "losses": [run.loss.in_pytorch() for run in experiment.runs], "params": params})
    write(PATH, cases)


if __name__ == "__main__":
    main()
