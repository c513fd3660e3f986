"""What is on the screens of this session: the workbench's experiment and the race of the descent page."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from core.datasets import Dataset
from core.experiment import MAX_RUNS, Experiment, Run, default_experiment, fit_to, fits
from core.losses import Loss
from core.studies.descent.race import MAX_RACERS, Race, default_race, on_surface
from pages.ui.session import link
from pages.ui.session.screen import Path, Screen, with_field

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
    try:
        if path == ("dataset",):
            _change_data(value)
        elif path[:2] == ("race", "surface"):
            race = RACE.current()
            RACE.put(replace(RACE.bench(), document=on_surface(race, with_field(race, rest, value).surface)))
        else:
            screen.put(replace(screen.bench(), document=with_field(screen.current(), rest, value)))
    except LookupError:  # of changes that come at once, one may be about an item that another has replaced
        return
    except ValueError as error:
        screen.complain(f"Not changed: {error}.")


def _change_data(dataset: Dataset) -> None:
    """Put other data under the runs. A loss that does not fit gives way, and comes back with data that it fits, unless another was chosen meanwhile.

    `displaced_losses` holds for each style what was displaced, the oldest first, and by what.
    """
    before, slots = current(), WORKBENCH.slots()
    displaced: dict[int, tuple[tuple[Loss, Loss], ...]] = st.session_state.setdefault("displaced_losses", {})
    after = fit_to(before, dataset)
    runs, gone = [], []
    for slot, old, new in zip(slots, before.runs, after.runs, strict=True):
        stack = displaced.get(slot, ())
        if stack and stack[-1][1] != old.loss:  # another loss was chosen in place of the stand-in
            stack = ()
        if new.loss != old.loss:
            gone.append(old.loss.title)
        back = next((i for i, (loss, _) in enumerate(stack) if fits(loss, dataset)), None)
        loss = new.loss if back is None else stack[back][0]
        if back is not None:
            stack = stack[:back]
        elif new.loss != old.loss:
            stack = (*stack, (old.loss, new.loss))
        displaced[slot] = stack
        runs.append(replace(new, loss=loss))
    WORKBENCH.put(replace(WORKBENCH.bench(), document=replace(after, runs=tuple(runs))))
    if gone:
        WORKBENCH.complain(f"Not for these data, and replaced until they fit again: {', '.join(dict.fromkeys(gone))}.")


def complain(path: Path, message: str) -> None:
    """Show a message on the screen that a path is on, for as long as its document stays as it is."""
    screen_of(path)[0].complain(message)
