"""Several tasks in one loss: a weighted sum of losses over slices of the scores of one network."""

from core.studies.multitask.document import Multitask, Weighting
from core.studies.multitask.lanes import weigh

__all__ = ["Multitask", "Weighting", "weigh"]
