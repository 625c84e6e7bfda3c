"""Biometrics: captures, samples, templates, and the gallery in use."""
