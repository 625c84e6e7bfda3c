"""Which fingers of a person stay in memory for the scan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gada.engine.fingerprint.parameters import FEWEST_MINUTIAE
from gada.engine.fingerprint.template import Template

MOST_RESIDENT: Final = 2
_GOOD_ENOUGH: Final = 40
_PREFERENCE: Final = (2, 7, 1, 6, 3, 8, 4, 9, 5, 10, 0)
"""Index fingers and thumbs first: what other agencies take too, so that fingers meet like fingers."""


def resident_positions(fingers: Mapping[int, Template]) -> tuple[int, ...]:
    """The two fingers to search by: good prints in the order of preference, then the best of the others."""
    usable = [position for position, template in fingers.items() if len(template) >= FEWEST_MINUTIAE]

    def rank(position: int) -> tuple[int, int, int]:
        quality = fingers[position].finger_quality
        good = quality >= _GOOD_ENOUGH
        return (0 if good else 1, 0 if good else -quality, _PREFERENCE.index(position))

    return tuple(sorted(sorted(usable, key=rank)[:MOST_RESIDENT]))


def mirrored(position: int) -> int:
    """The same finger of the other hand; 0 stays unknown."""
    if position == 0:
        return 0
    return position + 5 if position <= 5 else position - 5
