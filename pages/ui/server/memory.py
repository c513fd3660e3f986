"""How the server's allocator treats large arrays."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress

#: glibc's number for the size from which on an array has pages of its own, which go back to the system when it is freed
_M_MMAP_THRESHOLD = -3
#: that size in bytes
LARGE = 2_000_000


def give_back_large_arrays() -> None:
    """Let the allocator of this process return arrays above `LARGE` to the system when they are freed. Without glibc nothing changes.

    glibc raises that size to that of the largest array that was freed. Then the states of models, of some 10 MB, come to lie between small objects, and
    what they leave is no use to anybody: beside many heavy trainings the server kept 160 MB that were free.
    """
    if sys.platform == "linux":
        with suppress(AttributeError):
            ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, LARGE)
