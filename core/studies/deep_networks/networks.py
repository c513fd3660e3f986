"""Deep networks, compared: what may differ between runs (`Network`), and what they share (`Networks`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.datasets import DATASETS, Dataset
from core.optimizers import OPTIMIZERS, Optimizer
from core.parameters import Declared, choice, component, described, integer, items, optional, real, text
from core.runs import RunsDocument
from core.studies.deep_networks.activations import ACTIVATIONS, Activation, Relu
from core.studies.deep_networks.norms import NORMS, NoNorm, Norm
from core.studies.deep_networks.starts import STARTS, He, Scale, Start
from core.tasks import CLASSIFICATION
from core.training.limits import MAX_STACKED_PARAMS
from core.words import Figure, Said

#: runs beside each other on a page
MOST = 6
#: multiplications of a parameter with a row, of a whole training: about a minute of one processor
MAX_WORK = 60_000_000_000
#: units of one layer, for all rows that are handled at once, of all seeds of a run
MAX_UNITS = 10_000_000
#: rows of the probe, on which layers are measured, at most
PROBED = 256
#: the smallest update costs as much as this many multiplications, for each layer
_LEAST_LAYER = 20_000


@dataclass(frozen=True)
class Network(Declared):
    """One run of those compared: how deep it is, what its layers are made of, where it begins, and how it descends."""

    depth: int = described(
        integer(10, 2, 20, hard="[2, 50]", symbol="L", doc="Hidden layers, all of the same width."), "depth", brief="{value} layers"
    )
    activation: Activation = described(component(ACTIVATIONS, Relu(), doc="What each unit does to its sum."), "activation")
    start: Start = described(component(STARTS, He(), doc="What the weights are drawn from. Biases begin at 0."), "initialisation")
    norm: Norm = described(component(NORMS, NoNorm(), doc="How the sums of each hidden layer are standardised."), "norm", off="no norm")
    residual: float | None = described(
        optional(
            real(
                1.0, 0.05, 1.0, hard="(0, 10]", stops=(0.05, 0.1, 0.2, 0.3, 0.5, 1.0), label="Residuals",
                doc="Each hidden layer but the first adds its units, times this scale, to those below.",
            ),
            absent="none",
        ),
        "residual branches", brief="residual {value}", off="no residuals",
    )  # fmt: skip
    optimizer: Optimizer = described(component(OPTIMIZERS, OPTIMIZERS["sgd"](), doc="The rule that turns gradients into steps."), "optimizer")
    learning_rate: float = described(
        real(0.1, 1e-4, 1.0, log=True, hard="(0, 1e3]", symbol=r"\eta", doc="Size of the steps."), "learning rate", brief="η {value}"
    )
    clip_norm: float = described(
        real(0.0, 0.0, 10.0, hard="[0, 1e6]", stops=(0.0, 0.1, 0.3, 1.0, 3.0, 10.0), zero="off", label="Clip gradient norm",
             doc="A longer gradient is shortened to this length; 0: it is not."),
        "clipping", brief="clipped at {value}", off="not clipped",
    )  # fmt: skip
    label: str = text("", doc="A name of your own; empty: made from what differs between the runs.")


@dataclass(frozen=True)
class Networks(RunsDocument):
    """Runs that share data, width, batches and seeds; `runs` are what differs. Each is trained with the cross-entropy.

    All runs of a seed draw the same numbers: those whose networks have the same shape and initialisation begin alike.
    """

    noun = "deep networks"
    version = 1
    RECORDS = 20
    EARLY = 1.7

    runs: tuple[Network, ...] = items(Network, shortest=1, longest=12, doc="What is compared.")
    dataset: Dataset = component(DATASETS, DATASETS["digits"](), only=lambda cls: cls.brought or cls.task == CLASSIFICATION, doc="The data that are learned.")
    width: int = integer(32, 8, 128, hard="[1, 512]", stops=(8, 16, 32, 64, 128), symbol="n", label="Width", doc="Units of each hidden layer.")
    batch: int = integer(64, 4, 256, hard="[2, 1024]", stops=(4, 8, 16, 32, 64, 128, 256), label="Batch", doc="Rows of an update.")
    updates: int = integer(300, 100, 2000, hard="[1, 20000]", stops=(100, 200, 300, 600, 1000, 2000), doc="Steps of the training.")
    seed: int = integer(0, 0, 20, hard="[0, 4294967000]", doc="Another number gives another start and other batches.")
    seeds: int = integer(1, 1, 5, hard="[1, 16]", doc="How many seeds are trained, from this one on. Layers are shown of the first one.")
    dtype: str = choice("float32", ("float32", "float64"), doc="Precision of the training.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.dataset.task != CLASSIFICATION:
            raise ValueError(Said("these data have numbers for targets: the networks here learn classes, so choose a column of classes"))

    def params(self, features: int, classes: int) -> int:
        """Return the number of parameters of all seeds of the deepest run."""
        depth = max(run.depth for run in self.runs)
        return self.seeds * n_params(depth, self.width, features, classes)

    def units(self, rows: int) -> int:
        """Return the units of a layer for all `rows` of the data, or those of all layers for a batch or the probe, of all seeds of the deepest run."""
        depth = max(run.depth for run in self.runs)
        return self.seeds * self.width * max(rows, depth * max(self.batch, PROBED))

    def work(self, rows: int, features: int, classes: int) -> float:
        """Return the multiplications of a parameter with a row that the whole training takes, of all runs and seeds."""
        total = 0.0
        for run in self.runs:
            params = n_params(run.depth, self.width, features, classes)
            an_update = max(3 * self.batch * params, _LEAST_LAYER * run.depth)
            total += self.seeds * (self.updates * an_update + len(self.recorded) * rows * params)
        return total

    def check(self, rows: int, features: int, classes: int) -> None:
        """Raise ValueError, with a `Said`, for more memory or work than one comparison of so many rows, features and classes may ask for."""
        if self.params(features, classes) > MAX_STACKED_PARAMS:
            said = Said(
                "{params} parameters of {seeds} seeds are {times} times what one run may have: take fewer layers, a smaller width, or fewer seeds",
                params=Figure(self.params(features, classes), ","), seeds=self.seeds, times=Figure(self.params(features, classes) / MAX_STACKED_PARAMS, ".2g"),
            )  # fmt: skip
            raise ValueError(said)
        if self.units(rows) > MAX_UNITS:
            said = Said(
                "{seeds} seeds x {width} units x the rows that are handled at once are {times} times what one run may hold: "
                "take a smaller width or batch, fewer layers or seeds, or fewer rows",
                seeds=self.seeds, width=self.width, times=Figure(self.units(rows) / MAX_UNITS, ".2g"),
            )  # fmt: skip
            raise ValueError(said)
        work = self.work(rows, features, classes)
        if work > MAX_WORK:
            said = Said(
                "{runs} runs x {seeds} seeds x {updates} updates are {times} times the work that one comparison may ask for: "
                "take fewer updates, runs or seeds, fewer layers, a smaller width or a smaller batch",
                runs=len(self.runs), seeds=self.seeds, updates=Figure(self.updates, ","), times=Figure(work / MAX_WORK, ".2g"),
            )  # fmt: skip
            raise ValueError(said)


def n_params(depth: int, width: int, features: int, classes: int) -> int:
    """Return the number of packed parameters of a network: weights of all layers, their biases, and a scale for each hidden unit."""
    weights = features * width + (depth - 1) * width * width + width * classes
    return weights + depth * width + classes + depth * width


def network(start: str | Start = "he", activation: str | Activation = "relu", norm: str = "none", *, rate: float | None = None, optimizer: str = "sgd",
            label: str = "", **others: Any) -> Network:
    """Return a run by names. `rate`: 0.1 for plain descent and 0.003 for other optimizers, without one. `others`: fields of `Network`."""
    return Network(
        start=STARTS[start]() if isinstance(start, str) else start, activation=ACTIVATIONS[activation]() if isinstance(activation, str) else activation,
        norm=NORMS[norm](), optimizer=OPTIMIZERS[optimizer](), learning_rate=rate or (0.1 if optimizer == "sgd" else 0.003), label=label, **others,
    )  # fmt: skip


def default_networks() -> Networks:
    """Return the networks that the page opens with: ten layers that vanish, explode or neither, with one cure of each."""
    return Networks(
        runs=(
            network("glorot", "sigmoid", label="sigmoid"), network(Scale(0.01), label="ReLU too small"), network(Scale(1.0), label="ReLU too large"),
            network("glorot", "sigmoid", "batch", label="sigmoid + batch norm"), network("he", label="ReLU He"),
        )
    )  # fmt: skip
