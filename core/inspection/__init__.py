"""What a trained model does: pictures, samples, weights, calibration."""
