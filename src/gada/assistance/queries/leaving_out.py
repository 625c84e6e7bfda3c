"""Who is left out of lists for now, and why: rooms above decide it, this room only asks (project/reactions.py)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from gada.agencies.models import Operator
from gada.assistance.models import DistributionList
from gada.matching.queries import canonical_household_of
from gada.people.models import Membership
from gada.people.queries import search_people


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Why a household is on no new list, since when, what to do now, and the page that tells more."""

    household: UUID
    since: datetime
    reason: str
    what_to_do: str
    url: str = ""


Asked = Callable[..., Mapping[UUID, LeftOut]]
_asked: list[Asked] = []


def ask_who_is_left_out(asked: Iterable[Asked]) -> None:
    """Install those who may leave households out (called once, from project/reactions.py)."""
    _asked[:] = asked


def left_out(households: Collection[UUID], *, programme: UUID) -> dict[UUID, LeftOut]:
    """Of these households those that no new list of this programme serves."""
    found: dict[UUID, LeftOut] = {}
    for ask in _asked if households else ():
        found.update(ask(households, programme=programme))
    return found


def why_not_listed(viewer: Operator, made: DistributionList, text: str) -> list[Any]:
    """Whom this number or name finds among those left out, as (person, why): what the desk tells."""
    people = {person.id: person for person in search_people(viewer, text, most=20)}
    homes = Membership.objects.filter(person__in=list(people), until=None).values_list("person_id", "household_id")
    of_person = dict(homes)
    families = canonical_household_of(set(of_person.values()))
    out = left_out({*families, *families.values()}, programme=made.cycle.intervention.programme_id)
    told: dict[UUID, Any] = {}
    for person, household in of_person.items():
        why = out.get(household) or out.get(families[household])
        if why is not None:
            told.setdefault(why.household, (people[person], why))
    return list(told.values())
