"""The view of the Deep networks page."""
