"""The view "Race": optimizers on one surface. The server computes the whole race, and the browser plays it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.export import race_script
from core.stories import Story, told_by
from core.studies.descent import takeaways
from core.studies.descent.contours import relief
from core.studies.descent.race import Course, Race, course_of
from core.studies.descent.stories import STORIES
from core.studies.descent.views import RaceView
from core.words import Said, significant
from pages.ui.charts.player import player_css
from pages.ui.charts.theme import Look
from pages.ui.descent import anatomy, paths, race_editor, race_settings
from pages.ui.descent.map_charts import PICK, race_map
from pages.ui.descent.solid_charts import race_solid
from pages.ui.session.lineup import LineupViewScreen
from pages.ui.session.state import RACE
from pages.ui.widgets import chips, share, story
from pages.ui.widgets.controls import field
from pages.ui.widgets.pieces import folded_settings, picture, stage, takeaway
from pages.ui.widgets.show import dark, show
from pages.ui.widgets.table import Column, table
from pages.ui.widgets.text import show_message

SCREEN = LineupViewScreen(RaceView, RACE)
SCREENS = (RACE, SCREEN)


def HOW_TO_READ() -> list[str]:
    """Return what explains the picture of the race on the screen."""
    return _explained(RACE.current())


CHART = "descent_chart"
_PICK_KEY = "descent_pick"
_TOY = "Toy surfaces show mechanisms; they rank nobody."


def draw() -> None:
    """Draw the view."""
    race, view = RACE.open(), SCREEN.open()
    dials, folded_out = SCREEN.at(), SCREEN.at("folded_out")
    race_settings.draw(race, folded_out)
    with st.container():  # it is there without a message too, so that the chart keeps its position
        show_message(RACE, SCREEN)
    course, styles, told = course_of(race), chips.looks(RACE, race), told_by(STORIES, race)
    share.shows(lambda: steps_table(course, styles))
    said = takeaways.race(course, [style.name for style in styles])
    if told is None:
        takeaway(said)
    else:
        story.tell(told.question, told.verdict)
    with picture():
        with folded_settings():
            with st.container(horizontal=True, vertical_alignment="center", key="race_options"):
                field(dials, "picture", labelled=False)
                if race.surface.minima:
                    field(dials, "quantity", labelled=False)
                story.menu(STORIES, RACE, "story_menu", "Races that each ask one question, and answer it.")
                race_editor.draw_buttons(race, folded_out)
            race_editor.draw(race, folded_out)
        with stage():
            _chart(course, styles, view, told, said)
    st.caption(_caption(race, view))
    if resting := paths.resting_words(course, styles, view.quantity if race.surface.minima else paths.LOSS):
        st.caption(resting)
    _results(course, styles)
    anatomy.draw(course, SCREEN)


def draw_files() -> None:
    """Draw the download of the race as a PyTorch script, for Share."""
    share.script(lambda: race_script(RACE.current()), "lossbench_race.py", "This race; it needs numpy and torch alone.")


def _caption(race: Race, view: RaceView) -> str:
    """Return the caption: name, formula and summary of the surface, and the scale of the heights in the 3-D picture."""
    surface = race.surface
    notes = [f"**{surface.title}**  ${surface.formula}$", surface.summary, *map(str, filter(None, [surface.note()]))]
    if view.picture == "solid":
        notes.append(f"Heights are {'on a logarithmic scale' if relief(surface).logarithmic() else 'true to scale'}.")
    if not surface.real:
        notes.append(_TOY)
    return " ".join(notes)


def _chart(course: Course, styles: tuple[Look, ...], view: RaceView, told: Story[Race] | None, said: Said) -> None:
    """Draw the map or the solid with the curves. A click on the map sets the start. A story opens before its start, any other race at its end."""
    st.html(player_css(CHART))
    quantity = view.quantity if course.race.surface.minima else paths.LOSS
    words = said if told is None else Said("The question is: {question}", question=told.question)
    options: dict[str, Any] = {"quantity": quantity, "opens_at": view.step or (None if told is None else 0), "dark": dark()}
    if view.picture == "solid":
        show(race_solid(course, styles, **options), CHART, said=words, key="descent_solid")
    else:
        show(race_map(course, styles, **options), CHART, said=words, key=_PICK_KEY, on_select=_picked, selection_mode=[PICK])


def _picked() -> None:
    """Set the start to the clicked point: that of the selected racer if it has its own, else that of the race."""
    points: list[dict[str, Any]] = st.session_state[_PICK_KEY].selection[PICK]
    if points:
        start = tuple(float(f"{points[-1][axis]:.4g}") for axis in ("x", "y"))
        racer = RACE.at("racers", RACE.selected(), "start")
        (racer if racer.get() else RACE.at("start")).put(start)


def _explained(race: Race) -> list[str]:
    """Return the sentences that explain the elements of the picture."""
    surface = race.surface
    lines = [
        "**Map**: each line joins points of equal loss, the darker the lower. Lines are not at equal losses: they enclose growing shares of the map.",
        "**Square ☐**: the start; a **click on the map** sets it (that of the selected racer, if it has a start of its own). "
        + ("**Star ★**: the lowest points." if surface.minima else "There is no lowest point to mark."),
        "**Dot**: where a racer is at the update shown. **Triangle**: it has left the map, and is that way. **Cross ×**: it diverged.",
        "**Play** runs the race up to the last update; **−1** and **+1** go a single one. Everything is computed before: nothing depends on your connection.",
        "**Loss** of the point itself, "
        + ("above the minimum, " if surface.minima else "")
        + "without noise; pale: what is yet to come, once it was seen. A triangle: the value is beyond the axis and rests on its edge; the pointer reads it.",
    ]
    if surface.minima:
        lines.append("**Distance** to the nearest lowest point: it can grow while the loss falls.")
    lines.append("**3-D**: the same race on the surface; turn and tilt it with the dials below.")
    return lines


def _results(course: Course, styles: tuple[Look, ...]) -> None:
    """Draw the table of `results`."""
    frame, docs = results(course, styles), {"Final loss": "Loss at its last point, without noise.", "Distance": "To the nearest lowest point, at its end."}
    columns = [Column("Racer", list(frame["Racer"]), words=True), Column("Ended", list(frame["Ended"]), words=True)]
    columns += [Column(name, [significant(value) if np.isfinite(value) else "–" for value in frame[name]], doc) for name, doc in docs.items() if name in frame]
    st.html(table("Where the racers end", columns))


def results(course: Course, styles: Sequence[Look]) -> pd.DataFrame:
    """Return a row for each racer: its name, why it ended, its final loss, and its distance to a minimum if the surface has one."""
    rows = []
    for racer, style in enumerate(styles):
        last = int(np.isfinite(course.losses[:, racer]).sum()) - 1
        end = (float(course.losses[last, racer]), float(course.distances[last, racer])) if last >= 0 else (np.nan, np.nan)
        rows.append((style.name, ended(course, racer), *end))
    frame = pd.DataFrame(rows, columns=["Racer", "Ended", "Final loss", "Distance"])
    return frame if course.race.surface.minima else frame.drop(columns="Distance")


def steps_table(course: Course, styles: Sequence[Look]) -> pd.DataFrame:
    """Return a row for each racer and update until its end: its name, the update, its point, its loss, and its distance if the surface has a minimum."""
    racers, steps = np.nonzero(np.isfinite(course.losses.T))
    names, points = np.array([style.name for style in styles], object), course.points[steps, racers]
    (across, up), losses = course.race.surface.axes, course.losses[steps, racers]
    frame = pd.DataFrame({"racer": names[racers], "update": steps, across: points[:, 0], up: points[:, 1], "loss": losses})
    return frame.assign(distance=course.distances[steps, racers]) if course.race.surface.minima else frame


def ended(course: Course, racer: int) -> str:
    """Return in words why and when a racer stopped."""
    updates = f"{course.ends[racer]} update{'' if course.ends[racer] == 1 else 's'}"
    words = {
        "steps": f"ran all {updates}",
        "loss": f"loss below {significant(course.race.stop_loss)} after {updates}",
        "gradient": f"gradient below {significant(course.race.stop_gradient)} after {updates}",
        "diverged": f"diverged after {updates}",
    }
    return words[course.reasons[racer]]
