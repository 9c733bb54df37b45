"""Strings the rooms together: the commands a person types."""
