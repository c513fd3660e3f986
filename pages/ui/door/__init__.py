"""How a server starts and ends, and how a visitor comes in."""
