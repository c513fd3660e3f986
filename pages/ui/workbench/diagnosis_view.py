"""The diagnosis of the runs after training: a sentence per finding, said once of all runs that it holds for, and buttons that add the changed run to try."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from core.diagnosis import Change, Finding, Reference, Shared, diagnose, learned
from core.diagnosis.descent_rules import Diverged
from core.diagnosis.together import Group, together
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
    """Draw a line for each finding, which may be of several runs, and a last line that names the runs without findings."""
    findings, waiting = _findings(result)
    styles = looks(result.experiment)
    remarkable = [i for i, of_run in enumerate(findings) if of_run]
    title = f"Diagnosis: {', '.join(styles[i].mark for i in remarkable) or 'nothing to remark'}"
    with st.expander(title, expanded=bool(remarkable), icon=":material/stethoscope:", key="diagnosis"):
        with st.container(key="findings"):  # button beside sentence by `charts.theme.RESULTS_CSS`
            for group in together(findings):
                _line(result, styles, group, searching=waiting and group.findings[0].kind == Diverged.kind)
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


def _line(result: Result, styles: tuple[Look, ...], group: Group, searching: bool) -> None:
    """Draw what was found of one run or of several, and a button for each changed run. While a rate is searched for (`searching`) there is none."""
    marks = " ".join(f"![]({swatch(styles[run])}) **{styles[run].mark}**" for run in group.runs)
    st.markdown(f"{marks} {_ICONS[group.findings[0].severity]} {plain(group.sentence)}")
    changes = [
        (run, change, f"{finding.kind}{number or ''}")
        for run, finding in zip(group.runs, group.findings, strict=True)
        for number, change in enumerate(filter(None, (finding.change, finding.other)))
    ]
    shared = next((finding.shared for finding in group.findings if finding.shared), None)
    if searching or not (changes or shared):
        return
    with st.container(horizontal=True, gap="xsmall", key=f"changes_{state.WORKBENCH.slots()[group.runs[0]]}_{group.findings[0].kind}"):
        for run, change, key in changes:
            _button(result, styles, run, change, key, several=len(group.runs) > 1)
        if shared:
            doc = "Trains all runs anew with this change."
            st.button(
                f"Try {plain(shared.words)}", icon=":material/replay:", key=f"try_{state.WORKBENCH.slots()[group.runs[0]]}_{group.findings[0].kind}_shared",
                help=doc, on_click=_share, args=(shared,), width="stretch",
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


def _button(result: Result, styles: tuple[Look, ...], index: int, change: Change, key: str, *, several: bool) -> None:
    """Draw the button that adds the changed run, or puts it in the place of the one that it changes, where there is no room for another.

    `several`: the button stands among those of other runs, and says whose it is.
    """
    slot, mark = state.WORKBENCH.slots()[index], styles[index].mark
    run = result.experiment.runs[index]
    tried = replace(change.run, model=change.run.model or run.model, batch_size=run.batch_size)
    same = next((style.mark for style, other in zip(styles, result.experiment.runs, strict=True) if replace(other, label="") == tried), "")
    full = len(state.WORKBENCH.slots()) == MAX_RUNS
    doc = f"Run {same} is just that." if same else f"Adds run {mark} with this change to the comparison."
    if full and not same:
        doc = f"There are {MAX_RUNS} runs already, so it takes the place of run {mark}."
    words = plain(change.words)
    label = f"Replace {mark}: {words}" if full else f"{mark}: try {words}" if several else f"Try {words}"
    put, arguments = (state.WORKBENCH.exchange, (slot, tried)) if full else (state.WORKBENCH.append, (tried,))
    st.button(
        label, icon=":material/swap_horiz:" if full else ":material/add:", key=f"try_{slot}_{key}", help=doc, disabled=bool(same),
        on_click=put, args=arguments, width="content" if several else "stretch",
    )  # fmt: skip
