"""What a view of trained experiments begins with: their training is followed, its progress drawn, and its results are handed over at the end."""

from __future__ import annotations

from core.experiment import Experiment
from core.training.results import Result
from pages.ui.server.training import Status
from pages.ui.training import follow, progress


def collect(*experiments: Experiment, whole: bool = False) -> list[Result] | None:
    """Follow the experiments, draw their progress, and return a result for each of them once they stand still; the page runs anew then.

    While one trains there is None, and also after a failure or a Cancel that came before each had a record. After a later Cancel the results
    hold the epochs so far; with `whole` there is None then, too: only what was trained to its end counts.
    """
    follow.follow(*experiments)
    view = progress.draw(*experiments, rerun=True)
    if view.running or (whole and view.status is not Status.DONE):
        return None
    results = [result for experiment in experiments if (result := follow.view(experiment).result) is not None]
    return results if len(results) == len(experiments) else None
