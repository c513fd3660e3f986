"""The Reinforcement page: losses of values and of policies, in worlds so small that the truth is known."""

from pages.ui.reinforcement import advantage, cliff, policy, small, transition, values
from pages.ui.widgets import views

VIEWS: views.Views = {
    "values": ("Value losses", values),
    "transition": ("Transition", transition),
    "cliff": ("The cliff", cliff),
    "advantage": ("The advantage", advantage),
    "policy": ("Policy", policy),
    "small": ("Small worlds", small),
}

views.draw("Reinforcement", "reinforcement", VIEWS)
