"""The views of the Metric learning page, and the charts that it alone draws."""
