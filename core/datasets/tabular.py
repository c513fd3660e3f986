"""Real data sets that come with scikit-learn."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.datasets.base import DATASETS, Dataset, Table
from core.parameters import Interval
from core.tasks import CLASSIFICATION, REGRESSION


class Bundled(Dataset):
    """A data set that a function of `sklearn.datasets` returns whole."""

    @abstractmethod
    def _bunch(self) -> Any:
        """Return scikit-learn's bunch of data, target, feature_names and target_names."""

    def load(self) -> Table:
        """Return the table, with names without the units that scikit-learn puts in brackets."""
        bunch = self._bunch()
        target = bunch.target
        if self.task == REGRESSION:
            target = target.reshape(len(target), -1).astype(float)
        outputs = getattr(bunch, "target_names", None)
        return Table(bunch.data.astype(float), target, tuple(map(str, bunch.feature_names)), tuple(map(str, outputs if outputs is not None else ["target"])))


@DATASETS.add("digits")
@dataclass(frozen=True)
class Digits(Bundled):
    """1,797 images of 8 x 8 pixels in 10 classes."""

    task = CLASSIFICATION
    image_shape = (8, 8)
    title = "Digits"
    summary = "1,797 handwritten digits of 8 × 8 pixels, in 10 classes."
    reference = "Alpaydin and Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, 1998"

    def _bunch(self) -> Any:
        from sklearn.datasets import load_digits

        return load_digits()


@DATASETS.add("iris")
@dataclass(frozen=True)
class Iris(Bundled):
    """150 flowers with 4 measures in 3 classes."""

    task = CLASSIFICATION
    title = "Iris"
    summary = "150 iris flowers with 4 measures each, in 3 species, two of which overlap."
    reference = "Fisher, The Use of Multiple Measurements in Taxonomic Problems, Annals of Eugenics 7, 1936"

    def _bunch(self) -> Any:
        from sklearn.datasets import load_iris

        return load_iris()


@DATASETS.add("wine")
@dataclass(frozen=True)
class Wine(Bundled):
    """178 wines with 13 measures in 3 classes."""

    task = CLASSIFICATION
    title = "Wine"
    summary = "178 wines with 13 chemical measures each, from 3 cultivars."
    reference = "Aeberhard and Forina, Wine, UCI Machine Learning Repository, 1991"

    def _bunch(self) -> Any:
        from sklearn.datasets import load_wine

        return load_wine()


@DATASETS.add("breast_cancer")
@dataclass(frozen=True)
class BreastCancer(Bundled):
    """569 tumours with 30 measures in 2 classes."""

    task = CLASSIFICATION
    title = "Breast cancer"
    summary = "569 tumours with 30 measures each: malignant or benign."
    reference = "Wolberg, Mangasarian, Street and Street, Breast Cancer Wisconsin (Diagnostic), UCI Machine Learning Repository, 1993"

    def _bunch(self) -> Any:
        from sklearn.datasets import load_breast_cancer

        return load_breast_cancer()


@DATASETS.add("diabetes")
@dataclass(frozen=True)
class Diabetes(Bundled):
    """442 patients with 10 measures and the progression of the disease after a year."""

    task = REGRESSION
    target_domain = Interval.parse("(0, inf)")
    unit = "points of progression"
    title = "Diabetes"
    summary = "442 patients with 10 measures each; the target is a score of the disease's progression after a year."
    reference = "Efron, Hastie, Johnstone and Tibshirani, Least Angle Regression, Annals of Statistics 32, 2004"

    def _bunch(self) -> Any:
        from sklearn.datasets import load_diabetes

        bunch = load_diabetes(scaled=False)
        bunch.target_names = ["disease progression"]
        return bunch


@DATASETS.add("linnerud")
@dataclass(frozen=True)
class Linnerud(Bundled):
    """20 men, three exercises and three body measures: several outputs at once."""

    task = REGRESSION
    target_domain = Interval.parse("(0, inf)")
    unit = "mean of pounds, inches and beats a minute"
    title = "Linnerud"
    summary = "20 men: weight, waist and pulse from three exercises. Three outputs, and very few rows."
    reference = "Tenenhaus, La régression PLS, 1998"

    def _bunch(self) -> Any:
        from sklearn.datasets import load_linnerud

        return load_linnerud()


def class_table(X: Any, y: Any) -> Table:
    """Return the table of made-up features x1, x2, ... and classes 0, 1, ..."""
    return Table(np.asarray(X, float), np.asarray(y), _numbered(X.shape[1]), tuple(str(c) for c in np.unique(y)))


def output_table(X: Any, y: Any) -> Table:
    """Return the table of made-up features x1, x2, ... (x if there is one) and outputs y1, y2, ... (y)."""
    y = np.asarray(y, float).reshape(len(X), -1)
    return Table(np.asarray(X, float), y, _numbered(X.shape[1]), _numbered(y.shape[1], "y"))


def _numbered(count: int, letter: str = "x") -> tuple[str, ...]:
    return (letter,) if count == 1 else tuple(f"{letter}{i + 1}" for i in range(count))
