"""What is measured of a run: how good each task is, what its loss counts, and how hard it pulls on the trunk."""

from __future__ import annotations

from dataclasses import dataclass

from core.studies.multitask.document import TASKS


@dataclass(frozen=True)
class Measure:
    """A measure: its title, whether higher is better (None: neither), its meaning, and whether its axis is logarithmic."""

    title: str
    better: bool | None
    doc: str
    log: bool = False


#: how good each task is
QUALITY = {"class": "accuracy", "place": "r2", "mask": "dice"}
MEASURES = {
    "accuracy": Measure("Accuracy of the class", True, "Share of the test rows whose digit is right."),
    "r2": Measure("R² of the place", True, "1 - squared error / spread, on test rows, the mean of across and down. It does not ask for the unit."),
    "dice": Measure("Dice of the mask", True, "2 TP / (2 TP + FP + FN) over the pixels of all test rows, marked from p = ½ on."),
    **{f"loss_{task}": Measure(f"Loss of the {task}", False, "The mean on test rows, in the run's own units, without its weight.", True) for task in TASKS},
    **{f"weight_{task}": Measure(f"Weight of the {task}", None, "What the loss is multiplied by: the fixed weight, or exp(-s) (of the place half of it).", True)
       for task in TASKS},
    **{f"pull_{task}": Measure(f"Pull of the {task}", None, "Length of the gradient of the weighted loss by the trunk, on 256 training rows.", True)
       for task in TASKS},
    "cosine_class_place": Measure("Cosine of class and place", None, "Between the gradients by the trunk: 1 is the same way, -1 against each other."),
    "cosine_class_mask": Measure("Cosine of class and mask", None, "Between the gradients by the trunk: 1 is the same way, -1 against each other."),
    "cosine_place_mask": Measure("Cosine of place and mask", None, "Between the gradients by the trunk: 1 is the same way, -1 against each other."),
}  # fmt: skip
