"""How much one experiment may ask for, so that a server stays there for everybody else."""

from __future__ import annotations

from core.experiment import Experiment

#: parameters of all replicas of an experiment together (64 MB with Adam's state in float32)
MAX_STACKED_PARAMS = 4_000_000
#: multiplications of a parameter with a row of a batch, in all: some eight minutes of one processor
MAX_WORK = 1_000_000_000_000
#: an update costs at least as much as so many of them, however small it is
_LEAST_UPDATE = 200_000
#: bytes of the parameters that a result keeps
_SNAPSHOT_BYTES = 64_000_000


def check_size(experiment: Experiment, n_train: int, n_params: int) -> None:
    """Raise `ValueError` for an experiment that asks for too much: what it asks for, the limit, and how to come under it.

    `n_train` is the number of training rows, `n_params` that of one model's parameters.
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
    """Return how many times the parameters of one seed are kept: as often as wanted if a result has memory for that, at least at both ends."""
    size = len(experiment.runs) * n_params * (4 if experiment.dtype == "float32" else 8)
    return max(2, min(wanted, _SNAPSHOT_BYTES // size))
