"""Readers: whose fingers are these, are they this person's, and what was taken from a person."""

from gada.biometrics.gallery import usable_people
from gada.biometrics.queries.captures import (
    captures_of,
    may_take_prints,
    sample_for,
    sample_of_finger,
    samples_of_fingers,
    usable_fingers_of,
)
from gada.biometrics.queries.comparing import Verification
from gada.biometrics.queries.identifying import identify, people_searched, verify
from gada.biometrics.queries.lent import (
    FoundByLent,
    Lent,
    identify_lent,
    lend_prints,
    prints_lent,
    verify_lent,
)

__all__ = [
    "FoundByLent", "Lent", "Verification", "captures_of", "identify", "identify_lent", "lend_prints",
    "may_take_prints", "people_searched", "prints_lent", "sample_for", "sample_of_finger", "samples_of_fingers",
    "usable_fingers_of",
    "usable_people", "verify", "verify_lent",
]
