"""The Adversarial page: losses of two players, what they do to the gradient, and duels that are trained."""

from pages.ui.adversarial import critic, dirac, duel, gradient
from pages.ui.widgets import views

VIEWS: views.Views = {
    "gradient": ("The generator's gradient", gradient),
    "critic": ("Too good a discriminator", critic),
    "dirac": ("Two numbers", dirac),
    "duel": ("The duel", duel),
}

views.draw("Adversarial", "adversarial", VIEWS)
