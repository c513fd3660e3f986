"""The frames that charts and tables are drawn from, made from a `Result`: means and spreads over the seeds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.io.formats.style import Styler

from core.inspection.pictures import confusion_at
from core.inspection.resampled import BEST, DECISIONS, LAST
from core.statistics import Ranking, half_width, ranking, share_interval, smoothed
from core.training.metrics import per_class
from core.training.plan import updates_per_epoch
from core.training.results import Result
from core.training.stack import class_weights_of
from core.words import MINUS, THIN, WITH_EXPONENT, Figure, Said, significant, written

Array = NDArray[Any]

#: a number as text, which is no formula although it may begin with a sign
_DIGITS = rf"([0-9.]+|[0-9]{{1,3}}([,{THIN}][0-9]{{3}})+(\.[0-9]+)?)(e[-+{MINUS}]?[0-9]+)?"
_NUMBER = re.compile(rf"[-+{MINUS}]?{_DIGITS}( ± {_DIGITS})?")
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


def curves(result: Result, metric: str, x: str, shown: str, smoothing: float = 0.0) -> pd.DataFrame:
    """Return the wide frame of `run_charts.curves`: x, and for run i its mean, band, training mean, number of seeds and end mark.

    `x`: `epochs` or `updates`. `shown`: `validation`, `training` or `both`. `smoothing`: the weight of a moving average, beside which the mean stays as `raw`.
    """
    of_seeds = result.values(metric, _lead(shown))
    raw, spread = mean_and_spread(of_seeds)
    train, _ = mean_and_spread(result.values(metric, "train"))
    mean = raw
    if smoothing:
        mean, spread, train = (smoothed(values, smoothing) for values in (raw, spread, train))
    columns = {"x": result.epochs * x_max(result, x) / result.experiment.epochs}
    for run in range(mean.shape[1]):
        columns[f"r{run}"] = mean[:, run]
        if smoothing:
            columns[f"r{run}_raw"] = raw[:, run]
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


def curves_by_seconds(result: Result, metric: str, shown: str, smoothing: float = 0.0) -> pd.DataFrame:
    """Return the long frame of `run_charts.curves_by_run` against seconds: means over the seeds. `smoothing`: as for `curves`."""
    return _curves_by("seconds", result, metric, shown, smoothing)


def curves_by_updates(result: Result, metric: str, shown: str, smoothing: float = 0.0) -> pd.DataFrame:
    """Return the same against updates, for runs that make different numbers of them in an epoch."""
    return _curves_by("updates", result, metric, shown, smoothing)


def _curves_by(x: str, result: Result, metric: str, shown: str, smoothing: float) -> pd.DataFrame:
    across, _ = mean_and_spread(result.values(x))
    mean, _ = mean_and_spread(result.values(metric, _lead(shown)))
    columns = {"x": across, "value": mean, "seeds": seeds_at(result.values(metric, _lead(shown)))}
    if shown == "both":
        columns["train"], _ = mean_and_spread(result.values(metric, "train"))
    if smoothing:
        columns["raw"] = mean
        columns |= {name: smoothed(columns[name], smoothing) for name in ("value", "train") if name in columns}
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


def table(result: Result, metric: str, running: bool = False) -> pd.DataFrame:
    """Return the table of results as text (mean ± spread over the seeds), one row a run.

    All values but the last loss are taken at each replica's epoch of lowest own validation loss.
    """
    text = {"Status": [str(run_status(result, run, running)) for run in range(len(result.experiment.runs))]}
    for name, column in _columns(result, metric).items():
        mean, spread = mean_and_spread(column.values[None])
        text[name] = [value_text(m, s if result.experiment.seeds > 1 else None) for m, s in zip(mean[0], spread[0], strict=True)]
    return pd.DataFrame(text)


@dataclass(frozen=True, eq=False)
class _Column:
    """A column of the table of results: its values (S, R), whether more is better (None: it ranks nobody), and what its rows are drawn again for."""

    values: Array
    higher: bool | None = None
    sampled: tuple[str, str] = ("", "")


def _columns(result: Result, metric: str) -> dict[str, _Column]:
    """Return the columns of numbers by title.

    Own losses rank runs only if all share loss and class weights. Test values rank nobody, because nothing may be chosen by them. The last loss of a
    diverged run is none.
    """
    runs, described, best = result.experiment.runs, result.described[metric], result.best_epoch
    higher = described.higher_is_better
    arrow = "↑" if higher else "↓"
    lower_loss = False if len({(run.loss, *class_weights_of(run, result.data)) for run in runs}) == 1 else None
    return {
        f"{described.title} {arrow}": _Column(result.at(best, metric), higher, (metric, BEST)),
        f"Test {arrow}": _Column(result.at(best, metric, "test")),
        "Best loss ↓": _Column(result.at(best, "loss"), lower_loss, ("loss", BEST)),
        "Last loss ↓": _Column(result.at(result.last, "loss"), lower_loss, ("loss", LAST)),
        "Epochs to best": _Column(result.epochs[best].astype(float)),
        "Seconds to best": _Column(result.at(best, "seconds")),
    }


def sampled(result: Result, metric: str) -> list[tuple[str, str]]:
    """Return for what the validation rows have to be drawn again to rank the runs: metric and place, as `core.inspection.resampled` takes them."""
    return [column.sampled for column in _columns(result, metric).values() if column.higher is not None]


def rankings(result: Result, metric: str, samples: Mapping[tuple[str, str], Array]) -> dict[str, Ranking]:
    """Return what can be told of the runs in each column that ranks them, by its title. `samples`: (R, B) by what `sampled` returns."""
    text, found = table(result, metric), {}
    for name, column in _columns(result, metric).items():
        if column.higher is not None:
            ends = (result.diverged_at >= 0) & (column.sampled[1] == LAST)
            grain = 1 / (result.data.ends[1] - result.data.ends[0]) if column.sampled[0] in DECISIONS else 0.0
            told = ranking(np.where(ends, np.nan, column.values), column.higher, samples[column.sampled], grain=grain)
            found[name] = alike(told, list(text[name]))
    return found


def alike(told: Ranking, text: Sequence[str]) -> Ranking:
    """Return the ranking with whatever has the text of the best as a tie."""
    if told.best is None:
        return told
    same = np.array([cell == text[told.best] for cell in text])
    return replace(told, tied=told.tied | (same & (same.sum() > 1)))


def marks(text: pd.DataFrame, found: Mapping[str, Ranking]) -> pd.DataFrame:
    """Return a frame of the shape of `text` that says `best` or `tie` of the cells of its columns that rank, and nothing of the others."""
    said = pd.DataFrame("", index=text.index, columns=text.columns)
    for name, told in found.items():
        said[name] = np.where(told.marked, "best", np.where(told.tied, "tie", ""))
    return said


def against(result: Result, metric: str, baseline: int) -> list[str]:
    """Return what each run's metric in the table is above or below that of the run `baseline`: the mean of the differences, seed by seed, and their spread."""
    values = result.at(result.best_epoch, metric)
    mean, spread = mean_and_spread((values - values[:, [baseline]])[None])
    shown = [value_text(m, s if result.experiment.seeds > 1 else None) for m, s in zip(mean[0], spread[0], strict=True)]
    signed = [text if text[0] in "−–" or text == "0" else f"+{text}" for text in shown]
    return ["baseline" if run == baseline else text for run, text in enumerate(signed)]


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


def told_in_words(result: Result, metric: str, told: Ranking, samples: Array) -> list[Said]:
    """Return what the validation rows and the seeds can tell: of several runs from which difference on, of one run the interval of its metric.

    `told`: of the metric. `samples` (R, B): of the metric.
    """
    title, rows, seeds = result.described[metric].title, result.data.ends[1] - result.data.ends[0], result.experiment.seeds
    if len(samples) == 1 and np.isfinite(samples).all():
        value = float(result.at(result.best_epoch, metric).mean())
        room = half_width(samples[0])
        low, high = share_interval(round(value * rows), rows) if metric == "accuracy" else (value - room, value + room)
        least, most = Figure(low, ".3g"), Figure(high, ".3g")
        return [Said("{metric} on {rows} validation rows: from {low} to {high} with 95 % confidence.", metric=title, rows=rows, low=least, high=most)]
    if not np.isfinite(told.least):
        return []
    least = Figure(told.least, ".2g")
    return [
        Said("Marked: the best; outlined: ties."),
        Said("{rows} validation rows can tell runs apart from a difference of about {least} in {metric} on.", rows=rows, least=least, metric=title)
        if seeds == 1
        else Said(
            "{rows} validation rows and {seeds} seeds can tell runs apart from a difference of about {least} in {metric} on.",
            rows=rows, seeds=seeds, least=least, metric=title,
        ),
    ]  # fmt: skip


def marked(text: pd.DataFrame, said: pd.DataFrame) -> Styler:
    """Return the table with the cells highlighted of which `marks` says something: the best in bold, ties paler."""
    styles = {"best": "font-weight: 700; background-color: #00AA7133", "tie": "background-color: #00AA7119"}
    return text.style.apply(lambda _: said.replace(styles), axis=None)


def value_text(mean: float, spread: float | None = None) -> str:
    """Return "mean ± spread", with as many decimals for both as the spread deserves: two of its digits if they are small, else one.

    Without a spread, return the mean in four significant digits. A whole number stays one; of others the zeros at the end are digits, too.
    Source: Particle Data Group, Review of Particle Physics, introduction, 5.3.
    """
    if not np.isfinite(mean):
        return "–"
    if spread is None or not spread > 1e-9 * abs(mean):  # the seeds agree, or there is one: its spread is NaN
        return significant(mean) if float(mean).is_integer() or abs(mean) >= 10_000 else written(mean, "#.4g").rstrip(".")
    if max(abs(mean), spread) >= WITH_EXPONENT:
        return f"{significant(mean)} ± {significant(spread, 2)}"
    power = int(np.floor(np.log10(spread)))
    decimals = min(max(0, -power + (spread / 10.0**power < 3.55)), 8)
    form = f"{',' if max(abs(mean), spread) >= 10_000 else ''}.{decimals}f"
    return f"{written(mean, form)} ± {written(spread, form)}"


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
