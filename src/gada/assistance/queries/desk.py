"""The desk: find a family of the list, see what it is owed, who may collect, and what was done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from gada.agencies.models import Operator
from gada.agencies.queries import within
from gada.assistance import rules
from gada.assistance.models import (
    DistributionList,
    Entitlement,
    EntitlementStatus,
    Redemption,
    RefusalSlip,
    Verification,
)
from gada.assistance.queries.lists import OF_PROGRAMME
from gada.biometrics.queries import identify, identify_lent
from gada.credentials.queries import person_of_number
from gada.engine.refusal import NotFound
from gada.matching.models import CanonicalHousehold
from gada.matching.queries import canonical_household_of
from gada.people.models import Household, Membership, Person
from gada.people.queries import search_people, seen_by
from gada.people.words import PersonStatus, Recipient

MOST_FOUND = 20
SHOWN = (EntitlementStatus.OPEN, EntitlementStatus.REDEEMED, EntitlementStatus.HELD)


@dataclass(frozen=True, slots=True)
class AtTheDesk:
    """Everything one desk screen shows about one family."""

    entitlement: Entitlement
    household: Household
    recipients: tuple[Membership, ...]
    steps: tuple[Verification, ...]
    redemption: Redemption | None
    refusals: tuple[RefusalSlip, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """One family that a search at the desk found, and through whom."""

    entitlement: Entitlement
    person: Person
    score: int | None = None
    lent: bool = False  # by a print that a partner lent us


def entitlement_of(made: DistributionList, household_id: UUID) -> Entitlement | None:
    """What this household's family is owed on this list (collected ones included)."""
    family = canonical_household_of([household_id]).get(household_id, household_id)
    return (
        Entitlement.objects.filter(list=made, canonical_household=family)
        .exclude(status__in=[EntitlementStatus.CANCELLED, EntitlementStatus.HELD])
        .order_by("lamport")
        .first()
    )


def at_the_desk(viewer: Operator, entitlement_id: UUID) -> AtTheDesk:
    """The family of one entitlement: contents, recipients, the steps taken so far. Seven queries."""
    entitlement = (
        Entitlement.objects.filter(within(viewer, site="list__site", programme=OF_PROGRAMME))
        .select_related("list__site__agency", "cycle__intervention__programme", "household", "leased_to")
        .filter(id=entitlement_id)
        .first()
    )
    if entitlement is None:
        raise NotFound("entitlement-unknown", "There is no such entitlement.")
    return AtTheDesk(
        entitlement=entitlement,
        household=entitlement.household,
        recipients=recipients_of(entitlement),
        steps=tuple(Verification.objects.filter(entitlement=entitlement).order_by("at", "id")),
        redemption=Redemption.objects.filter(entitlement=entitlement, collected_twice=False).first(),
        refusals=tuple(RefusalSlip.objects.filter(entitlement=entitlement).order_by("at")),
    )


def households_of(entitlement: Entitlement) -> set[UUID]:
    """Every registration of the family: people judged one, or joined households, may come with either card."""
    joined = CanonicalHousehold.objects.filter(canonical=entitlement.canonical_household)
    merged = Household.objects.filter(id=entitlement.household_id)
    return {
        entitlement.household_id,
        entitlement.canonical_household,
        *joined.values_list("household_id", flat=True),
        *(into for into in merged.values_list("merged_into", flat=True) if into),
    }


def recipients_of(entitlement: Entitlement) -> tuple[Membership, ...]:
    """Who may collect: principal recipient and head first, then the alternates."""
    rows = (
        Membership.objects.filter(
            # Who withdrew has what was due to them before: a withdrawal costs nobody what is theirs.
            household__in=households_of(entitlement), until=None,
            person__status__in=[PersonStatus.ACTIVE, PersonStatus.WITHDRAWN],
        )
        .filter(~Q(recipient=Recipient.NONE) | Q(relationship="head"))
        .select_related("person")
    )
    order = {Recipient.PRINCIPAL: 0, Recipient.NONE: 1, Recipient.ALTERNATE: 2}
    return tuple(
        sorted(
            rows,
            key=lambda row: (
                row.household_id != entitlement.household_id,
                order[Recipient(row.recipient)],
                str(row.id),
            ),
        )
    )


def people_of_list(made: DistributionList) -> set[UUID]:
    """Everybody who may collect on this list: among whom a finger is searched."""
    entitlements = Entitlement.objects.filter(list=made)
    joined = CanonicalHousehold.objects.filter(canonical__in=entitlements.values("canonical_household"))
    of_the_list = (
        Q(household__in=entitlements.values("household")) | Q(household__in=joined.values("household"))
        | Q(household__in=_going_on(entitlements))
    )
    return set(
        Membership.objects.filter(of_the_list, until=None)
        .filter(~Q(recipient=Recipient.NONE) | Q(relationship="head"))
        .values_list("person_id", flat=True)
    )


def _going_on(entitlements: QuerySet[Entitlement]) -> QuerySet[Household, Any]:
    """Households that others on the list were joined to since: those who may collect are members there now."""
    joined = Household.objects.filter(id__in=entitlements.values("household")).exclude(merged_into=None)
    return joined.values("merged_into")


def families_named(viewer: Operator, made: DistributionList, text: str) -> list[Found]:
    """Families of the list by card number, household number, phone, document or name of anybody in them."""
    entitlements = Entitlement.objects.filter(list=made)
    joined = CanonicalHousehold.objects.filter(canonical__in=entitlements.values("canonical_household"))
    listed = Person.objects.filter(
        Q(memberships__household__in=entitlements.values("household"))
        | Q(memberships__household__in=joined.values("household"))
        | Q(memberships__household__in=_going_on(entitlements)),
        memberships__until=None,
    )
    holder = person_of_number(viewer, text)
    if holder and listed.filter(id=holder.id).exists():
        return _families_of(made, [holder])
    return _families_of(made, search_people(viewer, text, most=MOST_FOUND * 3, within=listed))[:MOST_FOUND]


def known_but_not_listed(viewer: Operator, text: str) -> bool:
    """Somebody by this number or name is registered here, though not on the list: another sentence at the desk."""
    return bool(search_people(viewer, text, most=1))


def families_of_finger(
    viewer: Operator, made: DistributionList, fingers: Mapping[int, Any], *, at: datetime
) -> tuple[list[Found], int]:
    """Families whose recipients this finger may belong to, most alike first; and among how many it looked.

    One family alone in front is the one; several are for the agent to choose from, and then a finger decides.
    Prints that partners lent are looked at only where ours find nobody.
    """
    among = people_of_list(made)
    question: dict[str, Any] = {
        "fingers": fingers, "among": among, "limit": 5, "minimum_score": rules.RECOGNISED_SCORE
    }  # fmt: skip
    scores = {each.subject: each.score for each in identify(**question)}
    if scores:
        return _families_of(made, _people_at(viewer, scores), scores), len(among)
    found, records = identify_lent(**question, at=at)
    scores = {each.person_id: each.score for each in found}
    return _families_of(made, _people_at(viewer, scores), scores, lent=True), len(among) + records


def _people_at(viewer: Operator, scores: Mapping[UUID, int]) -> list[Person]:
    """Those at the viewer's sites, in this order."""
    people = Person.objects.filter(seen_by(viewer)).in_bulk(list(scores))
    return [people[id_] for id_ in scores if id_ in people]


def _entitled(viewer: Operator) -> Q:
    return within(viewer, site="entitlement__list__site", programme=f"entitlement__{OF_PROGRAMME}")


def redemption_for(viewer: Operator, redemption_id: UUID) -> Redemption:
    """What was handed over, for its receipt. Raises NotFound outside the viewer's sites."""
    found = (
        Redemption.objects.filter(_entitled(viewer))
        .select_related(
            "entitlement__list__site__agency", "entitlement__household", "entitlement__cycle__intervention"
        )
        .filter(id=redemption_id)
        .first()
    )
    if found is None:
        raise NotFound("receipt-unknown", "There is no such receipt.")
    return found


def slip_for(viewer: Operator, slip_id: UUID) -> RefusalSlip:
    """One refusal with its way forward. Raises NotFound outside the viewer's sites."""
    found = (
        RefusalSlip.objects.filter(_entitled(viewer))
        .select_related("entitlement__list__site__agency", "entitlement__cycle__intervention")
        .filter(id=slip_id)
        .first()
    )
    if found is None:
        raise NotFound("slip-unknown", "There is no such slip.")
    return found


def household_of_person(person: Person) -> UUID | None:
    """The household somebody belongs to now."""
    return (
        Membership.objects.filter(person=person, until=None)
        .order_by("since")
        .values_list("household_id", flat=True)
        .first()
    )


def _families_of(
    made: DistributionList,
    people: Iterable[Person],
    scores: Mapping[UUID, int] | None = None,
    *,
    lent: bool = False,
) -> list[Found]:
    """One line per family, in the order of the people; a held entitlement only where no other is."""
    order = list(people)
    by_person: dict[UUID, list[UUID]] = {person.id: [] for person in order}
    for person_id, household_id in Membership.objects.filter(
        person__in=list(by_person), until=None
    ).values_list("person_id", "household_id"):
        by_person[person_id].append(household_id)
    homes = {id_ for ids in by_person.values() for id_ in ids}
    for before, now in Household.objects.filter(merged_into__in=homes).values_list("id", "merged_into"):
        for ids in by_person.values():
            if now in ids:  # what was due to the household that was joined to this one is due here
                ids.append(before)
    families = canonical_household_of({id_ for ids in by_person.values() for id_ in ids})
    rows: dict[UUID, Entitlement] = {}
    for row in (
        Entitlement.objects.filter(
            list=made, canonical_household__in=set(families.values()), status__in=SHOWN
        )
        .select_related("household")
        .order_by("lamport")
    ):
        known = rows.get(row.canonical_household)
        if known is None or known.status == EntitlementStatus.HELD:
            rows[row.canonical_household] = row
    found: dict[UUID, Found] = {}
    for person in order:
        for household_id in by_person[person.id]:
            entitlement = rows.get(families[household_id])
            if entitlement is not None:
                score = (scores or {}).get(person.id)
                found.setdefault(entitlement.id, Found(entitlement, person, score, lent))
    return list(found.values())
