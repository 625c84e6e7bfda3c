"""Families as a list shows them: head, origin, members, prints, what the check said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from gada.agencies.models import Operator, Site
from gada.biometrics.models import Capture, CaptureOutcome, Template
from gada.console.models import FamilyCheck
from gada.matching.queries import people_in_open_cases
from gada.people.models import Consent, Household, Membership, Person
from gada.people.queries import households_here
from gada.people.words import Answer, PersonStatus, Purpose, Relationship

MOST_SITES_NAMED = 6
LATELY = (1, 30)  # days


@dataclass(frozen=True, slots=True)
class FamilyLine:
    """One family in a list. `prints` counts people: taken, declined, not possible."""

    household: Household
    head: Person | None
    members: int
    taken: int
    declined: int
    unable: int
    check: FamilyCheck | None
    waits: bool  # somebody of it is in a case that waits for a decision


def newest_families(viewer: Operator, *, most: int = 8) -> list[FamilyLine]:
    """The families registered last at this viewer's sites. Seven queries for any number, once enough came lately.

    Looked for among those of the last days first: every family of large sites would be sorted to show eight.
    """
    here, now = households_here(viewer).order_by("-enrolled_at", "-id"), timezone.now()
    for days in LATELY:
        found = list(here.filter(enrolled_at__gte=now - timedelta(days=days))[:most])
        if len(found) == most:
            return family_lines(found)
    return family_lines(here[:most])


def names_of_sites_searched(*, most: int = MOST_SITES_NAMED) -> list[str]:
    """The sites of the people a check looks through, by name; the first ones where there are many."""
    known = Person.objects.filter(site=OuterRef("pk"), status=PersonStatus.ACTIVE)
    return list(Site.objects.filter(Exists(known)).order_by("name").values_list("name", flat=True)[:most])


def family_lines(households: QuerySet[Household] | Sequence[Household]) -> list[FamilyLine]:
    """Lines for these households, in their order."""
    found = list(households)
    members: dict[UUID, list[Membership]] = {}
    for membership in Membership.objects.filter(household__in=found, until=None).select_related("person"):
        members.setdefault(membership.household_id, []).append(membership)
    people = [each.person_id for group in members.values() for each in group]
    taken = set(Template.objects.filter(person__in=people).values_list("person_id", flat=True))
    declined = people_declining(people)
    unable = _unable(people) - taken - declined
    checks = FamilyCheck.objects.in_bulk([each.id for each in found])
    waiting = people_in_open_cases(people)
    lines = []
    for household in found:
        group = members.get(household.id, [])
        ids = {each.person_id for each in group}
        head = next((each.person for each in group if each.relationship == Relationship.HEAD), None)
        lines.append(FamilyLine(
            household, head, len(group), len(ids & taken), len(ids & declined), len(ids & unable),
            checks.get(household.id), bool(ids & waiting),
        ))
    return lines


def people_declining(people: Iterable[UUID]) -> set[UUID]:
    """Those whose newest answer to prints is a no."""
    answers: dict[UUID, str] = {}
    rows = Consent.objects.filter(person__in=list(people), purpose=Purpose.PRINTS).order_by("lamport", "id")
    answers.update(rows.values_list("person_id", "answer"))
    return {person for person, answer in answers.items() if answer != Answer.YES}


def _unable(people: Iterable[UUID]) -> set[UUID]:
    impossible = Q(outcome=CaptureOutcome.UNABLE) | Q(outcome=CaptureOutcome.EXCEPTION)
    return set(Capture.objects.filter(impossible, person__in=list(people)).values_list("person_id", flat=True))
