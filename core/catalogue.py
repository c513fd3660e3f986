"""The catalogue of losses, optimizers, schedules, penalties, and what the studies add, as Markdown tables.

`python -m core.catalogue > docs/catalogue.md` writes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from core.losses import LOSSES, Loss
from core.optimizers import OPTIMIZERS, Optimizer
from core.parameters import Choice, Declared, Number, Parameter
from core.penalties import PENALTIES, Penalty
from core.schedules import SCHEDULES, Schedule
from core.studies.adversarial.losses import ADVERSARIAL_LOSSES, AdversarialLoss
from core.studies.adversarial.penalties import CRITIC_PENALTIES, CriticPenalty
from core.studies.deep_networks import ACTIVATIONS, NORMS, STARTS
from core.studies.metric_learning import EMBEDDING_LOSSES, EmbeddingLoss
from core.studies.reinforcement.policy_losses import POLICY_LOSSES, PolicyLoss
from core.studies.reinforcement.value_losses import VALUE_LOSSES, ValueLoss

#: the columns of what the layers of deep networks are made of
_LAYER = ("name", "title", "formula", "parameters", "what it does", "reference", "checked against")


@dataclass(frozen=True)
class Property:
    """A property of losses.

    `attribute`: the field of `Loss`. `title`: the head of its column. `words`, `denial`: the texts of a loss with and without it. `doc`: its meaning.
    """

    attribute: str
    title: str
    words: str
    denial: str
    doc: str


PROPERTIES = (
    Property(
        "convex", "Convex", "convex", "not convex",
        "As a function of the scores it has no local minimum but the lowest. A network's weights may still find others. Said if it holds at all parameters.",
    ),
    Property(
        "differentiable", "Diff.", "differentiable", "with corners or jumps",
        "Differentiable: it has a slope everywhere. At a corner, gradient descent goes on with a subgradient.",
    ),
    Property("bounded", "Bounded", "bounded", "unbounded", "No sample can cost more than some fixed price, however wrong it is, at any parameters."),
    Property("robust", "Robust", "robust", "not robust", "The pull of one sample has a limit, however wrong it is, at any parameters."),
    Property("nonnegative", "≥ 0", "never negative", "negative at times", "Non-negative: it is never below 0."),
    Property("zero_at_perfect", "0 at best", "0 at best", "not always 0 at best", "It is 0 for a perfect prediction, whatever its parameters."),
    Property(
        "probabilistic", "Prob.", "gives probabilities", "gives no probabilities",
        "Its scores stand for class probabilities. They can be trusted only if it is a proper score.",
    ),
)  # fmt: skip


def explanation(item: type[Declared]) -> str:
    """Return the first paragraph of an item's docstring as one line, without backticks."""
    first = (item.__doc__ or "").strip().split("\n\n")[0]
    return " ".join(first.replace("`", "").split())


def valid(parameter: Parameter) -> str:
    """Return the valid values of a parameter: the interval of a number, the set of a choice, else an empty text."""
    if isinstance(parameter, Number):
        return str(parameter.hard).replace("inf", "∞")
    return f"{{{', '.join(parameter.options)}}}" if isinstance(parameter, Choice) else ""


def default(item: type[Declared], name: str) -> str:
    """Return the default of a parameter as text."""
    value = getattr(item, name)
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, Declared):
        return value.title
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def has(loss: Loss) -> tuple[Property, ...]:
    """Return the properties that hold for a loss. It is an item, because those of a sum depend on its parts."""
    return tuple(property_ for property_ in PROPERTIES if getattr(loss, property_.attribute))


def loss_checked(loss: type[Loss]) -> str:
    """Return the reference that the tests compare the values of a loss with."""
    if loss.pytorch is None:
        return "the formula, by finite differences and mpmath or identities"
    functions = [word for word in loss.pytorch.replace("(", " ").split() if word.startswith("torch.nn.functional.")]
    return f"PyTorch: `{functions[0]}`" if functions else "PyTorch's autograd of the formula"


def optimizer_checked(optimizer: type[Optimizer]) -> str:
    """Return the reference that the tests compare the trajectory of an optimizer with."""
    return "the paper's equations" if optimizer.pytorch is None else f"PyTorch: `{optimizer.pytorch.partition('(')[0]}`"


def catalogue() -> str:
    """Return the catalogue as a Markdown document."""
    parts = [
        "# Catalogue",
        "Made from the registries by `python -m core.catalogue > docs/catalogue.md`; a test fails when it is out of date.",
        "A parameter is given with its default and its valid range. η is the learning rate, g the gradient, s a score, y a target, t a one-hot class.",
        f"## Losses ({len(LOSSES)})",
        _table(
            ("name", "title", "task", "formula", "gradient", "parameters", "properties", "reference", "checked against"),
            (_loss_row(loss) for loss in LOSSES.values()),
        ),
        f"## Optimizers ({len(OPTIMIZERS)})",
        _table(
            ("name", "title", "formula", "parameters", "suggested η", "reference", "checked against"),
            (_optimizer_row(optimizer) for optimizer in OPTIMIZERS.values()),
        ),
        f"## Learning-rate schedules ({len(SCHEDULES)})",
        _table(("name", "title", "factor of η", "parameters", "what it does", "reference"), (_row(item) for item in SCHEDULES.values())),
        f"## Penalties ({len(PENALTIES)})",
        _table(("name", "title", "formula", "parameters", "what it does", "reference"), (_row(item) for item in PENALTIES.values())),
        f"## Adversarial losses ({len(ADVERSARIAL_LOSSES)})",
        "a is the critic's score of a real sample, b of a generated one; sp(x) = log(1 + eˣ).",
        _table(
            ("name", "title", "critic minimises", "generator minimises", "parameters", "what it does", "reference", "checked against"),
            (_adversarial_row(loss) for loss in ADVERSARIAL_LOSSES.values()),
        ),
        f"## Penalties of a critic ({len(CRITIC_PENALTIES)})",
        _table(
            ("name", "title", "formula", "parameters", "what it does", "reference", "checked against"),
            ((*_row(penalty), critic_penalty_checked(penalty)) for penalty in CRITIC_PENALTIES.values()),
        ),
        f"## Embedding losses ({len(EMBEDDING_LOSSES)})",
        "e is an embedding, d the distance of two of them, θ the angle between one and a class vector; y is the row's own class.",
        _table(
            ("name", "title", "formula", "parameters", "what it does", "elsewhere", "reference", "checked against"),
            (_embedding_row(loss) for loss in EMBEDDING_LOSSES.values()),
        ),
        f"## Value losses ({len(VALUE_LOSSES)})",
        "v is a prediction, v' the next one, r a reward, γ the discount, G a return; sg(x) is x held constant.",
        _table(
            ("name", "title", "formula", "parameters", "what it does", "reference", "checked against"),
            (_reinforcement_row(loss) for loss in VALUE_LOSSES.values()),
        ),
        f"## Policy losses ({len(POLICY_LOSSES)})",
        "π = softmax of the scores, a the action taken, A its advantage, r = π(a) / π_old(a).",
        _table(
            ("name", "title", "formula", "parameters", "what it does", "reference", "checked against"),
            (_reinforcement_row(loss) for loss in POLICY_LOSSES.values()),
        ),
        f"## Activations of deep networks ({len(ACTIVATIONS)})",
        "z is the sum of a unit, after the norm if there is one.",
        _table(_LAYER, (_layer_row(item) for item in ACTIVATIONS.values())),
        f"## Initialisations of deep networks ({len(STARTS)})",
        "Biases begin at 0, and the layer of the scores as Glorot's.",
        _table(_LAYER, (_layer_row(item) for item in STARTS.values())),
        f"## Norms of deep networks ({len(NORMS)})",
        "z is the sum of a unit; the bias stands behind the norm, as β.",
        _table(_LAYER, (_layer_row(item) for item in NORMS.values())),
    ]
    return "\n\n".join(parts) + "\n"


def _loss_row(loss: type[Loss]) -> tuple[str, ...]:
    task, properties = " and ".join(sorted(loss.tasks)), ", ".join(property_.words for property_ in has(loss()))
    formulas = _maths(loss.formula), _maths(loss.gradient_formula)
    return _name(loss), loss.listed(), task, *formulas, _parameters(loss), properties, loss.reference, loss_checked(loss)


def _optimizer_row(optimizer: type[Optimizer]) -> tuple[str, ...]:
    rate = f"{optimizer.learning_rate:g}"
    return (_name(optimizer), optimizer.listed(), _maths(optimizer.formula), _parameters(optimizer), rate, optimizer.reference, optimizer_checked(optimizer))


def _embedding_row(loss: type[EmbeddingLoss]) -> tuple[str, ...]:
    checked = "PyTorch: values, gradients and whole trainings"
    return _name(loss), loss.listed(), _maths(loss.formula), _parameters(loss), loss.summary, loss.twin, loss.reference, checked


def _reinforcement_row(loss: type[ValueLoss] | type[PolicyLoss]) -> tuple[str, ...]:
    return *_row(loss), "PyTorch's autograd: values, gradients and steps that are learned"


def _adversarial_row(loss: type[AdversarialLoss]) -> tuple[str, ...]:
    formulas = _maths(loss.formula), _maths(loss.generator_formula)
    return _name(loss), loss.listed(), *formulas, _parameters(loss), loss.summary, loss.reference, "PyTorch's autograd: values, gradients and whole duels"


def _layer_row(item: type[Declared]) -> tuple[str, ...]:
    checked = "PyTorch's autograd: gradients of every combination, and whole trainings"
    return _name(item), item.listed(), _maths(item.formula), _parameters(item), item.summary, item.reference, checked


def critic_penalty_checked(penalty: type[CriticPenalty]) -> str:
    """Return the reference that the tests compare a critic's penalty with."""
    return "PyTorch's autograd, twice, and whole duels" if penalty.pytorch else "whole duels in PyTorch"


def _row(item: type[Schedule] | type[Penalty] | type[CriticPenalty] | type[ValueLoss] | type[PolicyLoss]) -> tuple[str, ...]:
    return _name(item), item.listed(), _maths(item.formula), _parameters(item), item.summary, item.reference


def _name(item: type[Declared]) -> str:
    return f"`{item.kind}`"


def _maths(formula: str) -> str:
    return f"${formula}$" if formula else ""


def _parameters(item: type[Declared]) -> str:
    """Return the parameters of an item as text: name, default, and valid values if there are any to state."""
    shown = ((f"`{name}` = {default(item, name)}", valid(parameter)) for name, parameter in item.parameters().items())
    return "; ".join(f"{text} in {range_}" if range_ else text for text, range_ in shown)


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    r"""Return a Markdown table. A bar would end its cell, so it becomes `\vert` in a formula and is escaped in text."""
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    if text.startswith("$"):
        text = text.replace(r"\|", r"\Vert ").replace("|", r"\vert ")
    return text.replace("|", r"\|").replace("\n", " ")


if __name__ == "__main__":
    print(catalogue(), end="")
