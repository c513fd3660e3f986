"""The document of the Imbalance page."""

from __future__ import annotations

from dataclasses import dataclass

from core.parameters import choices, part, real
from core.studies.imbalance.contest import Contest
from core.views import VIEWS, View, first_column


@VIEWS.add("imbalance")
@dataclass(frozen=True)
class Imbalance(View):
    """The contest of remedies for a rare class, and the threshold at which it is judged."""

    contest: Contest = part(Contest(), doc="The data, how rare the class is, and what the remedies are set to.")
    threshold: float = real(
        0.5, 0.0, 1.0, step=0.01, hard="[0, 1]",
        doc="A row is called rare where its probability is at least this. It moves all models, but for the moved threshold, which has its own.\n"
        "A value that you choose by what you see here is chosen on the test rows, so what it promises is a little too good.",
    )  # fmt: skip
    folded_out: tuple[str, ...] = choices((), ("look",), doc="What is folded out.")
    first_column: int = first_column()
