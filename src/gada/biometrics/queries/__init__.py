"""Readers: whose fingers are these, are they this person's, and what was taken from a person."""

from gada.biometrics.gallery import usable_people
from gada.biometrics.queries.captures import (
    captures_of,
    may_take_prints,
    sample_for,
    sample_of_finger,
    usable_fingers_of,
)
from gada.biometrics.queries.identifying import Verification, identify, people_searched, verify

__all__ = [
    "Verification", "captures_of", "identify", "may_take_prints", "people_searched", "sample_for", "sample_of_finger",
    "usable_fingers_of", "usable_people", "verify",
]
