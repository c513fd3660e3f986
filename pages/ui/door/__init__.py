"""The start and the end of a server, and what it trains ahead."""
