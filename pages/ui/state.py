"""The experiment on the screen: kept in the session, carried by the address bar, changed by assignments to a path.

Data flow one way: the experiment sets what widgets show, and a widget's change is an assignment that runs before the next script run.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from core.datasets import DATASETS
from core.experiment import MAX_RUNS, Experiment, Run, fit_to
from core.losses import LOSSES
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


def open_experiment() -> Experiment:
    """Return the session's experiment; a new session begins with the one that its address carries.

    Later the address is only written: what the browser says of it lags behind when several changes come at once.
    """
    if "experiment" not in st.session_state:
        st.session_state.session_id = uuid.uuid4().hex
        load(default_experiment())
        shown = st.query_params.get(link.PARAMETER)
        if shown is not None:
            try:
                load(link.decode(shown))
            except ValueError as error:
                complain(f"The link could not be opened: {error}. Here is the default comparison instead.")
    return current()


def current() -> Experiment:
    """Return the session's experiment."""
    return st.session_state.experiment


def slots() -> tuple[int, ...]:
    """Return the style of each run: a number that it keeps when others come and go."""
    return st.session_state.slots


def session_id() -> str:
    """Return a name for this session."""
    return st.session_state.session_id


def selected() -> int:
    """Return the index of the run whose widgets are shown."""
    return slots().index(st.session_state.selected)


def select(slot: int) -> None:
    """Show the widgets of the run with this style."""
    st.session_state.selected = slot


def load(experiment: Experiment) -> None:
    """Put another experiment on the screen."""
    st.session_state.experiment = experiment
    st.session_state.slots = tuple(range(len(experiment.runs)))
    st.session_state.selected = 0


def set_runs(runs: Sequence[Run]) -> None:
    """Replace all runs."""
    load(replace(current(), runs=tuple(runs)))


def add_run(template: Run) -> None:
    """Add a run like `template`, in the first free style, and select it."""
    experiment, used = current(), slots()
    if len(used) == MAX_RUNS:
        complain(f"At most {MAX_RUNS} runs are compared at once: remove one first.")
        return
    slot = next(i for i in range(MAX_RUNS) if i not in used)
    st.session_state.experiment = replace(experiment, runs=(*experiment.runs, replace(template, label="")))
    st.session_state.slots = (*used, slot)
    st.session_state.selected = slot


def remove_run(index: int) -> None:
    """Remove a run; the others keep their styles."""
    experiment, used = current(), slots()
    st.session_state.experiment = replace(experiment, runs=experiment.runs[:index] + experiment.runs[index + 1 :])
    st.session_state.slots = used[:index] + used[index + 1 :]
    st.session_state.selected = st.session_state.slots[min(index, len(used) - 2)]


def assign(path: Path, value: Any) -> None:
    """Set one field of the experiment, for example `("runs", 0, "loss", "delta")`; say so if the value is refused.

    Nothing happens if there is no such field any more: of changes that come at once, one may be about an item that another has replaced.
    """
    try:
        if path == ("dataset",):
            st.session_state.experiment = fit_to(current(), value)
        else:
            st.session_state.experiment = _with(current(), path, value)
    except LookupError:
        return
    except ValueError as error:
        complain(f"Not changed: {error}.")


def _with(item: Any, path: Path, value: Any) -> Any:
    """Return a frozen item, or a tuple of them, with the field at `path` replaced; raise `LookupError` if there is no such field."""
    if not path:
        return value
    head, rest = path[0], path[1:]
    if isinstance(head, int):
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
