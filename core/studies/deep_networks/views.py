"""The document of the Deep networks page's view."""

from __future__ import annotations

from dataclasses import dataclass

from core.parameters import choice, choices, integer
from core.studies.deep_networks.measures import LAYERS, MEASURES
from core.views import VIEWS, LineupView

_LAYERS = {name: measure.title for name, measure in LAYERS.items()}
_RUNS = {name: measure.title for name, measure in MEASURES.items()}


@VIEWS.add("deep_networks")
@dataclass(frozen=True)
class DeepNetworksView(LineupView):
    """Deep networks: which update is shown, what is drawn of layers and of runs, and what is folded out. The networks are a document of their own."""

    update: int = integer(
        -1, 0, 20_000, hard="[-1, 20000]", doc="The recorded update whose layers are shown; the nearest one if there is no such record, -1 for the last."
    )
    left: str = choice("gradient", _LAYERS, label="Left, by layer", doc="What the left picture shows of each layer.")
    right: str = choice("spread", _LAYERS, label="Right, by layer", doc="What the right picture shows of each layer.")
    left_curve: str = choice("loss", _RUNS, label="Left curve", doc="What the left curves show.")
    right_curve: str = choice("accuracy", _RUNS, label="Right curve", doc="What the right curves show.")
    folded_out: tuple[str, ...] = choices((), ("more", "data"), doc="What is folded out.")
