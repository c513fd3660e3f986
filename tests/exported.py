"""Exported scripts beside the engine: an experiment for every registered item, random ones, the curve of a script, and that of the engine."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import train
from core.class_weights import CLASS_WEIGHTS
from core.datasets import DATASETS, Table
from core.experiment import Experiment, Run, fits, fitting_losses, workbench_losses
from core.export.parts import WIDTH
from core.models import MODELS
from core.optimizers import OPTIMIZERS
from core.parameters import Declared
from core.penalties import PENALTIES
from core.preparation.corruption import Corruption
from core.preparation.resampling import RESAMPLINGS
from core.preparation.split import SPLITS
from core.schedules import SCHEDULES
from core.tasks import CLASSIFICATION
from tests.reference.make_optimizers import settings
from tests.small import BLOBS, CURVE, run, small

#: for the proof of scripts in PyTorch, which is no part of the project; where REQUIRE_TORCH=1, as in `.ci/run`, its absence is a failure
NEEDS_TORCH = pytest.mark.skipif(
    find_spec("torch") is None and not os.environ.get("REQUIRE_TORCH"), reason="needs PyTorch: pip install -r requirements-torch.txt, as .ci/run does"
)
Curve = dict[str, list[float | None]]
COSTS = DATASETS["costs"](rows=60)
NETWORK = MODELS["mlp"](hidden=(5, 3), activation="tanh")
EVERYWHERE = Corruption(wrong_labels=0.3, outliers=0.3, feature_noise=0.5, rarest=0.4, training_share=0.5, everywhere=True)


def both(cls: type[Declared]) -> list[Any]:
    """Return an item at its defaults, and one at a random position of each slider if it has any."""
    of_cls = list(settings(cls))
    return [cls(**values) for values in ([of_cls[0], of_cls[-1]] if len(of_cls) > 1 else of_cls)]


def _of_registries() -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Yield name, run, and what else the experiment has."""
    for kind, cls in ((cls.kind, cls) for cls in workbench_losses()):
        dataset = next(data for data in (BLOBS, CURVE, COSTS) if fits(cls, data))
        yield from ((f"loss {kind}", replace(run(), loss=item, learning_rate=0.02), {"dataset": dataset}) for item in both(cls))
    for kind, cls in OPTIMIZERS.items():
        for item, schedule in zip(both(cls) * 2, ("constant", "cosine", "cosine", "constant"), strict=False):
            yield f"optimizer {kind} {schedule}", replace(run(), optimizer=item, learning_rate=item.learning_rate, schedule=SCHEDULES[schedule]()), {}
    for kind, cls in SCHEDULES.items():
        yield from ((f"schedule {kind}", run(schedule=item), {}) for item in both(cls))
    for kind, cls in PENALTIES.items():
        for schedule in ("constant", "exponential"):
            yield from ((f"penalty {kind} {schedule}", run(optimizer="momentum", penalty=item, schedule=SCHEDULES[schedule]()), {}) for item in both(cls))
    for kind, cls in CLASS_WEIGHTS.items():
        item = cls(values=(2.0, 0.0)) if kind == "manual" else cls()
        for resampling in RESAMPLINGS:
            yield f"class weights {kind} {resampling}", run(class_weights=item, resampling=resampling), {"dataset": DATASETS["wine"]()}
    for kind, cls in DATASETS.items():
        if not cls.brought:
            item = cls()
            loss = "cross_entropy" if item.task == CLASSIFICATION else "squared_error"
            yield from ((f"data {kind} {name}", run(loss, learning_rate=0.02), {"dataset": item, "model": model()}) for name, model in MODELS.items())
    for activation in ("relu", "tanh", "sigmoid"):
        yield f"activation {activation}", run(dropout=0.3), {"model": MODELS["mlp"](hidden=(6, 4), activation=activation)}
    damages = {name: {name: getattr(EVERYWHERE, name)} for name in ("wrong_labels", "outliers", "feature_noise", "rarest", "training_share")}
    for name, values in (damages | {"everywhere": EVERYWHERE.to_dict()}).items():
        for dataset, loss in ((DATASETS["wine"](), "cross_entropy"), (CURVE, "huber")):
            item = run(loss, class_weights=CLASS_WEIGHTS["balanced" if dataset.task == CLASSIFICATION else "none"]())
            yield f"damage {name}", item, {"dataset": dataset, "corruption": Corruption(**values)}
    for name, others in {"dropout": {"dropout": 0.4}, "max-norm": {"max_norm": 0.5}, "clipping": {"clip_norm": 0.1}}.items():
        for size in (0, 8, 500):
            yield f"{name} {size}", run(**others), {"batch_size": size}
    yield "patience", run(learning_rate=3.0, patience=2), {"epochs": 60}
    yield "divergence", run("squared_error", learning_rate=100.0), {"dataset": CURVE}


def entries() -> dict[str, Experiment]:
    """Return an experiment of one run for every item of every registry, at its defaults and elsewhere, and for whatever else a run can have, by name."""
    found: dict[str, Experiment] = {}
    for name, item, others in _of_registries():
        chosen = {"model": NETWORK, "epochs": 20, "seeds": 1} | others
        found[f"{name} {sum(other.startswith(name) for other in found)}"] = small(item, **chosen)
    return found


def steady(experiment: Experiment) -> bool:
    """Return whether the engine itself keeps a run's curve when rounding alone changes: all rows get the same weight, and weights are divided by their sum.

    Where it does not, as where a rule takes the sign of a gradient that is 0 but for rounding, no other program can be near.
    """
    table, curve = experiment.dataset.load(), engine_curve(experiment)
    rounded = (replace(table, sample_weights=np.full(len(table.X), weight)) for weight in (0.1, 3.7))
    return all(apart(curve, engine_curve(experiment, table=other)) < 1e-11 for other in rounded)


def random_experiments(count: int, seed: int = 0) -> Iterator[Experiment]:
    """Yield experiments of one run whose settings are all drawn at random."""
    rng = np.random.default_rng(seed)

    def one(items: Any) -> Any:
        return list(items)[rng.integers(len(items))]

    def of(registry: Any) -> Any:
        return one(both(one(registry.values())))

    datasets = [cls() for cls in DATASETS.values() if not cls.brought]
    for _ in range(count):
        dataset = one(datasets)
        classes = dataset.task == CLASSIFICATION
        optimizer, loss = of(OPTIMIZERS), one(both(one(fitting_losses(dataset))))
        drawn = Run(
            loss=loss, optimizer=optimizer, learning_rate=optimizer.learning_rate * one((0.3, 1.0)), schedule=of(SCHEDULES), penalty=of(PENALTIES),
            class_weights=CLASS_WEIGHTS[one(("none", "balanced", "effective_number"))]() if classes else CLASS_WEIGHTS["none"](),
            resampling=one(RESAMPLINGS) if classes else "none", dropout=one((0.0, 0.0, 0.3)), max_norm=one((0.0, 0.0, 1.5)), clip_norm=one((0.0, 1.0)),
            patience=one((0, 0, 3)),
        )  # fmt: skip
        damage = {"wrong_labels": 0.2, "outliers": 0.2, "feature_noise": 0.3, "rarest": 0.5, "training_share": 0.7}
        yield Experiment(
            dataset=dataset, runs=(drawn,), epochs=20, batch_size=one((0, 16, 50)), dtype="float64", first_seed=int(rng.integers(9)),
            split_seed=int(rng.integers(9)), model=one((MODELS["linear"](), NETWORK, MODELS["mlp"](hidden=(16,)))),
            corruption=Corruption(**{name: damage[name] for name in damage if rng.random() < 0.25}, everywhere=bool(rng.random() < 0.3)),
        )  # fmt: skip


def engine_curve(experiment: Experiment, run: int = 0, table: Table | None = None) -> Curve:
    """Return a run's own loss for the first seed at each epoch, by split, until it ended."""
    alone = replace(experiment.alone(run), seeds=1)
    result = train(alone, table=table)
    return {split: [x if math.isfinite(x) else None for x in result.values("loss", split)[:, 0, 0].tolist()] for split in SPLITS}


def script_curve(script: str, folder: Path | None = None) -> Curve:
    """Return the curve of a PyTorch script, run in this process. `folder`: where its table lies."""
    import torch

    before = torch.get_default_dtype()
    names: dict[str, Any] = {"__name__": "exported", "__file__": str((folder or Path()) / "script.py")}
    try:
        exec(compile(script, "script.py", "exec"), names)
        _, curve = names["train"](names["prepare"]())
    finally:
        torch.set_default_dtype(before)
    return {split: [x[split] if math.isfinite(x[split]) else None for x in curve] for split in SPLITS}


def ruff_passes(scripts: Iterable[str], folder: Path, root: Path) -> None:
    """Assert that ruff passes on scripts, which are written into a folder: by the project's rules, by its own, and as it formats."""
    for number, script in enumerate(scripts):
        (folder / f"script_{number}.py").write_text(script, encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff"]
    for command in (
        [*ruff, "check", "--no-cache", "--config", str(root / "pyproject.toml"), "."],
        [*ruff, "check", "--no-cache", "--isolated", "."],
        [*ruff, "format", "--no-cache", "--isolated", "--line-length", str(WIDTH), "--check", "--diff", "."],
    ):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout[-2000:]


def printed_curve(python: Path | str, script: Path, **options: Any) -> Curve:
    """Return the curve that a script prints in a process of its own, started in a folder of its own."""
    done = subprocess.run([python, script, "--json"], capture_output=True, text=True, check=True, timeout=300, **options)
    curve: Curve = json.loads(done.stdout.splitlines()[-1])
    return curve


def apart(one: Curve, other: Curve) -> float:
    """Return the largest difference of two curves, relative to the values; infinite where they do not have the same epochs."""
    if any([x is None for x in one[split]] != [x is None for x in other[split]] for split in SPLITS):
        return math.inf
    pairs = [(x, y) for split in SPLITS for x, y in zip(one[split], other[split], strict=True) if x is not None and y is not None]
    mine, theirs = np.array(pairs).T
    return float((np.abs(mine - theirs) / np.maximum(np.abs(theirs), np.finfo(float).tiny)).max())
