"""The Descent page: how optimizers move, where it can be seen."""

from pages.ui.descent import line, race, rates
from pages.ui.widgets import views

VIEWS = {
    "race": ("Race", race.draw),
    "line": ("Line fit", line.draw),
    "rates": ("Learning rate", rates.draw),
}

VIEWS[views.choose("Descent", "descent", VIEWS)][1]()
