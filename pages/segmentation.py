"""The Segmentation page: losses of pixels, what they mark of small objects, and what an empty mask does to them."""

from pages.ui.segmentation import empty, losses
from pages.ui.widgets import views

VIEWS: views.Views = {
    "losses": ("The losses", losses),
    "empty": ("Empty masks", empty),
}

views.draw("Segmentation", "segmentation", VIEWS)
