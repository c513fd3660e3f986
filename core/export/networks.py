"""A network as text: its layers, whose weights numpy draws as the dashboard does."""

from __future__ import annotations

from collections.abc import Sequence

from core.export.parts import Part, text
from core.models import Model

#: what a script says of its weights
COMMENT = "# Drawn by numpy, so that they are the dashboard's; PyTorch's own start is another one."
_MODULES = {"relu": "torch.nn.ReLU", "tanh": "torch.nn.Tanh", "sigmoid": "torch.nn.Sigmoid"}
IMPORTS = ("from itertools import pairwise", "import numpy as np", "import torch")


def variance_of(activations: Sequence[str]) -> str:
    """Return in words what variance the weights of networks with these activations have."""
    return "He's variance before a relu, else Glorot's" if "relu" in activations else "Glorot's variance"


def layers(widths: str, hidden: str, activation: str = "") -> str:
    """Return the lines that make a network of `widths` by `rng`. `hidden`: how many hidden layers it has; both are expressions.

    `activation`: the name of a function as `Model.nonlinearity` has it; "" for one that an argument `activation` carries.
    """
    last = f"last = len(modules) == 2 * {hidden}\n"
    variance = {
        "": last + "variance = 2 / fan_in if activation is torch.nn.ReLU and not last else 2 / (fan_in + fan_out)",
        "relu": last + "variance = 2 / (fan_in + fan_out) if last else 2 / fan_in",
    }.get(activation, "variance = 2 / (fan_in + fan_out)")
    return text(
        """
        modules = []
        for fan_in, fan_out in pairwise(<widths>):
            layer = torch.nn.Linear(fan_in, fan_out)
            <variance>
            with torch.no_grad():
                layer.weight.copy_(torch.tensor(rng.uniform(-1, 1, (fan_in, fan_out)).T * np.sqrt(3 * variance)))
                layer.bias.zero_()
            modules += [layer, <activation>()]
        return torch.nn.Sequential(*modules[:-1])
        """,
        widths=widths, variance=variance, activation=_MODULES.get(activation, "activation"),
    )  # fmt: skip


def maker(models: Sequence[Model]) -> Part:
    """Return the part that defines `make_network(rng, widths)`, or `make_network(rng, widths, activation)` for models of several activations."""
    activations = activations_of(models)
    one = activations[0] if len(activations) == 1 else ""
    code = text(
        '''
        def make_network(rng, widths<argument>):
            """Return a network: weights uniform about 0 with <variance>; biases 0."""
            <comment>
            <layers>
        ''',
        argument="" if one else ", activation", variance=variance_of(activations), comment=COMMENT, layers=layers("widths", "(len(widths) - 2)", one),
    )  # fmt: skip
    return Part("Network", code, IMPORTS)


def made(model: Model, models: Sequence[Model], inputs: str, hidden: str, outputs: str) -> str:
    """Return the call of `make_network` for one of the `models`. `inputs`, `outputs`: numbers; `hidden`: the constant of its hidden units; all as text."""
    widths = f"({inputs}, *{hidden}, {outputs})" if model.widths else f"({inputs}, {outputs})"
    activations = activations_of(models)
    activation = "" if len(activations) == 1 else f", {_MODULES[model.nonlinearity if model.widths else activations[0]]}"
    return f"make_network(rng, {widths}{activation})"


def activations_of(models: Sequence[Model]) -> list[str]:
    """Return the activations of the models that have hidden layers, each once; a tanh if none has any, which then acts nowhere."""
    return list(dict.fromkeys(model.nonlinearity for model in models if model.widths)) or ["tanh"]
