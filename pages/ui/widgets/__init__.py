"""From a declaration to a widget, and the pieces that every view is made of."""
