"""The contest of remedies for a rare class: the experiments that train them, their decisions and scores, and the verdict in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.class_weights import CLASS_WEIGHTS, ClassWeights
from core.datasets import DATASETS, Dataset, Table
from core.datasets.own import OWN, Own, brought_data
from core.experiment import Experiment, Run
from core.losses import LOSSES
from core.models import MODELS
from core.optimizers import OPTIMIZERS
from core.parameters import Document, choice, integer, real
from core.preparation.corruption import NO_DAMAGE, Corruption
from core.preparation.resampling import OVERSAMPLE, UNDERSAMPLE
from core.studies.imbalance.thresholds import RULES, SCORES, Judged, scores
from core.tasks import CLASSIFICATION
from core.words import Figure, Said, Value

Array = NDArray[Any]

#: Data sets of two classes that overlap. They have so many rows that the rare class can be measured; `breast_cancer` has no more than its 569.
DATA: dict[str, Dataset] = {
    "moons": DATASETS["moons"].from_dict({"rows": 8000, "noise": 0.3}),
    "circles": DATASETS["circles"].from_dict({"rows": 8000, "noise": 0.2}),
    "blobs": DATASETS["blobs"].from_dict({"rows": 8000, "classes": 2, "spread": 2.5}),
    "xor": DATASETS["xor"].from_dict({"rows": 8000, "noise": 0.3}),
    "breast_cancer": DATASETS["breast_cancer"](),
}
#: rows of a batch; updates of each training on own data, whose rows may be few; and the most epochs that these may take
_BATCH, _UPDATES, _MOST_EPOCHS = 64, 1000, 200
#: the share of the rows that is for validation, and that is for test: so much that the rare class can be measured
_SHARE = 0.3
_MODEL = MODELS["mlp"].from_dict({"hidden": [16]})
_BETAS = (0.9, 0.99, 0.999)
#: links carry the keys
WEIGHTS: dict[str, ClassWeights] = {
    "balanced": CLASS_WEIGHTS["balanced"](),
    **{f"effective {beta}": CLASS_WEIGHTS["effective_number"].from_dict({"beta": beta}) for beta in _BETAS},
}
#: the titles of the weights, by the same keys
WEIGHT_TITLES = {"balanced": Said("balanced"), **{f"effective {beta}": Said("effective {beta}", beta=Figure(beta, "g")) for beta in _BETAS}}
#: the R runs of a contest, in order, with their titles
REMEDIES = {
    "plain": Said("plain"), "class_weights": Said("class weights"), "focal": Said("focal"), "oversampling": Said("oversampling"),
    "undersampling": Said("undersampling"),
}  # fmt: skip
#: positions in `REMEDIES`
PLAIN, WEIGHTED = 0, 1
#: The C = R + 2 contestants: the runs, the plain run at the threshold that a rule chooses, and the constant answer "other class".
CONTESTANTS = {**REMEDIES, "moved_threshold": Said("moved threshold"), "always_other": Said("always the other class")}
#: positions in `CONTESTANTS`
MOVED, ALWAYS = len(REMEDIES), len(REMEDIES) + 1


@dataclass(frozen=True)
class Contest(Document):
    """The settings of a contest: data set, imbalance, parameters of the remedies, and number of splits."""

    noun = "a contest of remedies"
    version = 1

    data: str = choice(
        "moons", {**{name: dataset.title for name, dataset in DATA.items()}, OWN: Own.title},
        doc="Two classes that overlap. Rows of one of them are left out until it is as rare as asked for. Your own data are taken as they are.",
    )  # fmt: skip
    own: Dataset | None = brought_data()
    ratio: int = integer(
        20, 1, 100, log=True, hard="[1, 100]", pattern="1 : {:g}", label="Imbalance",
        doc="Rows of the other class for each row of the rare one: in the training, validation and test rows alike, because precision and calibration "
        "depend on how frequent a class is where they are measured.",
    )  # fmt: skip
    weights: str = choice(
        "balanced", WEIGHT_TITLES,
        doc="**Class weights** multiply the loss of each row by the weight of its class. Balanced: one over the class's rows, so that both classes count "
        "the same. Effective: one over the effective number of rows, milder the smaller its β (Cui et al., 2019).",
        label="Class weights",
    )  # fmt: skip
    gamma: float = real(
        2.0, 0.0, 5.0, hard="[0, 5]", symbol=r"\gamma", label="Focal",
        doc="**Focal loss**: cross-entropy times (1 - p)^γ, so that rows that are right already stop pulling. 0 is cross-entropy.",
    )  # fmt: skip
    rule: str = choice(
        next(iter(RULES)), RULES,
        doc="**Moved threshold**: the plain model calls a row rare from another probability than 0.5 on. Chosen on the validation rows so that "
        "balanced accuracy or F1 is highest there; or the share of the rare class among the training rows, which needs no choice.",
        label="Moved threshold by",
    )  # fmt: skip
    splits: int = integer(
        1, 1, 5, hard="[1, 5]",
        doc="How many times the rows are split and all models trained anew. With several, the table has mean ± standard deviation over the splits.",
    )  # fmt: skip

    @property
    def dataset(self) -> Dataset:
        """The data of the contest."""
        return self.own or Own() if self.data == OWN else DATA[self.data]

    def active(self) -> tuple[str, ...]:
        """Return the names of the parameters that have an effect on these data: own data are as imbalanced as they are."""
        names = tuple(name for name in self.parameters() if name != "own")
        return tuple(name for name in names if name != "ratio") if self.data == OWN else names

    def experiments(self, rows: int = 0) -> tuple[Experiment, ...]:
        """Return one experiment per split. The runs of each are `REMEDIES`, in order. `rows`: how many there are of own data."""
        return tuple(self._experiment(seed, rows) for seed in range(self.splits))

    def _experiment(self, seed: int, rows: int) -> Experiment:
        """Return the experiment of the split with this seed. With own data each training has about `_UPDATES` updates, or 20 epochs if these are more."""
        plain = Run(loss=LOSSES["cross_entropy"](), optimizer=OPTIMIZERS["adam"](), learning_rate=1e-2)
        runs = (
            plain,
            replace(plain, class_weights=WEIGHTS[self.weights]),
            replace(plain, loss=LOSSES["focal"].from_dict({"gamma": self.gamma})),
            replace(plain, resampling=OVERSAMPLE),
            replace(plain, resampling=UNDERSAMPLE),
        )
        updates = -(-round((1 - 2 * _SHARE) * rows) // _BATCH)
        epochs, damage = 20, Corruption(rarest=1 / self.ratio, everywhere=True)
        if self.data == OWN:
            epochs, damage = min(max(20, _UPDATES // max(updates, 1)), _MOST_EPOCHS), NO_DAMAGE
        return Experiment(
            dataset=self.dataset, model=_MODEL, runs=tuple(replace(run, label=str(title)) for run, title in zip(runs, REMEDIES.values(), strict=True)),
            epochs=epochs, batch_size=_BATCH, validation_share=_SHARE, test_share=_SHARE, split_seed=seed, corruption=damage,
        )  # fmt: skip


def unsuited(own: Own, table: Table) -> Said | None:
    """Return why a contest cannot be held on a table that was brought, and what to do; None if it has two classes."""
    if own.task != CLASSIFICATION:
        return Said("The target {target} is a number: choose one with two classes, or take it for classes.", target=repr(table.outputs[0]))
    if (count := len(table.outputs)) != 2:
        return Said("The target has {count} classes, and a contest is about a rare class and another: choose a target with two.", count=count)
    return None


@dataclass(frozen=True, eq=False)
class Board:
    """The decisions and scores of the C `CONTESTANTS` on the test rows of S splits.

    `thresholds` (S, C): the probability from which on a contestant calls a row rare; NaN for the constant answer.
    `confusion` (S, C, 2, 2): counts of rows by true class, then predicted class; index 0 is the other class, 1 the rare one.
    `values`: for each of `SCORES` its values (S, C); NaN where a score needs probabilities and the contestant has none.
    """

    thresholds: Array
    confusion: Array
    values: dict[str, Array]

    @classmethod
    def at(cls, splits: Sequence[Judged], threshold: float, rule: str) -> Board:
        """Return the board with all runs at `threshold`, and the contestant `MOVED` at the threshold that `rule` chooses on each split."""
        runs = np.array([*range(len(REMEDIES)), PLAIN])
        thresholds = np.full((len(splits), len(CONTESTANTS)), threshold)
        thresholds[:, MOVED] = [judged.best_threshold(PLAIN, rule) for judged in splits]
        thresholds[:, ALWAYS] = np.nan
        confusion = np.zeros((*thresholds.shape, 2, 2), int)
        values = {name: np.full(thresholds.shape, np.nan) for name in SCORES}
        for i, judged in enumerate(splits):
            confusion[i, :ALWAYS] = judged.confusion(thresholds[i, :ALWAYS], runs)
            confusion[i, ALWAYS, :, 0] = np.bincount(judged.truth, minlength=2)
            for name, contestant_values in scores(confusion[i]).items():
                values[name][i] = contestant_values
            for name, run_values in judged.without_threshold.items():
                values[name][i, :ALWAYS] = run_values[runs]
        return cls(thresholds, confusion, values)

    def mean(self, name: str) -> Array:
        """Return the mean (C,) of a score over the splits, for each contestant."""
        mean: Array = self.values[name].mean(axis=0)
        return mean


def verdict(board: Board, other: str) -> tuple[Said, ...]:
    """Return three paragraphs in Markdown: gain and cost of class weights, effect of the moved threshold, and the contestants that accuracy puts first.

    `other` is the name of the other class, escaped for Markdown.
    """
    recall, error, accuracy, balanced = (board.mean(name) for name in ("recall", "ece", "accuracy", "balanced_accuracy"))
    ignoring = _tenths(accuracy[ALWAYS])
    weights = Said(
        "**Class weights** find {recall} of the rare class (plain: {plain_recall}), "
        "and their probabilities are off by {error} on average (plain: {plain_error}).",
        recall=_share(recall[WEIGHTED]), plain_recall=_share(recall[PLAIN]), error=Figure(float(error[WEIGHTED]), ".3f"),
        plain_error=Figure(float(error[PLAIN]), ".3f"),
    )  # fmt: skip
    moved = Said(
        "**A threshold of {threshold}** for the plain model finds {recall}, and leaves its probabilities as they are.",
        threshold=Figure(float(board.thresholds[:, MOVED].mean()), ".3f"), recall=_share(recall[MOVED]),
    )  # fmt: skip
    if accuracy[ALWAYS] == accuracy.max():
        return weights, moved, Said(
            "**Accuracy** sees nothing better than always answering “{other}” ({ignoring}), which finds none. "
            "**Balanced accuracy** puts {balanced_first} first ({balanced}), finding {balanced_found}.",
            other=other, ignoring=ignoring, balanced_first=_first(balanced), balanced=_tenths(balanced.max()), balanced_found=_found(balanced, recall),
        )  # fmt: skip
    return weights, moved, Said(
        "**Accuracy** puts {first} first ({accuracy}), finding {found}; always answering “{other}” has {ignoring} and finds none. "
        "**Balanced accuracy** puts {balanced_first} first ({balanced}), finding {balanced_found}.",
        first=_first(accuracy), accuracy=_tenths(accuracy.max()), found=_found(accuracy, recall), other=other, ignoring=ignoring,
        balanced_first=_first(balanced), balanced=_tenths(balanced.max()), balanced_found=_found(balanced, recall),
    )  # fmt: skip


def _first(values: Array) -> Said:
    """Return the titles of the contestants with the highest of `values` (C,). Ties are all named."""
    *titles, last = (title for title, value in zip(CONTESTANTS.values(), values, strict=True) if value == values.max())
    return Said("{titles} and {last}", titles=tuple(titles), last=last) if titles else last


def _found(values: Array, recall: Array) -> Value:
    """Return the recalls (C,) of the contestants with the highest of `values` (C,), each that is shown alike once."""
    *shares, last = {str(share): share for share in map(_share, recall[values == values.max()])}.values()
    return Said("{shares} or {last}", shares=tuple(shares), last=last) if shares else last


def _share(value: float) -> Figure:
    """Return a share in whole percent."""
    return Figure(float(value), ".0%")


def _tenths(value: float) -> Figure:
    """Return a share in percent with one decimal."""
    return Figure(float(value), ".1%")
