"""Presence: who was seen again, and what follows for those who were not."""
