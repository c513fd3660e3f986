"""The charts that several pages draw: pure functions from frames to specifications."""
