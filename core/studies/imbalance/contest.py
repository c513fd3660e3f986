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
from core.words import Figure, Said

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

    def level(self, name: str) -> Array:
        """Return the contestants whose mean of a score cannot be told from the highest one, in order.

        They are no further from it than a single rare row counts, or, with several splits, than two standard errors of their paired differences.
        """
        values = self.values[name]
        best = int(np.argmax(self.mean(name)))
        differ = values[:, [best]] - values  # (S, C)
        of_classes = self.confusion[:, ALWAYS].sum(axis=-1)  # (S, 2): rows of the other class, of the rare one
        row = float((1 / of_classes[:, 1]).mean() / 2 if name == "balanced_accuracy" else (1 / of_classes.sum(axis=1)).mean())
        error = differ.std(axis=0, ddof=1) / np.sqrt(len(differ)) if len(differ) > 1 else np.zeros(differ.shape[1])
        found: Array = np.flatnonzero(differ.mean(axis=0) <= np.maximum(row, 2 * error) * (1 + 1e-9))
        return found


def verdict(board: Board, other: str) -> tuple[Said, ...]:
    """Return three paragraphs in Markdown: gain and price of class weights, of the moved threshold, and what accuracy and balanced accuracy put first.

    What cannot be told from the best is said to be level with it. `other` is the name of the other class, escaped for Markdown.
    """
    recall, precision, error = (board.mean(name) for name in ("recall", "precision", "ece"))
    weights = Said(
        "**Class weights** find {recall} of the rare class (plain: {plain_recall}); of what they call rare {precision} is (plain: {plain_precision}), "
        "and their probabilities are off by {error} on average (plain: {plain_error}).",
        recall=_share(recall[WEIGHTED]), plain_recall=_share(recall[PLAIN]), precision=_share(precision[WEIGHTED]), plain_precision=_share(precision[PLAIN]),
        error=Figure(float(error[WEIGHTED]), ".3f"), plain_error=Figure(float(error[PLAIN]), ".3f"),
    )  # fmt: skip
    moved = Said(
        "**A threshold of about {threshold}** for the plain model finds {recall}; of what it calls rare {precision} is. Its probabilities stay as they are.",
        threshold=Figure(float(board.thresholds[:, MOVED].mean()), ".1g"), recall=_share(recall[MOVED]), precision=_share(precision[MOVED]),
    )  # fmt: skip
    return weights, moved, _winners(board, other)


def _winners(board: Board, other: str) -> Said:
    """Return the sentence on the contestants that accuracy and balanced accuracy put first; on none of them where both classes are as frequent."""
    rows = board.confusion[0, ALWAYS].sum(axis=1)
    if rows[0] <= rows[1]:
        return Said("Both classes are as frequent, so **accuracy** and **balanced accuracy** say the same, and there is nothing to mend: no remedy wins.")
    recall, accuracy = board.mean("recall"), board.mean("accuracy")
    by_balance = _ranked(board, "balanced_accuracy", recall)
    if ALWAYS in board.level("accuracy"):
        return Said(
            "**Accuracy** sees nothing clearly better than always answering “{other}” ({ignoring}), which finds none. **Balanced accuracy** {balanced}.",
            other=other, ignoring=_tenths(accuracy[ALWAYS]), balanced=by_balance,
        )  # fmt: skip
    return Said(
        "**Accuracy** {plain}; always answering “{other}” has {ignoring} and finds none. **Balanced accuracy** {balanced}.",
        plain=_ranked(board, "accuracy", recall), other=other, ignoring=_tenths(accuracy[ALWAYS]), balanced=by_balance,
    )  # fmt: skip


def _ranked(board: Board, name: str, recall: Array) -> Said:
    """Return a clause on the contestants that a score puts first, with its value and what they find of the rare class: a range for several level ones."""
    first, mean = board.level(name), board.mean(name)
    titles = tuple(title for i, title in enumerate(CONTESTANTS.values()) if i in first)
    if len(first) == 1:
        return Said("puts {first} first ({score}), finding {found}", first=titles[0], score=_tenths(mean[first[0]]), found=_share(recall[first[0]]))
    low, high = mean[first].min(), mean[first].max()
    least, most = _share(recall[first].min()), _share(recall[first].max())
    if str(least) == str(most):
        return Said(
            "cannot tell {titles} and {last} apart ({low} to {high}), which find {found}",
            titles=titles[:-1], last=titles[-1], low=_tenths(low), high=_tenths(high), found=least,
        )  # fmt: skip
    return Said(
        "cannot tell {titles} and {last} apart ({low} to {high}), which find {least} to {most}",
        titles=titles[:-1], last=titles[-1], low=_tenths(low), high=_tenths(high), least=least, most=most,
    )  # fmt: skip


def _share(value: float) -> Figure:
    """Return a share in whole percent."""
    return Figure(float(value), ".0%")


def _tenths(value: float) -> Figure:
    """Return a share in percent with one decimal."""
    return Figure(float(value), ".1%")
