"""Processor seconds of 600 updates of an embedding, a run, against the same loop in PyTorch: `python -m benchmarks.embeddings`.

All in one process and one thread, in turns, medians. Both train 64 → 64 → 2 on digits, batches of 10 classes with 6 rows, Adam, single precision.
Ours also measures 360 test rows and four batches at 21 updates; PyTorch's loop, where it is installed, only trains one contrastive run.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from threadpoolctl import threadpool_limits

from core.studies.metric_learning.embedding import default_embedding, metric
from core.studies.metric_learning.lanes import embed
from core.studies.metric_learning.learner import Learner
from core.studies.metric_learning.rows import prepared

REPEATS, UPDATES = 5, 600
RUNS = (*default_embedding().runs, metric("supervised_contrastive"), metric("cosface"), metric("arcface"), metric("center"))


def seconds(work: Callable[[], object]) -> float:
    """Return the processor seconds that some work takes."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def torch_loop(torch: Any) -> None:
    """Train one contrastive run as a loop in PyTorch, on the same batches."""
    embedding = default_embedding()
    data = prepared(embedding)
    learner, nn = Learner(embedding, data), torch.nn
    net = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2))
    rule = torch.optim.Adam(net.parameters(), lr=3e-3)
    i, j = torch.triu_indices(60, 60, 1)
    for update in range(UPDATES):
        batch = learner.batch(update)
        e, labels = net(torch.from_numpy(batch.X[0, 0])), torch.from_numpy(batch.labels[0, 0])
        d = nn.functional.pairwise_distance(e[i], e[j])
        cost = torch.where(labels[i] == labels[j], d**2, torch.relu(2 - d) ** 2).mean() / 2
        rule.zero_grad()
        cost.backward()
        rule.step()


def works() -> dict[str, tuple[int, Callable[[], object]]]:
    """Return the number of runs and the training of each stack by its title, and PyTorch's loop, if it is installed."""
    whole = replace(default_embedding(), updates=UPDATES)
    found: dict[str, tuple[int, Callable[[], object]]] = {
        f"ours, {title}": (len(runs), lambda runs=runs: embed(replace(whole, runs=runs)))
        for title, runs in (("1 contrastive run", RUNS[1:2]), ("the page's 4 runs", RUNS[:4]), ("8 losses", RUNS))
    }  # fmt: skip
    try:
        import torch
    except ImportError:
        return found
    torch.set_num_threads(1)
    return found | {"PyTorch loop, 1 contrastive run": (1, lambda: torch_loop(torch))}


def main() -> None:
    """Print the table."""
    asked = works()
    with threadpool_limits(1):
        taken: dict[str, list[float]] = {title: [] for title in asked}
        for _, work in asked.values():
            work()  # loads and warms what it needs
        for _ in range(REPEATS):
            for title, (_, work) in asked.items():
                taken[title].append(seconds(work))
    print(f"| processor seconds of {UPDATES:,} updates | all runs | a run |\n| --- | --: | --: |")
    for title, (runs, _) in asked.items():
        middle = statistics.median(taken[title])
        print(f"| {title} | {middle:.2f} | {middle / runs:.3f} |")


if __name__ == "__main__":
    main()
