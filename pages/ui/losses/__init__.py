"""The parts of the Losses page: one view a file, each with a function `draw`."""
