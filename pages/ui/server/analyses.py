"""What is computed of one lane: each thing once, for every session and every comparison that has the lane."""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

T = TypeVar("T")
#: an analysis of one lane, which the executor computes beside the training
Analysis = Callable[..., T]
#: how many pictures of a lane are kept
_KEPT = 64


class Analyses:
    """The analyses and pictures of one lane. Two threads may not call a method at once, but `make` is called without any lock."""

    def __init__(self) -> None:
        self._futures: dict[Analysis[Any], Future[Any]] = {}
        #: what was made, with the object that it is about
        self._made: OrderedDict[object, tuple[object, Any]] = OrderedDict()

    def submit(self, executor: Callable[[], Executor], analysis: Analysis[T], *arguments: object) -> Future[T] | None:
        """Return the future of `analysis(*arguments)`.

        The first call sends the analysis to the executor; so does a call after the analysis was lost or failed.
        Returns None if the executor takes no work, because it is broken or shut down.
        """
        future = self._futures.get(analysis)
        if future is None or (future.done() and (future.cancelled() or future.exception() is not None)):
            try:
                future = self._futures[analysis] = executor().submit(analysis, *arguments)
            except RuntimeError:  # the pool is broken or shut down
                return None
        return future

    def kept(self, what: object, about: object, make: Callable[[], T]) -> T:
        """Return `make()`, or what it returned before for the same `what` and the same object `about`. The oldest of many is forgotten."""
        found = self._made.get(what)
        if found is None or found[0] is not about:
            found = self._made[what] = about, make()
            while len(self._made) > _KEPT:
                self._made.popitem(last=False)
        made: T = found[1]
        return made

    @property
    def nbytes(self) -> int:
        """Bytes of the pictures."""
        return sum(getattr(made, "nbytes", None) or sys.getsizeof(made) for _, made in [*self._made.values()])

    def clear(self) -> None:
        """Forget everything."""
        self._futures.clear()
        self._made.clear()
