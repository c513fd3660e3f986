"""What a loss is, who pulls under it, and which one to take."""
