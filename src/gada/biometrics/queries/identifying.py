"""Comparison: one against all, and one against one."""

from __future__ import annotations

from collections.abc import Mapping, Set
from uuid import UUID

from gada.biometrics.gallery import fingers_held, gallery_in_use, usable_people
from gada.biometrics.queries.comparing import MINIMUM_SCORE, Verification, compare_fingers
from gada.engine.fingerprint import Template
from gada.engine.gallery import Candidate


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
    return compare_fingers(person_id, fingers, fingers_held([person_id]).get(person_id, {}))
