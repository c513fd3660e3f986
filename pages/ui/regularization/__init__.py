"""The views of the Regularization page."""
