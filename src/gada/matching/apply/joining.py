"""Who is one person and which households are one: written anew around whoever a judgement touches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import F, Q

from gada.engine.linkage.linked import smallest_of_linked
from gada.matching.models import CanonicalHousehold, CanonicalPerson, Case, HouseholdLink, Verdict

BATCH = 300


def join_people(people: set[UUID]) -> None:
    """Write the sets around these people anew."""
    before = CanonicalPerson.objects.filter(person__in=people).values("canonical")
    around = people | set(CanonicalPerson.objects.filter(canonical__in=before).values_list("person_id", flat=True))
    around, pairs = reach(around, people_joined_with)
    CanonicalPerson.objects.filter(person__in=around).delete()
    CanonicalPerson.objects.bulk_create([
        CanonicalPerson(person_id=id_, canonical_id=smallest) for id_, smallest in smallest_of_linked(pairs).items()
    ], batch_size=BATCH)


def join_households(households: set[UUID]) -> None:
    before = CanonicalHousehold.objects.filter(household__in=households).values("canonical")
    around = households | set(
        CanonicalHousehold.objects.filter(canonical__in=before).values_list("household_id", flat=True)
    )
    around, links = reach(around, households_linked_with)
    counted: dict[tuple[UUID, UUID], list[int]] = {}
    for left, right, needed in links:
        counted.setdefault((left, right), []).append(needed)
    joined = smallest_of_linked(pair for pair, needs in counted.items() if len(needs) >= min(needs))
    CanonicalHousehold.objects.filter(household__in=around).delete()
    CanonicalHousehold.objects.bulk_create([
        CanonicalHousehold(household_id=id_, canonical_id=smallest) for id_, smallest in joined.items()
    ], batch_size=BATCH)


def people_joined_with(people: set[UUID]) -> list[tuple[UUID, UUID]]:
    """Pairs judged the same that touch these people."""
    touching = Case.objects.filter(Q(left__in=people) | Q(right__in=people), verdict=Verdict.SAME)
    return list(touching.values_list("left_id", "right_id"))


def households_linked_with(households: set[UUID]) -> list[tuple[UUID, UUID, int]]:
    """Links of judgements that stand and touch these households: (left, right, how many are needed)."""
    touching = HouseholdLink.objects.filter(Q(left__in=households) | Q(right__in=households))
    standing = touching.filter(judgement__case__standing=F("judgement_id"), judgement__verdict=Verdict.SAME)
    return list(standing.values_list("left_id", "right_id", "needed"))


def reach(seed: set[UUID], touching: Callable[[set[UUID]], list[Any]]) -> tuple[set[UUID], list[Any]]:
    """Everything reachable from the seed, with the pairs that reach it."""
    around, pairs = set(seed), touching(seed)
    while True:
        further = {id_ for pair in pairs for id_ in pair[:2]} - around
        if not further:
            return around, pairs
        around |= further
        pairs = touching(around)
