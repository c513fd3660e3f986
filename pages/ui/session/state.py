"""The lineups of a session (experiment, race, duel, embedding, segmentation, deep networks), and what else changes when one of their fields does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from core.datasets import Dataset
from core.experiment import MAX_RUNS, Experiment, Run, default_experiment, fit_to, fits
from core.inspection import views
from core.losses import Loss
from core.preparation.corruption import Corruption
from core.studies.adversarial import duel
from core.studies.deep_networks import networks
from core.studies.descent.race import MAX_RACERS, Race, default_race, on_surface
from core.studies.metric_learning import embedding
from core.studies.multitask import document as multitask
from core.studies.segmentation import document as segmentation
from pages.ui.session import address
from pages.ui.session.lineup import Bench, Lineup, LineupViewScreen
from pages.ui.session.screen import Path


class Workbench(Lineup[Experiment]):
    """The experiment on the workbench."""

    def load(self, document: Experiment) -> None:
        """Put another document on the screen. Nothing of it is hidden, in front or a baseline."""
        super().load(document)
        WORKBENCH_VIEW.forget(range(MAX_RUNS))

    def put(self, bench: Bench[Experiment]) -> None:
        """Replace the document, its styles and its selection. What is said of styles that are gone goes, too."""
        before = self.slots() if self.key in st.session_state else ()
        super().put(bench)
        WORKBENCH_VIEW.forget([slot for slot in before if slot not in bench.slots])

    def exchange(self, slot: int, run: Run) -> None:
        """Put another run in the place of the one with this style, and select it. One that does not fit the data is refused with a message."""
        if slot in self.slots():
            self.select(slot)
            self.assign(("runs", self.slots().index(slot)), run)

    def assign(self, path: Path, value: Any) -> None:
        """Set the field at a path. Say which losses other data have displaced."""
        before = self.current()
        super().assign(path, value)
        if path == ("dataset",) and self.current() != before:
            displaced = [run.loss.title for run in before.runs if not fits(run.loss, self.current().dataset)]
            if before.corruption != self.current().corruption:
                self.complain("The damage to the data is off, because these are your own.")
            if displaced:
                self.complain(f"Not for these data, and replaced until they fit again: {', '.join(dict.fromkeys(displaced))}.")

    def changed(self, path: Path, value: Any) -> Experiment:
        """Return the experiment with the field at a path replaced.

        Losses follow the data. A learning rate that is the one an optimizer suggests becomes the one that the next optimizer suggests.
        """
        if path == ("dataset",):
            return self._on_data(value)
        changed = super().changed(path, value)
        match path:
            case ("runs", int(index), "optimizer"):
                old, new = self.current().runs[index], changed.runs[index]
                if old.optimizer.kind != new.optimizer.kind and old.learning_rate == old.optimizer.learning_rate:
                    return super().changed(path[:-1], replace(new, learning_rate=new.optimizer.learning_rate))
        return changed

    def _on_data(self, dataset: Dataset) -> Experiment:
        """Return the experiment on another data set.

        A loss that does not fit the new data is displaced: a substitute takes its place in the run. When later data fit the displaced loss, it returns.
        It does not return if the person has replaced the substitute by another loss. A person's own data begin undamaged.

        `displaced_losses` in the session's state holds, for each style, pairs of a displaced loss and its substitute, the oldest first.
        """
        before, after = self.current(), fit_to(self.current(), dataset)
        if dataset.brought and not before.dataset.brought:
            after = replace(after, corruption=Corruption())
        displaced: dict[int, tuple[tuple[Loss, Loss], ...]] = st.session_state.setdefault("displaced_losses", {})
        runs = []
        for slot, old, new in zip(self.slots(), before.runs, after.runs, strict=True):
            pairs = displaced.get(slot, ())
            if pairs and pairs[-1][1] != old.loss:  # the person has replaced the substitute
                pairs = ()
            returning = next((i for i, (loss, _) in enumerate(pairs) if fits(loss, dataset)), None)
            loss = new.loss if returning is None else pairs[returning][0]
            if returning is not None:
                pairs = pairs[:returning]
            elif new.loss != old.loss:
                pairs = (*pairs, (old.loss, new.loss))
            displaced[slot] = pairs
            runs.append(replace(new, loss=loss))
        return replace(after, runs=tuple(runs))


class WorkbenchView(LineupViewScreen[views.Workbench]):
    """The state of the workbench's view."""

    def forget(self, gone: Sequence[int]) -> None:
        """Let none of these styles, whose runs are gone, be hidden, in front or the baseline."""
        if gone and self.key in st.session_state:
            view: views.Workbench = st.session_state[self.key]
            front, baseline = (views.ANY if style in gone else style for style in (view.forward, view.baseline))
            self.update(replace(view, forward=front, baseline=baseline, hidden=tuple(style for style in view.hidden if style not in gone)))

    def bring_forward(self, slot: int) -> None:
        """Select a run and let it stand out; one that stands out already no longer does."""
        view = self.current()
        self.lineup.select(slot)
        self.assign(("forward",), views.ANY if view.forward == slot else slot)
        if slot in view.hidden:
            self.hide(slot)

    def hide(self, slot: int) -> None:
        """Hide a run in the charts, or show it again."""
        hidden = self.current().hidden
        self.assign(("hidden",), tuple(style for style in hidden if style != slot) if slot in hidden else (*hidden, slot))
        if slot not in hidden and self.current().forward == slot:
            self.assign(("forward",), views.ANY)

    def pin(self, slot: int) -> None:
        """Make a run the baseline, or none if it is."""
        self.assign(("baseline",), views.ANY if self.current().baseline == slot else slot)


class RaceScreen(Lineup[Race]):
    """The race on the descent page."""

    def changed(self, path: Path, value: Any) -> Race:
        """Return the race with the field at a path replaced. On another surface the race starts from that surface's start."""
        changed = super().changed(path, value)
        return on_surface(self.current(), changed.surface) if path[0] == "surface" else changed


class EmbeddingScreen(Lineup[embedding.Embedding]):
    """The embedding on the metric learning page."""

    def changed(self, path: Path, value: Any) -> embedding.Embedding:
        """Return the embedding with the field at a path replaced. On other data other classes are held out."""
        return embedding.on_data(self.current(), value) if path == ("dataset",) else super().changed(path, value)


WORKBENCH = Workbench("bench", Experiment, address.EXPERIMENT, default_experiment, items="runs", most=MAX_RUNS)
WORKBENCH_VIEW = WorkbenchView(views.Workbench, WORKBENCH)
DUEL = Lineup("duel", duel.Duel, address.DUEL, duel.default_duel, ("duel",), items="runs", most=duel.MOST)
EMBEDDING = EmbeddingScreen(
    "embedding", embedding.Embedding, address.EMBEDDING, embedding.default_embedding, ("embedding",), items="runs", most=embedding.MOST
)
SEGMENTATION = Lineup(
    "segmentation", segmentation.Segmentation, address.SEGMENTATION, segmentation.default_segmentation, ("segmentation",), items="runs",
    most=segmentation.MOST,
)  # fmt: skip
MULTITASK = Lineup("multitask", multitask.Multitask, address.MULTITASK, multitask.default_multitask, ("multitask",), items="runs", most=multitask.MOST)
NETWORKS = Lineup("networks", networks.Networks, address.NETWORKS, networks.default_networks, ("networks",), items="runs", most=networks.MOST)
RACE = RaceScreen("race", Race, address.RACE, default_race, ("race",), items="racers", most=MAX_RACERS)


def current() -> Experiment:
    """Return the experiment on the workbench."""
    return WORKBENCH.current()


def open_in_workbench(experiment: Experiment) -> None:
    """Put the experiment on the workbench, and go to that page. A callback may not call it: Streamlit cannot change the page there."""
    WORKBENCH.load(experiment)
    st.switch_page("pages/workbench.py")
