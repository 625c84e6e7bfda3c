"""What a model file does not hold: chances of fields that only a node knows, household against household.

Orders of magnitude from a million synthetic West African records with households (research C, section 3b). To be
learned from a registry's own judgements.
"""

from __future__ import annotations

from typing import Final

# (one person, one household, strangers)
Chances = tuple[float, float, float]

ORIGIN: Final[dict[str, Chances]] = {"same": (0.85, 0.95, 0.05), "differ": (0.15, 0.05, 0.95)}
HOUSEHOLD: Final[dict[str, Chances]] = {
    "several-members": (0.55, 0.75, 0.004),
    "one-member": (0.20, 0.13, 0.05),
    "no-member": (0.25, 0.12, 0.946),
}
OTHER_MEMBER: Final[dict[str, Chances]] = {"another-member-fits-better": (0.01, 0.70, 0.01)}

REFERENCE_PEOPLE: Final = 10_000
