"""One set of fingers against another: ours or lent, the arithmetic is the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from gada.engine.fingerprint import Comparison, Template, compare, fuse_scores

MINIMUM_SCORE = 20  # one stranger in a hundred: below, a candidate says nothing


@dataclass(frozen=True, slots=True)
class Verification:
    """One person against fingers just shown. `score` is floor(-10 log10 FMR) over all fingers together.

    `shown` and `held` are the positions of the best pair of fingers; the templates and `pairs` (indexes on
    either side) draw the correspondence.
    """

    person_id: UUID
    score: int
    shown: int
    held: int
    shown_template: Template
    held_template: Template
    pairs: tuple[tuple[int, int], ...]
    by_finger: dict[int, int]


def compare_fingers(
    person_id: UUID, fingers: Mapping[int, Template], held: Mapping[int, Template]
) -> Verification | None:
    """Fingers just shown against those held of one person. None when there is nothing to compare."""
    best: tuple[Comparison, int, int] | None = None
    by_finger: dict[int, int] = {}
    choices = 1
    for position, template in sorted(fingers.items()):
        others = [other for other in sorted(held) if position == other or 0 in (position, other)]
        choices *= max(1, len(others))
        found = [(compare(template, held[other]), position, other) for other in others]
        if not found:
            continue
        strongest = max(found, key=lambda item: (item[0].score, item[0].raw))
        by_finger[position] = strongest[0].score
        if best is None or strongest[0].raw > best[0].raw:
            best = strongest
    if best is None:
        return None
    comparison, shown, other = best
    score = fuse_scores(list(by_finger.values()), choices=choices)
    return Verification(
        person_id, score, shown, other, fingers[shown], held[other], comparison.pairs, by_finger
    )
