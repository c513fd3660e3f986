"""The two screens of a session (the workbench's experiment and the descent page's race), and the assignments that change them."""

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
    """Return the name of this session, a random text."""
    return st.session_state.setdefault("session_id", uuid.uuid4().hex)


def current() -> Experiment:
    """Return the experiment on the workbench."""
    return WORKBENCH.current()


def open_in_workbench(experiment: Experiment) -> None:
    """Put the experiment on the workbench, and go to that page. A callback may not call it: Streamlit cannot change the page there."""
    WORKBENCH.load(experiment)
    st.switch_page("pages/workbench.py")


def set_runs(runs: Sequence[Run]) -> None:
    """Replace all runs of the workbench's experiment."""
    WORKBENCH.set_items(runs)


def screen_of(path: Path) -> tuple[Screen[Any], Path]:
    """Return the screen that a path belongs to, and the path within its document. Paths of the race begin with `race`."""
    return (RACE, path[1:]) if path[:1] == ("race",) else (WORKBENCH, path)


def assign(path: Path, value: Any) -> None:
    """Set the field at a path, for example `("runs", 0, "loss", "delta")` or `("race", "steps")`. A refused value sets the screen's message."""
    screen, path_in_document = screen_of(path)
    try:
        if path == ("dataset",):
            _change_data(value)
        elif path[:2] == ("race", "surface"):
            race = RACE.current()
            RACE.put(replace(RACE.bench(), document=on_surface(race, with_field(race, path_in_document, value).surface)))
        else:
            screen.put(replace(screen.bench(), document=with_field(screen.current(), path_in_document, value)))
    except LookupError:  # the item at this path was replaced by another change that came at the same time
        return
    except ValueError as error:
        screen.complain(f"Not changed: {error}.")


def _change_data(dataset: Dataset) -> None:
    """Change the data set of the experiment.

    A loss that does not fit the new data is displaced: a substitute takes its place in the run. When later data fit the displaced loss, it returns.
    It does not return if the person has replaced the substitute by another loss.

    `displaced_losses` in the session's state holds, for each style, pairs of a displaced loss and its substitute, the oldest first.
    """
    before, slots = current(), WORKBENCH.slots()
    displaced: dict[int, tuple[tuple[Loss, Loss], ...]] = st.session_state.setdefault("displaced_losses", {})
    after = fit_to(before, dataset)
    runs, replaced_titles = [], []
    for slot, old, new in zip(slots, before.runs, after.runs, strict=True):
        pairs = displaced.get(slot, ())
        if pairs and pairs[-1][1] != old.loss:  # the person has replaced the substitute
            pairs = ()
        if new.loss != old.loss:
            replaced_titles.append(old.loss.title)
        returning = next((i for i, (loss, _) in enumerate(pairs) if fits(loss, dataset)), None)
        loss = new.loss if returning is None else pairs[returning][0]
        if returning is not None:
            pairs = pairs[:returning]
        elif new.loss != old.loss:
            pairs = (*pairs, (old.loss, new.loss))
        displaced[slot] = pairs
        runs.append(replace(new, loss=loss))
    WORKBENCH.put(replace(WORKBENCH.bench(), document=replace(after, runs=tuple(runs))))
    if replaced_titles:
        WORKBENCH.complain(f"Not for these data, and replaced until they fit again: {', '.join(dict.fromkeys(replaced_titles))}.")


def complain(path: Path, message: str) -> None:
    """Set the message of the screen that a path belongs to. It is shown until that screen's document changes."""
    screen_of(path)[0].complain(message)
