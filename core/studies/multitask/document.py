"""What is compared (`Weighting`), and what all of them share: data, the losses of the three tasks, network, start and batches (`Multitask`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from core.losses import LOSSES, Loss
from core.models import MLP, MODELS, Model
from core.optimizers import OPTIMIZERS, Optimizer
from core.parameters import Declared, boolean, choice, component, described, integer, items, real, text
from core.runs import RunsDocument
from core.tasks import CLASSIFICATION, IDENTITY, REGRESSION, SEGMENTATION
from core.training.limits import MAX_STACKED_PARAMS
from core.words import Figure, Said

#: runs beside each other on a page
MOST = 5
#: the tasks, in the order of their scores: which digit, where its middle is, which pixels are ink
TASKS = ("class", "place", "mask")
#: scores of each task
SCORES = {"class": 10, "place": 2, "mask": 64}
OUTPUTS = sum(SCORES.values())
FEATURES = 64
#: how the weights come about
FIXED, LEARNED = "fixed", "learned"
#: multiplications of a parameter with a row, over the whole training of all runs: about a minute of one processor
MAX_WORK = 60_000_000_000
#: hidden units and scores of one run, for the rows of a batch or those that are measured, of all seeds
MAX_UNITS = 20_000_000
#: rows that are measured at once
MEASURED = 600


def _weight(task: str) -> Any:
    return described(
        real(1.0, 1e-3, 100.0, log=True, hard="[0, 1e6]", symbol=f"w_{TASKS.index(task) + 1}", label=task.capitalize(), doc="How much the loss counts."),
        f"weight of the {task}", brief=f"{task} {{value}}",
    )  # fmt: skip


def _for(task: str) -> Callable[[type[Loss]], bool]:
    return lambda cls: task in cls.tasks and cls.link == IDENTITY and not cls.learned


@dataclass(frozen=True)
class Weighting(Declared):
    """One run of those compared: how the three losses are weighted, and how their sum descends."""

    scheme: str = described(
        choice(FIXED, {FIXED: "fixed", LEARNED: "learned"}, label="Weights", doc="Fixed numbers, or learned as uncertainties (arXiv:1705.07115)."),
        "scheme", brief="{value} weights", off="fixed weights",
    )  # fmt: skip
    class_weight: float = _weight("class")
    place_weight: float = _weight("place")
    mask_weight: float = _weight("mask")
    standardised: bool = described(
        boolean(False, label="Standardise", doc="Whether the target of the regression has mean 0 and standard deviation 1 on training rows."),
        "standardised", brief="standardised {value}", off="not standardised",
    )  # fmt: skip
    weights_rate: float = described(
        real(3e-2, 1e-3, 0.3, log=True, hard="(0, 1e3]", symbol=r"\eta_s", label="Rate of the weights", doc="Size of Adam's steps of the learned weights."),
        "rate of the weights", brief="η of weights {value}",
    )  # fmt: skip
    optimizer: Optimizer = component(OPTIMIZERS, OPTIMIZERS["adam"](), doc="The rule that turns the network's gradients into steps.")
    learning_rate: float = described(
        real(3e-3, 1e-5, 1.0, log=True, hard="(0, 1e3]", symbol=r"\eta", doc="Size of the network's steps."), "learning rate", brief="η {value}"
    )
    label: str = text("", doc="A name of your own; empty: made from what differs between the runs.")

    @property
    def weights(self) -> tuple[float, ...]:
        """The fixed weights, in the order of the tasks."""
        return self.class_weight, self.place_weight, self.mask_weight

    def active(self) -> tuple[str, ...]:
        """Return the names of the fields that count: fixed weights, or the rate of learned ones."""
        idle = {"weights_rate"} if self.scheme == FIXED else {f"{task}_weight" for task in TASKS}
        return tuple(name for name in self.parameters() if name not in idle)


@dataclass(frozen=True)
class Multitask(RunsDocument):
    """Runs that share data, losses, network, start and batches; `runs` are what differs.

    The rows are handwritten digits under noise. One network has a trunk, its hidden layers, and 76 scores: ten of the class, two of the middle of the ink,
    and one for each pixel. The middle is measured in pixels from that of the image, times `unit`.
    """

    noun = "a comparison of weightings"
    version = 1

    runs: tuple[Weighting, ...] = items(Weighting, shortest=1, longest=12, doc="What is compared.")
    unit: float = real(1.0, 1.0, 100.0, hard="[1e-3, 1e6]", stops=(1, 3, 10, 30, 100), symbol="u", label="Unit",
                       doc="What the target of the regression is multiplied by: 1 are pixels, 100 hundredths of a pixel.")  # fmt: skip
    noise: float = real(0.3, 0.0, 1.0, step=0.05, hard="[0, 10]", symbol=r"\sigma", doc="Standard deviation of the noise; the darkest ink is 1.")
    class_loss: Loss = component(LOSSES, LOSSES["cross_entropy"](), only=_for(CLASSIFICATION), doc="The loss of the class.")
    place_loss: Loss = component(LOSSES, LOSSES["squared_error"](), only=_for(REGRESSION), doc="The loss of the place.")
    mask_loss: Loss = component(LOSSES, LOSSES["pixel_dice"](), only=_for(SEGMENTATION), doc="The loss of the mask.")
    model: Model = component(MODELS, MLP(hidden=(16,)), doc="The network: its hidden layers are the trunk that all tasks share.")
    batch: int = integer(32, 8, 128, hard="[1, 1024]", stops=(8, 16, 32, 64, 128), label="Batch", doc="Rows of an update.")
    updates: int = integer(300, 100, 1000, hard="[1, 20000]", stops=(100, 200, 300, 600, 1000), doc="Steps of the training.")
    seed: int = integer(0, 0, 20, hard="[0, 4294967000]", doc="Another number gives other rows, other noise, another start and other batches.")
    seeds: int = integer(1, 1, 5, hard="[1, 16]", doc="How many starts are trained on these rows, from the seed on.")
    dtype: str = choice("float32", ("float32", "float64"), doc="Precision of the training.")

    @property
    def losses(self) -> dict[str, Loss]:
        """The loss of each task."""
        return {"class": self.class_loss, "place": self.place_loss, "mask": self.mask_loss}

    def params(self) -> int:
        """Return the number of parameters of a run, of all of its seeds."""
        return self.seeds * (self.model.n_params(FEATURES, OUTPUTS) + len(TASKS))

    def units(self) -> int:
        """Return the hidden units and scores of a run, of all of its seeds, for all rows that are handled at once."""
        return self.seeds * max(self.batch, MEASURED) * (sum(self.model.widths) + OUTPUTS)

    def check(self) -> None:
        """Raise ValueError, with a `Said`, for more work or memory than one comparison may ask for. Nothing is allocated before."""
        if self.params() > MAX_STACKED_PARAMS or self.units() > MAX_UNITS:
            said = Said("{seeds} seeds of this network with batches of {batch} rows are more than is trained at once: "
                        "take a smaller network or batch, or fewer seeds", seeds=self.seeds, batch=self.batch)  # fmt: skip
            raise ValueError(said)
        work = 3.0 * self.updates * len(self.runs) * self.batch * self.params()
        if work > MAX_WORK:
            said = Said(
                "{runs} runs x {seeds} seeds x {updates} updates are {times} times the work that one comparison may ask for: "
                "take fewer updates, seeds or runs, a smaller network, or a smaller batch",
                runs=len(self.runs), seeds=self.seeds, updates=Figure(self.updates, ","), times=Figure(work / MAX_WORK, ".2g"),
            )  # fmt: skip
            raise ValueError(said)


def weighting(*weights: float, learned: bool = False, standardised: bool = False, label: str = "") -> Weighting:
    """Return a run by its fixed weights, in the order of the tasks; all 1 without any."""
    of_class, of_place, of_mask = weights or (1.0, 1.0, 1.0)
    scheme = LEARNED if learned else FIXED
    return Weighting(scheme=scheme, class_weight=of_class, place_weight=of_place, mask_weight=of_mask, standardised=standardised, label=label)


EQUAL, ARTICLE, UNCERTAINTY = weighting(label="Equal"), weighting(0.5, 0.3, 0.2, label="0.5 / 0.3 / 0.2"), weighting(learned=True, label="Learned")
STANDARDISED = weighting(standardised=True, label="Equal, standardised")


def default_multitask() -> Multitask:
    """Return the comparison that the view of weightings opens with: a place in thirtieths of a pixel."""
    return Multitask(runs=(EQUAL, ARTICLE, UNCERTAINTY, STANDARDISED), unit=30.0)


def sweep(task: str, weights: tuple[float, ...], *, hidden: int, unit: float, standardised: bool, seed: int, seeds: int, updates: int) -> Multitask:
    """Return one run for each weight of a task; the other tasks weigh 1."""
    runs = tuple(replace(weighting(standardised=standardised), **{f"{task}_weight": weight}) for weight in weights)  # type: ignore[arg-type]
    return Multitask(runs=runs, unit=unit, model=MLP(hidden=(hidden,)), seed=seed, seeds=seeds, updates=updates)
