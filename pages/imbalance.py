"""The Imbalance page: what the remedies for a rare class buy, and what they cost."""

from pages.ui.imbalance import contest_view

contest_view.draw()
