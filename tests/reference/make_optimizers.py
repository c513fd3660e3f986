"""Write optimizers.json: trajectories of PyTorch's optimizers, which the rules of `core.optimizers` have to follow.

Run from the root of the repository, in the environment of the tests with PyTorch added: `python -m tests.reference.make_optimizers`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.optimizers import OPTIMIZERS
from core.parameters import Boolean, Choice, Declared, Number, Parameter, Sequence

PATH = Path(__file__).with_name("optimizers.json")
START = (1.0, -2.0, 0.5, 3.0)
STEPS = (1, 2, 3, 10, 50, 100)


def settings(cls: type[Declared], draws: int = 1) -> Iterator[dict[str, Any]]:
    """Yield hyperparameters of `cls`: the defaults, both ends of every slider, and `draws` random positions of the sliders.

    Nothing but the defaults where there is nothing to set.
    """
    declared = cls.parameters()
    yield {}
    if declared:
        rng = np.random.default_rng(0)
        for positions in (np.zeros(len(declared)), np.ones(len(declared)), *rng.uniform(size=(draws, len(declared)))):
            yield {name: _at(parameter, float(position)) for (name, parameter), position in zip(declared.items(), positions, strict=True)}


def _at(parameter: Parameter, position: float) -> Any:
    """Return the value of `parameter` at a position of its slider, from 0 to 1."""
    match parameter:
        case Number(low=low, high=high, log=log, whole=whole):
            value = low * (high / low) ** position if log else low + position * (high - low)
            return round(value) if whole else min(max(value, low), high)
        case Sequence(item=item, shortest=shortest, longest=longest):
            return (_at(item, position),) * round(shortest + position * (longest - shortest))
        case Choice(options=options):
            return options[round(position * (len(options) - 1))]
        case Boolean():
            return position > 0.5
        case _:
            raise TypeError(f"no slider is known for {parameter}")


def gradient(params: NDArray[Any], step: int) -> NDArray[Any]:
    """Return a noisy gradient of a quadratic of condition 100 at `params` (..., 4), in the `step`-th update."""
    return np.array([0.1, 1.0, 3.0, 10.0]) * params + 0.5 * np.array([math.sin(k * step) for k in (1, 2, 3, 5)])


def expression(cls: type[Any], values: dict[str, Any], lr: float | None = None) -> str:
    """Return the class's expression in PyTorch with these hyperparameters filled in."""
    item = cls(**values)
    return str(cls.pytorch.format(lr=lr, **{name: getattr(item, name) for name in cls.parameters()}))


def trajectory(code: str) -> dict[str, list[float]]:
    """Return the parameters after each of `STEPS` updates by the PyTorch optimizer that `code` makes."""
    import torch

    torch.set_default_dtype(torch.float64)  # also of NAdam's running product, which would be single
    params = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimizer = eval(code, {"torch": torch, "params": [params]})
    visited = {}
    for step in range(1, max(STEPS) + 1):
        params.grad = torch.from_numpy(gradient(params.detach().numpy(), step))
        optimizer.step()
        if step in STEPS:
            visited[str(step)] = params.tolist()
    return visited


def write(path: Path, cases: list[dict[str, Any]]) -> None:
    """Write the cases as JSON, one a line."""
    path.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")


def main() -> None:
    """Write the file."""
    cases = []
    for kind, cls in OPTIMIZERS.items():
        for i, values in enumerate(settings(cls, draws=2)):
            refused = values.get("momentum") == 0  # by PyTorch, with nesterov=True
            if cls.pytorch is not None and not refused:
                lr = cls.learning_rate / (i + 1)
                code = expression(cls, values, lr)
                cases.append({"kind": kind, "settings": values, "lr": lr, "pytorch": code, "trajectory": trajectory(code)})
    write(PATH, cases)


if __name__ == "__main__":
    main()
