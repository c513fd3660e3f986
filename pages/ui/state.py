"""What is on the screens of this session: the workbench's experiment and the race of the descent page."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from core.datasets import DATASETS, Dataset
from core.experiment import MAX_RUNS, Experiment, Run, fit_to, fits
from core.losses import LOSSES, Loss
from core.models import MODELS
from core.optimizers import OPTIMIZERS
from core.race import MAX_RACERS, Race, default_race
from pages.ui import link
from pages.ui.screen import Path, Screen


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


WORKBENCH = Screen("bench", Experiment, link.PARAMETER, "runs", MAX_RUNS, default_experiment)
RACE = Screen("race", Race, "r", "racers", MAX_RACERS, default_race)


def session_id() -> str:
    """Return a name for this session."""
    return st.session_state.setdefault("session_id", uuid.uuid4().hex)


def current() -> Experiment:
    """Return the session's experiment."""
    return WORKBENCH.current()


def open_in_workbench(experiment: Experiment) -> None:
    """Leave for the workbench with another experiment on the screen. Not for callbacks: Streamlit cannot change the page in one."""
    WORKBENCH.load(experiment)
    st.switch_page("pages/workbench.py")


def set_runs(runs: Sequence[Run]) -> None:
    """Replace all runs of the experiment."""
    WORKBENCH.set_items(runs)


def screen_of(path: Path) -> tuple[Screen[Any], Path]:
    """Return the screen that a path is on, and the path in its document: paths in the race begin with `race`."""
    return (RACE, path[1:]) if path[:1] == ("race",) else (WORKBENCH, path)


def assign(path: Path, value: Any) -> None:
    """Set one field of what is on a screen, for example `("runs", 0, "loss", "delta")` or `("race", "steps")`; say so if the value is refused."""
    screen, rest = screen_of(path)
    if path == ("dataset",):
        try:
            _change_data(value)
        except ValueError as error:
            screen.complain(f"Not changed: {error}.")
    else:
        screen.assign(rest, value)


def _change_data(dataset: Dataset) -> None:
    """Put other data under the runs. Each keeps its loss for the time that its task comes back; losses that do not fit give way."""
    before, slots = current(), WORKBENCH.slots()
    kept: dict[tuple[int, str], Loss] = st.session_state.setdefault("kept_losses", {})
    kept |= {(slot, before.dataset.task): run.loss for slot, run in zip(slots, before.runs, strict=True)}
    after = fit_to(before, dataset)
    losses = [kept.get((slot, dataset.task), run.loss) for slot, run in zip(slots, after.runs, strict=True)]
    runs = tuple(replace(run, loss=loss if fits(loss, dataset) else run.loss) for run, loss in zip(after.runs, losses, strict=True))
    WORKBENCH.put(replace(WORKBENCH.bench(), document=replace(after, runs=runs)))
    replaced = sum(new.loss != old.loss for new, old in zip(after.runs, before.runs, strict=True))
    if replaced and all((slot, dataset.task) not in kept for slot in slots):
        WORKBENCH.complain(f"The losses of {replaced} runs do not fit a {dataset.task} and were replaced. They come back with their task.")


def complain(path: Path, message: str) -> None:
    """Show a message on the screen that a path is on, for as long as its document stays as it is."""
    screen_of(path)[0].complain(message)


def show_message(screen: Screen[Any]) -> None:
    """Show what was last complained of on a screen, until something is changed there."""
    if message := screen.message():
        st.warning(plain(message), icon=":material/warning:")
