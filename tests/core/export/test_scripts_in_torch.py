"""Exported PyTorch scripts give the engine's curves: every item of every registry, random experiments, two as a person starts them; and faults show."""

from __future__ import annotations

import io
import os
import sys
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.experiment import Experiment
from core.export import bundle, pytorch_script
from core.export.files import TABLE_FILE, table_file
from tests.exported import NEEDS_TORCH, apart, engine_curve, entries, printed_curve, random_experiments, script_curve, steady
from tests.reference.make_scripts import experiments, exported, own_table

pytestmark = [pytest.mark.proof, NEEDS_TORCH]

#: how far the curves of a script and of the engine may be apart, relative to the loss
NEAR = 1e-9
GOLDEN = experiments()
ENTRIES = entries()
RANDOM = list(random_experiments(46))
#: of the random experiments, so many at most may be chaotic; they are left out
CHAOTIC = 6


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """At these sizes a second thread makes PyTorch slower."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield
    torch.set_num_threads(before)


def distance(experiment: Experiment) -> float:
    """Return how far the script's curve is from the engine's."""
    return apart(script_curve(pytorch_script(experiment, experiment.runs[0])), engine_curve(experiment))


@pytest.mark.parametrize("name", ENTRIES)
def test_every_item_of_every_registry(name: str) -> None:
    """Items at their defaults and at a random position of their sliders, 20 epochs, three splits."""
    assert distance(ENTRIES[name]) < NEAR


def test_random_experiments() -> None:
    """Everything at once: data, damage, model, loss, optimizer, schedule, penalty, weights, resampling, dropout, limits, patience, seeds.

    Left out is a run that the engine itself does not repeat when rounding alone changes, as sign rules at kinks.
    """
    distances = [distance(experiment) for experiment in RANDOM if steady(experiment)]
    assert len(distances) >= len(RANDOM) - CHAOTIC
    assert max(distances) < NEAR


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_scripts(name: str, tmp_path: Path) -> None:
    """In double precision they are the engine's; in single precision what their docstring says is true of the first epochs."""
    experiment = GOLDEN[name]
    table = own_table() if experiment.dataset.brought else None
    if table is not None:
        (tmp_path / TABLE_FILE).write_bytes(table_file(table))
    double = replace(experiment, dtype="float64")
    script = pytorch_script(double, double.runs[0], table=table)
    assert apart(script_curve(script, tmp_path), engine_curve(double, table=table)) < NEAR
    if experiment.dtype == "float32":
        single, mine = engine_curve(experiment), script_curve(exported(name, experiment))
        assert apart({split: losses[:3] for split, losses in mine.items()}, {split: losses[:3] for split, losses in single.items()}) < 1e-6


def test_scripts_as_a_person_starts_them(tmp_path: Path) -> None:
    """One of the data that everybody has, and one with its rows from a zip, each in a process of its own in another folder."""
    experiment = replace(GOLDEN["digits_adam"], dtype="float64")
    script = tmp_path / "script.py"
    script.write_text(pytorch_script(experiment, experiment.runs[0]), encoding="utf-8")
    started = {"cwd": "/", "env": {**os.environ, "OMP_NUM_THREADS": "1"}}
    assert apart(printed_curve(sys.executable, script, **started), engine_curve(experiment)) < NEAR
    own, table = GOLDEN["own_manual"], own_table()
    with zipfile.ZipFile(io.BytesIO(bundle(own, own.runs[0], table))) as archive:
        archive.extractall(tmp_path)
    assert apart(printed_curve(sys.executable, tmp_path / "pytorch_run.py", **started), engine_curve(own, table=table)) < NEAR


FAULTS = {
    "a rate 1e-8 larger": ("LEARNING_RATE = 0.001", "LEARNING_RATE = 0.00100000001"),
    "another order of batches": ("[SEED, 1, epoch]", "[SEED, 1, epoch + 1]"),
    "other initial weights": ("default_rng([SEED, 0])", "default_rng([SEED, 5])"),
    "other rows": ("SPLIT_SEED = 0", "SPLIT_SEED = 1"),
    "another size of batches": ("BATCH_SIZE = 32", "BATCH_SIZE = 33"),
    "eps in another place": ("eps=1e-08", "eps=2e-08"),
    "scaled by all rows": ('fit(X[rows["train"]])', "fit(X)"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_deliberate_fault_is_found(fault: str) -> None:
    """So the tests above could have failed."""
    experiment = replace(GOLDEN["digits_adam"], dtype="float64", epochs=5)
    script = pytorch_script(experiment, experiment.runs[0])
    right, wrong = FAULTS[fault]
    assert script.count(right) >= 1
    assert apart(script_curve(script.replace(right, wrong)), engine_curve(experiment)) > NEAR
