"""Processor seconds of 1,000 updates of a duel, a run, against the same loop in PyTorch: `python -m benchmarks.duels`.

All in one process and one thread, in turns, medians. Both train the default duel's networks, batch, rates and Adam in single precision: one step of the
critic and one of the generator an update. `plain` runs are losses without a penalty, `mixed` ones the six of the page and more, WGAN-GP and R1 among them.
Ours also measures modes, quality and distances at 31 updates; PyTorch's loop, where it is installed, only trains one non-saturating duel, and one WGAN-GP.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from core.studies.adversarial.clouds import Ring
from core.studies.adversarial.duel import Contest, Duel, contest, default_duel
from core.studies.adversarial.lanes import play

REPEATS, UPDATES = 5, 1000
PLAIN = tuple(contest(kind) for kind in ("minimax", "non_saturating", "least_squares", "hinge"))
MIXED = (*default_duel().runs, contest("non_saturating", "r1"), contest("hinge", "gradient_penalty"))


def seconds(work: Callable[[], object]) -> float:
    """Return the processor seconds that some work takes."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def stacks() -> dict[str, tuple[int, Callable[[], object]]]:
    """Return the number of runs and the training of each stack, by its title."""
    found: dict[str, tuple[int, Callable[[], object]]] = {}
    for title, runs, count in (("plain", PLAIN, 1), ("plain", PLAIN, 4), ("plain", PLAIN * 2, 8), ("mixed", MIXED, 4), ("mixed", MIXED, 8)):
        asked = runs[-count:] if title == "mixed" else varied(runs[:count])
        duel = Duel(runs=asked, updates=UPDATES)
        found[f"ours, {count} {title}"] = count, lambda duel=duel: play(duel)
    return found


def varied(runs: tuple[Contest, ...]) -> tuple[Contest, ...]:
    """Return the runs with rates of their own, so that none is another's twin."""
    return tuple(replace(run, critic_rate=run.critic_rate * (1 + i / 100)) for i, run in enumerate(runs))


def torch_loop(torch: Any, penalised: bool) -> None:
    """Train one duel as a loop in PyTorch: non-saturating, or WGAN-GP."""
    nn, rng, cloud = torch.nn, np.random.default_rng(0), Ring()

    def network(outputs: int) -> Any:
        return nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, outputs))

    generator, critic = network(2), network(1)
    of_generator = torch.optim.Adam(generator.parameters(), lr=2e-3, betas=(0.5, 0.99))
    of_critic = torch.optim.Adam(critic.parameters(), lr=4e-3, betas=(0.5, 0.99))
    softplus = nn.functional.softplus
    for _ in range(UPDATES):
        real = torch.from_numpy(cloud.draw(rng, (64,)).astype(np.float32))
        made = generator(torch.randn(64, 2)).detach()
        a, b = critic(real), critic(made)
        if penalised:
            share = torch.rand(64, 1)
            between = (share * real + (1 - share) * made).requires_grad_(True)
            (slopes,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
            cost = (b - a).mean() + 0.3 * ((slopes.norm(dim=-1) - 1) ** 2).mean()
        else:
            cost = (softplus(-a) + softplus(b)).mean()
        of_critic.zero_grad()
        cost.backward()
        of_critic.step()
        b = critic(generator(torch.randn(64, 2)))
        cost = -b.mean() if penalised else softplus(-b).mean()
        of_generator.zero_grad()
        cost.backward()
        of_generator.step()


def peers() -> dict[str, tuple[int, Callable[[], object]]]:
    """Return PyTorch's loops, if it is installed."""
    try:
        import torch
    except ImportError:
        return {}
    torch.set_num_threads(1)
    kinds = (("plain", False), ("WGAN-GP", True))
    return {f"PyTorch loop, 1 {title}": (1, lambda penalised=penalised: torch_loop(torch, penalised)) for title, penalised in kinds}


def main() -> None:
    """Print the table."""
    works = {**stacks(), **peers()}
    with threadpool_limits(1):
        taken: dict[str, list[float]] = {title: [] for title in works}
        for _, work in works.values():
            work()  # loads and warms what it needs
        for _ in range(REPEATS):
            for title, (_, work) in works.items():
                taken[title].append(seconds(work))
    print(f"| processor seconds of {UPDATES:,} updates | all runs | a run |\n| --- | --: | --: |")
    for title, (runs, _) in works.items():
        middle = statistics.median(taken[title])
        print(f"| {title} | {middle:.2f} | {middle / runs:.3f} |")


if __name__ == "__main__":
    main()
