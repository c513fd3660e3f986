"""Small worlds whose answers are exact: what each loss comes to, by linear algebra and without training.

Sources: R. S. Sutton and A. G. Barto, 2018, Reinforcement Learning: An Introduction, 2nd edition (SB).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
#: an episode: (state, reward) of each step; it ends after the last one
Episode: TypeAlias = "tuple[tuple[int, float], ...]"

A, B, C = 0, 1, 2
#: SB, example 6.4: eight episodes of two states, "You are the predictor"
PREDICTOR: tuple[Episode, ...] = (((A, 0.0), (B, 0.0)), *((((B, 1.0),),) * 6), ((B, 0.0),))
#: SB, example 11.2: A leads to B, worth 1, or to C, worth 0, equally often
A_SPLIT: tuple[Episode, ...] = (((A, 0.0), (B, 1.0)), ((A, 0.0), (C, 0.0)))


def transitions(episodes: Sequence[Episode], states: int) -> tuple[Array, Array, Array]:
    """Return for each step the state (T, N) and the next one (T, N), both one-hot, all 0 for the end, and the reward (T,)."""
    before, after, rewards = [], [], []
    for episode in episodes:
        for place, (state, reward) in enumerate(episode):
            before.append(np.eye(states)[state])
            after.append(np.eye(states)[episode[place + 1][0]] if place + 1 < len(episode) else np.zeros(states))
            rewards.append(reward)
    return np.array(before), np.array(after), np.array(rewards)


def batch_td(episodes: Sequence[Episode], states: int) -> Array:
    """Return the values (N,) where the TD errors of each state add up to 0: Σ x (x - x')ᵀ v = Σ x r, without discount."""
    before, after, rewards = transitions(episodes, states)
    values: Array = np.linalg.solve(before.T @ (before - after), before.T @ rewards)
    return values


def batch_residual(episodes: Sequence[Episode], states: int) -> Array:
    """Return the values (N,) of the least sum of squared TD errors of all steps: Σ (x - x')(x - x')ᵀ v = Σ (x - x') r, without discount."""
    before, after, rewards = transitions(episodes, states)
    ways = before - after
    values: Array = np.linalg.solve(ways.T @ ways, ways.T @ rewards)
    return values


def batch_monte_carlo(episodes: Sequence[Episode], states: int) -> Array:
    """Return the mean return (N,) of each state, over all of its visits."""
    sums, visits = np.zeros(states), np.zeros(states)
    for episode in episodes:
        to_go = np.cumsum([reward for _, reward in episode][::-1])[::-1]
        for (state, _), value in zip(episode, to_go, strict=True):
            sums[state] += value
            visits[state] += 1
    return sums / visits


def corridor_return(right: Array) -> Array:
    """Return the return from the start of SB's short corridor with switched actions, example 13.1, if `right` (...) is the chance of going right.

    Three states and an end; in the second one the actions are switched; each step costs 1. By elimination v = -2 (2 - p) / (p (1 - p)).
    """
    right = np.asarray(right, float)
    return -2 * (2 - right) / (right * (1 - right))


#: the chance of going right that is best in the short corridor, and its return
CORRIDOR_BEST = 2 - np.sqrt(2)

#: SB, section 11.2: Baird's counterexample; rows are the seven states, columns the eight weights
BAIRD = np.hstack([np.vstack([2 * np.eye(6), np.zeros((1, 6))]), np.array([[0.0]] * 6 + [[1.0]]), np.array([[1.0]] * 6 + [[2.0]])])
BAIRD_START = np.array([1.0, 1, 1, 1, 1, 1, 10, 1])
BAIRD_DISCOUNT = 0.99


def baird(rate: float, sweeps: int, *, residual: bool) -> Array:
    """Return the root mean square of the seven values, whose truth is 0, before the first sweep and after each, (sweeps + 1,).

    A sweep updates the weights once by the mean over the states: the target policy always goes to the seventh, and no reward is ever given. With `residual`
    the update goes through the target, too. The series ends with NaN once it is larger than 1e12.
    """
    weights, sizes = BAIRD_START.copy(), np.full(sweeps + 1, np.nan)
    ways = BAIRD_DISCOUNT * BAIRD[6] - BAIRD
    for sweep in range(sweeps + 1):
        sizes[sweep] = np.sqrt(np.mean((BAIRD @ weights) ** 2))
        if sizes[sweep] > 1e12:
            break
        errors = ways @ weights
        weights = weights + rate * np.mean(errors[:, None] * (-ways if residual else BAIRD), axis=0)
    return sizes
