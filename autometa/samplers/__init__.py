"""Samplers for Optuna that begin where past studies ended."""
