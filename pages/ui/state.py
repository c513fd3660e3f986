"""The experiment on the screen: kept in the session, carried by the address bar, changed by assignments to a path.

Data flow one way: the experiment sets what widgets show, and a widget's change is an assignment that runs before the next script run.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from core.datasets import DATASETS, Dataset
from core.experiment import MAX_RUNS, Experiment, Run, fit_to
from core.losses import LOSSES, Loss
from core.models import MODELS
from core.optimizers import OPTIMIZERS
from pages.ui import link

Path = tuple[str | int, ...]


def plain(text: str) -> str:
    """Return text that Streamlit shows as it is, not as Markdown."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!~$:<>|&^])", r"\\\1", text)


def default_experiment() -> Experiment:
    """Return the comparison that the dashboard opens with: four optimizers, each at its suggested learning rate, on digits."""
    runs = tuple(
        Run(loss=LOSSES["cross_entropy"](), optimizer=OPTIMIZERS[kind](), learning_rate=OPTIMIZERS[kind].learning_rate)
        for kind in ("sgd", "momentum", "adagrad", "adam")
    )
    return Experiment(dataset=DATASETS["digits"](), model=MODELS["mlp"](), runs=runs, epochs=20, batch_size=32)


@dataclass(frozen=True)
class Bench:
    """What is on the screen, as one value: a script run can be interrupted between two assignments, never within one.

    `slots` are the styles of the runs, numbers that they keep when others come and go; `selected` is that of the run whose widgets are shown.
    """

    experiment: Experiment
    slots: tuple[int, ...]
    selected: int


def _bench() -> Bench:
    return st.session_state.bench


def open_experiment() -> Experiment:
    """Return the session's experiment; a new session begins with the one that its address carries.

    Later the address is only written: what the browser says of it lags behind when several changes come at once.
    """
    if "bench" not in st.session_state:
        experiment, message = default_experiment(), ""
        shown = st.query_params.get(link.PARAMETER)
        if shown is not None:
            try:
                experiment = link.decode(shown)
            except ValueError as error:
                message = f"The link could not be opened: {error}. Here is the default comparison instead."
        st.session_state.session_id, st.session_state.message = uuid.uuid4().hex, (message, experiment)
        load(experiment)
    return current()


def current() -> Experiment:
    """Return the session's experiment."""
    return _bench().experiment


def slots() -> tuple[int, ...]:
    """Return the style of each run."""
    return _bench().slots


def session_id() -> str:
    """Return a name for this session."""
    return st.session_state.session_id


def selected() -> int:
    """Return the index of the run whose widgets are shown."""
    return slots().index(_bench().selected)


def select(slot: int) -> None:
    """Show the widgets of the run with this style, if it is still there."""
    if slot in slots():
        st.session_state.bench = replace(_bench(), selected=slot)


def load(experiment: Experiment) -> None:
    """Put another experiment on the screen."""
    st.session_state.bench = Bench(experiment, tuple(range(len(experiment.runs))), 0)


def set_runs(runs: Sequence[Run]) -> None:
    """Replace all runs; runs that do not fit the data any more are refused."""
    try:
        load(replace(current(), runs=tuple(runs)))
    except ValueError as error:
        complain(f"Not changed: {error}.")


def add_run(slot: int) -> None:
    """Add a run like the one with this style, in the first free style, and select it."""
    bench = _bench()
    free = [i for i in range(MAX_RUNS) if i not in bench.slots]
    if free and slot in bench.slots:
        run = replace(bench.experiment.runs[bench.slots.index(slot)], label="")
        experiment = replace(bench.experiment, runs=(*bench.experiment.runs, run))
        st.session_state.bench = Bench(experiment, (*bench.slots, free[0]), free[0])


def remove_run(slot: int) -> None:
    """Remove the run with this style, unless it is the last one; the others keep their styles."""
    bench = _bench()
    if slot in bench.slots and len(bench.slots) > 1:
        index = bench.slots.index(slot)
        slots = bench.slots[:index] + bench.slots[index + 1 :]
        runs = bench.experiment.runs[:index] + bench.experiment.runs[index + 1 :]
        st.session_state.bench = Bench(replace(bench.experiment, runs=runs), slots, slots[min(index, len(slots) - 1)])


def assign(path: Path, value: Any) -> None:
    """Set one field of the experiment, for example `("runs", 0, "loss", "delta")`; say so if the value is refused.

    Nothing happens if there is no such field any more: of changes that come at once, one may be about an item that another has replaced.
    """
    try:
        if path == ("dataset",):
            _change_data(value)
        else:
            st.session_state.bench = replace(_bench(), experiment=_with(current(), path, value))
    except LookupError:
        return
    except ValueError as error:
        complain(f"Not changed: {error}.")


def _change_data(dataset: Dataset) -> None:
    """Put other data under the runs. Each keeps its loss for the time that its task comes back; losses that do not fit give way."""
    before = current()
    kept: dict[tuple[int, str], Loss] = st.session_state.setdefault("kept_losses", {})
    kept |= {(slot, before.dataset.task): run.loss for slot, run in zip(slots(), before.runs, strict=True)}
    after = fit_to(before, dataset)
    runs = tuple(replace(run, loss=kept.get((slot, dataset.task), run.loss)) for slot, run in zip(slots(), after.runs, strict=True))
    st.session_state.bench = replace(_bench(), experiment=replace(after, runs=runs))
    replaced = sum(new.loss != old.loss for new, old in zip(after.runs, before.runs, strict=True))
    if replaced and all((slot, dataset.task) not in kept for slot in slots()):
        complain(f"The losses of {replaced} runs do not fit a {dataset.task} and were replaced. They come back with their task.")


def _with(item: Any, path: Path, value: Any) -> Any:
    """Return a frozen item, or a tuple of them, with the field at `path` replaced; raise `LookupError` if there is no such field."""
    if not path:
        return value
    head, rest = path[0], path[1:]
    if isinstance(head, int):
        if head >= len(item):
            raise LookupError(head)
        return (*item[:head], _with(item[head], rest, value), *item[head + 1 :])
    if head not in item.parameters():
        raise LookupError(head)
    return replace(item, **{head: _with(getattr(item, head), rest, value)})


def complain(message: str) -> None:
    """Show a message for as long as the experiment stays as it is."""
    st.session_state.message = message, current()


def show_message() -> None:
    """Show what was last complained of, until something is changed."""
    message, experiment = st.session_state.get("message", ("", None))
    if message and experiment is current():
        st.warning(plain(message), icon=":material/warning:")


def write_link() -> None:
    """Let the address bar carry the experiment."""
    text = link.encode(current())
    if st.query_params.get(link.PARAMETER) != text:
        st.query_params[link.PARAMETER] = text
