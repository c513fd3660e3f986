"""Duels as PyTorch scripts: text for every loss, penalty, cloud and rule, and with torch the measures of the engine."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.export import duel_script
from core.models import MODELS
from core.optimizers import OPTIMIZERS
from core.studies.adversarial.clouds import CLOUDS
from core.studies.adversarial.duel import Duel, contest, default_duel
from core.studies.adversarial.lanes import play
from core.studies.adversarial.losses import ADVERSARIAL_LOSSES
from core.studies.adversarial.penalties import CRITIC_PENALTIES
from tests.exported import HOSTILE, NEEDS_TORCH, Records, played, printed_records, ruff_passes, same_records
from tests.reference.make_adversarial import duels

MEASURES = ("critic_loss", "generator_loss", "accuracy", "sliced")


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


def same(duel: Duel, index: int, records: Records) -> None:
    """Assert that a script measured what the engine measures, and as long."""
    result = play(replace(duel.alone(index), seeds=1))
    same_records(records, result, {name: result.metrics[name][:, 0, 0] for name in MEASURES}, duel.runs[index].critic_optimizer.kind)


@NEEDS_TORCH
@pytest.mark.proof
@pytest.mark.parametrize("name", COMPARED)
def test_measures_are_the_engines(name: str) -> None:
    for index in range(len(COMPARED[name].runs)):
        same(COMPARED[name], index, played(duel_script(COMPARED[name], index)))


@NEEDS_TORCH
@pytest.mark.proof
def test_a_script_as_a_person_starts_it(tmp_path: Path) -> None:
    duel = replace(default_duel(), dtype="float64", updates=100)
    same(duel, 1, printed_records(duel_script(duel, 1), tmp_path))
