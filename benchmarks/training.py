"""Time of a run in our stack against one fit of scikit-learn's `MLPClassifier` of the same size: `python -m benchmarks.training`.

And of a race of eight optimizers on a surface, 500 updates.

Digits, 64 hidden units, batch 32, 20 epochs, one BLAS thread. Ours are eight mixed runs (4 optimizers x 2 losses) with every
per-epoch record on training, validation and test rows; scikit-learn's is Adam with cross-entropy, and records its training loss.
"""

from __future__ import annotations

import statistics
import time
import warnings
from collections.abc import Callable

from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from core import Experiment, Run
from core.datasets import DATASETS
from core.losses import LOSSES
from core.models import MODELS
from core.optimizers import OPTIMIZERS
from core.race import Race, Racer, run
from core.surfaces import SURFACES
from core.training import advance, start

REPEATS = 7
EPOCHS = 20


def seconds(work: Callable[[], object]) -> float:
    """Return how long `work` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    """Measure both in turns and print medians."""
    runs = tuple(
        Run(loss=LOSSES[loss](), optimizer=OPTIMIZERS[optimizer](), learning_rate=OPTIMIZERS[optimizer].learning_rate)
        for optimizer in ("sgd", "momentum", "rmsprop", "adam")
        for loss in ("cross_entropy", "hinge")
    )
    experiment = Experiment(dataset=DATASETS["digits"](), model=MODELS["mlp"](), runs=runs, epochs=EPOCHS)
    state = start(experiment)
    X, y = state.data.X[: state.data.n_train], state.data.truth[: state.data.n_train]
    peer = MLPClassifier((64,), batch_size=32, max_iter=EPOCHS, n_iter_no_change=EPOCHS + 1, alpha=0, random_state=0)
    ours, theirs = [], []
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore")  # that it has not converged
        for _ in range(REPEATS):
            ours.append(seconds(lambda: advance(experiment, state, EPOCHS)) / len(runs))
            theirs.append(seconds(lambda: peer.fit(X, y)))
    mine, peers = statistics.median(ours), statistics.median(theirs)
    print(f"digits {X.shape[0]} x {X.shape[1]}, 64 hidden, batch 32, {EPOCHS} epochs, medians of {REPEATS}")
    print(f"our stack of {len(runs)} mixed runs, all records: {mine * 1e3:6.1f} ms a run")
    print(f"scikit-learn MLPClassifier:                {peers * 1e3:6.1f} ms a fit")
    print(f"ratio:                                     {peers / mine:6.2f}")
    racers = tuple(Racer(optimizer=kind(), learning_rate=kind.learning_rate) for kind in list(OPTIMIZERS.values())[:8])
    race = Race(surface=SURFACES["quadratic"](), racers=racers, start=(-2.4, 1.6), steps=500)
    print(f"race of 8 optimizers, 500 updates:         {statistics.median(seconds(lambda: run(race)) for _ in range(REPEATS)) * 1e3:6.1f} ms")


if __name__ == "__main__":
    main()
