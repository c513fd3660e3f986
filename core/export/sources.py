"""Where the rows of a run come from, as text: a function of scikit-learn, a formula, or a file beside the script."""

from __future__ import annotations

from dataclasses import dataclass

from core.datasets import Dataset, Table
from core.datasets.own import FILL

#: the file beside a script that holds the rows of somebody's own data
TABLE_FILE = "table.npz"


@dataclass(frozen=True)
class Source:
    """Where the rows come from, and what is to be done with them.

    `fill_in`: missing features become the median of the training rows. `weighted`: rows have sample weights of their own.
    """

    lines: tuple[str, ...]
    imports: tuple[str, ...] = ()
    constants: tuple[str, ...] = ()
    fill_in: bool = False
    weighted: bool = False


def source(dataset: Dataset, table: Table | None, in_notebook: bool) -> Source:
    """Return where the rows of a data set come from: a function of scikit-learn, a formula, or the file `TABLE_FILE` for a `table`."""
    if table is not None or dataset.brought:
        place = f'"{TABLE_FILE}"' if in_notebook else f'Path(__file__).with_name("{TABLE_FILE}")'
        fill_in = getattr(dataset, "missing", "") == FILL if table is None else table.fill_in
        weighted = table is not None and table.sample_weights is not None
        weights = ', table["sample_weights"]' if weighted else ""
        lines = ("with np.load(TABLE) as table:", f'    return table["X"].astype(float), table["y"]{weights}')
        return Source(lines, () if in_notebook else ("from pathlib import Path",), (f"TABLE = {place}",), fill_in, weighted)
    d = {name: repr(getattr(dataset, name)) for name in dataset.parameters()}
    match dataset.kind:
        case "digits" | "iris" | "wine" | "breast_cancer":
            return _from_sklearn(f"load_{dataset.kind}", "return_X_y=True")
        case "diabetes":
            return _from_sklearn("load_diabetes", "scaled=False, return_X_y=True", outputs=True)
        case "linnerud":
            return _from_sklearn("load_linnerud", "return_X_y=True", outputs=True)
        case "moons":
            return _from_sklearn("make_moons", f"{d['rows']}, noise={d['noise']}, random_state={d['seed']}")
        case "circles":
            return _from_sklearn("make_circles", f"{d['rows']}, noise={d['noise']}, factor={d['factor']}, random_state={d['seed']}")
        case "blobs":
            return _from_sklearn("make_blobs", f"{d['rows']}, centers={d['classes']}, cluster_std={d['spread']}, random_state={d['seed']}")
        case "friedman1":
            return _from_sklearn("make_friedman1", f"{d['rows']}, {d['columns']}, noise={d['noise']}, random_state={d['seed']}", outputs=True)
        case "make_regression":
            informative = min(int(d["informative"]), int(d["columns"]))
            arguments = f"{d['rows']}, {d['columns']}, n_informative={informative}, n_targets={d['outputs']}"
            return _from_sklearn("make_regression", f"{arguments}, noise={d['noise']}, random_state={d['seed']}", outputs=True)
        case "xor":
            return Source((
                f"rng = np.random.default_rng({d['seed']})",
                f"X = rng.uniform(-1, 1, ({d['rows']}, 2))",
                "y = ((X[:, 0] > 0) ^ (X[:, 1] > 0)).astype(int)",
                f"return X + rng.normal(0, {d['noise']}, X.shape), y",
            ))  # fmt: skip
        case "spirals":
            return Source((
                f"rng = np.random.default_rng({d['seed']})",
                f"y = np.arange({d['rows']}) % {d['classes']}",
                f"radius = rng.uniform(0.05, 1, {d['rows']})",
                f"angle = 2 * np.pi * ({d['turns']} * radius + y / {d['classes']})",
                "X = radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])",
                f"return X + rng.normal(0, {d['noise']}, X.shape), y",
            ))  # fmt: skip
        case "people":
            return Source((
                f"rng = np.random.default_rng({d['seed']})",
                "# A person is 3 numbers, a circumstance 4; a random network makes 32 features of them.",
                f"people, circumstances = rng.standard_normal(({d['people']}, 3)), rng.standard_normal(({d['circumstances']}, 4))",
                "inner, outer = rng.standard_normal((7, 64)) / np.sqrt(7), rng.standard_normal((64, 32)) / np.sqrt(64)",
                f"y, circumstance = (each.ravel().repeat({d['shots']}) for each in np.indices(({d['people']}, {d['circumstances']})))",
                f"causes = np.concatenate([people[y], {d['strength']} * circumstances[circumstance]], axis=1)",
                "causes += 0.15 * rng.standard_normal(causes.shape)",
                "return np.tanh(causes @ inner) @ outer, y",
            ))  # fmt: skip
        case "line":
            return _curve(d, -1, f"{d['intercept']} + {d['slope']} * x + rng.normal(0, {d['noise']}, {d['rows']})")
        case "sine":
            return _curve(d, 0, f"np.sin(2 * np.pi * {d['periods']} * x) + rng.normal(0, {d['noise']}, {d['rows']})")
        case "counts":
            return _curve(d, -1, f"rng.poisson(np.exp({d['intercept']} + {d['slope']} * x)).astype(float)")
        case "costs":
            return _curve(d, -1, f"np.exp({d['intercept']} + {d['slope']} * x) * rng.gamma(1 / {d['dispersion']}, {d['dispersion']}, {d['rows']})")
        case other:
            raise ValueError(f"write down the data set {other} in core/export/sources.py")


def n_rows(dataset: Dataset, table: Table | None) -> int:
    """Return the number of rows, before the split; 0 for somebody's own data without their table."""
    if table is not None or dataset.brought:
        return 0 if table is None else len(table.X)
    return int(getattr(dataset, "rows", 0)) or len(dataset.load().X)


def _from_sklearn(function: str, arguments: str, outputs: bool = False) -> Source:
    lines = [f"X, y = {function}({arguments})", "return X, y.reshape(len(y), -1).astype(float)"] if outputs else [f"return {function}({arguments})"]
    return Source(tuple(lines), (f"from sklearn.datasets import {function}",))


def _curve(d: dict[str, str], low: int, y: str) -> Source:
    """Return a curve over one feature, uniform from `low` to 1."""
    return Source((f"rng = np.random.default_rng({d['seed']})", f"x = rng.uniform({low}, 1, {d['rows']})", f"y = {y}", "return x[:, None], y[:, None]"))
