"""What is to be said of each run once the training stands still: a sentence each, and a button that adds the run to try."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from core.diagnosis import Finding, diagnose
from core.experiment import MAX_RUNS, unlabelled
from core.training.results import Result
from pages.ui.charts.theme import Look, swatch
from pages.ui.session import state
from pages.ui.training import follow, progress
from pages.ui.widgets.text import plain
from pages.ui.workbench.run_editor import looks

_ICONS = {"failure": ":red[:material/error:]", "warning": ":orange[:material/warning:]", "note": ":blue[:material/info:]"}
_DOC = (
    "Made from the records of each run: its losses and metrics by epoch, its gradients, and the models that were kept. "
    "With several seeds, what is said holds for more than half of them. A button adds the changed run to the comparison."
)


def draw(result: Result) -> None:
    """Draw a line for each finding, by run, and in a last one the runs of which there is none."""
    findings, waiting = _findings(result)
    styles = looks(result.experiment)
    remarkable = [i for i, found in enumerate(findings) if found]
    title = f"Diagnosis: {', '.join(styles[i].mark for i in remarkable) or 'nothing to remark'}"
    with st.expander(title, expanded=bool(remarkable), icon=":material/stethoscope:", key="diagnosis"):
        for i in remarkable:
            for finding in findings[i]:
                _line(result, styles, i, finding, searching=waiting and finding.kind == "diverged")
        quiet = ", ".join(style.mark for style, found in zip(styles, findings, strict=True) if not found)
        st.caption((f"Nothing to remark on {quiet}. " if quiet else "") + "Rules of thumb: try, and compare.", help=_DOC)
        if waiting:
            st.fragment(run_every=progress.POLL_SECONDS)(_wait)(result)


def _findings(result: Result) -> tuple[list[tuple[Finding, ...]], bool]:
    """Return each run's findings, and whether rates are still searched for."""
    lost = _lost(result)
    rates, waiting = follow.rates(lost) if lost else ({}, False)
    bare = replace(result, experiment=unlabelled(result.experiment))  # labels are this session's own, and no part of what is diagnosed
    return follow.findings(bare, rates, lambda: [diagnose(bare, i, rates.get(i)) for i in range(len(bare.experiment.runs))]), waiting


def _lost(result: Result) -> list[int]:
    """Return the runs that diverged."""
    return [i for i, at in enumerate(result.diverged_at.T) if (at >= 0).any()]


def _wait(result: Result) -> None:
    """Draw the page anew as soon as all rates are known."""
    if not follow.rates(_lost(result))[1]:
        st.rerun()
    st.caption("Looking for a learning rate at which it does not diverge …")


def _line(result: Result, styles: tuple[Look, ...], index: int, finding: Finding, searching: bool) -> None:
    """Draw a finding of a run, and what to try."""
    words, button = st.columns([3.4, 1.3], vertical_alignment="center")
    words.markdown(f"![]({swatch(styles[index])}) **{styles[index].mark}** {_ICONS[finding.severity]} {plain(finding.sentence)}")
    change, slots = finding.change, state.WORKBENCH.slots()
    if change is None or searching:
        return
    same = next((style.mark for style, other in zip(styles, result.experiment.runs, strict=True) if replace(other, label="") == change.run), "")
    full = len(slots) == MAX_RUNS
    doc = f"Adds run {styles[index].mark} with this change to the comparison."
    if same or full:
        doc = f"Run {same} is just that." if same else f"There are {MAX_RUNS} runs already: remove one first."
    key = f"try_{slots[index]}_{finding.kind.replace(' ', '_')}"
    button.button(
        f"Try {plain(change.words)}", icon=":material/add:", key=key, help=doc, disabled=bool(same) or full,
        on_click=state.WORKBENCH.append, args=(change.run,), width="stretch",
    )  # fmt: skip
