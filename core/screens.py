"""The documents of all views. Importing this module fills the registry `VIEWS`, by which a link, a lesson or a test finds the document of a page's view."""

from core.inspection import views as workbench
from core.studies.adversarial import views as adversarial
from core.studies.deep_networks import views as deep_networks
from core.studies.descent import views as descent
from core.studies.imbalance import views as imbalance
from core.studies.losses import views as losses
from core.studies.metric_learning import views as metric_learning
from core.studies.multitask import views as multitask
from core.studies.regularization import views as regularization
from core.studies.reinforcement import views as reinforcement
from core.studies.segmentation import views as segmentation
from core.views import VIEWS

__all__ = [
    "VIEWS", "adversarial", "deep_networks", "descent", "imbalance", "losses", "metric_learning", "multitask", "regularization", "reinforcement",
    "segmentation", "workbench",
]  # fmt: skip
