"""What a session waits for, and how far it is."""
