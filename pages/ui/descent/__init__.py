"""The parts of the Descent page: one view a file, each with a function `draw`."""
