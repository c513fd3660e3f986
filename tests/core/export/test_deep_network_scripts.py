"""Deep networks as PyTorch scripts: text for every activation, initialisation, norm and rule, and with torch the measures of the engine."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.datasets import DATASETS
from core.datasets.own import Own
from core.export import networks_script
from core.optimizers import OPTIMIZERS
from core.studies.deep_networks import ACTIVATIONS, NORMS, STARTS, Network, Networks
from core.studies.deep_networks.lanes import NetworksResult, train
from core.studies.deep_networks.networks import default_networks, network
from core.studies.deep_networks.starts import Scale
from tests.exported import HOSTILE, NEEDS_TORCH, Records, played, printed_records, ruff_passes, same_records


def compared() -> dict[str, Networks]:
    """Return networks with everything that a run can have, of one seed and 40 updates, by name."""
    mixed = [
        Network(
            depth=4, activation=activation(), start=Scale(0.3) if start.kind == "scale" else start(), norm=norm(), residual=residual,
            clip_norm=clip, learning_rate=0.05, label=HOSTILE,
        )
        for activation in ACTIVATIONS.values()
        for (start, norm, residual, clip) in zip(
            [*STARTS.values()] * 2, [*NORMS.values()] * 3, (None, 0.3, 0.5, None, 1.0, None, None, 0.1), (0.0, 0.2) * 4, strict=False
        )
    ]  # fmt: skip
    shared: dict[str, Any] = {"dataset": DATASETS["wine"](), "width": 6, "batch": 16, "updates": 40, "dtype": "float64", "seed": 2}
    found = {f"mixed {i}": Networks(runs=tuple(mixed[i : i + 12]), **shared) for i in range(0, len(mixed), 12)}
    rules = [Network(depth=2, optimizer=cls(), learning_rate=cls.learning_rate / 2) for cls in OPTIMIZERS.values()]
    found |= {f"rules {i}": Networks(runs=tuple(rules[i : i + 12]), **shared) for i in range(0, len(rules), 12)}
    found["few rows"] = Networks(runs=(network("he", "relu", "batch", depth=3),), **shared | {"batch": 1000})
    found["divergence"] = Networks(runs=(replace(network(Scale(5.0), depth=20), learning_rate=1e3),), **shared | {"updates": 100, "width": 64})
    return found


COMPARED = compared()


def scripts() -> list[str]:
    """Return the scripts of all runs, and of those that the page opens with, which are in single precision."""
    return [networks_script(each, index) for each in (*COMPARED.values(), default_networks()) for index in range(len(each.runs))]


def test_all_deep_networks_have_a_script(tmp_path: Path, root: Path) -> None:
    runs = [run for each in COMPARED.values() for run in each.runs]
    for name, registry in {"activation": ACTIVATIONS, "start": STARTS, "norm": NORMS, "optimizer": OPTIMIZERS}.items():
        assert {getattr(run, name).kind for run in runs} == {*registry}
    for script in scripts():
        ast.parse(script)
        assert script.isascii()
        assert "import os" not in script
    ruff_passes(dict.fromkeys(scripts()), tmp_path, root)


def test_a_changed_dial_changes_the_script() -> None:
    first = default_networks()
    for changed in ({"seed": 3}, {"updates": 99}, {"width": 16}, {"batch": 8}):
        assert networks_script(replace(first, **changed)) != networks_script(first)  # type: ignore[arg-type]
    assert len({networks_script(first, index) for index in range(len(first.runs))}) == len(first.runs)


def test_rows_of_ones_own_are_refused() -> None:
    with pytest.raises(ValueError, match="has no rows of your own"):
        networks_script(replace(default_networks(), dataset=Own()))


def measures(result: NetworksResult) -> dict[str, np.ndarray]:
    """Return what a script prints, of the engine's first run and seed at each record."""
    of_layers = np.array([result.layers(0, "gradient", int(update)) for update in result.updates])
    names = ("loss", "accuracy", "train_accuracy", "test_loss")
    return {name: result.metrics[name][:, 0, 0] for name in names} | {"first_gradient": of_layers[:, 0], "last_gradient": of_layers[:, -2]}


def same(networks: Networks, index: int, records: Records) -> None:
    """Assert that a script measured what the engine measures, and as long."""
    result = train(replace(networks.alone(index), seeds=1))
    same_records(records, result, measures(result), networks.runs[index].optimizer.kind)


@NEEDS_TORCH
@pytest.mark.proof
@pytest.mark.parametrize("name", COMPARED)
def test_measures_are_the_engines(name: str) -> None:
    for index in range(len(COMPARED[name].runs)):
        same(COMPARED[name], index, played(networks_script(COMPARED[name], index)))


@NEEDS_TORCH
@pytest.mark.proof
def test_a_script_as_a_person_starts_it(tmp_path: Path) -> None:
    networks = replace(default_networks(), dtype="float64", updates=50)
    same(networks, 3, printed_records(networks_script(networks, 3), tmp_path))
