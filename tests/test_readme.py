"""What the README shows works as it is written there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from core.experiment import digits_experiment
from core.export import pytorch_script

#: what the example of a new loss takes for granted, and a look at what it gives
IMPORTS = """
from dataclasses import dataclass
import numpy as np
from core.losses.base import LOSSES, ElementwiseLoss
from core.parameters import real
from core.tasks import REGRESSION
"""
CHECK = """
loss, scores, targets, eps = LOSSES["welsch"](scale=2.0), np.linspace(-3, 3, 7)[:, None], np.zeros((7, 1)), 1e-6
slope = (loss.value(scores + eps, targets) - loss.value(scores - eps, targets)) / (2 * eps)
np.testing.assert_allclose(loss.gradient(scores, targets)[:, 0], slope, atol=1e-9)
"""


def blocks(root: Path) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (root / "README.md").read_text(encoding="utf-8"), re.DOTALL)


def test_the_loop_is_that_of_an_exported_script(root: Path) -> None:
    experiment = digits_experiment()
    (loop,) = re.findall(r"```py\n(.*?)```", (root / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert loop in pytorch_script(experiment, experiment.runs[3])


def test_the_examples_run(root: Path) -> None:
    """In one process: the first knows of nothing but what it imports itself."""
    engine, loss, *_ = blocks(root)
    counted = ["assert len(result.runs) == 2", "assert len(played.history) == 2 * 2 * 7 * 31", "assert len(embedded.history) == 2 * 14 * 21"]
    counted += ["assert len(segmented.history) == 3 * 9 * 16", "assert len(weighed.history) == 3 * 15 * 16"]
    code = "\n".join([engine, *counted, IMPORTS, loss, CHECK])
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=root, check=True, timeout=120)
