"""The desk of presence: find somebody by name, number, card or finger, and see who of the family was seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from gada.agencies.models import Operator
from gada.agencies.queries import sites_of
from gada.assistance.rules import RECOGNISED_SCORE
from gada.biometrics.queries import identify, identify_lent
from gada.credentials.queries import person_of_number
from gada.credentials.queries.checking import check_code
from gada.engine.refusal import NotFound, Refusal
from gada.people.models import Household, Membership, Person
from gada.people.queries import households_here, people_in, search_people
from gada.people.words import HouseholdStatus, PersonStatus
from gada.presence.models import RollCall, Sighting

MOST_FOUND = 20
CODE_CHARACTERS = 60  # nobody's name or number is as long as the text of a QR code


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody, the household they belong to now, and when they were seen already."""

    person: Person
    household: Household
    seen: Sighting | None = None


@dataclass(frozen=True, slots=True)
class Family:
    """A household at the desk of presence: its members, and who was seen in this campaign."""

    household: Household
    members: tuple[Membership, ...]
    seen: Mapping[UUID, Sighting]

    @property
    def missing(self) -> tuple[Membership, ...]:
        return tuple(row for row in self.members if row.person_id not in self.seen)


def people_named(viewer: Operator, roll_call: RollCall, text: str) -> list[Found]:
    """By card (its number or the text of its QR code), number of person or household, phone, document or name."""
    holder = _holder_of(viewer, text) if len(text) > CODE_CHARACTERS else person_of_number(viewer, text)
    found = [holder] if holder else search_people(viewer, text, most=MOST_FOUND)
    return _with_households(viewer, roll_call, found)


def people_of_finger(
    viewer: Operator, roll_call: RollCall, fingers: Mapping[int, Any], *, at: datetime
) -> tuple[list[Found], int]:
    """Whose finger this may be, most alike first, and among how many it looked: here first, then at our other sites."""
    looked = 0
    for sites in ([roll_call.site_id], _other_sites(viewer, roll_call)):
        if not sites:
            continue
        living = people_in(viewer).filter(site__in=sites, status=PersonStatus.ACTIVE)
        among = set(living.values_list("id", flat=True))
        question: dict[str, Any] = {
            "fingers": fingers, "among": among, "limit": 5, "minimum_score": RECOGNISED_SCORE,
        }  # fmt: skip
        order = [each.subject for each in identify(**question)]
        looked += len(among)
        if not order:
            lent, records = identify_lent(**question, at=at)
            order, looked = [each.person_id for each in lent], looked + records
        if order:
            people = people_in(viewer).select_related("site").in_bulk(order)
            return _with_households(viewer, roll_call, [people[id_] for id_ in order if id_ in people]), looked
    return [], looked


def family_at(viewer: Operator, roll_call: RollCall, household_id: UUID) -> Family:
    """One household with its members. Raises NotFound outside the viewer's sites."""
    household = (
        households_here(viewer).select_related("site").filter(id=household_id, status=HouseholdStatus.ACTIVE).first()
    )
    if household is None:
        raise NotFound("household-unknown", "There is no household under this number.")
    members = tuple(
        Membership.objects.filter(household=household, until=None, person__status=PersonStatus.ACTIVE)
        .select_related("person").order_by("since", "id")
    )
    ordered = sorted(members, key=lambda row: row.relationship != "head")
    return Family(household, tuple(ordered), seen_in(roll_call.campaign_id, [row.person_id for row in members]))


def seen_in(campaign: UUID, people: Iterable[UUID]) -> dict[UUID, Sighting]:
    """When each of these people was first seen in this campaign."""
    rows = Sighting.objects.filter(campaign=campaign, person__in=list(people)).order_by("-lamport", "-id")
    return {row.person: row for row in rows}


def _holder_of(viewer: Operator, text: str) -> Person | None:
    """Whose card this QR code is of; one that proves nothing, or was lost, is said to be so."""
    found = check_code(viewer, text)
    if not found.is_good:
        raise Refusal(
            "presence-card",
            _("This card is not valid: it was changed, or reported lost. Search by name, or take a finger."),
        )
    return found.person


def _with_households(viewer: Operator, roll_call: RollCall, people: Iterable[Person]) -> list[Found]:
    order = list(people)
    homes = households_here(viewer).filter(status=HouseholdStatus.ACTIVE).select_related("site")
    rows = Membership.objects.filter(person__in=order, until=None, household__in=homes).select_related(
        "household__site"
    )
    home = {row.person_id: row.household for row in rows.order_by("-since")}
    seen = seen_in(roll_call.campaign_id, [person.id for person in order])
    return [Found(person, home[person.id], seen.get(person.id)) for person in order if person.id in home]


def _other_sites(viewer: Operator, roll_call: RollCall) -> list[UUID]:
    return list(sites_of(viewer).exclude(id=roll_call.site_id).values_list("id", flat=True))
