"""The limits of one experiment's memory and work on a server that many people share."""

from __future__ import annotations

from core.experiment import Experiment

#: parameters of all replicas of an experiment together; with Adam's state they take 64 MB in float32
MAX_STACKED_PARAMS = 4_000_000
#: multiplications of a parameter with a row, over the whole training: about eight minutes of one processor
MAX_WORK = 1_000_000_000_000
#: the smallest update costs as much as this many multiplications
_LEAST_UPDATE = 200_000
#: bytes of all snapshots of a result
_SNAPSHOT_BYTES = 64_000_000


def check_size(experiment: Experiment, n_train: int, n_params: int) -> None:
    """Raise ValueError for an experiment above a limit. The message states its size, the limit, and what to reduce.

    `n_train`: the number of training rows. `n_params`: the number of parameters of one model.
    """
    replicas = experiment.seeds * len(experiment.runs)
    stacked = replicas * n_params
    counted = f"{experiment.seeds} seeds x {len(experiment.runs)} runs x {n_params:,} parameters"
    if stacked > MAX_STACKED_PARAMS:
        raise ValueError(f"{counted} are {stacked:,}; at most {MAX_STACKED_PARAMS:,} are trained at once: take fewer runs or seeds, or a smaller model")
    batch = min(experiment.batch_size or n_train, n_train)
    work = experiment.epochs * -(-n_train // batch) * max(stacked * batch, _LEAST_UPDATE)
    if work > MAX_WORK:
        small = stacked * batch < _LEAST_UPDATE
        raise ValueError(
            f"{counted} x {experiment.epochs:,} epochs x {n_train:,} training rows {f'in batches of {batch} ' if small else ''}are {work / MAX_WORK:.2g} times "
            f"the work that one comparison may ask for: take fewer epochs or rows, {'larger batches' if small else 'fewer runs or seeds, or a smaller model'}"
        )


def snapshots(experiment: Experiment, n_params: int, wanted: int) -> int:
    """Return the number of snapshots: `wanted`, or as many as fit in a result's memory, but at least 2 (the first and the last epoch)."""
    size = len(experiment.runs) * n_params * (4 if experiment.dtype == "float32" else 8)
    return max(2, min(wanted, _SNAPSHOT_BYTES // size))
