"""Decisions without I/O: numbers and signs of tokens, lists of shelters, where each token stands."""
