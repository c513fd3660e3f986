"""From a table to rows that can be trained on: damage, resampling, split and scaling."""
