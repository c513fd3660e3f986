"""`Optimizer`, the base of all optimizers: a rule from gradient and state to new parameters, for arrays of any leading shape."""

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

    A hyperparameter, and the learning rate `lr`, may be an array with a trailing shape (1,): one value for each run of a stack.
    Symbols are those of the papers. Where conventions differ, PyTorch's are used. Arguments and state are never changed in place.
    """

    #: the suggested learning rate
    learning_rate: ClassVar[float]
    #: the arrays of the state. They have the shape of the parameters and are 0 at the start, unless `init` is overridden.
    slots: ClassVar[tuple[Slot, ...]] = ()
    #: the slots that the rule divides by 1 - β^t because they start at 0, each with the name of the hyperparameter β
    corrected: ClassVar[Mapping[str, str]] = MappingProxyType({})
    #: the slot that the rule multiplies by its rates to get the step; empty: the gradient
    followed: ClassVar[str] = ""
    #: the slot by whose root, or size, the rule divides each parameter's step; None: it divides by nothing
    divisor: ClassVar[Slot | None] = None
    #: the optimizer in PyTorch with the same trajectory
    pytorch: ClassVar[str | None] = None

    def init(self, params: Array) -> State:
        """Return the state before the first update."""
        return {slot.name: np.zeros_like(params) for slot in self.slots}

    @abstractmethod
    def update(self, grads: Array, state: State, params: Array, step: int, lr: Any) -> tuple[Array, State]:
        """Return the parameters and the state after update number `step` (from 1), in the shapes of the arguments."""


OPTIMIZERS: Registry[Optimizer] = Registry("optimizer")
