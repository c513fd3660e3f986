"""Write reinforcement.json: losses of values and policies, steps of both, GAE and the exact gradient, by PyTorch's autograd.

Run from the root of the repository, in the environment of the tests with PyTorch added: `python -m tests.reference.make_reinforcement`.
What is learned shares with the engine the episodes, and nothing else: each step is a loop over single transitions with a graph of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from core.studies.reinforcement import POLICY_LOSSES, VALUE_LOSSES, Actor, Climb
from core.studies.reinforcement.climb import CRITIC, MINUS_MEAN
from core.studies.reinforcement.policy_losses import PolicyLoss
from core.studies.reinforcement.value_losses import ValueLoss
from core.studies.reinforcement.worlds import FIELD, Maze, maze

PATH = Path(__file__).with_name("reinforcement.json")
#: predictions and targets, with errors on both sides of each limit
V = (0.3, -2.0, 0.0, 5.0, -0.4, 1.1)
TARGET = (0.5, 1.0, -0.7, -3.0, -0.4, 30.0)
#: scores of three actions, the actions taken, advantages, and log-probabilities of the policy that acted
SCORES = ((0.2, -1.0, 3.0), (0.0, 0.0, 0.0), (40.0, -5.0, 1.0), (-2.0, 0.3, 0.2), (1.0, 2.0, -1.0), (0.5, 0.1, -0.2))
ACTIONS = (0, 2, 0, 1, 0, 2)
ADVANTAGES = (1.5, -2.0, 0.7, -0.3, 4.0, -1.2)
OLD = (-3.5, -1.6, -0.01, -0.4, -1.0, -1.45)
#: a walk of five states, with a reward for each step, and where it ends
WAY, REWARDS = (2, 3, 2, 1, 2, 3, 4), (0.0, 0.5, -2.5, 0.0, 1.0, 0.0, 1.0)
RATE, LAMBDA = 0.3, 0.9


def value_losses() -> list[ValueLoss]:
    """Return every loss of values, with several of its numbers."""
    return [*(cls() for cls in VALUE_LOSSES.values()), VALUE_LOSSES["huber_td"](delta=0.3), VALUE_LOSSES["value"](weight=0.5)]


def policy_losses() -> list[PolicyLoss]:
    """Return every loss of a policy, with several of its numbers."""
    return [*(cls() for cls in POLICY_LOSSES.values()), POLICY_LOSSES["ppo"](clip=0.05), POLICY_LOSSES["entropy"](weight=0.7)]


def scores_of(world: Maze) -> np.ndarray:
    """Return the scores of a policy that is none in particular."""
    return np.random.default_rng(3).normal(0, 1, (world.cells, 4))


def climbs() -> list[Climb]:
    """Return climbs whose first two updates are compared: each advantage, each loss, several passes, and a bonus."""
    runs = (
        Actor(), Actor(baseline=MINUS_MEAN, rate=0.1), Actor(baseline=CRITIC, decay=0.7, bonus=0.1),
        Actor(loss=POLICY_LOSSES["ppo"](), baseline=CRITIC, passes=3, normalised=True, rate=2.0),
    )  # fmt: skip
    return [Climb(runs=(run,), batch=3, updates=2, seeds=1, seed=4) for run in runs]


def value_cases() -> Iterator[dict[str, Any]]:
    """Yield value and derivatives of each loss of values."""
    import torch

    for loss in value_losses():
        v, target = (torch.tensor(each, dtype=torch.float64, requires_grad=True) for each in (V, TARGET))
        value = eval(loss.in_pytorch(), {"torch": torch, "v": v, "target": target})
        by_v, by_target = torch.autograd.grad(value.sum(), (v, target), allow_unused=True)
        yield {
            "loss": loss.to_dict(), "pytorch": loss.in_pytorch(), "value": value.tolist(), "gradient": by_v.tolist(),
            "by_target": [0.0] * len(V) if by_target is None else by_target.tolist(),
        }  # fmt: skip


def expressed(loss: PolicyLoss, scores: Any, actions: Any, advantages: Any, old: Any) -> Any:
    """Return a loss of a policy (B,) by its expression in PyTorch."""
    import torch

    log_pi = torch.log_softmax(scores, -1)
    log_a = log_pi.gather(-1, actions[:, None])[:, 0]
    return eval(loss.in_pytorch(), {"torch": torch, "log_pi": log_pi, "log_a": log_a, "advantage": advantages, "old": old})


def policy_cases() -> Iterator[dict[str, Any]]:
    """Yield value and gradient of each loss of a policy."""
    import torch

    for loss in policy_losses():
        scores = torch.tensor(SCORES, dtype=torch.float64, requires_grad=True)
        advantages, old = (torch.tensor(each, dtype=torch.float64) for each in (ADVANTAGES, OLD))
        value = expressed(loss, scores, torch.tensor(ACTIONS), advantages, old)
        (gradient,) = torch.autograd.grad(value.sum(), scores)
        yield {"loss": loss.to_dict(), "pytorch": loss.in_pytorch(), "value": value.tolist(), "gradient": gradient.tolist()}


def walked(loss: ValueLoss, n: int) -> list[float]:
    """Return the values of five states after one walk of n-step TD, each update a step of plain gradient descent on the loss of one transition."""
    import torch

    v = torch.zeros(5, dtype=torch.float64, requires_grad=True)
    for t in range(len(WAY)):
        end = min(t + n, len(WAY))
        target = sum(REWARDS[t:end]) + (v[WAY[end]] if end < len(WAY) else 0.0 * v[0])
        value = eval(loss.in_pytorch(), {"torch": torch, "v": v[WAY[t]], "target": target})
        (gradient,) = torch.autograd.grad(value, v)
        v = (v - RATE * gradient).detach().requires_grad_(True)
    values: list[float] = v.tolist()
    return values


def exact_gradient() -> tuple[float, list[list[float]]]:
    """Return the return of a policy by a linear system, and its gradient by differentiating through that."""
    import torch

    world = maze(FIELD)
    scores = torch.tensor(scores_of(world), requires_grad=True)
    chances, stands = torch.softmax(scores, -1), [cell for cell in range(world.cells) if cell != world.goal]
    ways = torch.zeros((world.cells, world.cells), dtype=torch.float64)
    for cell in range(world.cells):
        for action in range(4):
            step = torch.zeros_like(ways)
            step[cell, int(world.after[cell, action])] = 1.0
            ways = ways + step * chances[cell, action]
    rewards = (chances * torch.tensor(world.rewards)).sum(-1)[stands]
    values = torch.linalg.solve(torch.eye(len(stands), dtype=torch.float64) - ways[stands][:, stands], rewards)
    (gradient,) = torch.autograd.grad(values[stands.index(world.start)], scores)
    return float(values[stands.index(world.start)].detach()), gradient.tolist()


def climbed(climb: Climb, batches: list[Any]) -> dict[str, Any]:
    """Return the scores, the critic and the policy loss of a climb of one run and one seed, which learns from these batches in place of its own."""
    import torch

    run, world = climb.runs[0], maze(climb.world)
    scores, critic = (torch.zeros(shape, dtype=torch.float64) for shape in ((world.cells, 4), (world.cells,)))
    losses = []
    for batch in batches:
        cells, actions, advantages, returns = [], [], [], []
        for episode in range(climb.batch):
            steps = [t for t in range(len(batch.cells)) if batch.going[t, 0, 0, episode]]
            rewards = [float(batch.rewards[t, 0, 0, episode]) for t in steps]
            at = [int(batch.cells[t, 0, 0, episode]) for t in steps]
            # where it is broken off it ends
            v = [*(float(critic[cell]) for cell in at), 0.0]
            deltas = [reward + v[t + 1] - v[t] for t, reward in enumerate(rewards)]
            cells += at
            actions += [int(batch.actions[t, 0, 0, episode]) for t in steps]
            returns += [sum(rewards[t:]) for t in range(len(steps))]
            advantages += [sum(run.decay**k * delta for k, delta in enumerate(deltas[t:])) for t in range(len(steps))]
        here, taken, to_go = torch.tensor(cells), torch.tensor(actions), torch.tensor(returns, dtype=torch.float64)
        weight = torch.tensor(advantages, dtype=torch.float64) if run.baseline == CRITIC else to_go - (to_go.mean() if run.baseline == MINUS_MEAN else 0.0)
        if run.normalised:
            weight = (weight - weight.mean()) / weight.std(correction=0)
        old = torch.log_softmax(scores, -1)[here, taken]
        losses.append(float(expressed(run.loss, scores[here], taken, weight, old).mean()))
        for _ in range(run.passes):
            theta = scores.clone().requires_grad_(True)
            loss = expressed(run.loss, theta[here], taken, weight, old).sum()
            if run.bonus:
                loss = loss + expressed(POLICY_LOSSES["entropy"](weight=run.bonus), theta[here], taken, weight, old).sum()
            (gradient,) = torch.autograd.grad(loss / climb.batch, theta)
            scores = (theta - run.rate * gradient).detach()
        if run.baseline == CRITIC:
            for cell in sorted({*cells}):
                seen = to_go[here == cell]
                critic[cell] += run.critic_rate * float((seen - critic[cell]).mean())
    return {"climb": climb.to_json(), "scores": scores.tolist(), "critic": critic.tolist(), "policy_loss": losses}


def main() -> None:
    """Write the file."""
    from core.studies.reinforcement.climb import acted, advance, prepared, start

    climbs_by_torch = []
    for climb in climbs():
        world, batches = prepared(climb), []
        state = start(climb, world)
        for at in range(climb.updates):
            batches.append(acted(climb, state.arrays["scores"], world, at))
            state = advance(climb, state, 1, world)
        climbs_by_torch.append(climbed(climb, batches))
    value, gradient = exact_gradient()
    text = {
        "values": list(value_cases()), "policies": list(policy_cases()), "exact": {"value": value, "gradient": gradient}, "climbs": climbs_by_torch,
        "walks": [{"loss": loss.to_dict(), "n": n, "values": walked(loss, n)} for loss in value_losses() if loss.kind != "value" for n in (1, 2, 100)],
    }  # fmt: skip
    PATH.write_text(json.dumps(text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
