"""The updates of a stack: gradient, clipping, step; a replica that is no longer finite is frozen."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.optimizers.base import State
from core.training.plan import Batch, Plan
from core.training.state import TrainingState

Array = NDArray[Any]

#: PyTorch's guard in `clip_grad_norm_`
_CLIP_EPS = 1e-6


def train_batches(plan: Plan, state: TrainingState, end: int) -> TrainingState:
    """Return the state after the batches `state.batch` to `end` - 1 of the current epoch. It changes arrays of `state` in place."""
    params, optimizer, running = state.params, state.optimizer, state.running
    (gradient_norms, update_norms), all_running = state.sums, bool(running.all())
    for batch in plan.batches(state.epoch, state.batch, end):
        new_params, optimizer, norm = update(plan, params, optimizer, batch)
        gradient_norms += norm
        if not math.isfinite(norm.sum()):  # one cheap test of the whole stack
            lost = running & ~np.isfinite(norm)
            state.diverged_at[lost] = state.epoch + 1
            running, all_running = running & ~lost, False
        if not all_running:
            new_params = np.where(running[..., None], new_params, params)
        update_norms += norms(new_params - params)
        params = new_params
    return replace(state, params=params, optimizer=optimizer, batch=end)


def update(plan: Plan, params: Array, optimizer: list[State], batch: Batch) -> tuple[Array, list[State], Array]:
    """Return the parameters (S, R, P + E) and the optimizers' states after one update, and the norm (S, R) of its gradient before clipping."""
    stack = plan.stack
    grads = stack.gradient(plan.model, params, batch.X, batch.targets, batch.weights, batch.dropout)
    norm = norms(grads)
    if stack.clip_norm is not None:
        grads *= np.minimum(stack.clip_norm / (norm + _CLIP_EPS), 1)[..., None]
    return *stack.step(plan.model, grads, optimizer, params, batch.step, batch.rates), norm


def norms(values: Array) -> Array:
    """Return the lengths (S, R) of vectors (S, R, P)."""
    return np.sqrt(np.vecdot(values, values))
