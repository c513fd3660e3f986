"""Write regularization.json: what PyTorch makes of dropout on average, of max-norm, and of a training that is stopped early.

Run from the root of the repository, in the environment of the tests with PyTorch added: `python -m tests.reference.make_regularization`.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from core.class_weights import CLASS_WEIGHTS
from core.datasets import DATASETS
from core.experiment import Experiment, Run
from core.losses import LOSSES
from core.models import MLP
from core.optimizers import OPTIMIZERS
from core.penalties import PENALTIES
from core.preparation.corruption import Corruption
from core.preparation.resampling import OVERSAMPLE
from core.training import start
from core.training.plan import updates_per_epoch
from core.training.state import TrainingState
from tests.reference.make_losses import short
from tests.reference.make_optimizers import write
from tests.reference.torch_training import flat, network, training

PATH = Path(__file__).with_name("regularization.json")
#: features, outputs and rows of the networks that units are dropped from, the rate, and how often
D, K, B, RATE, DRAWS = 3, 2, 4, 0.4, 40_000
DROPPED = {"one hidden layer": MLP(hidden=(5,), activation="tanh"), "two": MLP(hidden=(4, 3), activation="sigmoid"), "relu": MLP(hidden=(6, 4))}
#: rows of lengths on both sides of the limit
LIMIT = 1.2


def drawn(model: MLP) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return parameters (P,), inputs (B, D) and targets (B, K) of the networks that units are dropped from."""
    rng = np.random.default_rng(5)
    return rng.normal(size=model.n_params(D, K)), rng.normal(size=(B, D)), rng.normal(size=(B, K))


def matrix() -> np.ndarray:
    """Return the weights (fan-in 4, 12 units) whose lengths are limited."""
    rng = np.random.default_rng(6)
    return rng.normal(size=(4, 12)) * np.linspace(0.1, 1.5, 12)


def dropped(model: MLP) -> dict[str, Any]:
    """Return mean scores and mean gradient of half the squared error, in the engine's packing, over draws of `nn.Dropout`, and their standard errors."""
    import torch

    torch.manual_seed(0)
    params, X, targets = (torch.tensor(array) for array in drawn(model))
    modules = []
    for module in network(model, D, K, params.numpy()):
        modules.append(module)
        if not isinstance(module, torch.nn.Linear):
            modules.append(torch.nn.Dropout(RATE))
    net = torch.nn.Sequential(*modules).train()
    layers = {name: value.detach() for name, value in net.named_parameters()}

    def cost(of_layers: dict[str, Any], _: Any) -> tuple[Any, Any]:
        scores = torch.func.functional_call(net, of_layers, (X,))
        return (scores - targets).square().sum() / 2, scores

    gradient = torch.func.vmap(torch.func.grad(cost, has_aux=True), in_dims=(None, 0), randomness="different")
    grads, scores = gradient(layers, torch.zeros(DRAWS))
    weights = [grads[name].transpose(-1, -2).reshape(DRAWS, -1) for name in layers if name.endswith("weight")]
    packed = torch.cat([*weights, *(grads[name] for name in layers if name.endswith("bias"))], dim=1)
    return {
        name: {"mean": short(values.mean(0).numpy().round(6)), "error": short((values.std(0) / DRAWS**0.5).numpy().round(6))}
        for name, values in (("scores", scores), ("gradient", packed))
    }


def stopped_experiments() -> list[Experiment]:
    """Return trainings that overfit: some are stopped early, some late, some never."""

    def run(loss: str, optimizer: str, learning_rate: float, patience: int, **others: Any) -> Run:
        return Run(loss=LOSSES[loss](), optimizer=OPTIMIZERS[optimizer](), learning_rate=learning_rate, patience=patience, **others)

    noisy = Corruption(wrong_labels=0.3, outliers=0.3, outlier_size=3.0)
    classes = Experiment(
        dataset=DATASETS["xor"](rows=60, seed=1), model=MLP(hidden=(8,), activation="tanh"), epochs=40, batch_size=8, seeds=2, dtype="float64",
        corruption=noisy,
        runs=(
            run("cross_entropy", "adam", 0.03, 3),
            run("cross_entropy", "adam", 0.03, 12, dropout=0.3),
            run("focal", "momentum", 0.05, 5, class_weights=CLASS_WEIGHTS["balanced"](), max_norm=1.0),
            run("cross_entropy", "rmsprop", 0.02, 100, resampling=OVERSAMPLE, penalty=PENALTIES["elastic_net_proximal"](strength=0.01)),
        ),
    )  # fmt: skip
    targets = replace(
        classes, dataset=DATASETS["sine"](rows=60), model=MLP(hidden=(6, 4)), batch_size=0, epochs=60,
        runs=(run("squared_error", "adam", 0.05, 1), run("adaptive_robust", "adam", 0.03, 8), run("huber", "sgd", 0.2, 4, dropout=0.2)),
    )  # fmt: skip
    return [classes, targets]


def stopped(experiment: Experiment, state: TrainingState, index: int, seed: int) -> dict[str, Any]:
    """Return the epoch of the lowest validation loss, that in which patience ends (-1: never), the lowest loss, and the parameters there."""
    run, per_epoch = experiment.runs[index], updates_per_epoch(experiment, state.data.n_train)
    best, best_epoch, kept = np.inf, 0, []
    for update, now in enumerate(training(experiment, state, index, seed)):
        epoch, within = divmod(update, per_epoch)
        if within:
            continue
        loss = now.loss(state.data, run.loss.link, "validation")
        if loss < best:
            best, best_epoch, kept = loss, epoch, flat(now.net, now.learned)
        elif epoch - best_epoch == run.patience:
            break
    else:
        epoch = -1
    return {"best_epoch": best_epoch, "stopped_at": epoch, "loss": best, "params": short(np.array(kept))}


def main() -> None:
    """Write the file."""
    import torch

    torch.set_default_dtype(torch.float64)
    trainings = []
    for experiment in stopped_experiments():
        state = start(experiment)
        runs = [[stopped(experiment, state, i, seed) for seed in range(experiment.seeds)] for i in range(len(experiment.runs))]
        trainings.append({"experiment": json.loads(experiment.to_json()), "runs": runs})
    limited = torch.renorm(torch.tensor(matrix().T), 2, 0, LIMIT).T
    write(PATH, [{"dropout": {name: dropped(model) for name, model in DROPPED.items()}}, {"renorm": short(limited.numpy())}, {"stopped": trainings}])


if __name__ == "__main__":
    main()
