"""What remedies for a rare class buy and cost."""
