"""The data sets, by name: `DATASETS["moons"](noise=0.3)`."""

# The order of registration is the order on the screen.
# isort: off
from core.datasets import tabular
from core.datasets import toy
from core.datasets import regression
from core.datasets import people
from core.datasets import own
# isort: on
from core.datasets.base import DATASETS, Dataset, Table

__all__ = ["DATASETS", "Dataset", "Table", "own", "people", "regression", "tabular", "toy"]
