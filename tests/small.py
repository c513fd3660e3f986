"""Small experiments for the tests of the engine: a fraction of a second each, in float64, with whatever has to be mixed."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle
from typing import Any

import numpy as np

from core.class_weights import CLASS_WEIGHTS
from core.datasets import DATASETS, Dataset
from core.experiment import Experiment, Run, fitting_losses
from core.losses import LOSSES
from core.models import MODELS
from core.optimizers import OPTIMIZERS
from core.parameters import Registry
from core.penalties import PENALTIES
from core.preparation.resampling import RESAMPLINGS
from core.preparation.split import Data
from core.schedules import SCHEDULES
from core.tasks import CLASSIFICATION, REGRESSION
from core.training import advance, start
from core.training.state import Record, TrainingState
from tests.reference.make_optimizers import settings

BLOBS = DATASETS["blobs"](rows=60, spread=4.0)
CURVE = DATASETS["make_regression"](rows=50, columns=3, informative=2, outputs=2)
TASKS = {CLASSIFICATION: BLOBS, REGRESSION: CURVE}
MLP = MODELS["mlp"](hidden=(5,), activation="tanh")
LINEAR = MODELS["linear"]()


def run(loss: str = "cross_entropy", optimizer: str = "sgd", learning_rate: float = 0.1, **others: Any) -> Run:
    """Return a run; losses and optimizers by name."""
    return Run(loss=LOSSES[loss](), optimizer=OPTIMIZERS[optimizer](), learning_rate=learning_rate, **others)


def small(*runs: Run, dataset: Dataset = BLOBS, **others: Any) -> Experiment:
    """Return an experiment of these runs: 36 training rows in 5 batches of 8, the last of which has 4, for 3 epochs and 2 seeds."""
    chosen = {"model": MLP, "epochs": 3, "batch_size": 8, "seeds": 2, "dtype": "float64"} | others
    return Experiment(dataset=dataset, runs=runs or (run(),), **chosen)


def collect(
    experiment: Experiment, state: TrainingState | None = None, epochs: int = 10_000, max_updates: int | None = None
) -> tuple[TrainingState, list[Record]]:
    """Return the last state and all records of a training in slices of `epochs` and `max_updates`, from `state` on or from the start."""
    state = start(experiment) if state is None else state
    records = list(state.records)
    while not state.done(experiment):
        state = advance(experiment, state, epochs, max_updates=max_updates)
        records += state.records
    return state, records


def same_records(first: list[Record], second: list[Record], *, rtol: float = 0.0, atol: float = 0.0, runs: Any = slice(None)) -> None:
    """Assert that two trainings recorded the same, but for seconds; `runs` of the first are all runs of the second, and may have ended before others."""
    assert [record.epoch for record in first[: len(second)]] == [record.epoch for record in second]
    for after in first[len(second) :]:
        assert all(np.isnan(values[..., runs]).all() for values in (after.metrics | after.run_metrics).values())
    for one, other in zip(first, second, strict=False):
        for mine, theirs in ((one.metrics, other.metrics), (one.run_metrics, other.run_metrics)):
            assert set(theirs) <= set(mine)
            for name in set(mine) - set(theirs):  # of a loss that learns, in the stack only
                assert np.isnan(mine[name][..., runs]).all()
            for name in theirs:
                if name != "seconds":
                    np.testing.assert_allclose(mine[name][..., runs], theirs[name], rtol=rtol, atol=atol, err_msg=f"{name} of epoch {one.epoch}")
        assert (one.snapshot is None) == (other.snapshot is None)
        if one.snapshot is not None and other.snapshot is not None:
            np.testing.assert_allclose(one.snapshot[runs], other.snapshot, rtol=rtol, atol=atol, err_msg=f"snapshot of epoch {one.epoch}")


def mixtures(task: str) -> Iterator[tuple[Run, ...]]:
    """Yield stacks that hold every optimizer twice, at its defaults and at others, amid every fitting loss and whatever else a run can have."""

    def endless(registry: Registry[Any] | tuple[type[Any], ...]) -> Iterator[Any]:
        kinds = registry if isinstance(registry, tuple) else tuple(registry.values())
        return cycle([cls(**values) for draw in (0, -1) for cls in kinds for values in [list(settings(cls))[draw]]])

    none, manual = CLASS_WEIGHTS["none"](), CLASS_WEIGHTS["manual"]
    weightings = [none, CLASS_WEIGHTS["balanced"](), manual(values=(2.0, 0.0)), manual(values=(0.5,)), CLASS_WEIGHTS["effective_number"](beta=0.9)]
    classes = task == CLASSIFICATION
    resamplings, dropouts = cycle(RESAMPLINGS), cycle((0.0, 0.3, 0.0, 0.6))
    limits, patiences = cycle((0.0, 0.0, 0.8, 0.0, 2.0)), cycle((0, 0, 1, 0, 2, 0, 50))
    losses, penalties, schedules = endless(fitting_losses(TASKS[task])), endless(PENALTIES), endless(SCHEDULES)
    kinds = list(OPTIMIZERS.values())
    for some in (kinds[i : i + 6] for i in range(0, len(kinds), 6)):
        optimizers = [cls(**list(settings(cls))[draw]) for draw in (0, -1) for cls in some]
        yield tuple(
            Run(
                loss=next(losses), optimizer=optimizer, learning_rate=3 * optimizer.learning_rate / (i + 1), schedule=next(schedules), penalty=next(penalties),
                class_weights=weightings[i % 5] if classes else none, resampling=next(resamplings) if classes else RESAMPLINGS[0], dropout=next(dropouts),
                max_norm=next(limits), patience=next(patiences), clip_norm=(0.0, 0.3, 5.0)[i % 3],
            )
            for i, optimizer in enumerate(optimizers)
        )  # fmt: skip


def rows_of(data: Data, rows: Any) -> Data:
    """Return the data with these training rows (numbers, perhaps repeated) in place of its own; scaling and other rows stay."""
    index = np.concatenate([np.asarray(rows, int), np.arange(data.n_train, data.ends[-1])])
    shift = len(rows) - data.n_train
    arrays = {name: getattr(data, name)[index] for name in ("X", "truth", "damaged", "sample_weights", "rows")}
    draws = {kind: counts[index] for kind, counts in data.draws.items()}
    targets = {link: replace(of_link, values=np.asfortranarray(of_link.values[index])) for link, of_link in data.targets.items()}
    return replace(data, **arrays, draws=draws, targets=targets, ends=tuple(end + shift for end in data.ends))


def frozen(state: TrainingState) -> TrainingState:
    """Return a copy of the state whose arrays cannot be written to."""
    state = copy.deepcopy(state)
    parts = [state, state.data, *state.data.targets.values(), *([] if state.best is None else [state.best])]
    arrays = [*state.data.draws.values(), *(a for group in state.optimizer for a in group.values())]
    for array in arrays + [value for part in parts for value in vars(part).values() if isinstance(value, np.ndarray)]:
        array.flags.writeable = False
    return state
