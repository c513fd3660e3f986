"""The Losses page: what each loss is, what it does to a sample, and which one to take."""

from pages.ui.losses import chooser, curves, errors, learned, properties, pulls, softmax
from pages.ui.widgets import views

VIEWS: views.Views = {
    "curves": ("Curves", curves),
    "softmax": ("Softmax", softmax),
    "pulls": ("Outliers: who pulls", pulls),
    "errors": ("Error and loss", errors),
    "learned": ("Learned", learned),
    "properties": ("Properties", properties),
    "chooser": ("Which loss?", chooser),
}

views.draw("Losses", "losses", VIEWS)
