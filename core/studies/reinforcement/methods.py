"""Ways to learn the values of a policy from its episodes: what target a prediction is drawn to. `METHODS["n_step"](n=4)`.

Notation: G is the return from a step on, v(s) a prediction, α the rate; nothing is discounted. Source of all: R. S. Sutton and A. G. Barto, 2018 (SB).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from core.parameters import Declared, Registry, integer, real
from core.studies.reinforcement.value_losses import Residual, ValueLoss

Array = NDArray[Any]

#: more steps than any episode has
_FOREVER = 2**31


@dataclass(frozen=True, eq=False)
class Episodes:
    """One episode of each seed. `states` (S, T + 1): the places, N after the end. `sums` (S, T + 1): rewards before each step. `lengths` (S,)."""

    states: Array
    sums: Array
    lengths: Array


class Method(Declared, ABC):
    """A way to learn from episodes. Hyperparameters may be columns (R, 1)."""

    #: whether a loss may be chosen; else the method is defined by the squared error
    any_loss: ClassVar[bool] = True

    @abstractmethod
    def learn(self, v: Array, episodes: Episodes, loss: ValueLoss, rates: Array) -> None:
        """Change the values `v` (S, N + 1, R, A) by one episode of each seed, the longest first, with `rates` (A,). Entry N is the end, and stays 0."""

    def learned(self, v: Array, episodes: Episodes, loss: ValueLoss, rates: Array) -> Array:
        """Return the values (S, N + 1, R, A) after one episode of each seed.

        Seeds are put in the order of their lengths, so that those whose episode goes on at a step are the first ones: a slice, and no copy.
        """
        order = np.argsort(-episodes.lengths, kind="stable")
        sorted_ = v[order]
        self.learn(sorted_, Episodes(episodes.states[order], episodes.sums[order], episodes.lengths[order]), loss, rates)
        after = np.empty_like(v)
        after[order] = sorted_
        return after


METHODS: Registry[Method] = Registry("method")


def _going(episodes: Episodes) -> Iterator[tuple[int, Array]]:
    """Yield each step, and the places of the seeds whose episode goes on."""
    for t in range(int(episodes.lengths[0])):
        yield t, np.arange(np.count_nonzero(episodes.lengths > t))


def _moved(v: Array, rows: Array, at: Array, boot: Array, rewards: Array, loss: ValueLoss, rates: Array) -> None:
    """Move the values at places `at` (S,) towards `rewards` (S, R) plus the values at places `boot` (S, R), and these as the loss says."""
    runs = np.arange(v.shape[2])
    now, then = v[rows, at], v[rows[:, None], boot, runs]
    target = rewards[..., None] + then
    v[rows, at] = now - rates * loss.gradient(now, target)
    if isinstance(loss, Residual):
        v[rows[:, None], boot, runs] -= rates * loss.by_target(now, target)
        v[:, -1] = 0.0


def _n_step(v: Array, episodes: Episodes, loss: ValueLoss, rates: Array, n: Array) -> None:
    """Change the values by an episode. `n` (R,): the steps whose rewards are seen before a prediction is taken in place of the rest.

    The update of step t needs the value after step t + n, at a moment when all steps before t are done: so the order of steps is the order of updates.
    """
    for t, rows in _going(episodes):
        end = np.minimum(t + n, episodes.lengths[rows, None])
        rewards = episodes.sums[rows[:, None], end] - episodes.sums[rows, t, None]
        _moved(v, rows, episodes.states[rows, t], episodes.states[rows[:, None], end], rewards, loss, rates)


@METHODS.add("n_step")
@dataclass(frozen=True)
class NStep(Method):
    """The rewards of n steps, and the prediction after them. TD(0) is n = 1."""

    title = "n-step TD"
    summary = "Between TD(0) and Monte Carlo: some rewards are seen, the rest is a prediction."
    formula = r"v(s_t) \leftarrow v(s_t) + \alpha\,(r_{t+1} + \dots + r_{t+n} + v(s_{t+n}) - v(s_t))"
    reference = "SB, section 7.1"
    n: int = integer(1, 1, 64, hard="[1, 100000]", stops=(1, 2, 4, 8, 16, 32, 64), symbol="n", doc="Steps whose rewards are seen before a prediction is taken.")

    def learn(self, v: Array, episodes: Episodes, loss: ValueLoss, rates: Array) -> None:
        """Change the values by one episode."""
        _n_step(v, episodes, loss, rates, np.ravel(self.n).astype(np.intp))


@METHODS.add("monte_carlo")
@dataclass(frozen=True)
class MonteCarlo(Method):
    """The whole return to the end, at every visit and with a constant rate: no prediction is taken for anything."""

    title = "Monte Carlo"
    summary = "Believes no prediction, and pays for it with all the chance of an episode."
    formula = r"v(s_t) \leftarrow v(s_t) + \alpha\,(G_t - v(s_t))"
    reference = "SB, section 6.1"

    def learn(self, v: Array, episodes: Episodes, loss: ValueLoss, rates: Array) -> None:
        """Change the values by one episode."""
        _n_step(v, episodes, loss, rates, np.full(v.shape[2], _FOREVER))


def _lambda(default: float) -> Any:
    return real(default, 0.0, 1.0, step=0.05, hard="[0, 1]", symbol=r"\lambda", doc="How long a step is remembered: 0 is TD(0), 1 Monte Carlo.")


@METHODS.add("td_lambda")
@dataclass(frozen=True)
class TdLambda(Method):
    """Every TD error moves all states of the episode, by a trace of how recently each was visited."""

    title = "TD(λ)"
    summary = "A mixture of all n at once, at the cost of one trace for each state."
    formula = r"e \leftarrow \lambda e + x_t,\quad v \leftarrow v + \alpha\,\delta_t\,e"
    reference = "SB, section 12.2"
    decay: float = _lambda(0.8)

    def learn(self, v: Array, episodes: Episodes, loss: ValueLoss, rates: Array) -> None:
        """Change the values by one episode."""
        decay = np.reshape(self.decay, (-1, 1))
        traces = np.zeros((*v.shape[:2], v.shape[2], 1))
        for t, rows in _going(episodes):
            count = len(rows)
            at, then = episodes.states[rows, t], episodes.states[rows, t + 1]
            reward = (episodes.sums[rows, t + 1] - episodes.sums[rows, t])[:, None, None]
            traces[:count] *= decay
            traces[rows, at] += 1
            pulls = rates * loss.gradient(v[rows, at], reward + v[rows, then])
            v[:count] -= pulls[:, None] * traces[:count]
        v[:, -1] = 0.0


@METHODS.add("true_online")
@dataclass(frozen=True)
class TrueOnline(Method):
    """TD(λ) with a trace that forgets what a visit has already learned: it is exactly the online λ-return."""

    title = "True online TD(λ)"
    summary = "TD(λ) that stays stable at higher rates, because a trace does not count what was learned already."
    formula = (
        r"e \leftarrow \lambda e + (1 - \alpha\lambda\,e^\top x_t)\,x_t,\quad v \leftarrow v + \alpha(\delta + v_t - v_{t-1})\,e - \alpha(v_t - v_{t-1})\,x"
    )
    reference = "SB, section 12.5; H. van Seijen et al., 2016, JMLR 17"
    any_loss = False
    decay: float = _lambda(0.8)

    def learn(self, v: Array, episodes: Episodes, loss: ValueLoss, rates: Array) -> None:
        """Change the values by one episode. `loss` is the squared error."""
        decay = np.reshape(self.decay, (-1, 1))
        traces, old = np.zeros_like(v), np.zeros((len(v), *v.shape[2:]))
        for t, rows in _going(episodes):
            count = len(rows)
            at, then = episodes.states[rows, t], episodes.states[rows, t + 1]
            reward = (episodes.sums[rows, t + 1] - episodes.sums[rows, t])[:, None, None]
            now, later, before = v[rows, at], v[rows, then], old[:count]
            traces[:count] *= decay
            traces[rows, at] += 1 - rates * traces[rows, at]
            v[:count] += (rates * (reward + later - before))[:, None] * traces[:count]
            v[rows, at] -= rates * (now - before)
            old[:count] = later
        v[:, -1] = 0.0
