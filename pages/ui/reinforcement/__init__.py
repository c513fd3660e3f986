"""The views of the Reinforcement page."""
