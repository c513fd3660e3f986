"""What every optimizer is: a rule from gradient and state to parameters, written for arrays of any leading shape."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from core.optimizers.slots import Slot
from core.parameters import Declared, Registry

Array = NDArray[Any]
State = dict[str, Array]


class Optimizer(Declared, ABC):
    """An update rule over packed parameters of shape (..., P).

    A hyperparameter, like the learning rate `lr`, may be an array with a trailing shape (1,), one value for each run of a stack.
    Symbols are the papers'; conventions, where they differ, are PyTorch's. Neither arguments nor state are ever changed in place.
    """

    #: the learning rate that a new run is offered
    learning_rate: ClassVar[float]
    #: the arrays of the state, each shaped like the parameters and 0 at the start, unless `init` says another
    slots: ClassVar[tuple[Slot, ...]] = ()
    #: of the slots, those that the rule divides by 1 - β^t, since they started at 0, and the hyperparameter that is the β
    corrected: ClassVar[Mapping[str, str]] = MappingProxyType({})
    #: the slot that the step goes along, each parameter at a rate of its own or all at one; empty: the gradient
    followed: ClassVar[str] = ""
    #: the optimizer in PyTorch with the same trajectory
    pytorch: ClassVar[str | None] = None

    def init(self, params: Array) -> State:
        """Return the state before the first update."""
        return {slot.name: np.zeros_like(params) for slot in self.slots}

    @abstractmethod
    def update(self, grads: Array, state: State, params: Array, step: int, lr: Any) -> tuple[Array, State]:
        """Return the parameters and the state after update number `step` (counted from 1), shapes as given."""


OPTIMIZERS: Registry[Optimizer] = Registry("optimizer")
