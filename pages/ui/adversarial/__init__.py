"""The views of the Adversarial page, and the charts that it alone draws."""
