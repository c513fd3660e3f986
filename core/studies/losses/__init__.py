"""The study of losses: their curves, the pull of each sample, the errors behind a loss, and advice on which one to take."""
