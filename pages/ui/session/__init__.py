"""What one session has on its screens, and how the address carries it."""
