"""Write losses.json: values and gradients by PyTorch, which the losses of `core.losses` have to equal.

Run from the root of the repository, in the environment of the tests with PyTorch added: `python -m tests.reference.make_losses`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from core.losses import LOSSES, Loss, WeightedSum
from core.tasks import CLASSIFICATION, SEGMENTATION
from tests.loss_draws import into_domain
from tests.reference.make_optimizers import settings, write

PATH = Path(__file__).with_name("losses.json")
K = 3
#: rows of scores besides the random ones, for PyTorch's own losses: ties, saturation, and what would overflow an exponential
EXTREME = [[0, 0, 0], [37, -37, 0], [-232.8, 232.8, 1], [700, -700, 0], [1e3, -1e3, 999], [1e4, 0, 7e-7], [-1e4, 1e4, 1e4]]


def native(loss: Loss | type[Loss]) -> bool:
    """Whether `pytorch` calls PyTorch's own loss; otherwise it spells the formula out, which is proof through autograd, but not far out."""
    return "torch.nn.functional" in (loss.pytorch or "")


def covered() -> list[type[Loss]]:
    """Return the losses that PyTorch can evaluate; a sum follows from its parts."""
    return [cls for cls in LOSSES.values() if cls.pytorch is not None and not issubclass(cls, WeightedSum)]


def data(cls: type[Loss], task: str) -> tuple[np.ndarray, np.ndarray]:
    """Return scores and targets, each (B, K), rounded so that they are short to write."""
    rng = np.random.default_rng(1)
    scores = rng.normal(scale=3, size=(5, K)).round(2)
    if native(cls):
        scores = np.vstack([scores, np.clip(EXTREME, *cls.score_range)])
    if task == SEGMENTATION:  # every mask, the empty and the full one among them
        scores = np.vstack([scores, rng.normal(scale=3, size=(2**K, K)).round(2)])
        return scores, np.array([[row >> k & 1 for k in range(K)] for row in range(len(scores))], float)
    if task == CLASSIFICATION:
        return scores, np.eye(K)[np.arange(len(scores)) % K]
    return scores, into_domain(cls, rng.normal(scale=3, size=scores.shape).round(2), rng)


def evaluate(code: str, scores: np.ndarray, targets: np.ndarray) -> dict[str, Any]:
    """Return the value of each sample, and the gradient of their sum, of the loss that `code` computes in PyTorch."""
    import torch

    leaf = torch.tensor(scores, requires_grad=True)
    value = eval(code, {"torch": torch, "scores": leaf, "targets": torch.tensor(targets)})
    if value.requires_grad:
        value.sum().backward()
    return {"value": short(value.detach().numpy()), "gradient": short(np.zeros(scores.shape) if leaf.grad is None else leaf.grad.numpy())}


def short(numbers: np.ndarray) -> Any:
    """Return the numbers to 15 digits, as nested lists, whole ones without a fraction."""
    rounded = [int(x) if x.is_integer() and abs(x) < 1e15 else x for x in (float(f"{x:.15g}") for x in numbers.flat)]
    return np.reshape(np.array(rounded, dtype=object), numbers.shape).tolist()


def main() -> None:
    """Write the file."""
    cases = []
    for cls in covered():
        for task in sorted(cls.tasks):
            scores, targets = data(cls, task)
            results = []
            for values in settings(cls):
                code = cls(**values).in_pytorch()
                assert code is not None
                results.append({"settings": values, "pytorch": code, **evaluate(code, scores, targets)})
            cases.append({"kind": cls.kind, "scores": short(scores), "targets": short(targets), "results": results})
    write(PATH, cases)


if __name__ == "__main__":
    main()
