"""Comparisons: for each registered loss the losses to compare it with, the data that show the difference, and the experiment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from core.class_weights import CLASS_WEIGHTS, ClassWeights
from core.datasets import DATASETS, Dataset
from core.experiment import Experiment, Run, fits
from core.losses import LOSSES, Loss
from core.models import MODELS, Model
from core.optimizers import OPTIMIZERS
from core.preparation.corruption import NO_DAMAGE, Corruption
from core.tasks import CLASSIFICATION, REGRESSION
from core.words import Figure, Said


@dataclass(frozen=True)
class Contender:
    """A loss and the class weights under which it is minimised."""

    loss: Loss
    class_weights: ClassWeights

    @property
    def title(self) -> Said:
        """The title: that of the loss with its changed parameters, and of its class weights if there are any."""
        loss = self.loss.in_words()
        if self.class_weights.kind == "none":
            return loss
        if self.class_weights.kind == "balanced":
            return Said("{loss}, balanced class weights", loss=loss)
        return Said("{loss}, class weights: {weights}", loss=loss, weights=self.class_weights.in_words())


def take(kind: str, *, weights: str = "none", **values: float) -> Contender:
    """Return the contender of a kind of loss with these hyperparameters, and a kind of class weights."""
    return Contender(LOSSES[kind].from_dict(values), CLASS_WEIGHTS[weights]())


@dataclass(frozen=True)
class Stage:
    """A data set, its corruption, and a model on which losses are compared; `note` says what the data show."""

    dataset: Dataset
    model: Model
    note: Said
    corruption: Corruption = NO_DAMAGE


_MLP = MODELS["mlp"].from_dict({"hidden": [16]})
LINE = Stage(DATASETS["line"].from_dict({"rows": 500, "noise": 1.0}), MODELS["linear"](), Said("One feature, so each fit is a line that can be seen."))
COUNTS = Stage(DATASETS["counts"](), _MLP, Said("Counts whose spread grows with their mean."))
COSTS = Stage(DATASETS["costs"](), _MLP, Said("Positive amounts whose spread grows with their mean."))
_WIDE = MODELS["mlp"].from_dict({"hidden": [64]})
MOONS = Stage(DATASETS["moons"].from_dict({"rows": 1000, "noise": 0.3}), _WIDE, Said("Two features, so each boundary can be seen."))
#: Validation and test rows are as imbalanced as training rows, because accuracy and probabilities depend on the frequency of a class.
UNEVEN = Stage(
    DATASETS["moons"].from_dict({"rows": 4000, "noise": 0.3}), _MLP, Said("One row of class 1 for 20 rows of class 0."),
    Corruption(rarest=0.05, everywhere=True),
)  # fmt: skip
#: the stages of each task, the preferred one first
STAGES: dict[str, tuple[Stage, ...]] = {REGRESSION: (LINE, COUNTS, COSTS), CLASSIFICATION: (MOONS,)}

#: the contenders with which most losses of a task are compared: the first two of another kind than the loss
USUAL: dict[str, tuple[Contender, ...]] = {
    REGRESSION: (take("squared_error"), take("absolute_error"), take("huber")),
    CLASSIFICATION: (take("cross_entropy"), take("hinge"), take("brier")),
}
#: the contenders for kinds of losses that differ little from the usual ones
BESIDE: dict[str, tuple[Contender, ...]] = {
    "log_cosh": (take("squared_error"), take("huber")),
    "quantile": (take("quantile", quantile=0.1), take("quantile", quantile=0.9), take("squared_error")),
    "epsilon_insensitive": (take("absolute_error"), take("squared_epsilon_insensitive")),
    "squared_epsilon_insensitive": (take("squared_error"), take("epsilon_insensitive")),
    "cauchy": (take("squared_error"), take("huber"), take("tukey")),
    "tukey": (take("squared_error"), take("huber"), take("cauchy")),
    "general_robust": (take("squared_error"), take("huber")),
    "adaptive_robust": (take("squared_error"), take("huber")),
    "gamma": (take("squared_error"), take("poisson")),
    "tweedie": (take("squared_error"), take("poisson")),
    "squared_log_error": (take("squared_error"), take("poisson")),
    "squared_log_ratio": (take("squared_error"), take("gamma")),
    "cross_entropy": (take("cross_entropy", label_smoothing=0.1), take("brier"), take("hinge")),
    "focal": (take("cross_entropy"), take("cross_entropy", weights="balanced")),
    "sigmoid_focal": (take("binary_cross_entropy"), take("focal")),
    "absolute_error_on_probabilities": (take("cross_entropy"), take("generalised_cross_entropy")),
    "generalised_cross_entropy": (take("cross_entropy"), take("absolute_error_on_probabilities")),
    "symmetric_cross_entropy": (take("cross_entropy"), take("generalised_cross_entropy")),
    "poly1": (take("cross_entropy"), take("focal")),
    "dice": (take("cross_entropy"), take("absolute_error_on_probabilities")),
    "tversky": (take("cross_entropy"), take("dice")),
    "focal_tversky": (take("cross_entropy"), take("tversky")),
    "squared_hinge": (take("hinge"), take("cross_entropy")),
    "modified_huber": (take("hinge"), take("squared_hinge")),
    "crammer_singer": (take("hinge"), take("weston_watkins"), take("cross_entropy")),
    "weston_watkins": (take("hinge"), take("crammer_singer"), take("cross_entropy")),
    "exponential": (take("cross_entropy"), take("hinge")),
    "sum_classification": (take("cross_entropy"), take("brier")),
}


def damaged(stage: Stage, share: float) -> Stage:
    """Return the stage with a share of outliers (regression) or of wrong labels (classification) among its training rows."""
    percent = Figure(share, ".0%")
    if stage.dataset.task == REGRESSION:
        note = Said("{note} {share} of the training targets are outliers.", note=stage.note, share=percent)
        return replace(stage, corruption=Corruption(outliers=share), note=note)
    note = Said(
        "{note} {share} of the training labels are wrong. The other rows are clean, with classes as frequent as each other."
        if stage.corruption.everywhere
        else "{note} {share} of the training labels are wrong.",
        note=stage.note, share=percent,
    )  # fmt: skip
    return replace(stage, corruption=replace(stage.corruption, wrong_labels=share, everywhere=False), note=note)


_OUTLIERS, _WRONG = damaged(LINE, 0.1), damaged(MOONS, 0.3)
#: the stages for kinds of losses whose purpose the usual stages do not show
SHOWN_ON: dict[str, Stage] = {
    "focal": UNEVEN, "sigmoid_focal": UNEVEN,
    **dict.fromkeys(("huber", "smooth_l1", "absolute_error", "log_cosh", "cauchy", "tukey", "general_robust", "adaptive_robust"), _OUTLIERS),
    **dict.fromkeys(("absolute_error_on_probabilities", "generalised_cross_entropy", "symmetric_cross_entropy"), _WRONG),
}  # fmt: skip


def beside(loss: Loss) -> tuple[Contender, ...]:
    """Return the two or three contenders to compare a loss with. None of them is the loss itself, unless it has class weights."""
    if loss.kind in BESIDE:
        return tuple(other for other in BESIDE[loss.kind] if other.loss != loss or other.class_weights.kind != "none")
    task = REGRESSION if REGRESSION in loss.tasks else CLASSIFICATION
    return tuple(other for other in USUAL[task] if other.loss.kind != loss.kind)[:2]


def stage_for(losses: Sequence[Loss]) -> Stage:
    """Return the preferred stage whose data all these losses fit, by their task and their domain of targets. Raises `LookupError` if there is none.

    The first loss decides which stages are tried.
    """
    first = losses[0]
    task = REGRESSION if REGRESSION in first.tasks else CLASSIFICATION
    for stage in (SHOWN_ON[first.kind],) if first.kind in SHOWN_ON else STAGES[task]:
        if all(fits(loss, stage.dataset) for loss in losses):
            return stage
    raise LookupError(f"no data for {', '.join(loss.kind for loss in losses)} together")


def on_stage(contenders: Iterable[Contender], stage: Stage) -> Experiment:
    """Return the experiment with one run per contender, all with the same optimizer and learning rate."""
    adam = OPTIMIZERS["adam"]()
    runs = tuple(Run(loss=contender.loss, optimizer=adam, learning_rate=1e-2, class_weights=contender.class_weights) for contender in contenders)
    return Experiment(dataset=stage.dataset, model=stage.model, runs=runs, epochs=60, batch_size=32, corruption=stage.corruption)


def comparison(loss: Loss) -> Experiment:
    """Return the experiment that compares a loss with the contenders of `beside`, on data that all of them fit. Raises `LookupError` for a loss of pixels."""
    contenders = (Contender(loss, CLASS_WEIGHTS["none"]()), *beside(loss))
    return on_stage(contenders, stage_for([contender.loss for contender in contenders]))
