"""The Losses page: what each loss is, what it does to a sample, and which one to take."""

import streamlit as st

from pages.ui.losses import chooser, curves, errors, properties, pulls, softmax
from pages.ui.widgets import views

VIEWS = {
    "curves": ("Curves", curves.draw),
    "softmax": ("Softmax, step by step", softmax.draw),
    "pulls": ("Who pulls", pulls.draw),
    "errors": ("Error and loss", errors.draw),
    "properties": ("Properties", properties.draw),
    "chooser": ("Which loss?", chooser.draw),
}

view = views.choose("Losses", "losses", VIEWS)
for parameter in {*st.query_params} - {"view", *([properties.PARAMETER] if view == "properties" else [])}:
    del st.query_params[parameter]
VIEWS[view][1]()
