"""Comparison: one against all, and one against one."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from uuid import UUID

from gada.biometrics.gallery import fingers_held, gallery_in_use, usable_people
from gada.engine.fingerprint import Comparison, Template, compare, fuse_scores
from gada.engine.gallery import Candidate

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


def identify(
    *, fingers: Mapping[int, Template], among: Set[UUID] | None = None, limit: int = 20,
    minimum_score: int = MINIMUM_SCORE,
) -> list[Candidate]:
    """People whom these fingers (by ISO position, 0: not said) may belong to, best first.

    Not limited to a viewer's sites: a duplicate may be anywhere. Give `among` to limit, and show people only
    through a query that is limited. Whoever withdrew a moment ago is left out even if the gallery is older.
    """
    found = gallery_in_use().search(fingers, limit=limit, minimum_score=minimum_score, among=among)
    usable = usable_people(candidate.subject for candidate in found)
    return [candidate for candidate in found if candidate.subject in usable]


def people_searched() -> int:
    """How many people's fingers a search looks at."""
    return gallery_in_use().size


def verify(*, person_id: UUID, fingers: Mapping[int, Template]) -> Verification | None:
    """Are these fingers this person's? Read from the stored records, so always up to date.

    None when there is nothing to compare: no prints, refused, withdrawn, erased. The threshold is the caller's.
    """
    held = fingers_held([person_id]).get(person_id, {})
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
