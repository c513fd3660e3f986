"""The document of the workbench's view: what is shown of an experiment, besides the experiment itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.parameters import boolean, choice, choices, integer, integers, real
from core.tasks import CLASSIFICATION, REGRESSION
from core.training.metrics import RUN_METRICS, SPLIT_METRICS
from core.views import VIEWS, LineupView, first_column

#: the rows of the loss curves
BOTH, VALIDATION, TRAINING = "both", "validation", "training"
#: what the loss curves are drawn against
EPOCHS, UPDATES, SECONDS = "epochs", "updates", "seconds"
#: what is shown of each run at one epoch
BOUNDARIES, CONFUSION, PER_CLASS, FIT, PREDICTIONS, SAMPLES, WEIGHTS = "boundaries", "confusion", "per_class", "fit", "predictions", "samples", "weights"
PANELS = {
    BOUNDARIES: "boundaries", CONFUSION: "confusion", PER_CLASS: "per class", FIT: "fit", PREDICTIONS: "predicted against true", SAMPLES: "samples",
    WEIGHTS: "weights",
}  # fmt: skip
#: the splits whose rows can be shown at one epoch; test rows are left out because nothing may be chosen by them
ROWS = {"validation": "validation", "train": "training"}
#: the orders of rows
HARDEST, SURELY_WRONG, DISPUTED = "hardest", "surely_wrong", "disputed"
ORDERS = {HARDEST: "hardest", SURELY_WRONG: "most surely wrong", DISPUTED: "runs disagree"}
#: as what a run is taken home
PYTORCH, SKLEARN, NOTEBOOK, MODEL = "pytorch", "sklearn", "notebook", "model"
CODES = {PYTORCH: "PyTorch", SKLEARN: "scikit-learn", NOTEBOOK: "Notebook", MODEL: "Model"}
#: in place of an epoch: the last one; in place of the style of a run: all runs, or the first that there is
LAST, ANY = -1, -1


def _metric(task: str) -> Any:
    """Declare the choice of the metric on which runs are compared, for one task."""
    metrics = {name: metric for name, metric in SPLIT_METRICS[task].items() if name != "loss"}
    doc = "  \n".join(f"**{metric.title}**: {metric.doc}" for metric in metrics.values())
    return choice(next(iter(metrics)), {name: f"Compare on: {metric.listed()}" for name, metric in metrics.items()}, label="Metric", doc=doc)


def _style(label: str, doc: str) -> Any:
    return integer(ANY, 0, 11, hard="[-1, 11]", label=label, doc=doc)


@VIEWS.add("workbench")
@dataclass(frozen=True)
class Workbench(LineupView):
    """What the workbench shows of its experiment. A choice that the data or the runs do not offer counts as the first one that they do.

    Runs are named by their styles, see `slots`.
    """

    rows: str = choice(BOTH, (BOTH, VALIDATION, TRAINING), doc="Validation is the thick line, training the thin one.")
    against: str = choice(EPOCHS, (EPOCHS, UPDATES, SECONDS), doc=RUN_METRICS["seconds"].doc)
    scale: str = choice(
        "log", ("log", "linear"), label="Loss axis",
        doc="A logarithmic axis shows small differences near 0. A loss of 0 rests on its lower edge; where a loss goes below 0, it goes on on the other side.",
    )  # fmt: skip
    lbfgs: bool = boolean(
        False, label="Reference: L-BFGS",
        doc="The loss, without penalty, where L-BFGS ends at full batch from the same initial weights. With a linear model, a convex loss and no penalty, no "
        "optimizer can get below it on the training rows; for a network it is one local minimum. Decay that is part of an optimizer is not in it.",
    )  # fmt: skip
    smoothing: float = real(
        0.0, 0.0, 0.95, hard="[0, 0.99]",
        doc="A moving average over the epochs, in which each epoch counts so much less than the next; the measured curve stays, pale. 0: none.",
    )  # fmt: skip
    forward: int = _style("In front", "The run that stands out in every chart; the others are pale.")
    hidden: tuple[int, ...] = integers((), 0, 11, hard="[0, 11]", longest=12, doc="The runs that no chart shows.")
    baseline: int = _style("Baseline", "The run that the others are compared with, in the table.")
    classification_metric: str = _metric(CLASSIFICATION)
    regression_metric: str = _metric(REGRESSION)
    panels: str = choice(BOUNDARIES, PANELS, label="Show", doc="What is shown of each run.")
    panel_rows: str = choice("validation", ROWS, label="Rows", doc="The rows that are shown.")
    sample_rows: str = choice("train", ROWS, label="Rows", doc="The rows that are shown. Damaged rows are training rows.")
    epoch: int = integer(LAST, 0, 2000, hard="[-1, 2000]", doc="Parameters are kept at about 24 epochs, more of them early, where most happens.")
    layer: int = integer(0, 0, 10, hard="[0, 100]", doc="Layers from the input on; the last one leads to the outputs.")
    output: int = integer(0, 0, 10, hard="[0, 1000]", doc="The number that is predicted.")
    order: str = choice(
        HARDEST, ORDERS, label="First",
        doc="**Hardest**: highest own loss; for all runs, by the mean of its rank, because losses differ in scale. "
        "**Most surely wrong**: another class is predicted, with the highest probability, or where a loss defines none, with the largest lead of its score. "
        "**Runs disagree**: two runs predict different classes, first those of which both are surest; of numbers, the largest difference.",
    )  # fmt: skip
    hardest_under: int = _style("Under", "The run under which rows are hardest.")
    wrong_under: int = _style("Under", "The run that is wrong.")
    between: int = _style("Between", "One of the two runs that disagree.")
    and_other: int = _style("and", "The other of the two runs that disagree.")
    code: str = choice(PYTORCH, CODES, label="As", doc="The selected run as a script, as a notebook, or its trained model.")
    folded_out: tuple[str, ...] = choices((), ("axes", "more", "fill", "damage", "split", "look", "code"), doc="What is folded out.")
    first_column: int = first_column()

    def metric(self, task: str) -> str:
        """Return the name of the metric on which runs of a task are compared."""
        name: str = getattr(self, f"{task}_metric")
        return name
