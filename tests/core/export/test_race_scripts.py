"""Races as PyTorch scripts: text for every surface and rule, and with torch the paths of the engine."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.export import race_script
from core.optimizers import OPTIMIZERS
from core.schedules import SCHEDULES
from core.studies.descent.race import Race, default_race, run
from core.studies.descent.surfaces import SURFACES
from tests.exported import NEEDS_TORCH, ruff_passes
from tests.races import race, racer

TRAINED = "mlp_plane"
#: a name that would end a text and go on as code
HOSTILE = '"""; import os  # \\'


def races() -> dict[str, Race]:
    """Return races on every surface and of every rule, by name."""
    found = {}
    for kind, cls in SURFACES.items():
        if kind != TRAINED:
            surface = cls()
            some = [racer(rule, rate / 10 if kind == "rastrigin" else rate) for rule, rate in {"sgd": 0.01, "momentum": 0.01, "adam": 0.05}.items()]
            found[kind] = race(*some, surface=surface)
            found[f"{kind} with noise"] = race(*some, surface=surface, start=surface.starts[-1], noise=0.1, seed=3, stop_gradient=1e-3, stop_loss=1e-2)
    found["batches"] = race(racer("sgd", 0.1), surface=SURFACES["line_mse"](batch=30))
    found["saddle without a floor"] = race(racer("momentum", 0.1), surface=SURFACES["saddle"](floor=False))
    schedules = list(SCHEDULES)
    for i, kind in enumerate(OPTIMIZERS):
        schedule = SCHEDULES[schedules[i % len(schedules)]]()
        others: dict[str, Any] = {"clip_norm": 0.5 * (i % 2), "l2": 0.1 * (i % 3 == 1), "start": ((), (1.0, 1.0))[i % 4 == 0]}
        found[kind] = race(racer(kind), racer(kind, schedule=schedule, **others), racer("sgd", label=HOSTILE))
    found["two of one rule"] = race(racer("lion", 0.01), racer("lion", 0.01, {"beta1": 0.5}))
    found["divergence"] = race(racer("sgd", 0.1), surface=SURFACES["rosenbrock"](), start=(-1.2, 1.0))
    return found | {"the opening race": default_race()}


RACES = races()


def test_every_race_has_a_script(tmp_path: Path, root: Path) -> None:
    scripts = [race_script(each) for each in RACES.values()]
    for script in scripts:
        ast.parse(script)
        assert script.isascii()
        assert "import os" not in script
    ruff_passes(scripts, tmp_path, root)


def test_a_changed_dial_changes_the_script() -> None:
    first = default_race()
    for other in (replace(first, steps=99), replace(first, start=(1.0, 1.0)), replace(first, noise=0.1), replace(first, stop_gradient=0.1)):
        assert race_script(other) != race_script(first)


def test_the_plane_of_a_training_has_no_script() -> None:
    with pytest.raises(ValueError, match="comes from a training, and has no script"):
        race_script(replace(default_race(), surface=SURFACES[TRAINED]()))


@NEEDS_TORCH
@pytest.mark.proof
@pytest.mark.parametrize("name", RACES)
def test_paths_are_the_engines(name: str) -> None:
    import torch

    before, names = torch.get_default_dtype(), {"__name__": "exported"}
    torch.set_num_threads(1)
    try:
        exec(compile(race_script(RACES[name]), "race.py", "exec"), names)
        found = names["race"]()  # type: ignore[operator]
    finally:
        torch.set_default_dtype(before)
    same(RACES[name], list(found.values()))


def same(of_race: Race, found: list[tuple[list[list[float]], list[float]]]) -> None:
    """Assert that racers went where the engine's went, and as long."""
    course = run(of_race)
    for i, (points, losses) in enumerate(found):
        length = int(np.isfinite(course.losses[:, i]).sum())
        assert len(losses) == length
        np.testing.assert_allclose(points, course.points[:length, i], rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(losses, course.losses[:length, i], rtol=1e-9, atol=1e-9)


@NEEDS_TORCH
@pytest.mark.proof
def test_a_script_as_a_person_starts_it(tmp_path: Path) -> None:
    (tmp_path / "race.py").write_text(race_script(default_race()), encoding="utf-8")
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, tmp_path / "race.py", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120, cwd="/", env=environment)
    same(default_race(), [(each["points"], each["losses"]) for each in json.loads(done.stdout.splitlines()[-1])])
