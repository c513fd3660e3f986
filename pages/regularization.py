"""The Regularization page: what keeps a model from learning its training rows by heart."""

from pages.ui.regularization import balls, decay, fit, remedies, strength
from pages.ui.widgets import views

VIEWS = {
    "strength": ("Strength", strength.draw),
    "remedies": ("Remedies", remedies.draw),
    "balls": ("Norm balls", balls.draw),
    "fit": ("Under- and overfitting", fit.draw),
    "decay": ("Decay in Adam", decay.draw),
}

VIEWS[views.choose("Regularization", "regularization", VIEWS)][1]()
