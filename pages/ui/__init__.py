"""What the views share: look, charts, controls."""
