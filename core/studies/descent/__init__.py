"""How optimizers move: races on surfaces, one update taken apart, a line fitted by batches, learning rates."""
