"""Turns labels and samples into a model, and a model into scores."""
