"""Write optimizers.json and schedules.json: trajectories of PyTorch's optimizers and curves of its schedulers, which ours have to follow.

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
from core.parameters import Boolean, Choice, Component, Declared, Number, Parameter, Registry, Sequence, Text

PATH = Path(__file__).with_name("optimizers.json")
SCHEDULES_PATH = Path(__file__).with_name("schedules.json")
START = (1.0, -2.0, 0.5, 3.0)
STEPS = (1, 2, 3, 10, 50, 100)
CURVATURE = (0.1, 1.0, 3.0, 10.0)
FREQUENCY = (1, 2, 3, 5)
#: rules with a field for decoupled decay, as they are without it
UNDECAYED = {
    "amsgrad": "torch.optim.Adam(params, lr={lr}, amsgrad=True)",
    "nadam": "torch.optim.NAdam(params, lr={lr})",
    "radam": "torch.optim.RAdam(params, lr={lr})",
}
#: kind, settings, number of updates, and PyTorch's scheduler of an optimizer whose learning rate is 1
SCHEDULERS: list[tuple[str, dict[str, Any], int, str]] = [
    ("step", {"drops": 3, "drop": 0.5}, 40, "StepLR(optimizer, step_size=10, gamma=0.5)"),
    ("exponential", {"final": 0.05}, 20, "ExponentialLR(optimizer, gamma=0.05 ** (1 / 20))"),
    ("cosine", {"final": 0.1}, 20, "CosineAnnealingLR(optimizer, T_max=20, eta_min=0.1)"),
    ("cosine_restarts", {}, 35, "CosineAnnealingWarmRestarts(optimizer, T_0=5, T_mult=2)"),
    ("cosine_restarts", {"cycles": 4, "growth": 1, "final": 0.2}, 28, "CosineAnnealingWarmRestarts(optimizer, T_0=7, T_mult=1, eta_min=0.2)"),
    ("cosine_restarts", {"cycles": 3, "growth": 3}, 39, "CosineAnnealingWarmRestarts(optimizer, T_0=3, T_mult=3)"),
    ("polynomial", {}, 20, "PolynomialLR(optimizer, total_iters=20)"),
    ("polynomial", {"power": 0.5}, 20, "PolynomialLR(optimizer, total_iters=20, power=0.5)"),
    ("polynomial", {"power": 3}, 20, "PolynomialLR(optimizer, total_iters=20, power=3)"),
    ("one_cycle", {}, 50, "OneCycleLR(optimizer, max_lr=1, total_steps=51, pct_start=(0.3 * 50 + 1) / 51, cycle_momentum=False)"),
    (
        "one_cycle", {"warmup": 0.125, "div_factor": 10, "final_div_factor": 100, "annealing": "linear"}, 16,
        "OneCycleLR(optimizer, max_lr=1, total_steps=17, pct_start=3 / 17, div_factor=10, final_div_factor=100, anneal_strategy='linear', "
        "cycle_momentum=False)",
    ),
]  # fmt: skip


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
        case Text():
            return ""
        case Component(registry=Registry() as registry):
            kinds = parameter.kinds()
            return registry[kinds[round(position * (len(kinds) - 1))]]()
        case _:
            raise TypeError(f"no slider is known for {parameter}")


def gradient(params: NDArray[Any], step: int) -> NDArray[Any]:
    """Return a noisy gradient of a quadratic of condition 100 at `params` (..., 4), in the `step`-th update."""
    return np.array(CURVATURE) * params + 0.5 * np.array([math.sin(k * step) for k in FREQUENCY])


def expression(cls: type[Any], values: dict[str, Any], lr: float | None = None) -> str:
    """Return the class's expression in PyTorch with these hyperparameters filled in."""
    item = cls(**values)
    return str(cls.pytorch.format(lr=lr, **{name: getattr(item, name) for name in cls.parameters()}))


def trajectory(code: str) -> dict[str, dict[str, list[float]]]:
    """Return the parameters after each of `STEPS` updates by the PyTorch optimizer that `code` makes, and their average where it keeps one."""
    import torch

    torch.set_default_dtype(torch.float64)  # also of NAdam's running product, which would be single
    params = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimizer = eval(code, {"torch": torch, "params": [params]})
    visited: dict[str, dict[str, list[float]]] = {"trajectory": {}}
    for step in range(1, max(STEPS) + 1):
        params.grad = torch.from_numpy(gradient(params.detach().numpy(), step))
        optimizer.step()
        if step in STEPS:
            visited["trajectory"][str(step)] = params.tolist()
            if "ax" in optimizer.state[params]:
                visited.setdefault("average", {})[str(step)] = optimizer.state[params]["ax"].tolist()
    return visited


def curve(code: str, updates: int) -> list[float]:
    """Return the learning rates of `updates` updates by the PyTorch scheduler that `code` makes."""
    import torch

    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    scheduler = eval(f"torch.optim.lr_scheduler.{code}", {"torch": torch, "optimizer": optimizer})
    rates = []
    for _ in range(updates):
        rates.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        scheduler.step()
    return rates


def write(path: Path, cases: list[dict[str, Any]]) -> None:
    """Write the cases as JSON, one a line."""
    path.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")


def main() -> None:
    """Write the files."""
    cases = []
    for kind, cls in OPTIMIZERS.items():
        for i, values in enumerate(settings(cls, draws=2)):
            refused = kind == "nesterov" and values.get("momentum") == 0  # by PyTorch
            if cls.pytorch is not None and not refused:
                lr = cls.learning_rate / (i + 1)
                code = expression(cls, values, lr)
                cases.append({"kind": kind, "settings": values, "lr": lr, "pytorch": code, **trajectory(code)})
    for kind, template in UNDECAYED.items():
        lr = OPTIMIZERS[kind].learning_rate
        code = template.format(lr=lr)
        cases.append({"kind": kind, "settings": {}, "lr": lr, "pytorch": code, **trajectory(code)})
    write(PATH, cases)
    curves = [{"kind": kind, "settings": values, "pytorch": code, "factors": curve(code, updates)} for kind, values, updates, code in SCHEDULERS]
    write(SCHEDULES_PATH, curves)


if __name__ == "__main__":
    main()
