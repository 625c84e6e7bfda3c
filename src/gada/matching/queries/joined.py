"""Who is one person, which households are one family. Ids in, ids out: nothing here shows anybody's data."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q

from gada.matching.models import CanonicalHousehold, CanonicalPerson, Case, CaseStatus
from gada.people.models import Person

BATCH = 500


def canonical_of(person_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """The id that stands for each person: the smallest of those judged to be the same; mostly their own.

    Sets are those of the explicit judgements that stand: if A is B and B is C, the three are one, although
    nobody compared A with C. A judgement that would join two who were judged different is refused.
    """
    ids = list(person_ids)
    found = {id_: id_ for id_ in ids}
    for start in range(0, len(ids), BATCH):
        rows = CanonicalPerson.objects.filter(person__in=ids[start : start + BATCH])
        found.update(rows.values_list("person_id", "canonical_id"))
    return found


def canonical_household_of(household_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """The id that stands for each household: the smallest of its family; mostly its own."""
    ids = list(household_ids)
    found = {id_: id_ for id_ in ids}
    for start in range(0, len(ids), BATCH):
        rows = CanonicalHousehold.objects.filter(household__in=ids[start : start + BATCH])
        found.update(rows.values_list("household_id", "canonical_id"))
    return found


def linked_people(person: Person | UUID) -> list[UUID]:
    """All ids of this person, their own included, smallest first."""
    id_ = person if isinstance(person, UUID) else person.id
    row = CanonicalPerson.objects.filter(person=id_).first()
    if row is None:
        return [id_]
    return sorted(CanonicalPerson.objects.filter(canonical=row.canonical_id).values_list("person_id", flat=True))


def people_in_open_cases(person_ids: Iterable[UUID]) -> set[UUID]:
    """Those who wait for a decision. They keep receiving aid; a page may say so."""
    ids = list(person_ids)
    found: set[UUID] = set()
    for start in range(0, len(ids), BATCH):
        part = ids[start : start + BATCH]
        rows = Case.objects.filter(Q(left__in=part) | Q(right__in=part), status=CaseStatus.OPEN)
        found |= {id_ for pair in rows.values_list("left_id", "right_id") for id_ in pair}
    return found & set(ids)
