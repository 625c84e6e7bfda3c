"""Gada (Hausa: bridge): knowing people with care."""
