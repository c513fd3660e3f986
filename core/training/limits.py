"""The limits of one experiment's memory and work on a server that many people share."""

from __future__ import annotations

from collections.abc import Sequence

from core.experiment import Experiment
from core.models import Model
from core.words import Figure, Said

#: parameters of all replicas of an experiment together; with Adam's state they take 64 MB in float32
MAX_STACKED_PARAMS = 4_000_000
#: multiplications of a parameter with a row, over the whole training: about eight minutes of one processor
MAX_WORK = 1_000_000_000_000
#: bytes of the inputs, hidden units and outputs of all replicas for the rows of a batch; an update needs about five times as much
MAX_UNIT_BYTES = 200_000_000
#: the smallest update costs as much as this many multiplications
_LEAST_UPDATE = 200_000
#: bytes of all snapshots of a run
_SNAPSHOT_BYTES = 8_000_000


def check_size(experiment: Experiment, n_train: int, n_params: int | Sequence[int]) -> None:
    """Raise ValueError, with a `Said`, for an experiment above a limit. It states its size, the limit, and what to reduce.

    `n_train`: the number of training rows. `n_params`: the number of parameters of each run's model, or one number if all are equal.
    """
    seeds, runs = experiment.seeds, len(experiment.runs)
    of_runs = [n_params] * runs if isinstance(n_params, int) else list(n_params)
    stacked, params = seeds * sum(of_runs), Figure(round(sum(of_runs) / runs), ",")
    if stacked > MAX_STACKED_PARAMS:
        said = Said(
            "{seeds} seeds x {runs} runs x {params} parameters are {stacked}; at most {most} are trained at once: "
            "take fewer runs or seeds, or a smaller model",
            seeds=seeds, runs=runs, params=params, stacked=Figure(stacked, ","), most=Figure(MAX_STACKED_PARAMS, ","),
        )  # fmt: skip
        raise ValueError(said)
    stacks: dict[tuple[Model, int], int] = {}  # the parameters that are updated together, by model and batch size
    for model, size, count in zip(experiment.models, experiment.batch_sizes, of_runs, strict=True):
        key = model, min(size or n_train, n_train)
        stacks[key] = stacks.get(key, 0) + seeds * count
    work = sum(experiment.epochs * -(-n_train // batch) * max(params * batch, _LEAST_UPDATE) for (_, batch), params in stacks.items())
    batch = min(batch for _, batch in stacks)
    if work > MAX_WORK:
        epochs, rows, times = Figure(experiment.epochs, ","), Figure(n_train, ","), Figure(work / MAX_WORK, ".2g")
        if stacked * batch < _LEAST_UPDATE:
            said = Said(
                "{seeds} seeds x {runs} runs x {params} parameters x {epochs} epochs x {rows} training rows in batches of {batch} are {times} times "
                "the work that one comparison may ask for: take fewer epochs or rows, or larger batches",
                seeds=seeds, runs=runs, params=params, epochs=epochs, rows=rows, batch=batch, times=times,
            )  # fmt: skip
        else:
            said = Said(
                "{seeds} seeds x {runs} runs x {params} parameters x {epochs} epochs x {rows} training rows are {times} times "
                "the work that one comparison may ask for: take fewer epochs or rows, fewer runs or seeds, or a smaller model",
                seeds=seeds, runs=runs, params=params, epochs=epochs, rows=rows, times=times,
            )  # fmt: skip
        raise ValueError(said)


def check_units(experiment: Experiment, n_train: int, n_ends: int) -> None:
    """Raise ValueError, with a `Said`, for an experiment of which a stack takes too much memory for one update. `n_ends`: the numbers of inputs and outputs."""
    for indices in experiment.stacks():
        alone = experiment.alone(indices[0])
        taken = len(indices) * unit_bytes(alone, n_train, n_ends)
        if taken > MAX_UNIT_BYTES:
            said = Said(
                "{seeds} seeds x {runs} runs x {rows} rows of a batch x {units} inputs, hidden units and outputs are {times} times what an update may hold: "
                "take a smaller batch, fewer runs or seeds, or a smaller model",
                seeds=alone.seeds, runs=len(indices), rows=Figure(min(alone.batch_size or n_train, n_train), ","),
                units=Figure(n_ends + sum(alone.model.widths), ","), times=Figure(taken / MAX_UNIT_BYTES, ".2g"),
            )  # fmt: skip
            raise ValueError(said)


def unit_bytes(experiment: Experiment, n_train: int, n_ends: int) -> int:
    """Return the bytes of inputs, hidden units and outputs of all seeds of an experiment of one run, for the rows of a batch."""
    rows = min(experiment.batch_size or n_train, n_train)
    return experiment.seeds * rows * (n_ends + sum(experiment.model.widths)) * (4 if experiment.dtype == "float32" else 8)


def snapshots(dtype: str, n_params: int, wanted: int) -> int:
    """Return the number of snapshots: `wanted`, or as many as fit in a run's memory, but at least 2 (the first and the last epoch)."""
    size = n_params * (4 if dtype == "float32" else 8)
    return max(2, min(wanted, _SNAPSHOT_BYTES // size))
