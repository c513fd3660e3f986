"""Time per run and epoch of our stack against loops over scikit-learn and PyTorch: `python -m benchmarks.training [slopes | stacks | steps]`.

All in one process and one thread, in turns, medians. Ours keeps every record of every epoch, on training, validation and test rows; the peers only train
(scikit-learn computes its training loss). A homogeneous stack is Adam with cross-entropy at several rates, a mixed one four optimizers with two losses.
The limit is the time of the bare matrix products of the same updates, forward and backward, nothing else; `products` adds those of the records, which take
every row of all splits forward once an epoch. Also a race of eight optimizers.
`slopes` prints how the time grows with each size instead: the slope of log time against log size, near 1 where cost is proportional, near 0 where it is free.
`stacks` prints what a run and epoch cost by the size of the stack.
`steps` prints what a step of an optimizer costs whose seeds are updated a few at a time, beside all at once.
"""

from __future__ import annotations

import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any
from unittest.mock import patch

import numpy as np
from sklearn.linear_model import SGDClassifier
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from core import Experiment, Run
from core.datasets import DATASETS, Table
from core.losses import LOSSES
from core.models import MODELS, Model
from core.optimizers import OPTIMIZERS
from core.studies.descent.race import Race, Racer, run
from core.studies.descent.surfaces import SURFACES
from core.training import advance, stack, start
from core.training.plan import updates_per_epoch
from core.training.state import TrainingState

REPEATS = 5
#: rows that are evaluated at once
_PIECE = 64
STACKS = (("1 run", 1, False), ("8 alike", 8, False), ("8 mixed", 8, True), ("32 alike", 32, False), ("32 mixed", 32, True))


@dataclass(frozen=True)
class Case:
    """What is trained: data, perhaps a table of its own, model, batch size (0: full), and epochs that take long enough to be measured."""

    title: str
    dataset: Any
    model: Model
    batch_size: int
    epochs: int
    table: Table | None = None


def random_table(rows: int, columns: int) -> Table:
    """Return two classes that a plane parts, with noise."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((rows, columns))
    y = (X @ rng.standard_normal(columns) + rng.standard_normal(rows) > 0).astype(int)
    return Table(X, y, tuple(f"x{i}" for i in range(columns)), ("no", "yes"))


def mlp(*hidden: int) -> Model:
    """Return a network."""
    return MODELS["mlp"](hidden=hidden)


MOONS = DATASETS["moons"](rows=500)
CASES = (
    Case("digits 64-64-10, batch 32", DATASETS["digits"](), mlp(64), 32, 5),
    Case("moons 2-16-16-2, batch 10", MOONS, mlp(16, 16), 10, 20),
    Case("moons 2-8-8-2, batch 10", MOONS, mlp(8, 8), 10, 20),
    Case("moons 2-16-16-2, batch 1", MOONS, mlp(16, 16), 1, 2),
    Case("digits 64-64-10, full batch", DATASETS["digits"](), mlp(64), 0, 40),
    Case("linear on 20,000 x 50, batch 256", DATASETS["blobs"](), MODELS["linear"](), 256, 2, random_table(33_333, 50)),
)


def experiment(case: Case, count: int, mixed: bool) -> Experiment:
    """Return the experiment of a stack."""
    four = [(loss, optimizer) for optimizer in ("sgd", "momentum", "rmsprop", "adam") for loss in ("cross_entropy", "hinge")]
    kinds = four if mixed else [("cross_entropy", "adam")]
    runs = []
    for i in range(count):
        loss, optimizer = kinds[i % len(kinds)]
        rate = OPTIMIZERS[optimizer].learning_rate * (1 + i // len(kinds)) / 2
        runs.append(Run(loss=LOSSES[loss](), optimizer=OPTIMIZERS[optimizer](), learning_rate=rate))
    return Experiment(dataset=case.dataset, model=case.model, runs=tuple(runs), epochs=case.epochs, batch_size=case.batch_size)


def training(asked: Experiment, table: Table | None) -> Callable[[], object]:
    """Return the training of an experiment from its start to its end."""
    state = start(asked, table)
    return lambda: advance(asked, state, asked.epochs)


def seconds(work: Callable[[], object]) -> float:
    """Return how long `work` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def in_turns(works: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Return the median time of each, measured in turns, so that a noisy moment meets all of them."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(REPEATS):
        for name, work in works.items():
            times[name].append(seconds(work))
    return {name: statistics.median(of_work) for name, of_work in times.items()}


def products(case: Case, state: TrainingState, count: int, records: bool = False) -> Callable[[], None]:
    """Return the matrix products of the updates of a stack of `count` runs, forward and backward, on arrays that are there already.

    With `records` also those of the rows that are evaluated after each epoch, in pieces.
    """
    n = state.data.n_train
    sizes = case.model.sizes(state.data.X.shape[1], len(state.data.outputs))
    batch = min(case.batch_size or n, n)
    rng = np.random.default_rng(0)
    inputs = [rng.standard_normal((count if i else 1, batch, width)).astype(np.float32) for i, width in enumerate(sizes)]
    deltas = [rng.standard_normal((count, batch, width)).astype(np.float32) for width in sizes]
    weights = [rng.standard_normal((count, a, b)).astype(np.float32) for a, b in pairwise(sizes)]
    updates = updates_per_epoch(experiment(case, 1, False), n) * case.epochs
    pieces = [rng.standard_normal((count if i else 1, _PIECE, width)).astype(np.float32) for i, width in enumerate(sizes)]
    evaluated = round(len(state.data.X) / _PIECE * case.epochs) if records else 0

    def work() -> None:
        for _ in range(evaluated):
            for i, layer in enumerate(weights):
                pieces[i] @ layer
        for _ in range(updates):
            for i, layer in enumerate(weights):
                inputs[i] @ layer
            for i, layer in reversed(list(enumerate(weights))):
                inputs[i].mT @ deltas[i + 1]
                if i:
                    deltas[i + 1] @ layer.mT

    return work


def peers(case: Case, state: TrainingState) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield what others do for one run of Adam on the same training rows, batches and epochs."""
    n = state.data.n_train
    X, y = state.data.X[:n], state.data.truth[:n]
    batch = min(case.batch_size or n, n)
    if case.model.widths:
        net = MLPClassifier(case.model.widths, batch_size=batch, max_iter=case.epochs, n_iter_no_change=case.epochs + 1, alpha=0, tol=0, random_state=0)
        yield "MLPClassifier", lambda: net.fit(X, y)
    else:
        line = SGDClassifier("log_loss", max_iter=case.epochs, tol=None, random_state=0)
        yield "SGDClassifier (batch 1)", lambda: line.fit(X, y)
    try:
        import torch
    except ImportError:
        return
    yield "PyTorch loop", lambda: torch_loop(torch, case, X, y, batch)


def torch_loop(torch: Any, case: Case, X: Any, y: Any, batch: int) -> None:
    """Train one network with Adam as PyTorch's own examples do."""
    torch.set_num_threads(1)
    sizes = case.model.sizes(X.shape[1], int(y.max()) + 1)
    layers = [layer for a, b in pairwise(sizes) for layer in (torch.nn.Linear(a, b), torch.nn.ReLU())][:-1]
    net, X, y = torch.nn.Sequential(*layers), torch.from_numpy(X), torch.from_numpy(y)
    optimizer = torch.optim.Adam(net.parameters())
    for _ in range(case.epochs):
        for rows in torch.randperm(len(X)).split(batch):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(net(X[rows]), y[rows]).backward()
            optimizer.step()


def compare() -> None:
    """Print, of each case, milliseconds per run and epoch of every stack, of the peers and of the bare products, and the ratios."""
    for case in CASES:
        works: dict[str, Callable[[], object]] = {}
        shares: dict[str, int] = {}
        for name, count, mixed in STACKS:
            works[name], shares[name] = training(experiment(case, count, mixed), case.table), count
        state = start(experiment(case, 1, False), case.table)
        for count in (8, 32):
            for name, records in ((f"updates' products of {count}", False), (f"products of {count}", True)):
                works[name], shares[name] = products(case, state, count, records), count
        others = dict(peers(case, state))
        times = in_turns(works | others)
        times = {name: spent / case.epochs / shares.get(name, 1) * 1e3 for name, spent in times.items()}
        print(f"\n{case.title}, {state.data.n_train:,} training rows; ms a run and epoch")
        for name, spent in times.items():
            ratios = "  ".join(f"{times[other] / spent:6.2f} x faster than {other}" for other in others if name not in others)
            over = ""
            if shares.get(name) in (8, 32) and "products" not in name:
                limits = (times[f"{what}products of {shares[name]}"] for what in ("updates' ", ""))
                over = "  {:5.2f} x the updates' products, {:5.2f} x all products".format(*(spent / limit for limit in limits))
            print(f"  {name:26} {spent:9.4f}  {ratios}{over}")
    racers = tuple(Racer(optimizer=kind(), learning_rate=kind.learning_rate) for kind in list(OPTIMIZERS.values())[:8])
    race = Race(surface=SURFACES["quadratic"](), racers=racers, start=(-2.4, 1.6), steps=500)
    print(f"\nrace of 8 optimizers, 500 updates: {statistics.median(seconds(lambda: run(race)) for _ in range(REPEATS)) * 1e3:.1f} ms")


def slopes() -> None:
    """Print how the time of `advance` grows when one size is doubled again and again, the others at those of the default comparison."""
    digits = CASES[0]
    sizes: dict[str, tuple[tuple[int, ...], Callable[[int], tuple[Experiment, Table | None]]]] = {
        "runs": ((2, 4, 8, 16, 32), lambda size: (experiment(digits, size, False), None)),
        "epochs": ((2, 4, 8, 16), lambda size: (replace(experiment(digits, 4, False), epochs=size), None)),
        "seeds": ((1, 2, 4, 8), lambda size: (replace(experiment(digits, 4, False), seeds=size), None)),
        "hidden units": ((16, 32, 64, 128, 256), lambda size: (replace(experiment(digits, 4, False), model=mlp(size)), None)),
        "rows": ((1000, 2000, 4000, 8000, 16000), lambda size: (experiment(replace(CASES[-1], batch_size=32), 4, False), random_table(size, 50))),
    }
    print("seconds of a training of 4 runs, and the slope of log time against log size")
    for name, (values, made) in sizes.items():
        times = list(in_turns({str(value): training(*made(value)) for value in values}).values())
        slope = np.polyfit(np.log(values), np.log(times), 1)[0]
        print(f"  {name:14} {'  '.join(f'{value}: {spent:.3f}' for value, spent in zip(values, times, strict=True))}  slope {slope:.2f}")


def stacks() -> None:
    """Print what a run and epoch cost by the size of the stack, in milliseconds."""
    digits, epochs = CASES[0], 4
    cases = {"digits": digits, "digits, linear": replace(digits, model=MODELS["linear"]()), "moons": CASES[1]}
    for name, case in cases.items():
        made = {count: replace(experiment(case, count, True), epochs=epochs) for count in (1, 4, 8, 16, 32, 64)}
        times = in_turns({str(count): training(each, None) for count, each in made.items()})
        print(f"  {name:16} {'  '.join(f'{count}: {spent / int(count) / epochs * 1e3:.2f}' for count, spent in times.items())}")


def steps() -> None:
    """Print what a step of a run of ten seeds costs when all are updated at once, when a few are, and the ratio."""
    for params in (30_000, 120_000, 295_000):
        for kind in ("adam", "momentum", "sgd"):
            stepper, values = stack.Stepper([OPTIMIZERS[kind]()], "float32"), np.random.default_rng(0).standard_normal((10, 1, params), "float32")
            state, rate = stepper.init(values), np.full((1, 1), 1e-3, "float32")

            def step(cached: float, stepper: stack.Stepper = stepper, values: Any = values, state: Any = state, rate: Any = rate) -> None:
                with patch.object(stack, "_CACHED_BYTES", cached):
                    for number in range(1, 21):
                        stepper.update(values, state, values, number, rate)

            whole, parts = in_turns({"whole": lambda: step(10**9), "parts": lambda: step(stack._CACHED_BYTES)}).values()
            print(f"  {params:7,} parameters, {kind:8}  at once {whole * 50:6.2f} ms  a few {parts * 50:6.2f} ms  ratio {parts / whole:.2f}")


def main() -> None:
    """Measure."""
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore")  # that the peers have not converged
        {("slopes",): slopes, ("stacks",): stacks, ("steps",): steps}.get(tuple(sys.argv[1:]), compare)()


if __name__ == "__main__":
    main()
