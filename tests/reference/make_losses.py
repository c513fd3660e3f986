"""Write losses.json: values and gradients by PyTorch, which the losses of `core.losses` have to equal.

Run from the root of the repository, in the environment of the tests with PyTorch added: `python -m tests.reference.make_losses`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.losses import CLASSIFICATION, LOSSES
from tests.reference.make_optimizers import expression, settings, write

PATH = Path(__file__).with_name("losses.json")
K = 3
#: rows of scores besides the random ones: ties, saturation, and what would overflow an exponential
EXTREME = [[0, 0, 0], [37, -37, 0], [-232.8, 232.8, 1], [700, -700, 0], [1e3, -1e3, 999], [1e4, 0, 7e-7], [-1e4, 1e4, 1e4]]


def data(task: str) -> tuple[np.ndarray, np.ndarray]:
    """Return scores and targets, each (B, K), rounded so that they are short to write."""
    rng = np.random.default_rng(1)
    scores = np.vstack([rng.normal(scale=3, size=(5, K)).round(3), EXTREME])
    if task == CLASSIFICATION:
        return scores, np.eye(K)[np.arange(len(scores)) % K]
    return scores, rng.normal(scale=3, size=scores.shape).round(3)


def evaluate(code: str, scores: np.ndarray, targets: np.ndarray) -> dict[str, Any]:
    """Return the value of each sample, and the gradient of their sum, of the loss that `code` computes in PyTorch."""
    leaf = torch.tensor(scores, requires_grad=True)
    value = eval(code, {"torch": torch, "scores": leaf, "targets": torch.tensor(targets)})
    value.sum().backward()
    assert leaf.grad is not None
    return {"value": value.tolist(), "gradient": leaf.grad.tolist()}


def main() -> None:
    """Write the file."""
    cases = []
    for kind, cls in LOSSES.items():
        for task in sorted(cls.tasks):
            scores, targets = data(task)
            for values in settings(cls):
                if cls.pytorch is not None:
                    code = expression(cls, values)
                    inputs = {"scores": scores.tolist(), "targets": targets.tolist()}
                    cases.append({"kind": kind, "settings": values, "pytorch": code, **inputs, **evaluate(code, scores, targets)})
    write(PATH, cases)


if __name__ == "__main__":
    main()
