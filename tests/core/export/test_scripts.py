"""Exported scripts as text: golden ones, those of every registered item, and what never gets into one. `test_scripts_in_torch.py` runs them."""

from __future__ import annotations

import ast
import io
import json
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest

from core.class_weights import CLASS_WEIGHTS
from core.datasets import DATASETS
from core.datasets.own import Own
from core.experiment import Experiment, Run
from core.export import bundle, notebook, pytorch_script
from core.export.parts import WIDTH
from core.export.sources import source
from core.losses import LOSSES
from core.optimizers import OPTIMIZERS
from core.penalties import PENALTIES
from tests.exported import EVERYWHERE, both, entries, random_experiments, ruff_passes
from tests.reference.make_scripts import FOLDER, experiments, exported, own_table
from tests.small import run, small

GOLDEN = experiments()
ENTRIES = entries()
#: what ends a string and goes on as code, which a person may give for a name
HOSTILE = '"""; import os; os.system("true") # \\'


@pytest.mark.parametrize("name", GOLDEN)
def test_scripts_are_those_that_were_read(name: str) -> None:
    """Eight runs that have everything a run can have. A change is meant: write them anew, and read the difference."""
    assert exported(name, GOLDEN[name]) == (FOLDER / f"{name}.py").read_text(encoding="utf-8"), "python -m tests.reference.make_scripts"


def test_there_are_eight_golden_scripts() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.py")) == sorted(GOLDEN)
    assert len(GOLDEN) == 8


@pytest.fixture(scope="module")
def scripts() -> dict[str, str]:
    """Return the script of an experiment for every registered item."""
    return {name: pytorch_script(experiment, experiment.runs[0]) for name, experiment in ENTRIES.items()}


@pytest.fixture(scope="module")
def trees(scripts: dict[str, str]) -> dict[str, ast.Module]:
    return {name: ast.parse(script) for name, script in scripts.items()}


def test_every_item_of_every_registry_has_a_script(scripts: dict[str, str]) -> None:
    for name, script in scripts.items():
        assert script.isascii(), name
        assert max(map(len, script.splitlines())) <= WIDTH, name


def test_ruff_passes_on_every_script(scripts: dict[str, str], tmp_path: Path, root: Path) -> None:
    """By the project's rules, by ruff's own, and as ruff formats."""
    ruff_passes([*scripts.values(), *(exported(name, experiment) for name, experiment in GOLDEN.items())], tmp_path, root)


def test_scripts_need_nothing_but_numpy_scikit_learn_and_torch(trees: dict[str, ast.Module]) -> None:
    allowed = {"numpy", "sklearn", "torch"} | sys.stdlib_module_names
    for name, tree in trees.items():
        for node in tree.body:  # matplotlib is imported within a function, where it is
            imported = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module] if isinstance(node, ast.ImportFrom) else []
            assert {module.partition(".")[0] for module in imported if module} <= allowed, name


@pytest.mark.parametrize("kind", [kind for kind, cls in DATASETS.items() if not cls.brought])
def test_rows_of_a_script_are_those_of_the_data_set(kind: str) -> None:
    """To the last bit, at the defaults and at a random position of each slider."""
    for dataset in both(DATASETS[kind]):
        found, table = source(dataset, None, in_notebook=False), dataset.load()
        names: dict[str, Any] = {}
        exec("\n".join(["import numpy as np", *found.imports, "def load_rows():", *(f"    {line}" for line in found.lines)]), names)
        X, y = names["load_rows"]()
        np.testing.assert_array_equal(X, table.X)
        np.testing.assert_array_equal(y, table.y)


def assignments(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign):
            yield from (name.id for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name))


def test_constants_stand_on_top_once_each_and_all_are_used(trees: dict[str, ast.Module]) -> None:
    """Also where loss, weights, penalty and limits come together."""
    beta = run("symmetric_cross_entropy", class_weights=CLASS_WEIGHTS["effective_number"](), penalty=PENALTIES["elastic_net"]())
    together = [small(beta, corruption=EVERYWHERE), *random_experiments(30)]
    more = {f"random {i}": ast.parse(pytorch_script(experiment, experiment.runs[0])) for i, experiment in enumerate(together)}
    for name, tree in (trees | more).items():
        constants = list(assignments(tree))
        assert {"SEED", "EPOCHS", "LEARNING_RATE", "DTYPE"} <= {*constants}, name
        assert len(constants) == len({*constants}), name
        loaded = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
        assert {*constants} <= loaded, name


def test_a_changed_dial_changes_the_script() -> None:
    experiment = GOLDEN["digits_adam"]
    run = experiment.runs[0]
    before = pytorch_script(experiment, run)
    for changed in (replace(experiment, first_seed=4), replace(experiment, split_seed=4), replace(experiment, epochs=21), replace(experiment, batch_size=8)):
        assert pytorch_script(changed, run) != before
    for field, value in {"learning_rate": 0.002, "dropout": 0.1, "max_norm": 1.0, "patience": 3, "clip_norm": 1.0}.items():
        other = replace(run, **{field: value})
        assert pytorch_script(replace(experiment, runs=(other,)), other) != before


def test_a_run_of_its_own_model_and_batches_is_exported_with_these() -> None:
    experiment = replace(GOLDEN["digits_adam"], seeds=3)
    run = replace(experiment.runs[0], model=GOLDEN["diabetes_l2"].model, batch_size=7)
    script = pytorch_script(replace(experiment, runs=(*experiment.runs, run)), run)
    assert "BATCH_SIZE = 7\n" in script
    assert "HIDDEN" not in script


def test_a_run_of_another_experiment_is_refused() -> None:
    experiment = GOLDEN["digits_adam"]
    stranger = replace(experiment.runs[0], learning_rate=0.5)
    for export in (pytorch_script, notebook):
        with pytest.raises(ValueError, match="none of the experiment’s runs"):
            export(experiment, stranger)


def test_nothing_that_a_person_wrote_gets_into_a_script() -> None:
    """Labels come from links. A name of a column stands in the file of the rows alone."""
    run = Run(loss=LOSSES["cross_entropy"](), optimizer=OPTIMIZERS["sgd"](), learning_rate=0.1, label=HOSTILE)
    table = replace(own_table(), features=(HOSTILE, "b", "c"), outputs=("no", HOSTILE))
    experiment = Experiment(dataset=Own(header="'''\"\"\"", digest="\\"), model=GOLDEN["own_manual"].model, runs=(run, replace(run, learning_rate=0.2)))
    clean = replace(experiment, dataset=Own(), runs=tuple(replace(each, label="") for each in experiment.runs))
    for export in (pytorch_script, notebook):
        assert export(experiment, run, table=table) == export(clean, clean.runs[0], table=own_table())


# Notebooks and bundles


@pytest.mark.parametrize("name", GOLDEN)
def test_notebooks_are_valid_and_have_the_same_parts(name: str) -> None:
    experiment = GOLDEN[name]
    table = own_table() if experiment.dataset.brought else None
    made = notebook(experiment, experiment.runs[0], table=table)
    nbformat.validate(nbformat.reads(made, as_version=4))
    code = "\n".join("".join(cell["source"]) for cell in json.loads(made)["cells"] if cell["cell_type"] == "code")
    script = ast.parse(exported(name, experiment))
    functions = [node.name for node in script.body if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name != "main"]
    mine = [node.name for node in ast.parse(code).body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    assert mine == functions
    assert {*assignments(ast.parse(code))} - {"model", "curve"} == {*assignments(script)}


def test_a_bundle_holds_what_its_script_reads() -> None:
    experiment, table = GOLDEN["own_manual"], own_table()
    made = bundle(experiment, experiment.runs[0], table)
    assert made == bundle(experiment, experiment.runs[0], table), "the same twice"
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert archive.namelist() == ["pytorch_run.py", "pytorch_run.ipynb", "table.npz"]
        assert archive.read("pytorch_run.py").decode() == exported("own_manual", experiment)
        assert archive.read("pytorch_run.ipynb").decode() == notebook(experiment, experiment.runs[0], table=table)
        with np.load(io.BytesIO(archive.read("table.npz")), allow_pickle=False) as rows:
            for name in ("X", "y", "sample_weights"):
                np.testing.assert_array_equal(rows[name], getattr(table, name))
            assert (*rows["features"],) == table.features
            assert (*rows["outputs"],) == table.outputs


def test_a_bundle_has_the_rows_of_any_table() -> None:
    experiment = small(dataset=DATASETS["blobs"](rows=60))
    with zipfile.ZipFile(io.BytesIO(bundle(experiment, experiment.runs[0], experiment.dataset.load()))) as archive:
        assert "np.load(TABLE)" in archive.read("pytorch_run.py").decode()
