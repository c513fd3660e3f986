"""What is compared (`Segmenter`), and what all of them share: images, network, start and batches (`Segmentation`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.losses import LOSSES, Loss
from core.models import MLP, MODELS, Model
from core.optimizers import OPTIMIZERS, Optimizer
from core.parameters import Declared, choice, component, described, integer, items, real, text
from core.runs import RunsDocument
from core.studies.segmentation.scenes import SCENES, Scene
from core.tasks import SEGMENTATION
from core.training.limits import MAX_STACKED_PARAMS
from core.words import Figure, Said

#: runs beside each other on a page
MOST = 5
#: whose pixels a loss sums over
IMAGE, BATCH = "image", "batch"
#: multiplications of a parameter with a patch, over the whole training of all runs: about a minute of one processor
MAX_WORK = 60_000_000_000
#: numbers of the patches of all images, and of the hidden units of a batch of one run with all its seeds
MAX_PATCHES, MAX_UNITS = 30_000_000, 20_000_000


@dataclass(frozen=True)
class Segmenter(Declared):
    """One run of those compared: a loss, where the output begins, and how it descends."""

    loss: Loss = described(component(LOSSES, LOSSES["pixel_dice"](), only=lambda cls: SEGMENTATION in cls.tasks, doc="What is made small."), "loss")
    over: str = described(
        choice(IMAGE, {IMAGE: "each image", BATCH: "the whole batch"}, label="Summed over",
               doc="Whose pixels a loss takes together. The whole batch is one image to it, as in segmentation-models-pytorch: no loss of a sample."),
        "summed over", brief="over {value}", off="over each image",
    )  # fmt: skip
    bias: float = described(
        real(
            0.0, -6.0, 2.0, step=0.5, hard="[-50, 50]", symbol="b", label="Output's bias", doc="The output's bias at the start: at -3.5 a pixel begins at 0.03."
        ),
        "bias", brief="b {value}", off="bias 0",
    )  # fmt: skip
    optimizer: Optimizer = component(OPTIMIZERS, OPTIMIZERS["adam"](), doc="The rule that turns gradients into steps.")
    learning_rate: float = described(
        real(1e-2, 1e-4, 1.0, log=True, hard="(0, 1e3]", symbol=r"\eta", doc="Size of the steps."), "learning rate", brief="η {value}"
    )
    label: str = text("", doc="A name of your own; empty: made from what differs between the runs.")


@dataclass(frozen=True)
class Segmentation(RunsDocument):
    """Runs that share images, network, start and batches; `runs` are what differs.

    The network scores a pixel from the patch around it, and is the same for every pixel; beyond the edge of an image is background.
    """

    noun = "a segmentation"
    version = 1

    runs: tuple[Segmenter, ...] = items(Segmenter, shortest=1, longest=12, doc="What is compared.")
    scene: Scene = component(SCENES, SCENES["discs"](), doc="What is in the images.")
    model: Model = component(MODELS, MLP(hidden=(8,)), doc="The network that scores a pixel from its patch.")
    patch: int = integer(5, 3, 7, hard="[1, 9]", stops=(3, 5, 7), label="Patch", doc="Side of the square of pixels that the network sees around each one.")
    images: int = integer(128, 32, 256, hard="[8, 2000]", stops=(32, 64, 128, 256), label="Images", doc="Images to train on; as many others are the test.")
    batch: int = integer(16, 4, 32, hard="[1, 256]", stops=(4, 8, 16, 32), label="Batch", doc="Images of an update.")
    updates: int = integer(150, 50, 600, hard="[1, 5000]", stops=(50, 100, 150, 300, 600), doc="Steps of the training.")
    seed: int = integer(0, 0, 20, hard="[0, 4294967000]", doc="Another number gives other images, another start and other batches.")
    seeds: int = integer(1, 1, 5, hard="[1, 16]", doc="How many starts are trained on these images, from the seed on. Pictures show the first one.")
    dtype: str = choice("float32", ("float32", "float64"), doc="Precision of the training.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.patch % 2 == 0:
            raise ValueError(Said("a patch of {side} pixels has no middle: take an odd number", side=self.patch))
        if self.batch > self.images:
            raise ValueError(Said("a batch of {batch} images is more than the {images} there are: take a smaller batch", batch=self.batch, images=self.images))
        if self.scene.most is not None and 2 * self.images > self.scene.most:
            said = Said("twice {images} images are more than the {most} that there are: take fewer", images=self.images, most=self.scene.most)
            raise ValueError(said)

    @property
    def pixels(self) -> int:
        """The pixels of an image."""
        return self.scene.shape[0] * self.scene.shape[1]

    def params(self) -> int:
        """Return the number of parameters of a run, of all of its seeds."""
        return self.seeds * self.model.n_params(self.patch**2, 1)

    def units(self) -> int:
        """Return the hidden units and outputs of a batch, of all seeds of a run."""
        return self.seeds * self.batch * self.pixels * (sum(self.model.widths) + 1)

    def check(self) -> None:
        """Raise ValueError, with a `Said`, for more work or memory than one comparison may ask for. Nothing is allocated before."""
        if 2 * self.images * self.pixels * self.patch**2 > MAX_PATCHES or self.units() > MAX_UNITS or self.params() > MAX_STACKED_PARAMS:
            said = Said("images of {pixels} pixels, {images} of them in batches of {batch}, with this network and {seeds} seeds are more than is trained at "
                        "once: take fewer or smaller images, a smaller batch, network or patch, or fewer seeds",
                        pixels=self.pixels, images=self.images, batch=self.batch, seeds=self.seeds)  # fmt: skip
            raise ValueError(said)
        work = 3.0 * self.updates * len(self.runs) * self.batch * self.pixels * self.params()
        if work > MAX_WORK:
            said = Said(
                "{runs} runs x {seeds} seeds x {updates} updates are {times} times the work that one comparison may ask for: "
                "take fewer updates, seeds or runs, a smaller network, or a smaller batch",
                runs=len(self.runs), seeds=self.seeds, updates=Figure(self.updates, ","), times=Figure(work / MAX_WORK, ".2g"),
            )  # fmt: skip
            raise ValueError(said)


def segmenter(kind: str, *, bias: float = 0.0, over: str = IMAGE, label: str = "", **numbers: Any) -> Segmenter:
    """Return a run by the name of its loss. `numbers`: parameters of the loss."""
    return Segmenter(loss=LOSSES[kind](**numbers), bias=bias, over=over, label=label)


def default_segmentation() -> Segmentation:
    """Return the segmentation that the page opens with: five losses of small discs."""
    return Segmentation(
        runs=(segmenter("pixel_cross_entropy"), segmenter("pixel_focal"), segmenter("sum_segmentation"), segmenter("pixel_dice"), segmenter("pixel_tversky"))
    )
