"""The surfaces of the Descent page as text: the loss of a point in PyTorch, and the gradient that an update is shown where it is another one."""

from __future__ import annotations

from core.export.parts import Part, text
from core.studies.descent.surfaces import Surface
from core.words import Said

#: the constant of a surface's parameter, where its own name in capitals would be another one's
_NAMES = {"noise": "DATA_NOISE", "seed": "DATA_SEED", "l2": "PENALTY"}
#: lines of the loss of p = (x, y), by kind; the last one returns it
_LOSSES: dict[str, tuple[str, ...]] = {
    "quadratic": (
        "angle = math.radians(ROTATION)",
        "u = math.cos(angle) * p[0] + math.sin(angle) * p[1]",
        "v = math.cos(angle) * p[1] - math.sin(angle) * p[0]",
        "return (u * u / CONDITION + v * v) / 2",
    ),
    "ravine": ("return p[0] ** 2 / CONDITION + p[1] ** 2",),
    "rosenbrock": ("x, y = p", "return (1 - x) ** 2 + B * (y - x * x) ** 2"),
    "beale": ("x, y = p", "return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2"),
    "cliff": (
        "x, y = p",
        "width = 0.02  # of the rounded foot",
        "wall = STEEPNESS * width * torch.logaddexp(torch.zeros(()), x / width)",
        "return wall - PLATEAU * x + torch.sqrt(1 + y * y) - 1",
    ),
    "himmelblau": ("x, y = p", "return (x * x + y - 11) ** 2 + (x + y * y - 7) ** 2"),
    "saddle": ("x, y = p", "return (x * x - y * y) / 2<floor>"),
    "monkey_saddle": ("x, y = p", "return x * (x * x - 3 * (y * y))"),
    "rastrigin": ("return (p * p + 2 * AMPLITUDE * torch.sin(math.pi * p) ** 2).sum()",),
    "ackley": (
        "radius = torch.sqrt(p @ p / 2 + 1e-300)  # a root has no slope at 0",
        "waves = torch.sin(math.pi * p)",
        "return -20 * torch.expm1(-0.2 * radius) - math.e * torch.expm1(-(waves @ waves))",
    ),
    "styblinski_tang": ("return (p**4 - 16 * p * p + 5 * p).sum() / 2",),
    "sparse": ("x, y = p", "return (x * x + STRENGTH / EVERY * y * y) / 2"),
    "reddi": ("x, y = p", "return (SCALE - 2) / 3 * x + y * y / 2"),
    "line_mse": ("x, y = DATA", "return ((p[0] + p[1] * x - y) ** 2).mean()"),
    "logistic": (
        "X, labels = DATA",
        "margins = labels * (X @ p)",
        "return torch.logaddexp(torch.zeros(()), -margins).mean() + PENALTY / 2 * (p @ p)",
    ),
}
#: lines of the loss of which an update sees the gradient, where it is not the surface's
_SEEN: dict[str, tuple[str, ...]] = {
    "sparse": ("x, y = p", "return (x * x + (STRENGTH * y * y if step % EVERY == 0 else 0 * y)) / 2"),
    "reddi": ("x, y = p", "return (SCALE if step % 3 == 1 else -1) * x + y * y / 2"),
    "line_mse": (
        "size = min(BATCH, ROWS)",
        "epoch, batch = divmod(step - 1, -(-ROWS // size))",
        "rows = np.random.default_rng([DATA_SEED, epoch]).permutation(ROWS)[batch * size : (batch + 1) * size]",
        "x, y = DATA[0][rows], DATA[1][rows]",
        "return ((p[0] + p[1] * x - y) ** 2).mean()",
    ),
}
_DATA: dict[str, str] = {
    "line_mse": '''
        def data():
            """Return x and y of the rows, drawn as the published example draws them."""
            rng = np.random.RandomState(DATA_SEED)
            x = rng.uniform(-1, 1, ROWS)
            return torch.tensor(x), torch.tensor(2 + 3 * x + rng.normal(0, DATA_NOISE, ROWS))


        DATA = data()
        ''',
    "logistic": '''
        def data():
            """Return the features (n, 2) of two clouds, and their labels, -1 or 1."""
            rng = np.random.default_rng(DATA_SEED)
            labels = np.where(np.arange(ROWS) % 2, 1.0, -1.0)
            X = rng.normal(size=(ROWS, 2)) * (1.0, 0.5) + labels[:, None] * DISTANCE / 2 * (1.0, 0.5)
            return torch.tensor(X), torch.tensor(labels)


        DATA = data()
        ''',
}


def part(surface: Surface) -> Part:
    """Return the part that defines `loss_at(p)` and `seen_at(p, step)`. Raise ValueError for a surface that is the loss of a trained network."""
    if surface.kind not in _LOSSES:
        raise ValueError(Said("the surface {surface} comes from a training, and has no script: take a run of the workbench", surface=Said(surface.title)))
    floor = " + y**4 / 16" if getattr(surface, "floor", False) else ""
    blocks = [text(_DATA[surface.kind])] if surface.kind in _DATA else []
    blocks.append(
        text(
            '''
            def loss_at(p):
                """Return the loss of a point (2,): <title>."""
                <lines>
            ''',
            title=surface.title, lines="\n".join(_LOSSES[surface.kind]).replace("<floor>", floor),
        )
    )  # fmt: skip
    if sees_another(surface):
        blocks.append(
            text(
                '''
                def seen_at(p, step):
                    """Return the loss of which update number `step`, from 1, is shown the gradient."""
                    <lines>
                ''',
                lines="\n".join(_SEEN[surface.kind]),
            )
        )
    whole = "\n\n\n".join(blocks)
    found = {_NAMES.get(name, name.upper()): getattr(surface, name) for name in surface.parameters()}
    constants = tuple(f"{name} = {value!r}" for name, value in found.items() if name in whole)
    imports = ["import torch", *(["import math"] if "math." in whole else []), *(["import numpy as np"] if "np." in whole else [])]
    return Part("Surface", whole, tuple(imports), constants)


def sees_another(surface: Surface) -> bool:
    """Return whether an update is shown the gradient of another loss than the surface's."""
    if surface.kind == "line_mse":
        return 0 < getattr(surface, "batch", 0) < getattr(surface, "rows", 0)
    return surface.kind in _SEEN
