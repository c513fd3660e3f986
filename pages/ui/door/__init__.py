"""The start and the end of a server, what it lets in, and what it trains ahead."""
