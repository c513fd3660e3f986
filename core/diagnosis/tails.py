"""Whether the logarithm of a target has lighter tails than the target: what a rule about outliers may propose besides a robust loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.diagnosis.changes import Change
from core.diagnosis.evidence import Evidence
from core.experiment import fits
from core.losses import LOSSES
from core.words import Said

Array = NDArray[Any]


def log_target(evidence: Evidence, far: Callable[[Array], tuple[float, float, float]]) -> Change | None:
    """Return the change to a loss of the target's logarithm, or of log(1 + target) where a target may be 0; None if its tails are heavy, too.

    `far`: the rule's measure of residuals (n, K), whose first number is the share of far ones. Those of the logarithm are of trees' predictions.
    """
    data, run = evidence.result.data, evidence.run
    dataset = evidence.result.experiment.dataset
    kind = next((kind for kind in ("squared_log_ratio", "squared_log_error") if fits(LOSSES[kind], dataset)), None)
    if kind is None:
        return None
    residuals = evidence.reference.left_out_residuals
    truth = data.truth[: len(residuals)]
    if kind == "squared_log_error":
        unit = np.maximum(data.truth[: data.n_train].mean(axis=0), np.finfo(float).tiny)
        logs = np.log1p(truth / unit) - np.log1p(np.maximum(truth - residuals, 0) / unit)
    else:
        logs = np.log(truth) - np.log(np.maximum(truth - residuals, truth.min(axis=0)))
    if far(logs)[0] > 0:
        return None
    return Change(Said("log target"), replace(run, loss=LOSSES[kind]()))
