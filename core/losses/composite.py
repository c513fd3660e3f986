"""Losses that are weighted sums of losses of one task."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import Any

from core.losses.base import LOSSES, Array, Loss
from core.parameters import choice, component, real
from core.tasks import CLASSIFICATION, IDENTITY, REGRESSION, SEGMENTATION
from core.words import Figure, Said


class WeightedSum(Loss):
    """The sum of two or three losses of the same scores, each multiplied by a weight.

    The parts have the identity link and learn no hyperparameters. The properties of an item follow from its parts: it is convex if all parts are.
    Its probabilities are those of the first part that defines some.
    """

    terms: str
    first: Loss
    first_weight: float
    second: Loss
    second_weight: float
    third: Loss
    third_weight: float

    formula = r"w_1 \ell_1 + w_2 \ell_2\ (+\ w_3 \ell_3)"
    gradient_formula = r"w_1 \nabla\ell_1 + w_2 \nabla\ell_2\ (+\ w_3 \nabla\ell_3)"
    convex, differentiable, robust = False, False, False

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, holds in {
            "convex": all, "differentiable": all, "bounded": all, "robust": all, "nonnegative": all, "zero_at_perfect": all, "shift_invariant": all,
            "probabilistic": any, "informative": any,
        }.items():  # fmt: skip
            object.__setattr__(self, name, holds(getattr(part, name) for _, part in self.parts()))
        # A loss of a regression is 0 where scores equal targets, one of a classification where margins are wide; no score does both.
        one_kind = len({REGRESSION in part.tasks for _, part in self.parts()}) == 1
        object.__setattr__(self, "zero_at_perfect", self.zero_at_perfect and one_kind)

    def parts(self) -> list[tuple[Any, Loss]]:
        """Return (weight, loss) of each part of the sum."""
        parts = [(self.first_weight, self.first), (self.second_weight, self.second), (self.third_weight, self.third)]
        return parts if self.terms == "three" else parts[:2]

    def active(self) -> tuple[str, ...]:
        """Return the names of all parameters, without those of the third part if there are two parts."""
        return tuple(name for name in self.parameters() if self.terms == "three" or not name.startswith("third"))

    def in_words(self) -> Said:
        """Return what is said of the parts in short, each with its weight unless that is 1."""
        first, *others = (
            part.in_words() if weight == 1 else Said("{weight} {loss}", weight=Figure(weight, "g"), loss=part.in_words()) for weight, part in self.parts()
        )
        return reduce(lambda said, part: Said("{sum} + {part}", sum=said, part=part), others, first)

    def value(self, scores: Array, targets: Array) -> Array:
        """Return the weighted sum of the parts' values, shape (..., B)."""
        return sum(weight * part.value(scores, targets)[..., None] for weight, part in self.parts())[..., 0]

    def gradient(self, scores: Array, targets: Array) -> Array:
        """Return the weighted sum of the parts' gradients, shape (..., B, K)."""
        return sum(weight * part.gradient(scores, targets) for weight, part in self.parts())

    def probabilities(self, scores: Array) -> Array | None:
        """Return the probabilities of the first part that defines some."""
        return next((part.probabilities(scores) for _, part in self.parts() if part.probabilistic), None)

    def in_pytorch(self) -> str | None:
        """Return the sum of the parts' expressions, if PyTorch has them all."""
        parts = [(weight, part.in_pytorch()) for weight, part in self.parts()]
        return None if any(code is None for _, code in parts) else " + ".join(f"{weight} * ({code})" for weight, code in parts)


def _part(task: str, default: Loss, doc: str) -> Any:
    def allowed(kind: type[Loss]) -> bool:
        return task in kind.tasks and not issubclass(kind, WeightedSum) and kind.link == IDENTITY and not kind.learned

    return component(LOSSES, default, only=allowed, doc=doc)


def _terms() -> Any:
    return choice("two", ("two", "three"), doc="How many losses are summed.")


def _weight(default: float, index: int, doc: str) -> Any:
    return real(default, 0.01, 100.0, log=True, hard="(0, inf)", symbol=f"w_{index}", doc=doc)


@LOSSES.add("sum_regression")
@dataclass(frozen=True)
class RegressionSum(WeightedSum):
    """A weighted sum of losses of a regression."""

    terms: str = _terms()
    first: Loss = _part(REGRESSION, LOSSES["squared_error"](), "The first loss.")
    first_weight: float = _weight(1.0, 1, "How much the first loss counts.")
    second: Loss = _part(REGRESSION, LOSSES["absolute_error"](), "The second loss.")
    second_weight: float = _weight(1.0, 2, "How much the second loss counts.")
    third: Loss = _part(REGRESSION, LOSSES["huber"](), "The third loss.")
    third_weight: float = _weight(1.0, 3, "How much the third loss counts.")

    title = "Weighted sum (regression)"
    aliases = ("combined loss",)
    summary = "Two or three losses at once, each with a weight: the fit is a compromise between what each of them wants."
    reference = "Rockafellar, Convex Analysis, section 5, 1970"
    use = "Take it when one loss alone misses something, such as two quantiles at once, or absolute error with a little squared error for large misses."
    avoid = "Avoid it as a guard against outliers: where one part is the squared error, far residuals are judged by that."
    tasks = frozenset({REGRESSION})
    zero_at_perfect = True


@LOSSES.add("sum_classification")
@dataclass(frozen=True)
class ClassificationSum(WeightedSum):
    """A weighted sum of losses of a classification."""

    terms: str = _terms()
    first: Loss = _part(CLASSIFICATION, LOSSES["cross_entropy"](), "The first loss.")
    first_weight: float = _weight(1.0, 1, "How much the first loss counts.")
    second: Loss = _part(CLASSIFICATION, LOSSES["brier"](), "The second loss.")
    second_weight: float = _weight(1.0, 2, "How much the second loss counts.")
    third: Loss = _part(CLASSIFICATION, LOSSES["hinge"](), "The third loss.")
    third_weight: float = _weight(1.0, 3, "How much the third loss counts.")

    title = "Weighted sum (classification)"
    aliases = ("combined loss",)
    summary = "Two or three losses at once, each with a weight, such as cross-entropy with a share of soft Dice."
    reference = "Taghanaki et al., Combo Loss, Computerized Medical Imaging and Graphics 75, 2019"
    use = "Take it when one loss trains well and another is nearer to the goal, such as cross-entropy and soft Dice."
    avoid = "Avoid it when the parts are on different scales and the weights were not tuned: the largest one decides alone."
    tasks = frozenset({CLASSIFICATION})
    zero_at_perfect = False


@LOSSES.add("sum_segmentation")
@dataclass(frozen=True)
class SegmentationSum(WeightedSum):
    """A weighted sum of losses of a segmentation.

    MONAI's `DiceCELoss` and nnU-Net's loss are the sum of cross-entropy and Dice, both with weight 1.
    """

    terms: str = _terms()
    first: Loss = _part(SEGMENTATION, LOSSES["pixel_cross_entropy"](), "The first loss.")
    first_weight: float = _weight(1.0, 1, "How much the first loss counts.")
    second: Loss = _part(SEGMENTATION, LOSSES["pixel_dice"](), "The second loss.")
    second_weight: float = _weight(1.0, 2, "How much the second loss counts.")
    third: Loss = _part(SEGMENTATION, LOSSES["pixel_focal"](), "The third loss.")
    third_weight: float = _weight(1.0, 3, "How much the third loss counts.")

    title = "Weighted sum (segmentation)"
    aliases = ("combo loss", "DiceCE", "BCE + Dice")
    summary = "Two or three losses of pixels at once: cross-entropy for every pixel by itself, and Dice for the object as a whole."
    reference = "Isensee et al., nnU-Net, Nature Methods 18, 2021"
    use = "Take it first for segmentation: cross-entropy pulls from any start, and Dice sets a threshold of a half that can be used."
    avoid = "Avoid equal weights without a look at the two values: they are on different scales, and cross-entropy falls much lower."
    tasks = frozenset({SEGMENTATION})
    zero_at_perfect = True
