"""Matching: who may be registered twice, what a person decided about it, and who is one person."""
