"""Two players: losses of critics and generators, what they do to the gradient, and duels that are trained."""
