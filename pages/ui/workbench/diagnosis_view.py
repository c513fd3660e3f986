"""The diagnosis of the runs after training: a sentence per finding, and a button that adds the changed run to try."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace

import streamlit as st

from core.diagnosis import Change, Finding, Reference, Shared, diagnose, learned
from core.diagnosis.descent_rules import Diverged
from core.experiment import MAX_RUNS
from core.training.results import Result
from core.upload import settled
from core.upload.kinds import LEFT_OUT, chosen
from pages.ui.charts.theme import Look, swatch
from pages.ui.session import state
from pages.ui.session.own_table import held
from pages.ui.training import follow, progress
from pages.ui.widgets.text import plain
from pages.ui.workbench.run_editor import looks

_ICONS = {"failure": ":red[:material/error:]", "warning": ":orange[:material/warning:]", "note": ":blue[:material/info:]"}
_DOC = (
    "Made from the records of each run: its losses and metrics by epoch, its gradients, and the models that were kept. They are compared with what a forest "
    "of trees, a support vector machine and a linear model learn from the same training rows. "
    "With several seeds, what is said holds for more than half of them. A button adds the changed run to the comparison."
)


def draw(result: Result) -> None:
    """Draw one line per finding, by run, and a last line that names the runs without findings."""
    findings, waiting = _findings(result)
    styles = looks(result.experiment)
    remarkable = [i for i, of_run in enumerate(findings) if of_run]
    title = f"Diagnosis: {', '.join(styles[i].mark for i in remarkable) or 'nothing to remark'}"
    with st.expander(title, expanded=bool(remarkable), icon=":material/stethoscope:", key="diagnosis"):
        with st.container(key="findings"):  # button beside sentence by `charts.theme.RESULTS_CSS`
            for i in remarkable:
                for finding in findings[i]:
                    _line(result, styles, i, finding, searching=waiting and finding.kind == Diverged.kind)
        quiet = ", ".join(style.mark for style, of_run in zip(styles, findings, strict=True) if not of_run)
        st.caption((f"Nothing to remark on {quiet}. " if quiet else "") + "Rules of thumb: try, and compare.", help=_DOC)
        if waiting:
            st.fragment(run_every=progress.POLL_SECONDS)(_wait)(result)


def _findings(result: Result) -> tuple[list[tuple[Finding, ...]], bool]:
    """Return the findings of each run, and whether the search for a learning rate of a diverged run is under way."""
    diverged = _diverged(result)
    rates, waiting = follow.rates(result.experiment, diverged) if diverged else ({}, False)
    reference = Reference(result.data, follow.of_data(result, learned))
    return follow.of_runs(result, lambda run: ("findings", rates.get(run)), lambda alone, run: diagnose(alone, 0, rates.get(run), reference)), waiting


def _diverged(result: Result) -> list[int]:
    """Return the runs that diverged on at least one seed."""
    return [i for i, at in enumerate(result.diverged_at.T) if (at >= 0).any()]


def _wait(result: Result) -> None:
    """Run the page again as soon as all searches for a learning rate are done."""
    if not follow.rates(result.experiment, _diverged(result))[1]:
        st.rerun()
    st.caption("Looking for a learning rate at which it does not diverge …")


def _line(result: Result, styles: tuple[Look, ...], index: int, finding: Finding, searching: bool) -> None:
    """Draw a finding of the run `index`, and the button that adds the changed run, or the buttons if it may be changed in two ways.

    While a rate is searched for (`searching`) there is no button.
    """
    st.markdown(f"![]({swatch(styles[index])}) **{styles[index].mark}** {_ICONS[finding.severity]} {plain(finding.sentence)}")
    changes = [change for change in (finding.change, finding.other) if change]
    if searching or not (changes or finding.shared):
        return
    with st.container(gap="small") if len(changes) > 1 else nullcontext():
        for number, change in enumerate(changes):
            _button(result, styles, index, change, f"{finding.kind}{number or ''}")
        if finding.shared:
            doc = "Trains all runs anew with this change."
            st.button(
                f"Try {plain(finding.shared.words)}", icon=":material/replay:", key=f"try_{state.WORKBENCH.slots()[index]}_{finding.kind}_shared", help=doc,
                on_click=_share, args=(finding.shared,), width="stretch",
            )  # fmt: skip


def _share(change: Shared) -> None:
    """Put a change of what all runs share on the screen. A feature that the table does not have any more stays as it is."""
    if change.split_seed is not None:
        state.WORKBENCH.at("split_seed").put(change.split_seed)
        return
    place = state.WORKBENCH.at("dataset")
    brought = held(place.get())
    if brought is None:
        return
    for i, name in enumerate(brought.sheet.names()):
        if i != brought.own.target and (change.feature == name or change.feature.startswith(f"{name} = ")):
            place.put(settled(brought.sheet, chosen(brought.sheet, brought.own, i, LEFT_OUT)))


def _button(result: Result, styles: tuple[Look, ...], index: int, change: Change, key: str) -> None:
    """Draw the button that adds the run `index` as it is changed."""
    run, slots = result.experiment.runs[index], state.WORKBENCH.slots()
    tried = replace(change.run, model=change.run.model or run.model, batch_size=run.batch_size)
    same = next((style.mark for style, other in zip(styles, result.experiment.runs, strict=True) if replace(other, label="") == tried), "")
    full = len(slots) == MAX_RUNS
    doc = f"Adds run {styles[index].mark} with this change to the comparison."
    if same or full:
        doc = f"Run {same} is just that." if same else f"There are {MAX_RUNS} runs already: remove one first."
    st.button(
        f"Try {plain(change.words)}", icon=":material/add:", key=f"try_{slots[index]}_{key}", help=doc, disabled=bool(same) or full,
        on_click=state.WORKBENCH.append, args=(tried,), width="stretch",
    )  # fmt: skip
