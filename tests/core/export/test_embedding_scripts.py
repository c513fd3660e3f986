"""Embeddings as PyTorch scripts: text for every loss, space and rule, and with torch the measures of the engine."""

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

from core.datasets import DATASETS
from core.datasets.own import Own
from core.export import embedding_script
from core.models import MODELS
from core.optimizers import OPTIMIZERS
from core.studies.metric_learning.base import EMBEDDING_LOSSES
from core.studies.metric_learning.embedding import DIMENSIONS, SPHERE, Embedding, default_embedding, metric
from core.studies.metric_learning.lanes import embed
from tests.exported import NEEDS_TORCH, ruff_passes
from tests.reference.make_metric_learning import embeddings

#: a name that would end a text and go on as code
HOSTILE = '"""; import os  # \\'
#: rules of signs turn a step around where a gradient is 0 but for rounding: so many updates are compared
EQUAL = {"sign_descent": 20, "lion": 20, "rprop": 20}


def compared() -> dict[str, Embedding]:
    """Return embeddings with everything that an embedding can have, of one seed and 60 updates, by name."""
    found = {f"reference {number}": replace(each, seeds=1, updates=60) for number, each in enumerate(embeddings())}
    rules = [replace(metric("nt_xent"), optimizer=cls(), learning_rate=cls.learning_rate / 4, label=HOSTILE) for cls in OPTIMIZERS.values()]
    shared: dict[str, Any] = {"dataset": DATASETS["wine"](), "model": MODELS["mlp"](hidden=(6,), activation="tanh"), "updates": 60, "dtype": "float64"}
    found["every rule"] = Embedding(runs=tuple(rules[:12]), **shared)
    found["every other rule"] = Embedding(runs=tuple(rules[12:]), **shared)
    for kind, cls in DATASETS.items():
        if not cls.brought and cls.task == "classification":
            runs = (metric("cosface"), metric("triplet", mining="random"))
            found[f"data {kind}"] = Embedding(runs=runs, **shared | {"dataset": cls(), "per_class": 5, "held_out": (1,) if kind == "people" else ()})
    diverging = replace(metric("contrastive", margin=1000.0), optimizer=OPTIMIZERS["sgd"](), learning_rate=1e3)
    found["divergence"] = Embedding(runs=(diverging,), **shared | {"model": MODELS["linear"](), "updates": 150})
    return found


COMPARED = compared()


def scripts() -> list[str]:
    """Return the scripts of all runs, and of those of the page's opening embedding, which are in single precision."""
    return [embedding_script(each, index) for each in (*COMPARED.values(), default_embedding()) for index in range(len(each.runs))]


def test_every_embedding_has_a_script(tmp_path: Path, root: Path) -> None:
    assert {run.loss.kind for each in COMPARED.values() for run in each.runs} == {*EMBEDDING_LOSSES}
    assert {run.optimizer.kind for each in COMPARED.values() for run in each.runs} == {*OPTIMIZERS}
    assert {each.space for each in COMPARED.values()} == {*DIMENSIONS}
    for script in scripts():
        ast.parse(script)
        assert script.isascii()
        assert "import os" not in script
    ruff_passes(dict.fromkeys(scripts()), tmp_path, root)


def test_a_changed_dial_changes_the_script() -> None:
    first = default_embedding()
    for changed in ({"seed": 3}, {"updates": 99}, {"classes": 4}, {"per_class": 3}, {"space": SPHERE}, {"held_out": (2,)}):
        assert embedding_script(replace(first, **changed)) != embedding_script(first)  # type: ignore[arg-type]
    assert len({embedding_script(first, index) for index in range(len(first.runs))}) == len(first.runs)


def test_rows_of_ones_own_are_refused() -> None:
    with pytest.raises(ValueError, match="has no rows of your own"):
        embedding_script(replace(default_embedding(), dataset=Own()))


def same(embedding: Embedding, index: int, records: dict[int, dict[str, float]]) -> None:
    """Assert that a script measured what the engine measures, and as long."""
    result = embed(replace(embedding.alone(index), seeds=1))
    lost = int(result.tracks[0].diverged_at[0])
    ends = [] if lost < 0 else [lost]
    measured = [int(update) for update in result.updates if not ends or update < lost]
    assert [*records] == measured + ends
    assert all(x is None or math.isnan(x) for update in ends for x in records[update].values())
    shown = sum(update <= EQUAL.get(embedding.runs[index].optimizer.kind, math.inf) for update in measured)
    for name in [name for name in records[0] if not (ends and name.endswith("recall"))]:  # an explosion leaves no neighbours
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
            exec(compile(embedding_script(COMPARED[name], index), "embedding.py", "exec"), names)
            records, *_ = names["train"]()  # type: ignore[operator]
        finally:
            torch.set_default_dtype(before)
        same(COMPARED[name], index, records)


@NEEDS_TORCH
@pytest.mark.proof
def test_a_script_as_a_person_starts_it(tmp_path: Path) -> None:
    embedding = replace(default_embedding(), dtype="float64", updates=100)
    (tmp_path / "embedding.py").write_text(embedding_script(embedding, 3), encoding="utf-8")
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, tmp_path / "embedding.py", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120, cwd="/", env=environment)
    same(embedding, 3, {row.pop("update"): row for row in json.loads(done.stdout.splitlines()[-1])})
