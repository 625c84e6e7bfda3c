"""Who may be asked for fingerprints: one answer for the desk and the import."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from gada.biometrics.rules import Asked, ProgrammeRule, age_years
from gada.people.models import Membership, Person
from gada.people.queries import newest_answers
from gada.people.words import Purpose

BATCH = 500


def asked_about(people: Iterable[UUID], *, at: datetime) -> dict[UUID, Asked]:
    """What decides, per person; those unknown are left out. Three queries per 500 people."""
    ids = list(people)
    found: dict[UUID, Asked] = {}
    for start in range(0, len(ids), BATCH):
        part = ids[start : start + BATCH]
        answers = newest_answers(part, Purpose.PRINTS)
        programmes = _programmes_of(part)
        rows = Person.objects.filter(id__in=part).values_list("id", "status", "birth_from", "birth_to")
        for person, status, birth_from, birth_to in rows:
            found[person] = Asked(
                status, answers.get(person), age_years(birth_from, birth_to, at), tuple(programmes.get(person, ()))
            )
    return found


def _programmes_of(people: list[UUID]) -> dict[UUID, list[ProgrammeRule]]:
    rows = Membership.objects.filter(person__in=people, until=None, household__programme__isnull=False).values_list(
        "person_id", "household__programme__biometrics_allowed", "household__programme__minimum_age_prints",
        "household__programme__impact_assessment",
    )
    found: dict[UUID, list[ProgrammeRule]] = {}
    for person, allowed, minimum, assessment in rows:
        found.setdefault(person, []).append(ProgrammeRule(allowed, minimum, assessed=bool(assessment)))
    return found
