"""What items are called beside each other: by what differs between them, in few words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from core.losses import WeightedSum
from core.parameters import Declared, Number

#: what goes without saying of a field, and what it is called where others have something there
_NOTHING = {
    "penalty": "no penalty", "class_weights": "unweighted", "schedule": "constant rate", "clip_norm": "no clipping", "l2": "no L2", "start": "common start",
    "resampling": "no resampling", "dropout": "no dropout", "max_norm": "no max-norm", "patience": "no early stopping",
}  # fmt: skip
#: fields that are numbers, in words
_NUMBERS = {
    "learning_rate": "η {:g}", "clip_norm": "clip {:g}", "l2": "L2 {:g}", "dropout": "dropout {:g}", "max_norm": "max-norm {:g}", "patience": "patience {:g}",
}  # fmt: skip


def differences(items: Sequence[Declared]) -> tuple[str, ...]:
    """Return the names of the fields in which items of one class differ, in order of declaration."""
    return tuple(name for name in items[0].parameters() if len({getattr(item, name) for item in items}) > 1)


def labels(items: Sequence[Any]) -> tuple[str, ...]:
    """Return a label for each item that has a field `label`: its own, or what distinguishes it, what differs most first.

    Where nothing differs it is made of loss and optimizer, as far as there are such.
    """
    differing = [name for name in differences(items) if name != "label"] or [name for name in ("loss", "optimizer") if name in items[0].parameters()]
    differing.sort(key=lambda name: -len({getattr(item, name) for item in items}))

    def made(item: Any) -> str:
        parts = [(in_words(item, name), name) for name in differing]
        return " · ".join(text for text, name in parts if not _is_nothing(item, name)) or parts[0][0]

    return tuple(item.label or made(item) for item in items)


def _is_nothing(item: Any, name: str) -> bool:
    """Return whether a field is at the value that goes without saying."""
    value = getattr(item, name)
    return name in _NOTHING and (value.kind if isinstance(value, Declared) else value) in ("none", "constant", (), 0)


def in_words(item: Any, name: str) -> str:
    """Return one field of an item in few words."""
    if _is_nothing(item, name):
        return _NOTHING[name]
    value = getattr(item, name)
    if name == "start":
        return f"from ({', '.join(f'{part:g}' for part in value)})"
    if name in _NUMBERS:
        return _NUMBERS[name].format(value)
    return describe(value) if isinstance(value, Declared) else str(value)


def describe(item: Declared) -> str:
    """Return an item's title with the parameters that are not at their defaults; of a sum, its parts."""
    if isinstance(item, WeightedSum):
        return " + ".join(describe(part) if weight == 1 else f"{weight:g} {describe(part)}" for weight, part in item.parts())
    changed = []
    for field, parameter in type(item).parameters().items():
        value, default = getattr(item, field), getattr(type(item), field, None)
        if value != default:
            shown = f"{value:g}" if isinstance(parameter, Number) else "-".join(f"{v:g}" for v in value) if isinstance(value, tuple) else str(value)
            changed.append(f"{plain_symbol(parameter.symbol) or field.replace('_', ' ')} {shown}")
    short = item.title.split(" (")[0]
    return f"{short} {', '.join(changed)}" if changed else short


def plain_symbol(symbol: str) -> str:
    """Return a LaTeX symbol as Unicode text."""
    names = ("alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "eta", "kappa", "lambda", "mu", "psi", "rho", "sigma", "varphi")
    greek = dict(zip(names, "αβγδεεηκλμψρσφ", strict=True))
    name, _, index = re.sub(r"[\\{}]", "", symbol).partition("_")
    return greek.get(name, name) + index
