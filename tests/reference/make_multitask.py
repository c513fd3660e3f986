"""Write multitask.json: whole trainings by PyTorch, which `core.studies.multitask` has to follow.

Run from the root of the repository, in the environment of the tests with PyTorch added: `python -m tests.reference.make_multitask`.
The losses are the expressions of `Loss.pytorch`, the total is the sum of the paper, and autograd does the rest: also by the learned weights. The loop shares
with the engine where it begins, the rows, and nothing else.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from core.losses import LOSSES
from core.models import MLP, Linear
from core.optimizers import OPTIMIZERS
from core.studies.multitask.document import FEATURES, LEARNED, OUTPUTS, Multitask, Weighting, weighting
from core.studies.multitask.learner import Learner
from core.studies.multitask.rows import prepared
from tests.reference.make_optimizers import expression
from tests.reference.torch_training import flat, network

PATH = Path(__file__).with_name("multitask.json")
UPDATES = 50
#: the updates after which parameters are compared: all of the first, and sums of the others, because a network has a thousand of them
STEPS = (1, 10, UPDATES)
#: the update before which the gradient of network and learned weights is kept
PROBED = 10


def runs() -> tuple[Weighting, ...]:
    """Return fixed and learned weights, standardised or not, under several optimizers."""
    rules = ("adam", "sgd", "momentum", "rmsprop", "adamw")
    every = [
        weighting(), weighting(0.5, 0.3, 0.2), weighting(learned=True), weighting(standardised=True), weighting(learned=True, standardised=True),
        replace(weighting(learned=True), weights_rate=0.2),
    ]  # fmt: skip
    return tuple(replace(run, optimizer=OPTIMIZERS[rules[i % 5]](), learning_rate=(3e-3, 1e-3)[i % 2]) for i, run in enumerate(every))


def documents() -> tuple[Multitask, ...]:
    """Return the trainings that are recorded."""
    shared: dict[str, Any] = {"updates": UPDATES, "dtype": "float64"}
    others: dict[str, Any] = {
        "class_loss": LOSSES["focal"](), "place_loss": LOSSES["huber"](), "mask_loss": LOSSES["sum_segmentation"](), "noise": 0.1,
    }  # fmt: skip
    return (
        Multitask(runs=runs(), model=MLP(hidden=(4,)), batch=16, seeds=2, unit=10.0, **shared),
        Multitask(runs=runs()[::2], model=MLP(hidden=(5, 4), activation="tanh"), batch=24, seed=3, **others, **shared),
        Multitask(runs=runs()[1::2], model=Linear(), batch=32, unit=3.0, **shared),
    )


def trained(document: Multitask, index: int, seed: int) -> dict[str, list[float]]:
    """Return the parameters of one run and seed after each of `STEPS` updates of the same training in PyTorch, and last its three s.

    `gradient`: that of the total after `PROBED` updates, thinned as they are; 0 by fixed weights.
    """
    import torch

    run, number = document.runs[index], document.seed_numbers[seed]
    data = prepared(document)
    start = Learner(replace(document, runs=(run,), seeds=1, seed=number), data).start()[0, 0]
    net = network(document.model, FEATURES, OUTPUTS, start[:-3]).double()
    s = torch.zeros(3, requires_grad=True)
    values = {name: getattr(run.optimizer, name) for name in run.optimizer.parameters()}
    rule = eval(expression(type(run.optimizer), values, run.learning_rate), {"torch": torch, "params": [*net.parameters()]})
    rules = [rule, *([torch.optim.Adam([s], lr=run.weights_rate)] if run.scheme == LEARNED else [])]
    X, truth = torch.tensor(data.train.X), {task: torch.tensor(values) for task, values in data.train.targets.items()}
    if run.standardised:
        place = truth["place"]
        truth["place"] = (place - place.mean(0)) / place.std(0, unbiased=False)
    in_epoch = len(X) // document.batch
    kept: dict[str, list[float]] = {}
    for update in range(UPDATES):
        order = np.random.default_rng([number, 1, update // in_epoch]).permutation(len(X))
        rows = torch.tensor(order[update % in_epoch * document.batch :][: document.batch])
        scores = torch.split(net(X[rows]), [10, 2, 64], dim=1)
        costs = [
            eval(str(loss.in_pytorch()), {"torch": torch, "scores": part, "targets": truth[task][rows]}).mean()
            for part, (task, loss) in zip(scores, document.losses.items(), strict=True)
        ]  # fmt: skip
        if run.scheme == LEARNED:
            a, b, c = costs
            total = torch.exp(-s[0]) * a + s[0] / 2 + torch.exp(-s[1]) * b / 2 + s[1] / 2 + torch.exp(-s[2]) * c + s[2] / 2
        else:
            total = sum(weight * cost for weight, cost in zip(run.weights, costs, strict=True))
        for each in rules:
            each.zero_grad()
        total.backward()
        if update == PROBED:
            kept["gradient"] = thinned(np.array(flat(net, s, lambda each: 0 * each.detach() if each.grad is None else each.grad)))
        for each in rules:
            each.step()
        if update + 1 in STEPS:
            kept[str(update + 1)] = thinned(np.array(flat(net, s)))
    return kept


def thinned(params: np.ndarray) -> list[float]:
    """Return every seventh parameter, the last three, and the sum of the squares of all."""
    return [*params[:-3:7].tolist(), *params[-3:].tolist(), float(np.square(params).sum())]


def main() -> None:
    """Write the file."""
    import torch

    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    lines = [
        json.dumps({
            "document": json.loads(each.to_json()), "params": [[trained(each, run, seed) for seed in range(each.seeds)] for run in range(len(each.runs))],
        })
        for each in documents()
    ]  # fmt: skip
    PATH.write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    main()
