"""What all sessions of a server share."""
