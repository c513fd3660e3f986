"""The documents of the Losses page's views."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from core.losses import LOSSES, Loss, short_title
from core.parameters import Declared, Number, boolean, choice, choices, component, integer, items, part, real, text
from core.studies.losses import error_parts, pulls
from core.studies.losses.advice import Needs
from core.studies.losses.learned import contest as learned
from core.studies.losses.learned.training import UP
from core.studies.losses.loss_curves import MARGIN, PROBABILITY, RESIDUAL, drawable, surrogates
from core.studies.losses.pulls import LineWithOutliers, SceneRecipe, TwoClouds
from core.tasks import CLASSIFICATION, REGRESSION, SEGMENTATION
from core.views import VIEWS, View
from core.words import Figure, Said

SURROGATES = "surrogates"
#: the most losses that are drawn as curves, and side by side
MOST, MOST_PANELS = 6, 4
#: how far beyond the range of its slider a hyperparameter may lie, as a factor
_BEYOND = 100
# Outliers stretch the standard deviation that residuals are measured in: these bounds lie between the noise and the outliers.
_BOUNDS = {"huber": {"delta": 0.3}, "smooth_l1": {"beta": 0.3}, "cauchy": {"scale": 0.3}, "tukey": {"scale": 1.5}}


def _check_reach(loss: Loss) -> None:
    """Raise ValueError if a hyperparameter is so far beyond the range of its slider that nothing can be drawn."""
    for name, parameter in loss.parameters().items():
        if isinstance(parameter, Number):
            size, most = abs(getattr(loss, name)), _BEYOND * max(abs(parameter.low), abs(parameter.high))
            least = parameter.low / _BEYOND if parameter.log else 0.0
            if not least <= size <= most:
                raise ValueError(
                    Said(
                        "{name} of {kind} must be between {least} and {most} in size, got {value}",
                        name=name, kind=loss.kind, least=Figure(least, "g"), most=Figure(most, "g"), value=Figure(getattr(loss, name), "g"),
                    )
                )  # fmt: skip


@dataclass(frozen=True)
class Shown(Declared):
    """A loss that is shown beside others, and its colour, which it keeps when others come and go."""

    loss: Loss = component(LOSSES, only=drawable, doc="The loss, with its hyperparameters.")
    slot: int = integer(0, 0, MOST - 1, hard=f"[0, {MOST - 1}]", doc="Its colour, as a number.")

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_reach(self.loss)


def plain(kind: str) -> Loss:
    """Return the loss of a kind with its defaults."""
    return LOSSES[kind]()


def between(kind: str) -> Loss:
    """Return the loss of a kind, with its bound between the noise and the outliers of `LineWithOutliers`."""
    return LOSSES[kind](**_BOUNDS.get(kind, {}))


def of_kinds(shown: Sequence[Shown], kinds: Sequence[str], made: Callable[[str], Loss] = plain) -> tuple[Shown, ...]:
    """Return losses of these kinds. One that is shown already stays as it is; a new one is `made`, and gets the first free colour."""
    staying = {each.loss.kind: each for each in shown if each.loss.kind in kinds}
    free = iter(sorted({*range(MOST)} - {each.slot for each in staying.values()}))
    return tuple(staying[kind] if kind in staying else Shown(made(kind), next(free)) for kind in kinds)


def kinds_of(shown: Iterable[Shown]) -> list[str]:
    """Return the kinds of the losses."""
    return [each.loss.kind for each in shown]


def _check_beside(shown: Sequence[Shown], offered: Sequence[str]) -> None:
    """Raise ValueError if losses cannot be shown beside each other: if one is not offered there, or stands there twice, or two have one colour."""
    kinds = kinds_of(shown)
    for kind in kinds:
        if kind not in offered:
            raise ValueError(Said("{loss} cannot be drawn there", loss=short_title(kind)))
        if kinds.count(kind) > 1:
            raise ValueError(Said("{loss} is there twice", loss=short_title(kind)))
    if len({each.slot for each in shown}) < len(shown):
        raise ValueError(Said("two losses have the same colour"))


def offered_curves(picture: str) -> tuple[str, ...]:
    """Return the kinds of the losses that can be drawn in a picture of curves."""
    if picture == SURROGATES:
        return (*_steps(), *(surrogate.kind for surrogate in surrogates()))
    return tuple(kind for kind, item in LOSSES.items() if picture in item.tasks and drawable(item))


def _steps() -> tuple[str, ...]:
    """Return the kinds of the losses that the surrogates stand in for."""
    return tuple(kind for kind, item in LOSSES.items() if CLASSIFICATION in item.tasks and not item.informative)


_USUAL = (*_steps(), *(surrogate.kind for surrogate in surrogates() if surrogate.usual))[:MOST]


@VIEWS.add("losses.curves")
@dataclass(frozen=True)
class Curves(View):
    """Curves: the value and the gradient of several losses, in one of three pictures, each with its own losses."""

    picture: str = choice(
        REGRESSION, {REGRESSION: "Regression", CLASSIFICATION: "Classification", SURROGATES: "Stand-ins for the 0-1 loss"},
        doc="The losses of a regression, those of a classification, or those that stand in for the 0-1 loss.",
    )  # fmt: skip
    axis: str = choice(MARGIN, {MARGIN: "Margin", PROBABILITY: "Probability"}, label="x axis", doc="What the losses of a classification are drawn over.")
    log: bool = boolean(False, label="Log values", doc="A logarithmic axis for the values: losses near 0 become visible. 0 rests on its lower edge.")
    regression: tuple[Shown, ...] = items(
        Shown, of_kinds((), ("squared_error", "absolute_error", "huber", "tukey")), shortest=0, longest=MOST, doc="The losses of a regression."
    )
    classification: tuple[Shown, ...] = items(
        Shown, of_kinds((), ("cross_entropy", "brier")), shortest=0, longest=MOST, doc="The losses of a classification."
    )
    surrogates: tuple[Shown, ...] = items(Shown, of_kinds((), _USUAL), shortest=0, longest=MOST, doc="The 0-1 loss, and the losses that stand in for it.")

    def __post_init__(self) -> None:
        super().__post_init__()
        for picture in (REGRESSION, CLASSIFICATION, SURROGATES):
            _check_beside(getattr(self, picture), offered_curves(picture))
        if any(each.loss != plain(each.loss.kind) for each in self.surrogates):
            raise ValueError(Said("a surrogate is drawn with its default hyperparameters"))

    @property
    def shown(self) -> tuple[Shown, ...]:
        """The losses of the picture."""
        chosen: tuple[Shown, ...] = getattr(self, self.picture)
        return chosen

    @property
    def over(self) -> str:
        """The axis that the picture is drawn over."""
        return {REGRESSION: RESIDUAL, CLASSIFICATION: self.axis, SURROGATES: MARGIN}[self.picture]


def _score(default: float, name: str) -> float:
    doc = f"The model's raw output for class {name}, also called logit: any real number."
    score: float = real(default, -5.0, 5.0, hard="[-20, 20]", step=0.1, label=f"Score of {name}", doc=doc)
    return score


@VIEWS.add("losses.softmax")
@dataclass(frozen=True)
class Softmax(View):
    """Softmax, step by step: the scores of one sample of three classes, and the size of an extreme score."""

    score_a: float = _score(2.0, "A")
    score_b: float = _score(1.0, "B")
    score_c: float = _score(-1.0, "C")
    true_class: str = choice("a", {"a": "A", "b": "B", "c": "C"}, doc="The class of this sample, marked ✓.")
    temperature: float = real(
        1.0, 0.2, 10.0, stops=(0.2, 0.5, 1.0, 2.0, 5.0, 10.0), hard="[0.1, 100]", symbol="T",
        doc="The scores are divided by T before the softmax: above 1 the probabilities move together, below 1 apart. 1 is plain softmax.",
    )  # fmt: skip
    smoothing: float = real(
        0.0, 0.0, 0.5, hard="[0, 1]", step=0.05, symbol=r"\varepsilon", label="Label smoothing",
        doc="This share of the target is spread evenly over all classes, so that no class has the target 0 or 1.",
    )  # fmt: skip
    # Both ways agree, digits are lost (50), log(0) (60), overflow (90).
    extreme: int = integer(
        100, 1, 1000, stops=(1, 2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 200, 500, 1000), hard="[1, 10000]",
        label="Score a, of the scores a, 0, −a with true class C",
        doc="A model that is sure of A where C is true. From 60 on p of C is 0 in float32, from 90 on e^a is inf.",
    )  # fmt: skip

    @property
    def scores(self) -> tuple[float, float, float]:
        """The scores of the classes."""
        return self.score_a, self.score_b, self.score_c

    @property
    def true_index(self) -> int:
        """The place of the true class among the scores."""
        return ("a", "b", "c").index(self.true_class)


OUTLIERS, EASY = "outliers", "easy"


def _fit(default: str) -> str:
    drawn_at: str = choice(
        default, {"own": "its own fit", "same": "the true line"}, label="Each loss is drawn at",
        doc="""**Its own fit**: the linear model with the lowest mean of that loss, so each panel has its own line.
**The true line**: all losses judge the one model that the data were drawn from, so they are compared at the same errors.""",
    )  # fmt: skip
    return drawn_at


@VIEWS.add("losses.pulls")
@dataclass(frozen=True)
class Pulls(View):
    """Outliers, who pulls: the data, and the losses whose pulls are shown side by side. Each kind of data has its own losses, and its own model at first."""

    data: str = choice(
        OUTLIERS, {OUTLIERS: "line with outliers", EASY: "two classes"},
        doc="Outliers are for the losses of a regression, easy and hard samples for those of a classification.",
    )  # fmt: skip
    sizes: str = choice(
        "pull", {"pull": "pull", "loss": "loss"}, label="Discs show the",
        doc="Loss: what a sample costs. Pull: how hard it pushes the model's output at that sample, which is the length of the loss's gradient there.",
    )  # fmt: skip
    outliers_fit: str = _fit("own")
    easy_fit: str = _fit("same")
    outliers: LineWithOutliers = part(LineWithOutliers(), doc="A line, and the outliers below it.")
    easy: TwoClouds = part(TwoClouds(), doc="Two classes, as two clouds.")
    outliers_losses: tuple[Shown, ...] = items(
        Shown, of_kinds((), ("squared_error", "absolute_error", "huber", "tukey"), between), shortest=0, longest=MOST_PANELS,
        doc="Those of a regression whose value can be shared out among single samples.",
    )  # fmt: skip
    easy_losses: tuple[Shown, ...] = items(
        Shown, of_kinds((), ("cross_entropy", "focal", "hinge")), shortest=0, longest=MOST_PANELS,
        doc="Those of a classification whose value can be shared out among single samples.",
    )  # fmt: skip
    chosen: int = integer(0, 0, pulls.MOST_POINTS, hard=f"[0, {pulls.MOST_POINTS}]", doc="The number of the point that a click in a chart moves; 0: none.")

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_beside(self.outliers_losses, offered_pulls(OUTLIERS))
        _check_beside(self.easy_losses, offered_pulls(EASY))

    @property
    def recipe(self) -> SceneRecipe:
        """The recipe of the data."""
        return self.outliers if self.data == OUTLIERS else self.easy

    @property
    def shown(self) -> tuple[Shown, ...]:
        """The losses that are shown with the data."""
        return self.outliers_losses if self.data == OUTLIERS else self.easy_losses

    def clicked(self, number: int, x: float, y: float) -> Pulls:
        """Return the view after a click in a chart: on a point (`number` > 0), which is chosen by it, or let go; else at (x, y), where the chosen point moves.

        Without a chosen point one is added. Raise ValueError if too many points are placed.
        """
        if number:
            return replace(self, chosen=0 if number == self.chosen else number)
        moved = self.outliers.put(self.chosen, x, y)
        return replace(self, outliers=moved, chosen=self.chosen or self.outliers.next_number)

    def without_chosen(self) -> Pulls:
        """Return the view without the chosen point. Raise ValueError if too many points are placed."""
        return replace(self, outliers=self.outliers.without(self.chosen), chosen=0)

    @property
    def own(self) -> bool:
        """Whether each loss is drawn at its own fit."""
        return (self.outliers_fit if self.data == OUTLIERS else self.easy_fit) == "own"


def offered_pulls(data: str) -> tuple[str, ...]:
    """Return the kinds of the losses that can be shown with the data."""
    return pulls.fitting(LineWithOutliers() if data == OUTLIERS else TwoClouds())


@VIEWS.add("losses.errors")
@dataclass(frozen=True)
class Errors(View):
    """Error and loss: a line through a dozen points, and the loss of each of its errors."""

    # The first line is visibly not the best one.
    slope: float = real(0.3, -1.0, 2.0, hard="[-100, 100]", step=0.01, doc="How much the line rises from x to x + 1.")
    intercept: float = real(4.2, -5.0, 12.0, hard="[-1000, 1000]", step=0.01, doc="Height of the line at x = 0.")
    squares: bool = boolean(False, doc="The side of a square is the error, so its area is the squared error.")
    loss: Loss = component(
        LOSSES, plain("squared_error"), only=error_parts.fits,
        doc="What the error r of a single sample costs. The error is the line's prediction minus the target: r = ŷ − y.",
    )  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_reach(self.loss)

    def along(self, line: tuple[float, float]) -> Errors:
        """Return the view with the line of this slope and intercept, rounded as its dials are."""
        return replace(self, slope=round(line[0], 2), intercept=round(line[1], 2))


ANY_TASK = "all"


@VIEWS.add("losses.properties")
@dataclass(frozen=True)
class Properties(View):
    """Properties: which losses the table holds, and the loss whose card is shown."""

    task: str = choice(
        ANY_TASK, {ANY_TASK: "All", REGRESSION: "Regression", CLASSIFICATION: "Classification", SEGMENTATION: "Segmentation"},
        doc="The losses of this task are in the table."
    )
    must: tuple[str, ...] = choices(
        (),
        {
            "convex": "Convex", "differentiable": "Differentiable", "bounded": "Bounded", "robust": "Robust", "probabilistic": "Gives probabilities",
        },
        label="Show only", doc="The losses with all of these properties are in the table. Nearly all losses have the properties that are not here.",
    )  # fmt: skip
    loss: str = choice(next(iter(LOSSES)), tuple(LOSSES), doc="The loss whose card is shown, if it is in the table; otherwise it is the first one there.")
    name: str = text("", longest=30, doc="The losses that have this in one of their names are in the table: MSE, for example, finds the squared error.")

    def kinds(self) -> list[str]:
        """Return the kinds of the losses in the table."""
        fitting = {kind: loss() for kind, loss in LOSSES.items() if self.task in (ANY_TASK, *loss.tasks)}
        named = [kind for kind, loss in fitting.items() if self.name.casefold() in loss.listed().casefold()]
        return [kind for kind in named if all(getattr(fitting[kind], attribute) for attribute in self.must)]

    def card(self) -> str | None:
        """Return the kind of the loss whose card is shown; None if the table is empty."""
        kinds = self.kinds()
        return self.loss if self.loss in kinds else next(iter(kinds), None)

    def with_card(self, kind: str) -> Properties:
        """Return the view with the card of a loss. It shows all losses if the loss is not in the table."""
        chosen = replace(self, loss=kind)
        return chosen if chosen.card() == kind else Properties(loss=kind)


@VIEWS.add("losses.chooser")
@dataclass(frozen=True)
class Chooser(View):
    """Which loss?: the answers, from which the recommendations follow."""

    needs: Needs = part(Needs(), doc="The answers.")


@VIEWS.add("losses.learned")
@dataclass(frozen=True)
class LearnedView(View):
    """Learned loss: its curve and pull beside those of Huber and Tukey, and which way the data are damaged."""

    damage: str = choice(UP, learned.DAMAGES, label="Damage", doc="What happens to a quarter of the targets.")
    reach: float = real(8.0, 2.0, 10.0, step=0.5, hard="[0.5, 50]", label="Residuals up to", doc="How far the curves go to both sides.")
    seed: int = integer(0, 0, 20, hard="[0, 1000000]", label="Seed", doc="Another number draws another thousand tables.")
