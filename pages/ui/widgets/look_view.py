"""A look at the data: a card for each column, and for a table that was brought the choice of what the column is used as. Drawn only where it is folded out."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.datasets import Dataset, Table
from core.datasets.own import Own
from core.tasks import CLASSIFICATION
from core.upload import Encoded, Refused, aimed, look, settled
from core.upload.kinds import CATEGORY, LEFT_OUT, NUMBER, chosen
from core.words import Said, whole
from pages.ui.charts.pixels import drawn
from pages.ui.session.own_table import Brought, held
from pages.ui.session.screen import Binding
from pages.ui.widgets import cards, controls, own_data
from pages.ui.widgets.show import dark
from pages.ui.widgets.text import plain

#: columns that are looked at together
PAGE = 12
#: pictures of each class
_EXAMPLES = 2
_TITLES = {NUMBER: "number", CATEGORY: "category", LEFT_OUT: "leave out"}
#: cards in a row, and pixels that the three choices of a card need; where the screen is wide letters are larger
_CARDS_IN_A_ROW, _NARROWEST = 4, 270
_SCALED = "For the training, numbers are scaled to the mean 0 and the deviation 1 of the training rows."


def draw(place: Binding, view: Binding) -> None:
    """Draw a look at the data set at `place`, if it is folded out. `view`: the document of the view, with fields `folded_out` and `first_column`."""
    dataset: Dataset = place.get()
    brought = held(dataset) if dataset.brought else None
    if dataset.brought and (brought is None or brought.own != dataset):
        return
    if brought is not None and isinstance(brought.encoded, Refused):
        own(brought, place, view.at("first_column"))  # a column is to be used in another way
    elif "look" in view.at("folded_out").get():
        folded = controls.folded(view.at("folded_out"), "look", st.expander, "A look at the data", icon=":material/table_view:")
        if folded:
            with folded:
                if brought is not None:
                    own(brought, place, view.at("first_column"))
                else:
                    built_in(dataset, view.at("first_column"))


def draw_button(view: Binding) -> None:
    """Draw the button that folds the look at the data out."""
    folded_out = view.at("folded_out")

    def unfold() -> None:
        folded_out.put((*(name for name in folded_out.get() if name != "look"), "look"))

    doc = "Of each column its kind, missing values, range or frequent values, a histogram, and what is done to it."
    shown = "look" in folded_out.get()
    st.button("Look at the data", key="look_at_the_data", icon=":material/table_view:", on_click=unfold, help=doc, disabled=shown, width="stretch")


def built_in(dataset: Dataset, page: Binding) -> None:
    """Draw a look at a data set that comes with the program."""
    table = dataset.load()
    glances = look.of_table(table, dataset.task)
    st.html(cards.CSS)
    st.caption(f"{whole(len(table.X))} rows, {whole(len(table.features))} features, as they are: before the split and damage. {_SCALED}")
    if dataset.image_shape is not None and dataset.task == CLASSIFICATION:
        rows = look.examples(table, _EXAMPLES)
        images = drawn(table.X[rows.ravel()].reshape(-1, *dataset.image_shape), dark())
        st.html(cards.pictures(table.outputs, [images[i : i + _EXAMPLES] for i in range(0, len(images), _EXAMPLES)]))
    st.html(cards.cards([glances[i] for i in _paged(range(len(glances)), page)]))


def own(brought: Brought, place: Binding, page: Binding) -> None:
    """Draw a look at a table that was brought, as it is used by the choices at `place`, where another use of a column is put."""
    sheet, used = brought.sheet, brought.own
    st.html(cards.CSS)
    size = f"{whole(sheet.n_rows)} rows, {whole(len(sheet.columns))} columns, as they are in the file."
    st.caption(f"{size} {_SCALED} Categories become a feature of 0 and 1 for each value.")
    columns = _paged(look.order(sheet, used), page)
    wanted = [i for i in columns if f"glance {i}" not in brought.made]
    brought.made.update((f"glance {glance.number}", glance) for glance in look.of_sheet(sheet, used, wanted))
    with st.grid(_CARDS_IN_A_ROW, min_column_width=_NARROWEST, border=True, key="look_cards") as grid:
        for i in columns:
            with grid.cell():
                glance: look.Glance = brought.made[f"glance {i}"]
                st.html(cards.card(glance))
                _use(glance, brought, place)


def _use(glance: look.Glance, brought: Brought, place: Binding) -> None:
    """Draw the choice of what a column is used as, and of what texts that often stand for a missing value are in it."""
    sheet, used, i = brought.sheet, brought.own, glance.number

    def put(changed: Own) -> None:
        place.put(aimed(sheet, changed, i) if i == changed.target else settled(sheet, changed))

    options = [kind for kind in _TITLES if kind != LEFT_OUT or glance.role != look.TARGET]
    value = LEFT_OUT if glance.role == look.LEFT_OUT else NUMBER if glance.kind == NUMBER else CATEGORY
    with controls.chosen_among(f"own_use_{i}", value, options, lambda kind: put(chosen(sheet, used, i, kind))) as (default, arguments):
        label = f"Use {plain(glance.name)} as"
        st.segmented_control(
            label, options, default=default, required=True, format_func=_TITLES.__getitem__, label_visibility="collapsed", **arguments
        )  # fmt: skip
    if glance.markers:
        texts = ", ".join(map(repr, glance.markers[:3]))
        with controls.chosen_among(f"own_absent_{i}", i in used.absent, (True, False), lambda missing: put(look.marked(used, i, missing))) as (
            default,
            arguments,
        ):
            st.checkbox(f"{plain(texts)} is missing", bool(default), **arguments)


def _paged(columns: tuple[int, ...] | range, page: Binding) -> list[int]:
    """Draw the choice of the columns that are looked at, where they are many, and return their numbers."""
    firsts = list(range(0, len(columns), PAGE))

    def titled(first: int) -> str:
        return f"{first + 1} to {min(first + PAGE, len(columns))}"

    first = controls.offered(page, firsts, f"Columns, of {whole(len(columns))}", titles=titled)
    return list(columns[first : first + PAGE])


def of_study(place: Binding, view: Binding, unsuited: Callable[[Own, Table], Said | None] = lambda own, table: None) -> Table | None:
    """Draw what a study needs of a person's own data, and return the table; None as long as there is none that suits it.

    `place`: where the choices are. `view`: the document of the view, with fields `folded_out` and `first_column`.
    `unsuited(own, table)` says why a table does not suit the study, and what to do; None if it does.
    """
    used = place.get() or Own()
    brought = held(used)
    if brought is None or brought.own != used:
        own_data.bring(place)
        return None
    table = brought.encoded.table if isinstance(brought.encoded, Encoded) else None
    said = None if table is None else unsuited(used, table)
    if table is None:
        own_data.bring(place)
    elif said:
        st.error(plain(said), icon=":material/error:")
    if table is None or said:
        with st.container(border=True):
            _choices(brought, place, view)
        return None
    if folded := controls.folded(view.at("folded_out"), "look", st.expander, "Your data: choices, and a look at them", icon=":material/table:"):
        with folded:
            _choices(brought, place, view)
    return table


def _choices(brought: Brought, place: Binding, view: Binding) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="own_choices"):
        own_data.draw_choices(place, width=300)
    own(brought, place, view.at("first_column"))
