"""What is freed goes back to the system."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

#: allocate and free arrays of 12 MB, small objects between them, and print the megabytes that the process has more than before
SCRIPT = """
import os
import numpy as np
from pages.ui.server.memory import give_back_large_arrays

def resident():
    with open("/proc/self/statm") as sizes:
        return int(sizes.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

if {called}:
    give_back_large_arrays()
np.ones(3_500_000)
before, kept = resident(), []
arrays = []
for _ in range(8):
    arrays.append(np.ones(1_500_000))
    kept.append(bytes(100_000))
del arrays
print((resident() - before) / 1e6)
"""


def megabytes_left(*, called: bool) -> float:
    done = subprocess.run([sys.executable, "-c", SCRIPT.format(called=called)], capture_output=True, text=True, timeout=60, check=True)
    return float(done.stdout)


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="it is glibc that keeps them")
def test_large_arrays_are_returned_when_they_are_freed() -> None:
    assert megabytes_left(called=False) > 50, "or there is nothing to mend"
    assert megabytes_left(called=True) < 10
