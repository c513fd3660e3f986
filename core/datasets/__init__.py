"""The data sets, by name: `DATASETS["moons"](noise=0.3)`."""

from core.datasets import regression, tabular, toy
from core.datasets.base import DATASETS, Dataset, Table

__all__ = ["DATASETS", "Dataset", "Table", "regression", "tabular", "toy"]
