"""Calibration: simulated figures of the reference scenarios beside the published ones."""
