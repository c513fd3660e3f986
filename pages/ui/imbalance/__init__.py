"""The parts of the Imbalance page."""
