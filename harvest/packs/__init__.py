"""Packs, the material of a night: what lies in them, where it comes from, whether it is fit to be shown."""
