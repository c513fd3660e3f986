"""Pure charts, from frames to specifications: what several pages draw."""
