"""The Descent page: how optimizers move, where it can be seen."""

from pages.ui.descent import learned, line, race, rates
from pages.ui.widgets import views

VIEWS: views.Views = {
    "race": ("Race", race),
    "line": ("Batch size", line),
    "rates": ("Learning rate", rates),
    "learned": ("Learned optimizer", learned),
}

views.draw("Descent", "descent", VIEWS)
