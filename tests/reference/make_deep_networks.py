"""Write deep_networks.json: gradients and trainings of deep networks by PyTorch, which `core.studies.deep_networks` has to follow.

Run from the root of the repository, in the environment of the tests with PyTorch added: `python -m tests.reference.make_deep_networks`.
Layers are made of PyTorch's own functions; only a batch norm of weighted rows is written out, because PyTorch has none. The loop shares with the engine where
it begins, the rows of each batch, and nothing else.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from core.datasets import DATASETS
from core.optimizers import OPTIMIZERS
from core.preparation.split import Data
from core.studies.deep_networks import ACTIVATIONS, NORMS, STARTS, Network, Networks
from core.studies.deep_networks.lanes import NetworksDocument
from core.studies.deep_networks.learner import Learner
from core.studies.deep_networks.norms import EPSILON
from core.studies.deep_networks.starts import Orthogonal, Scale
from tests.reference.make_optimizers import expression

PATH = Path(__file__).with_name("deep_networks.json")
UPDATES, DEPTH, WIDTH, BATCH = 20, 3, 3, 16
_RULES = (("sgd", 0.1), ("adam", 0.01), ("momentum", 0.03), ("rmsprop", 0.003), ("adamw", 0.01))


def runs() -> list[Network]:
    """Return every combination of activation, norm, residual and initialisation, under several optimizers, some of them clipped."""
    found = []
    for place, (activation, norm, residual, start) in enumerate(product(ACTIVATIONS, NORMS, (None, 0.3), STARTS)):
        rule, rate = _RULES[place % len(_RULES)]
        begins = Scale(0.5) if start == "scale" else Orthogonal(1.2) if start == "orthogonal" else STARTS[start]()
        found.append(
            Network(
                depth=DEPTH, activation=ACTIVATIONS[activation](), norm=NORMS[norm](), residual=residual, start=begins, optimizer=OPTIMIZERS[rule](),
                learning_rate=rate, clip_norm=0.2 if place % 4 == 3 else 0.0,
            )
        )  # fmt: skip
    return found


def stacks(weighted: bool) -> list[Networks]:
    """Return the runs as networks of at most twelve each; with weighted rows those with a batch norm and without residuals."""
    of = [run for run in runs() if not weighted or (run.norm.kind == "batch" and run.residual is None)]
    shared: dict[str, Any] = {"dataset": DATASETS["iris"](), "width": WIDTH, "batch": BATCH, "updates": UPDATES, "dtype": "float64", "seed": 3}
    return [Networks(runs=tuple(of[first : first + 12]), **shared) for first in range(0, len(of), 12)]


@cache
def prepared(weighted: bool) -> Data:
    """Return the rows of all trainings, iris, with equal or with uneven weights, some of them 0."""
    table = DATASETS["iris"]().load()
    if weighted:
        table = replace(table, sample_weights=np.random.default_rng(5).integers(0, 4, len(table.X)) / 2)
    return NetworksDocument(stacks(weighted)[0]).prepared(table)


def scores(run: Network, packed: list[Any], X: Any, weights: Any, even: bool) -> Any:
    """Return the scores of rows. `packed`: weights, biases and γ. `even`: whether the rows weigh alike, so that PyTorch's batch norm is meant."""
    import torch
    from torch.nn import functional as F

    matrices, biases, scales = packed[: DEPTH + 1], packed[DEPTH + 1 : 2 * DEPTH + 2], packed[2 * DEPTH + 2 :]
    act = {
        "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": F.relu, "gelu": F.gelu,
        "leaky_relu": lambda z: F.leaky_relu(z, getattr(run.activation, "negative", 0)),
    }[run.activation.kind]  # fmt: skip
    h = X
    for layer in range(DEPTH):
        s = h @ matrices[layer]
        if run.norm.kind == "none":
            z = s + biases[layer]
        elif run.norm.kind == "layer":
            z = F.layer_norm(s, (WIDTH,), scales[layer], biases[layer], EPSILON)
        elif even:
            z = F.batch_norm(s, None, None, scales[layer], biases[layer], True, 0.1, EPSILON)
        else:
            mean = (weights[:, None] * s).sum(0) / weights.sum()
            variance = (weights[:, None] * (s - mean) ** 2).sum(0) / weights.sum()
            z = (s - mean) / torch.sqrt(variance + EPSILON) * scales[layer] + biases[layer]
        h = h + run.residual * act(z) if run.residual is not None and layer else act(z)
    return h @ matrices[-1] + biases[-1]


def trained(networks: Networks, index: int, weighted: bool) -> dict[str, list[float]]:
    """Return the gradient of the first update of a run, and the parameters after the last, of the same training in PyTorch."""
    import torch
    from torch.nn import functional as F

    alone, data = networks.alone(index), prepared(weighted)
    run, learner = alone.runs[0], Learner(alone, data)
    layers = learner.tower.layers(learner.start()[0, 0])
    packed = [torch.tensor(part.squeeze(0) if part.shape[0] == 1 else part, requires_grad=True) for part in (*layers.weights, *layers.biases, *layers.scales)]
    used = packed if run.norm.kind != "none" else packed[: 2 * DEPTH + 2]
    values = {name: getattr(run.optimizer, name) for name in run.optimizer.parameters()}
    rule = eval(expression(type(run.optimizer), values, run.learning_rate), {"torch": torch, "params": used})
    found: dict[str, list[float]] = {}
    for update in range(UPDATES):
        rows = learner.rows(update)[0]
        weights = torch.tensor(data.sample_weights[rows])
        losses = F.cross_entropy(scores(run, packed, torch.tensor(data.X[rows]), weights, not weighted), torch.tensor(data.truth[rows]), reduction="none")
        rule.zero_grad()
        ((losses * weights).sum() / weights.sum()).backward()
        if update == 0:
            found["gradient"] = _flat([part.grad if part.grad is not None else torch.zeros_like(part) for part in packed])
        if run.clip_norm:
            torch.nn.utils.clip_grad_norm_(used, run.clip_norm)
        rule.step()
    return {**found, "params": _flat(packed)}


def _flat(parts: list[Any]) -> list[float]:
    return [number for part in parts for number in part.detach().reshape(-1).tolist()]


def main() -> None:
    """Write the file."""
    import torch

    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    cases = [
        {"weighted": weighted, "networks": json.loads(networks.to_json()), "runs": [trained(networks, run, weighted) for run in range(len(networks.runs))]}
        for weighted in (False, True)
        for networks in stacks(weighted)
    ]
    PATH.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")


if __name__ == "__main__":
    main()
