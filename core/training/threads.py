"""One BLAS thread while the engine computes: at these sizes a second one makes it slower."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController


@cache
def _controller() -> ThreadpoolController:
    """Return what finds the libraries that have threads, once a process: it takes milliseconds."""
    return ThreadpoolController()


def one_thread() -> AbstractContextManager[Any]:
    """Return a context in which linear algebra uses one thread."""
    limited: AbstractContextManager[Any] = _controller().limit(limits=1)
    return limited
