"""The documents of the Several tasks page's views."""

from __future__ import annotations

from dataclasses import dataclass

from core.parameters import boolean, choice, choices, integer, real
from core.studies.multitask.document import TASKS, Multitask, sweep
from core.studies.multitask.forms import FORMS
from core.studies.multitask.measures import MEASURES, QUALITY
from core.views import VIEWS, LineupView, View

#: in place of an update: the last one
LAST = -1
#: the weights of the sweep
WEIGHTS = (0.001, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0)
#: seeds of the sweep, which its points are means of
SEEDS = 3
_QUALITY = {name: MEASURES[name].title for name in QUALITY.values()}
_SHOWN = {name: measure.title for name, measure in MEASURES.items()}


@VIEWS.add("multitask.pareto")
@dataclass(frozen=True)
class ParetoView(View):
    """The Pareto picture: one weight swept over five decades, and what each setting of it is good for."""

    task: str = choice("class", {task: f"of the {task}" for task in TASKS}, label="Weight", doc="Whose weight is swept; the others weigh 1.")
    hidden: int = integer(6, 2, 32, hard="[1, 128]", stops=(2, 4, 6, 8, 16, 32), label="Hidden units", doc="Units of the trunk that the tasks share.")
    standardised: bool = boolean(True, label="Standardise the place", doc="Whether the target of the regression has standard deviation 1.")
    unit: float = real(1.0, 1.0, 100.0, hard="[1e-3, 1e6]", stops=(1, 3, 10, 30, 100), symbol="u", label="Unit",
                       doc="What the place is multiplied by, if it is not standardised.")  # fmt: skip
    across: str = choice("accuracy", _QUALITY, label="Across", doc="What is drawn to the right.")
    up: str = choice("r2", _QUALITY, label="Up", doc="What is drawn upwards.")
    seed: int = integer(0, 0, 20, hard="[0, 4294967000]", label="Seed", doc="Another number gives other rows, other noise, and other starts.")

    def document(self) -> Multitask:
        """Return what is trained: a run for each weight."""
        unit = 1.0 if self.standardised else self.unit
        return sweep(self.task, WEIGHTS, hidden=self.hidden, unit=unit, standardised=self.standardised, seed=self.seed, seeds=SEEDS, updates=300)


@VIEWS.add("multitask.weightings")
@dataclass(frozen=True)
class WeightingsView(LineupView):
    """Weightings: which update is shown, which curves are drawn, and what is folded out. The comparison is a document of its own."""

    update: int = integer(LAST, 0, 20_000, hard="[-1, 20000]", label="Update", doc="The recorded update that is shown; the last one without such a record.")
    left: str = choice("accuracy", _SHOWN, label="Left curve", doc="What the left curves show.")
    middle: str = choice("r2", _SHOWN, label="Middle curve", doc="What the middle curves show.")
    right: str = choice("pull_place", _SHOWN, label="Right curve", doc="What the right curves show.")
    folded_out: tuple[str, ...] = choices((), ("more", "network"), doc="What is folded out.")


@VIEWS.add("multitask.forms")
@dataclass(frozen=True)
class FormsView(View):
    """The same form elsewhere: detection, segmentation and style."""

    form: str = choice("detection", {name: form.title for name, form in FORMS.items()}, label="Form", doc="Which sum of losses is shown.")
