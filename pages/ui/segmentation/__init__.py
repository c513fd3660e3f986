"""The views of the Segmentation page, and the pictures that it alone draws."""
