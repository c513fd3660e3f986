"""The frames that charts and tables are drawn from, made from a `Result`: means and spreads over the seeds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.io.formats.style import Styler

from core.inspection.pictures import confusion_at
from core.training.metrics import per_class
from core.training.plan import updates_per_epoch
from core.training.results import Result
from core.training.stack import class_weights_of
from core.words import Said

Array = NDArray[Any]

#: a number as text, which is no formula although it may begin with a sign
_NUMBER = re.compile(r"[-+]?[0-9.]+(e[-+]?[0-9]+)?( ± [0-9.]+)?")
#: where a spreadsheet can begin a formula: at the start of a cell, and after a character that separates cells or lines in some locale; full-width signs too
_FORMULA = re.compile(r"((?:^|[;|\t\r\n])[\"']*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\n])")


def mean_and_spread(values: Array) -> tuple[Array, Array]:
    """Return mean and standard deviation (ddof 1), each (E, R), over the finite seeds of values (E, S, R).

    The mean is NaN if no seed is finite, the standard deviation unless two are.
    """
    finite = np.isfinite(values)
    count = finite.sum(axis=1)
    mean = np.where(finite, values, 0).sum(axis=1) / np.where(count, count, np.nan)
    deviations = np.where(finite, values - mean[:, None], 0)
    return mean, np.sqrt(np.square(deviations).sum(axis=1) / np.where(count > 1, count - 1, np.nan))


def seeds_at(values: Array) -> Array:
    """Return how many seeds are finite, (E, R), of values (E, S, R)."""
    return np.isfinite(values).sum(axis=1)


def curves(result: Result, metric: str, x: str, shown: str) -> pd.DataFrame:
    """Return the wide frame of `run_charts.curves`: x, and for run i its mean, band, training mean, number of seeds and end mark.

    `x`: `epochs` or `updates`. `shown`: `validation`, `training` or `both`.
    """
    of_seeds = result.values(metric, _lead(shown))
    mean, spread = mean_and_spread(of_seeds)
    train, _ = mean_and_spread(result.values(metric, "train"))
    columns = {"x": result.epochs * x_max(result, x) / result.experiment.epochs}
    for run in range(mean.shape[1]):
        columns[f"r{run}"] = mean[:, run]
        if result.experiment.seeds > 1:
            columns[f"r{run}_low"], columns[f"r{run}_high"] = mean[:, run] - spread[:, run], mean[:, run] + spread[:, run]
            columns[f"r{run}_seeds"] = seeds_at(of_seeds)[:, run]
        if shown == "both":
            columns[f"r{run}_train"] = train[:, run]
        columns[f"r{run}_end"] = _end(result, run, mean[:, run])
    return pd.DataFrame(columns)


def _lead(shown: str) -> str:
    """Return the split of the thick line."""
    return "train" if shown == "training" else "validation"


def curves_by_seconds(result: Result, metric: str, shown: str) -> pd.DataFrame:
    """Return the long frame of `run_charts.curves_by_run` against seconds: means over the seeds."""
    return _curves_by("seconds", result, metric, shown)


def curves_by_updates(result: Result, metric: str, shown: str) -> pd.DataFrame:
    """Return the same against updates, for runs that make different numbers of them in an epoch."""
    return _curves_by("updates", result, metric, shown)


def _curves_by(x: str, result: Result, metric: str, shown: str) -> pd.DataFrame:
    across, _ = mean_and_spread(result.values(x))
    mean, _ = mean_and_spread(result.values(metric, _lead(shown)))
    columns = {"x": across, "value": mean, "seeds": seeds_at(result.values(metric, _lead(shown)))}
    if shown == "both":
        columns["train"], _ = mean_and_spread(result.values(metric, "train"))
    return _long(result, columns)


def paths(result: Result, metric: str, split: str) -> pd.DataFrame:
    """Return the long frame of `run_charts.paths`: each run's own loss and a metric, means over the seeds."""
    loss, _ = mean_and_spread(result.values("loss", split))
    value, _ = mean_and_spread(result.values(metric, split))
    return _long(result, {"loss": loss, "metric": value, "seeds": seeds_at(result.values(metric, split))})


def _long(result: Result, columns: dict[str, Array]) -> pd.DataFrame:
    """Return a frame of one row for each run and epoch from columns (E, R). The column `end` marks where a run diverged, on the first of them."""
    epochs, runs = next(iter(columns.values())).shape
    frame = pd.DataFrame({name: values.T.ravel() for name, values in columns.items()})
    frame.insert(0, "run", [f"r{run}" for run in range(runs) for _ in range(epochs)])
    frame.insert(1, "epoch", np.tile(result.epochs, runs))
    first = next(iter(columns.values()))
    frame["end"] = np.concatenate([_end(result, run, first[:, run]) for run in range(runs)])
    return frame


def of_all_seeds(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame of `curves` with gaps from where the first seed of a run has left."""
    ended = frame.copy()
    for seeds in frame.filter(regex="_seeds$"):
        name = str(seeds).removesuffix("_seeds")
        means = frame.filter(regex=f"^{name}(_low|_high|_train)?$").columns
        ended.loc[frame[seeds] < frame[seeds].max(), means] = np.nan
    return ended


def departures(result: Result, names: Sequence[str]) -> Said | None:
    """Return which runs, by their `names`, go on with fewer seeds after the first has stopped or diverged, and from where on; None if there are none."""
    counts, found = seeds_at(result.values("loss", "train")), []
    for name, of_run in zip(names, counts.T, strict=True):
        every, some = np.flatnonzero(of_run == result.experiment.seeds), np.flatnonzero(of_run)
        if every.size and some[-1] > every[-1]:
            least = int(of_run[some[-1]])
            found.append(Said("{run} after epoch {epoch} (at last {seeds})", run=name, epoch=int(result.epochs[every[-1]]), seeds=least))
    if not found:
        return None
    return Said(
        "Pale, up to the ring: the mean of the seeds that went on when the first of {seeds} had stopped or diverged. {runs}.",
        seeds=result.experiment.seeds, runs=tuple(found),
    )  # fmt: skip


def x_max(result: Result, x: str) -> float:
    """Return the end of the axis of epochs, or of updates if all runs make as many: the length of the whole training, even while it runs."""
    experiment = result.experiment.alone(0)
    return float(experiment.epochs if x == "epochs" else experiment.epochs * updates_per_epoch(experiment, result.data.n_train))


def _end(result: Result, run: int, mean: Array) -> Array:
    """Return a column (E,) for the end mark of a run: its last finite mean, in that row, if all its seeds diverged; NaN elsewhere."""
    column = np.full(len(mean), np.nan)
    finite = np.flatnonzero(np.isfinite(mean))
    if (result.diverged_at[:, run] >= 0).all() and finite.size:
        column[finite[-1]] = mean[finite[-1]]
    return column


def table(result: Result, metric: str, running: bool = False) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the table of results as text (mean ± spread over the seeds), one row a run, and a frame of the same shape that marks the best cells.

    All values but the last loss are taken at each replica's epoch of lowest own validation loss.
    A best own loss is marked only if all runs share loss and class weights. Test values are never marked, because nothing may be chosen by them.
    """
    runs, described_metric = result.experiment.runs, result.described[metric]
    higher = described_metric.higher_is_better
    arrow = "↑" if higher else "↓"
    lower_loss = False if len({(run.loss, *class_weights_of(run, result.data)) for run in runs}) == 1 else None
    best = result.best_epoch
    columns: dict[str, tuple[Array, bool | None]] = {
        f"{described_metric.title} {arrow}": (result.at(best, metric), higher),
        f"Test {arrow}": (result.at(best, metric, "test"), None),
        "Best loss ↓": (result.at(best, "loss"), lower_loss),
        "Last loss ↓": (result.at(result.last, "loss"), lower_loss),
        "Epochs to best": (result.epochs[best].astype(float), None),
        "Seconds to best": (result.at(best, "seconds"), None),
    }
    text, marks = {"Status": [str(run_status(result, run, running)) for run in range(len(runs))]}, {"Status": [False] * len(runs)}
    for name, (values, direction) in columns.items():
        mean, spread = mean_and_spread(values[None])
        text[name] = [value_text(m, s if result.experiment.seeds > 1 else None) for m, s in zip(mean[0], spread[0], strict=True)]
        eligible = (result.diverged_at < 0).all(axis=0) | (name != "Last loss ↓")  # the last loss of a diverged run is never the best
        marks[name] = best_of(np.where(eligible, mean[0], np.nan), spread[0], text[name], direction)
    return pd.DataFrame(text), pd.DataFrame(marks)


def run_status(result: Result, run: int, running: bool = False) -> Said:
    """Return what is said of the status of a run, over all its seeds. `running`: the training goes on."""
    diverge_epochs = result.diverged_at[:, run]
    seeds, n_diverged = len(diverge_epochs), int((diverge_epochs >= 0).sum())
    stopped = result.stopped_at[:, run]
    if running and n_diverged == 0 and (stopped < 0).any():
        return Said("epoch {epoch}", epoch=result.reached(run))
    ends = stopped[stopped >= 0]
    if n_diverged == 0 and 0 < len(ends) < seeds:
        return Said("{stopped} of {seeds} seeds stopped, first at epoch {epoch}", stopped=len(ends), seeds=seeds, epoch=int(ends.min()))
    if n_diverged == 0 and len(ends) and ends.min() < ends.max():
        return Said("stopped at epochs {first} to {last}", first=int(ends.min()), last=int(ends.max()))
    if n_diverged == 0 or seeds == 1:
        return result.status(run, 0)
    first = int(diverge_epochs[diverge_epochs >= 0].min())
    return Said("{diverged} of {seeds} seeds diverged, first at epoch {epoch}", diverged=n_diverged, seeds=seeds, epoch=first)


def best_of(mean: Array, spread: Array, text: list[str], higher: bool | None) -> list[bool]:
    """Return which runs to mark as best: those whose mean is within the best run's spread, or has the same text.

    No run is marked if `higher` is None (no direction) or fewer than two means are finite.
    """
    if higher is None or np.isfinite(mean).sum() < 2:
        return [False] * len(mean)
    best = int(np.nanargmax(mean) if higher else np.nanargmin(mean))
    return [bool(abs(value - mean[best]) <= spread[best] or (cell == text[best] and np.isfinite(value))) for value, cell in zip(mean, text, strict=True)]


def marked(text: pd.DataFrame, best: pd.DataFrame) -> Styler:
    """Return the table with the cells highlighted that `best` marks."""
    return text.style.apply(lambda _: best.replace({True: "font-weight: 700; background-color: #00AA7133", False: ""}), axis=None)


def value_text(mean: float, spread: float | None = None) -> str:
    """Return "mean ± spread", with decimals up to the first digit of the spread. Without a spread, return the mean in four significant digits."""
    if not np.isfinite(mean):
        return "–"
    if spread is None or not spread > 1e-9 * abs(mean):  # the seeds agree, or there is one: its spread is NaN
        return f"{mean:.4g}"
    decimals = max(0, -int(np.floor(np.log10(spread))))
    return f"{mean:.{min(decimals, 8)}f} ± {spread:.{min(decimals, 8)}f}"


def confusion(counts: Array) -> pd.DataFrame:
    """Return the long frame of `panels.confusion`: true, predicted, count, share of the true class. `counts` (K, K): rows are true classes."""
    true, predicted = np.indices(counts.shape)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return pd.DataFrame({"true": true.ravel(), "predicted": predicted.ravel(), "count": counts.ravel(), "share": shares.ravel()})


def class_scores(result: Result, epoch: int, split: str, names: list[str]) -> pd.DataFrame:
    """Return precision, recall and F1 of each class (rows) and run (columns of two levels: score, run)."""
    scores = per_class(confusion_at(result, epoch, split))
    titles = {"precision": "Precision", "recall": "Recall", "f1": "F1"}
    columns = {(title, name): scores[key][run] for key, title in titles.items() for run, name in enumerate(names)}
    return pd.DataFrame(columns, index=pd.Index(result.data.outputs, name="Class"))


def csv(frame: pd.DataFrame) -> bytes:
    """Return the frame as CSV. In text and column names, a quote is put before whatever a spreadsheet could run as a formula."""
    safe = frame.rename(columns=_no_formula)
    for name in safe.select_dtypes(["object", "string", "category"]):
        safe[name] = [_no_formula(value) for value in safe[name]]
    return safe.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")  # a line end of two characters makes pandas quote text that holds either


def _no_formula(value: Any) -> Any:
    return value if not isinstance(value, str) or _NUMBER.fullmatch(value) else _FORMULA.sub(r"\1'", value)
