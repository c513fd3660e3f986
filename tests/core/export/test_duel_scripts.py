"""Duels as PyTorch scripts: text for every loss, penalty, cloud and rule, and with torch the measures of the engine."""

from __future__ import annotations

import ast
import json
import math
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.export import duel_script
from core.models import MODELS
from core.optimizers import OPTIMIZERS
from core.studies.adversarial.clouds import CLOUDS
from core.studies.adversarial.duel import Duel, contest, default_duel
from core.studies.adversarial.lanes import play
from core.studies.adversarial.losses import ADVERSARIAL_LOSSES
from core.studies.adversarial.penalties import CRITIC_PENALTIES
from tests.exported import NEEDS_TORCH, ruff_passes
from tests.reference.make_adversarial import duels

MEASURES = ("critic_loss", "generator_loss", "accuracy", "sliced")
#: a rule of signs turns a step around where a gradient is 0 but for rounding: so many updates are compared
EQUAL = {"sign_descent": 20}
#: a name that would end a text and go on as code
HOSTILE = '"""; import os  # \\'


def compared() -> dict[str, Duel]:
    """Return duels with everything that a duel can have, of one seed and 60 updates, by name."""
    found = {f"reference {number}": replace(duel, seeds=1, updates=60) for number, duel in enumerate(duels())}
    rules = [replace(contest("hinge"), critic_optimizer=cls(), generator_optimizer=cls(), label=HOSTILE) for cls in OPTIMIZERS.values()]
    shared: dict[str, Any] = {"updates": 60, "batch": 8, "dtype": "float64", "generator": MODELS["mlp"](hidden=(5,)), "critic": MODELS["mlp"](hidden=(4,))}
    found["every rule"] = Duel(runs=tuple(rules[:12]), **shared)
    found["every other rule"] = Duel(runs=tuple(rules[12:]), **shared)
    found |= {f"cloud {kind}": Duel(runs=(contest("non_saturating", "r1"),), data=cls(), **shared) for kind, cls in CLOUDS.items()}
    lions = OPTIMIZERS["lion"](), OPTIMIZERS["lion"](beta1=0.5)
    found["two of one rule"] = Duel(runs=(replace(contest("hinge"), critic_optimizer=lions[0], generator_optimizer=lions[1]),), **shared)
    two = {"generator": MODELS["mlp"](hidden=(5,), activation="tanh"), "critic": MODELS["mlp"](hidden=(4,), activation="relu")}
    found["two activations"] = Duel(runs=(contest("minimax"),), **shared | two)
    lost = replace(contest("wasserstein"), critic_rate=1e3, generator_rate=1e3, critic_optimizer=OPTIMIZERS["sgd"](), generator_optimizer=OPTIMIZERS["sgd"]())
    found["divergence"] = Duel(runs=(lost,), **shared | {"updates": 400})
    return found


COMPARED = compared()


def scripts() -> list[str]:
    """Return the scripts of all runs, and of those of the page's opening duel, which are in single precision."""
    return [duel_script(duel, index) for duel in (*COMPARED.values(), default_duel()) for index in range(len(duel.runs))]


def test_every_duel_has_a_script(tmp_path: Path, root: Path) -> None:
    runs = [run for duel in COMPARED.values() for run in duel.runs]
    assert {run.loss.kind for run in runs} == {*ADVERSARIAL_LOSSES}
    assert {run.penalty.kind for run in runs} == {*CRITIC_PENALTIES}
    assert {run.critic_optimizer.kind for run in runs} == {*OPTIMIZERS}
    for script in scripts():
        ast.parse(script)
        assert script.isascii()
        assert "import os" not in script
    ruff_passes(dict.fromkeys(scripts()), tmp_path, root)


def test_a_changed_dial_changes_the_script() -> None:
    first = default_duel()
    for other in (replace(first, seed=3), replace(first, batch=8), replace(first, critic_steps=2), replace(first, updates=99), replace(first, latent=3)):
        assert duel_script(other) != duel_script(first)
    assert len({duel_script(first, index) for index in range(len(first.runs))}) == len(first.runs)


def same(duel: Duel, index: int, records: dict[int, dict[str, float]]) -> None:
    """Assert that a script measured what the engine measures, and as long."""
    result = play(replace(duel.alone(index), seeds=1))
    lost = int(result.tracks[0].diverged_at[0])
    ends = [] if lost < 0 else [lost]
    measured = [int(update) for update in result.updates if not ends or update < lost]
    assert [*records] == measured + ends
    assert all(x is None or math.isnan(x) for update in ends for x in records[update].values())
    shown = sum(update <= EQUAL.get(duel.runs[index].critic_optimizer.kind, math.inf) for update in measured)
    for name in MEASURES:
        mine, theirs = np.array([records[update][name] for update in measured[:shown]], float), result.metrics[name][:shown, 0, 0]
        finite = np.isfinite(theirs)
        np.testing.assert_array_equal(np.isfinite(mine), finite)
        assert np.abs(mine[finite] - theirs[finite]).max() <= 1e-9 * np.abs(theirs[finite]).max(), name


@NEEDS_TORCH
@pytest.mark.proof
@pytest.mark.parametrize("name", COMPARED)
def test_measures_are_the_engines(name: str) -> None:
    import torch

    torch.set_num_threads(1)
    for index in range(len(COMPARED[name].runs)):
        before, names = torch.get_default_dtype(), {"__name__": "exported"}
        try:
            exec(compile(duel_script(COMPARED[name], index), "duel.py", "exec"), names)
            records, *_ = names["train"]()  # type: ignore[operator]
        finally:
            torch.set_default_dtype(before)
        same(COMPARED[name], index, records)


@NEEDS_TORCH
@pytest.mark.proof
def test_a_script_as_a_person_starts_it(tmp_path: Path) -> None:
    duel = replace(default_duel(), dtype="float64", updates=100)
    (tmp_path / "duel.py").write_text(duel_script(duel, 1), encoding="utf-8")
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, tmp_path / "duel.py", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120, cwd="/", env=environment)
    same(duel, 1, {row.pop("update"): row for row in json.loads(done.stdout.splitlines()[-1])})
