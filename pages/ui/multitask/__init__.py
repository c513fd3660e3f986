"""The views of the Several tasks page, and the charts that it alone draws."""
