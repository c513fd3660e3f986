"""Write segmentation.json: whole trainings by PyTorch, and overlaps by loops over single pixels, which `core.studies.segmentation` has to follow.

Run from the root of the repository, in the environment of the tests with PyTorch added: `python -m tests.reference.make_segmentation`.
The losses are the expressions of `Loss.pytorch`, evaluated for each image, or for all images of a batch as one. The loop shares with the engine where it
begins, the images of each batch, and nothing else: a convolution cuts the patches.
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
from core.studies.segmentation.document import BATCH, IMAGE, Segmentation, Segmenter
from core.studies.segmentation.learner import Learner
from core.studies.segmentation.rows import prepared
from core.studies.segmentation.scenes import SCENES
from tests.reference.make_optimizers import expression
from tests.reference.torch_training import flat, network

PATH = Path(__file__).with_name("segmentation.json")
UPDATES = 50
#: the updates after which parameters are kept
STEPS = (1, 10, UPDATES)
#: the update before which the gradient of the network is kept
PROBED = 10


def runs() -> tuple[Segmenter, ...]:
    """Return every loss with several of its numbers, over images and over batches, under several optimizers, rates and biases."""
    losses = [
        LOSSES["pixel_cross_entropy"](), LOSSES["pixel_cross_entropy"](weight=30.0), LOSSES["pixel_focal"](), LOSSES["pixel_focal"](alpha=0.75, gamma=1.5),
        LOSSES["pixel_dice"](), LOSSES["pixel_dice"](smooth=1e-5), LOSSES["pixel_tversky"](), LOSSES["pixel_tversky"](alpha=0.9, beta=0.4, smooth=3.0),
        LOSSES["pixel_focal_tversky"](), LOSSES["pixel_focal_tversky"](gamma=2.0, smooth=0.1), LOSSES["sum_segmentation"](),
        LOSSES["sum_segmentation"](terms="three", first_weight=0.5, second=LOSSES["pixel_tversky"](), second_weight=2.0),
    ]  # fmt: skip
    rules = ("adam", "sgd", "momentum", "rmsprop", "adamw")
    return tuple(
        Segmenter(
            loss=loss, over=(IMAGE, IMAGE, BATCH)[i % 3], bias=(0.0, -2.0)[i % 2], optimizer=OPTIMIZERS[rules[i % 5]](), learning_rate=(1e-2, 3e-3)[i % 2]
        )
        for i, loss in enumerate(losses)
    )


def documents() -> tuple[Segmentation, ...]:
    """Return the trainings that are recorded: discs and ink, several networks and patches."""
    every, shared = runs(), {"updates": UPDATES, "dtype": "float64"}
    discs = SCENES["discs"](side=12)
    small: dict[str, Any] = {"images": 16, "batch": 5, **shared}
    return (
        Segmentation(runs=every[:6], scene=discs, model=MLP(hidden=(4,)), patch=3, seeds=2, **small),
        Segmentation(runs=every[6:], scene=discs, model=MLP(hidden=(4, 3), activation="tanh"), patch=5, seed=3, **small),
        Segmentation(runs=every[::3], scene=SCENES["ink"](), model=MLP(hidden=(5,), activation="sigmoid"), patch=3, **small),
        Segmentation(runs=every[1::3], scene=SCENES["ink"](empty=0.5), model=Linear(), patch=5, **small),
    )


def trained(document: Segmentation, index: int, seed: int) -> dict[str, list[float]]:
    """Return the parameters of one run and seed after each of `STEPS` updates of the same training in PyTorch, and the gradient after `PROBED` of them."""
    import torch

    run = document.runs[index]
    alone = replace(document, runs=(run,), seeds=1)  # its images are of the first seed, its start and batches of this one
    data = prepared(alone)
    learner = Learner(replace(alone, seed=document.seed_numbers[seed]), data)
    net = network(document.model, document.patch**2, 1, learner.start()[0, 0]).double()
    values = {name: getattr(run.optimizer, name) for name in run.optimizer.parameters()}
    rule = eval(expression(type(run.optimizer), values, run.learning_rate), {"torch": torch, "params": [*net.parameters()]})
    images = torch.tensor(data.train.images)
    code = run.loss.in_pytorch()
    assert code is not None
    kept: dict[str, list[float]] = {}
    in_epoch = document.images // document.batch
    for update in range(UPDATES):
        rng = np.random.default_rng([document.seed_numbers[seed], 1, update // in_epoch])
        first = update % in_epoch * document.batch
        rows = torch.tensor(rng.permutation(document.images)[first : first + document.batch])
        patches = torch.nn.functional.unfold(images[rows][:, None], document.patch, padding=document.patch // 2).mT
        scores, targets = net(patches)[..., 0], torch.tensor(data.train.masks)[rows]
        if run.over == BATCH:
            scores, targets = scores.reshape(1, -1), targets.reshape(1, -1)
        cost = eval(code, {"torch": torch, "scores": scores, "targets": targets}).mean()
        rule.zero_grad()
        cost.backward()
        if update == PROBED:
            kept["gradient"] = flat(net, torch.zeros(0), lambda each: each if each.grad is None else each.grad)
        rule.step()
        if update + 1 in STEPS:
            kept[str(update + 1)] = flat(net, torch.zeros(0))
    return kept


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
