"""The Regularization page: what keeps a model from learning its training rows by heart."""

from pages.ui.regularization import balls, decay, fit, remedies, strength
from pages.ui.widgets import views

VIEWS: views.Views = {
    "strength": ("L1 or L2", strength),
    "remedies": ("Dropout, early stopping and more", remedies),
    "balls": ("Norm balls", balls),
    "fit": ("Overfitting", fit),
    "decay": ("Decay in Adam", decay),
}

views.draw("Regularization", "regularization", VIEWS)
