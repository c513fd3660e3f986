"""The documents of the Descent page's views."""

from __future__ import annotations

from dataclasses import dataclass

from core.parameters import choice, choices, integer, part, real
from core.schedules import SCHEDULES
from core.studies.descent.learned.contest import TUNINGS
from core.studies.descent.learned.families import FAMILIES
from core.studies.descent.learned.training import STEPS
from core.studies.descent.line_descent import BATCHES, LineDescent
from core.studies.descent.rate_map import EXAMPLES, HEAVY_BALL, NESTEROV
from core.views import VIEWS, LineupView, View
from core.words import Said


@VIEWS.add("descent.race")
@dataclass(frozen=True)
class RaceView(LineupView):
    """Race: how it is drawn, which update is taken apart, and what is folded out. The race itself is a document of its own."""

    picture: str = choice("map", {"map": "Map", "solid": "3-D"}, doc="The surface from above, or in three dimensions.")
    quantity: str = choice("loss", {"loss": "Loss", "distance": "Distance"}, label="Curves", doc="What the curves show; the distance is that to a minimum.")
    racer: int = integer(-1, -1, 11, hard="[-1, 11]", doc="The style of the racer whose update is taken apart; -1: that of the selected one.")
    update: int = integer(10, 1, 5000, hard="[1, 5000]", doc="Which update of the racer is taken apart.")
    folded_out: tuple[str, ...] = choices((), ("more", "fill", "stop"), doc="What is folded out.")
    step: int = integer(0, 0, 5000, hard="[0, 5000]", label="Player at update", doc="Where the player stands when the link is opened; 0: at its end.")


@VIEWS.add("descent.line")
@dataclass(frozen=True)
class LineView(View):
    """Batch size: the descent on a line, and what is folded out."""

    descent: LineDescent = part(LineDescent(), doc="The data, the rule, and the batch sizes.")
    folded_out: tuple[str, ...] = choices((), ("data", "stop"), doc="What is folded out.")
    step: int = integer(
        0, 0, 100, hard="[0, 100]", label="Player at % of the samples", doc="Where the player stands when the link is opened; 0: at its end."
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        sizes = self.descent.batches
        if not {*sizes} <= {*BATCHES} or len({*sizes}) < len(sizes):
            raise ValueError(Said("batch sizes must differ, and each be one of {offered}, got {sizes}", offered=tuple(sorted(BATCHES)), sizes=sizes))


@VIEWS.add("descent.rates")
@dataclass(frozen=True)
class RatesView(View):
    """Learning rate: the part that is shown, and the dials of all three parts."""

    part: str = choice("rate", {"rate": "Rate alone", "momentum": "Rate and momentum", "schedules": "Schedules"}, doc="What is looked at.")
    examples: str = choice("apart", {name: group.title for name, group in EXAMPLES.items()}, label="Rates", doc="Three rates to compare, beside your own.")
    own: float = real(1.5, 0.01, 2.2, step=0.01, hard="[0.001, 2.2]", symbol=r"\eta", label="Your rate", doc="In units of 1/L, as L = 1.")
    condition: float = real(
        20.0, 2.0, 1000.0, hard="[1, 10000]", stops=(2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0), symbol=r"\kappa",
        doc="The condition number κ = L/μ: the largest curvature of the bowl divided by the smallest. Here L = 1; for another L divide all rates by it.",
    )  # fmt: skip
    tolerance: float = real(
        0.001, 1e-6, 0.1, hard="[1e-9, 0.5]", stops=(0.1, 0.01, 0.001, 1e-4, 1e-6),
        doc="Steps are counted until the distance to the minimum stays below this part of the distance at the start.",
    )  # fmt: skip
    rule: str = choice(
        HEAVY_BALL, {HEAVY_BALL: "Heavy ball (Polyak)", NESTEROV: "Nesterov"},
        doc="Both keep a velocity; Nesterov's takes the gradient where the velocity leads. In PyTorch's form.",
    )  # fmt: skip
    schedules: tuple[str, ...] = choices(
        ("constant", "step", "cosine", "inverse_time"), {kind: item.title for kind, item in SCHEDULES.items()}, longest=4,
        doc="With the parameters that they have by default; the workbench trains with any.",
    )  # fmt: skip
    rate: float = real(0.3, 0.05, 1.9, step=0.05, hard="[0.001, 1.99]", symbol=r"\eta", doc="What a schedule's factor multiplies.")
    noise: float = real(
        0.3, 0.0, 1.0, step=0.05, hard="[0, 10]", symbol=r"\sigma", doc="Standard deviation of what is added to each part of the gradient."
    )
    steps: int = integer(500, 100, 1000, hard="[10, 2000]", stops=(100, 200, 500, 1000), doc="How many updates each schedule gets.")


@VIEWS.add("descent.learned")
@dataclass(frozen=True)
class LearnedView(View):
    """Learned optimizer: on which problems, against which Adam, and after how many steps."""

    family: str = choice("own", {name: family.title for name, family in FAMILIES.items()}, label="Problems", doc="On which problems both descend.")
    tuning: str = choice("all", TUNINGS, label="Adam", doc="What was tuned of Adam, on other problems of the family: its rate, or its rate and both β.")
    steps: int = integer(
        200, 20, 200, hard="[20, 200]", stops=STEPS, label="Steps",
        doc="Adam is tuned for this number of steps; beside it stands the one that is tuned for the horizon, 20.",
    )
    seed: int = integer(0, 0, 20, hard="[0, 1000000]", label="Seed", doc="Another number draws another thousand problems.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.steps not in STEPS:
            raise ValueError(Said("Adam was tuned for {offered} steps, and not for {steps}", offered=STEPS, steps=self.steps))
