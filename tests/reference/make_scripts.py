"""Write the golden scripts: the exported scripts of eight runs, which tests/core/export/ compares with what is exported now.

Run from the root of the repository after a change of `core/export`, and read the differences: `python -m tests.reference.make_scripts`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.class_weights import CLASS_WEIGHTS
from core.datasets import DATASETS, Table
from core.datasets.own import Own
from core.experiment import Experiment, Run, digits_experiment
from core.export import pytorch_script
from core.losses import LOSSES
from core.models import MODELS
from core.optimizers import OPTIMIZERS
from core.penalties import PENALTIES
from core.preparation.corruption import Corruption
from core.schedules import SCHEDULES

FOLDER = Path(__file__).parent / "scripts"
LINEAR, MLP = MODELS["linear"], MODELS["mlp"]


def own_table() -> Table:
    """Return 40 rows of three features, one with missing values, in two classes, with sample weights of which one is 0."""
    rng = np.random.default_rng(7)
    X = rng.normal(size=(40, 3))
    y = (X[:, 0] + rng.normal(size=40) > 0).astype(int)
    X[rng.integers(0, 40, 6), 1] = np.nan
    return Table(X.astype(np.float32), y, ("a", "b", "c"), ("no", "yes"), sample_weights=np.arange(40.0), fill_in=True)


def _run(loss: str, optimizer: str, learning_rate: float, **others: object) -> Run:
    return Run(loss=LOSSES[loss](), optimizer=OPTIMIZERS[optimizer](), learning_rate=learning_rate, **others)  # type: ignore[arg-type]


def experiments() -> dict[str, Experiment]:
    """Return an experiment of one run for each golden script, by the script's name. Together they have everything that a run can be."""
    digits = digits_experiment()
    double = {"dtype": "float64"}
    return {
        "digits_adam": Experiment(dataset=digits.dataset, model=digits.model, runs=(digits.runs[3],), epochs=20, batch_size=32),
        "diabetes_l2": Experiment(
            dataset=DATASETS["diabetes"](), model=LINEAR(), runs=(_run("huber", "sgd", 0.1, penalty=PENALTIES["l2"](strength=0.01)),), epochs=50,
            batch_size=0, first_seed=3, split_seed=5, **double,
        ),
        "wine_damaged": Experiment(
            dataset=DATASETS["wine"](), model=MLP(hidden=(8,), activation="tanh"), epochs=20, batch_size=16, **double,
            corruption=Corruption(wrong_labels=0.2, feature_noise=0.3, rarest=0.4, training_share=0.8),
            runs=(
                _run(
                    "focal", "adamw", 0.01, class_weights=CLASS_WEIGHTS["balanced"](), resampling="oversample", schedule=SCHEDULES["cosine"](),
                    penalty=PENALTIES["elastic_net"](),
                ),
            ),
        ),
        "costs_patience": Experiment(
            dataset=DATASETS["costs"](), model=MLP(hidden=(6, 4), activation="sigmoid"), epochs=30, batch_size=20, **double,
            runs=(_run("gamma", "rmsprop", 0.01, clip_norm=1.0, patience=3, schedule=SCHEDULES["warmup_cosine"]()),),
        ),
        "outputs_learned": Experiment(
            dataset=DATASETS["make_regression"](outputs=2), model=MLP(hidden=(12,)), epochs=20, batch_size=32, **double,
            corruption=Corruption(outliers=0.2, everywhere=True),
            runs=(_run("adaptive_robust", "adamw", 0.01, dropout=0.2, max_norm=1.5, penalty=PENALTIES["elastic_net_proximal"]()),),
        ),
        "spirals_sum": Experiment(
            dataset=DATASETS["spirals"](classes=3), model=MLP(hidden=(16, 8), activation="tanh"), epochs=20, batch_size=32,
            runs=(
                Run(
                    loss=LOSSES["sum_classification"](terms="three", second=LOSSES["dice"](), second_weight=0.5), optimizer=OPTIMIZERS["lion"](),
                    learning_rate=0.001, schedule=SCHEDULES["one_cycle"](), penalty=PENALTIES["l1_proximal"](),
                ),
            ),
        ),
        "sine_written": Experiment(
            dataset=DATASETS["sine"](), model=MLP(hidden=(16,), activation="tanh"), epochs=20, batch_size=8, **double,
            runs=(_run("quantile", "adabelief", 0.01, schedule=SCHEDULES["random"](), penalty=PENALTIES["l1"]()),),
        ),
        "own_manual": Experiment(
            dataset=Own(), model=LINEAR(), epochs=20, batch_size=4, **double,
            runs=(
                _run(
                    "hinge", "asgd", 0.1, class_weights=CLASS_WEIGHTS["manual"](values=(1.0, 3.0)), resampling="undersample",
                    schedule=SCHEDULES["step"](),
                ),
            ),
        ),
    }  # fmt: skip


def exported(name: str, experiment: Experiment) -> str:
    """Return the script of a golden run."""
    return pytorch_script(experiment, experiment.runs[0], table=own_table() if name.startswith("own") else None)


def main() -> None:
    """Write the files."""
    FOLDER.mkdir(exist_ok=True)
    for name, experiment in experiments().items():
        (FOLDER / f"{name}.py").write_text(exported(name, experiment), encoding="utf-8")


if __name__ == "__main__":
    main()
