"""The Several tasks page: a weighted sum of losses of one network, what its weights buy and cost, and where the same form is in use."""

from pages.ui.multitask import forms, pareto, weightings
from pages.ui.widgets import views

VIEWS: views.Views = {
    "pareto": ("No free weight", pareto),
    "weightings": ("Weightings", weightings),
    "forms": ("The same form", forms),
}

views.draw("Several tasks", "multitask", VIEWS)
