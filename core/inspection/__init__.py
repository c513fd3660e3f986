"""Inspection of trained models: predictions and pictures, single samples, weights, calibration."""
